"""A mock that is wrong in one thing: what is asked of it, or what it answers, is changed on the way."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from mock_lms_contracts.exchange import Answer
from mock_lms_contracts.target import Target

Query = list[tuple[str, Any]]
Ask = Callable[[str, str, Query, Any], tuple[Query, Any]]
"""Of method, path, query and body: what is asked instead."""

Say = Callable[[str, str, Query, dict[str, Any]], None]
"""Of method, path, query and the `data` of the answer, which it changes."""


def unchanged(_: str, __: str, query: Query, body: Any) -> tuple[Query, Any]:
    return query, body


def nothing(*_: Any) -> None:
    """The answer is as it is."""


def wrong(monkeypatch: pytest.MonkeyPatch, ask: Ask = unchanged, say: Say = nothing) -> None:
    """All targets are, until the test ends."""
    call = Target.call

    def changed(self: Target, method: str, path: str, body: Any = None, **options: Any) -> Answer:
        query = options.pop("query", None) or ()
        query = list(query.items() if isinstance(query, dict) else query)
        asked, sent = ask(method, path, query, body)
        answer = call(self, method, path, sent, query=asked or None, **options)
        told = answer.json
        if isinstance(told, dict) and isinstance(told.get("data"), dict):
            say(method, path, query, told["data"])
            answer = replace(answer, text=json.dumps(told))
        return answer

    monkeypatch.setattr(Target, "call", changed)
