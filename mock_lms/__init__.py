"""A local, stateful mock of an LMS's enrollment API."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mock_lms.testing import MockLMS

__all__ = ["MockLMS"]


def __getattr__(name: str) -> Any:
    # when it is asked for: nothing that serves needs it
    if name != "MockLMS":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mock_lms.testing import MockLMS  # noqa: PLC0415

    return MockLMS
