"""docs/operations.md lists what the contract has."""

from __future__ import annotations

import pytest

from tests.support import operations as generator
from tests.support.contract import operations


def test_the_page_is_what_the_contract_says_today() -> None:
    written = generator.PAGE.read_text(encoding="utf-8")
    assert written == generator.page(), "run: python -m tests.support.operations"


def test_every_operation_stands_there_once_with_its_confidence() -> None:
    headings = [line for line in generator.page().splitlines() if line.startswith("### ")]
    assert sorted(headings) == sorted(f"### `{method} {path}`" for method, path in operations())
    sure = [line for line in generator.page().splitlines() if line.startswith("- confidence: ")]
    assert len(sure) == len(headings)


def test_a_contract_that_changed_makes_the_page_stale(monkeypatch: pytest.MonkeyPatch) -> None:
    changed = {key: {**operation, "summary": "Something else"} for key, operation in operations().items()}
    monkeypatch.setattr(generator, "operations", lambda: changed)
    assert generator.PAGE.read_text(encoding="utf-8") != generator.page()
