"""Signals: a worker of pytest-xdist hears the same one twice, and its cleaning up is not disturbed."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import pytest
from mock_lms_contracts import careful
from mock_lms_contracts.careful import SIGNALS, end_once, end_worker, later


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """This process, as a worker. What was started against the clock."""
    hurried: list[str] = []
    monkeypatch.setattr(careful, "hurry", lambda *, say: hurried.append("aloud" if say else "silently"))
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    for number in SIGNALS:
        signal.signal(number, signal.SIG_DFL)
    end_once()
    yield hurried
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.parametrize("number", SIGNALS)
def test_the_first_signal_ends_a_worker_and_the_second_does_not_disturb_it(
    number: signal.Signals, worker: list[str]
) -> None:
    with pytest.raises(KeyboardInterrupt):
        signal.raise_signal(number)
    for again in SIGNALS:
        signal.raise_signal(again)
    assert worker == ["silently"]


def test_a_worker_that_makes_a_world_makes_it_whole_though_it_hears_two_signals(worker: list[str]) -> None:
    heard = []

    @later()
    def make() -> None:
        for number in (signal.SIGINT, signal.SIGINT, signal.SIGTERM):
            signal.raise_signal(number)
            heard.append(number)

    with pytest.raises(KeyboardInterrupt):
        make()
    assert len(heard) == 3
    assert worker == ["silently"]
    signal.raise_signal(signal.SIGINT)


def test_what_is_ignored_stays_ignored(monkeypatch: pytest.MonkeyPatch) -> None:
    set_: list[object] = []
    monkeypatch.setattr(signal, "getsignal", lambda _: signal.SIG_IGN)
    monkeypatch.setattr(signal, "signal", lambda _, handler: set_.append(handler))
    end_once()
    assert end_worker not in set_
