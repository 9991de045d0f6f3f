"""When calls are noted in the journal: before their answers go out, and together where they are answered together."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from mock_lms.control.journal import service as journal
from mock_lms.edge import rsgi
from mock_lms.storage.store.sqlite import SqliteStore
from tests.support.lms import Lms

CALLS = 4


class Client:
    """A connection as the server's interface has it. Remembers in `order` when an answer went out."""

    def __init__(self, order: list[str]) -> None:
        self.order = order

    def response_bytes(self, status: int, *_: Any) -> None:
        self.order.append(f"answer {status}")


def asked() -> Any:
    return SimpleNamespace(
        method="GET",
        scheme="http",
        path="/course/v1/courses",
        query_string="",
        http_version="1.1",
        server="127.0.0.1:80",
        client="127.0.0.1:5",
        authority=None,
        headers={"host": "localhost"},
    )


@pytest.fixture
def order(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What happens: notes that are written, answers that go out."""
    order: list[str] = []
    real = journal.note_all

    def note_all(notes: Any) -> None:
        real(notes)
        order.append(f"{len(notes)} noted")

    monkeypatch.setattr(journal, "note_all", note_all)
    return order


def answered(tmp_path: Path, order: list[str], *, alone: bool) -> Lms:
    """A tenant after calls that come while the worker is busy."""
    store = SqliteStore(tmp_path / "tenants")
    store.prepare()
    lms = Lms(store)
    lms.edge.flush()
    order.clear()
    answer = rsgi.application(lms.edge, alone=alone)

    async def calls() -> None:
        await asyncio.gather(*(answer(asked(), Client(order)) for _ in range(CALLS)))
        if alone:
            await asyncio.sleep(10 * rsgi.TOGETHER)

    _in_a_thread(calls())
    return lms


def test_where_others_may_look_calls_are_noted_together_before_any_is_answered(
    tmp_path: Path, order: list[str]
) -> None:
    lms = answered(tmp_path, order, alone=False)
    assert order == [f"{CALLS} noted", *["answer 401"] * CALLS]
    assert lms.mock("GET", "/journal")["last"] >= CALLS


def test_a_lone_worker_answers_first(tmp_path: Path, order: list[str]) -> None:
    answered(tmp_path, order, alone=True)
    assert order == [*["answer 401"] * CALLS, f"{CALLS} noted"]


def _in_a_thread(coroutine: Coroutine[None, None, None]) -> None:
    """Runs it where no other loop does: a browser's test leaves one running in its thread."""
    with ThreadPoolExecutor(1) as pool:
        pool.submit(asyncio.run, coroutine).result()
