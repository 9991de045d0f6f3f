"""Some calls to a target are answered by the test, and all are noted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from mock_lms_contracts.target import Answer, Target


def answering(monkeypatch: pytest.MonkeyPatch, answer: Callable[[str, str], Answer | None]) -> list[tuple[str, str]]:
    """Has calls answered by this; None: by the target. The methods and paths that are called from now on."""
    calls: list[tuple[str, str]] = []
    call = Target.call

    def answered(self: Target, method: str, path: str, *arguments: Any, **options: Any) -> Answer:
        calls.append((method, path))
        return answer(method, path) or call(self, method, path, *arguments, **options)

    monkeypatch.setattr(Target, "call", answered)
    return calls
