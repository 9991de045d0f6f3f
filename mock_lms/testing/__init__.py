"""The mock for tests: in this process, as a child process, or as a fixture of pytest.

with MockLMS() as lms:
    assert lms.session(lms.token()).get(f"{lms.url}/manage/v1/user").ok
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mock_lms.testing.control import Control
    from mock_lms.testing.errors import CallsDiffer, ControlError
    from mock_lms.testing.mock import MockLMS, MockTenant

__all__ = ["CallsDiffer", "Control", "ControlError", "MockLMS", "MockTenant"]

_FROM = {
    "CallsDiffer": "errors",
    "Control": "control",
    "ControlError": "errors",
    "MockLMS": "mock",
    "MockTenant": "mock",
}


def __getattr__(name: str) -> Any:
    # when it is asked for: pytest imports this package in every run, for the plugin in it
    if name not in _FROM:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_FROM[name]}"), name)
