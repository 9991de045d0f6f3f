"""The client's journal: on the disk before a call and after it, whole or not at all, and for one process at a time."""

from __future__ import annotations

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mock_lms_client.unenroll.journal import ROWS_AT_ONCE, Call, InUse, Journal, Outcome, Stage
from mock_lms_client.unenroll.pairs import COURSE, PLAN, Intent, Pair

from tests.client.harness.deaths import Fate, Killed, mortal


def pair(user: int, target: int = 201, kind: str = COURSE, intent: str = Intent.REMOVE) -> Pair:
    return Pair(user, kind, target, intent, "{}")


def begin(journal: Journal, pairs: list[tuple[Pair, int | None]], calls: list[Call]) -> None:
    with journal.whole():
        for _ in journal.take(pairs):
            pass
        journal.began(calls, plan="p", backup="b")


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    with Journal(tmp_path / "plan.journal") as journal:
        pairs = [(pair(1), 1), (pair(2), 1), (pair(3), 2), (pair(4, intent=Intent.KEEP), None), (pair(3, 31, PLAN), 3)]
        begin(journal, pairs, [Call(1, COURSE, (201,)), Call(2, COURSE, (201,)), Call(3, PLAN, (31,))])
        yield journal


def outcomes(journal: Journal) -> list[str | None]:
    return [entry.outcome for entry in journal.every()]


def test_what_was_noted_is_there_after_it_was_closed(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        begin(journal, [(pair(1), 7), (pair(2), None)], [Call(7, COURSE, (201, 202))])
        journal.sent(7)
    with Journal(tmp_path / "j") as journal:
        assert journal.facts() == {"plan": "p", "backup": "b"}
        assert journal.calls(*Stage) == [Call(7, COURSE, (201, 202), Stage.SENT, 1)]
        assert [(entry.number, entry.pair, entry.call) for entry in journal.every()] == [
            (1, pair(1), 7),
            (2, pair(2), None),
        ]


def test_pairs_come_back_in_the_plan_s_order_however_many(tmp_path: Path) -> None:
    users = [*range(2 * ROWS_AT_ONCE + 1, 0, -1)]
    with Journal(tmp_path / "j") as journal:
        begin(journal, [(pair(user), 1) for user in users], [])
        assert [entry.pair.user_id for entry in journal.every()] == users


def test_others_cannot_read_it(journal: Journal) -> None:
    assert journal.path.stat().st_mode & 0o077 == 0


def test_a_second_process_is_told_that_it_is_in_use(journal: Journal) -> None:
    program = (
        "import sys\nfrom pathlib import Path\nfrom mock_lms_client.unenroll.journal import InUse, Journal\n"
        "try: Journal(Path(sys.argv[1]))\nexcept InUse as error: print(error)"
    )
    done = subprocess.run([sys.executable, "-c", program, journal.path], capture_output=True, text=True, check=True)
    assert done.stdout == f"{journal.path} is in use: another apply works with it\n"


def test_it_is_in_use_no_more_once_it_is_closed(tmp_path: Path) -> None:
    with Journal(tmp_path / "j"), pytest.raises(InUse):
        Journal(tmp_path / "j")
    with Journal(tmp_path / "j"):
        pass


def test_a_file_that_is_none_is_an_error_and_stays_as_it_is(tmp_path: Path) -> None:
    (tmp_path / "j").write_text("dear diary, " * 100)
    with pytest.raises(sqlite3.DatabaseError):
        Journal(tmp_path / "j")
    assert (tmp_path / "j").read_text() == "dear diary, " * 100


def test_what_was_begun_and_not_finished_was_never_there(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        with pytest.raises(ZeroDivisionError), journal.whole():  # noqa: PT012 -- what is within is what is tested
            for _ in journal.take([(pair(1), 1)]):
                raise ZeroDivisionError
        assert (journal.facts(), [*journal.every()]) == ({}, [])


def test_a_call_is_sent_before_it_is_done_and_counts_its_attempts(journal: Journal) -> None:
    assert not journal.begun()
    journal.sent(2)
    assert journal.begun()
    assert [call.number for call in journal.calls(Stage.SENT)] == [2]
    journal.settle(2, [], stage=Stage.PLANNED)
    journal.sent(2)
    assert [(call.number, call.attempts) for call in journal.calls(Stage.SENT)] == [(2, 2)]


def test_an_outcome_of_a_call_is_that_of_all_its_pairs_that_have_none_of_their_own(journal: Journal) -> None:
    journal.settle(1, [(Outcome.REFUSED, "no", 2)], stage=Stage.DONE, rest=(Outcome.REMOVED, ""))
    assert outcomes(journal) == [Outcome.REMOVED, Outcome.REFUSED, None, None, None]
    assert journal.outcomes() == {"removed": 1, "refused": 1, "": 3}
    assert [(entry.pair.user_id, entry.said) for entry in journal.refused()] == [(2, "no")]


def test_what_is_open_of_a_call_is_what_has_no_outcome(journal: Journal) -> None:
    (call, *_) = journal.calls(Stage.PLANNED)
    journal.settle(1, [(Outcome.REMOVED, "", 1)], stage=Stage.PLANNED)
    assert journal.users(call) == [2]
    assert [entry.number for entry in journal.open(1)] == [2]


def test_users_of_a_call_are_those_of_its_kind(tmp_path: Path) -> None:
    with Journal(tmp_path / "j") as journal:
        call = Call(1, PLAN, (31,))
        begin(
            journal,
            [(pair(1, 31, PLAN), 1), (pair(1, intent=Intent.CASCADE), 1), (pair(2, intent=Intent.CASCADE), 1)],
            [call],
        )
        assert journal.users(call) == [1]


def test_asking_again_forgets_the_outcome_and_keeps_that_of_others(journal: Journal) -> None:
    journal.settle(1, [], stage=Stage.DONE, rest=(Outcome.REFUSED, "no"))
    journal.settle(2, [], stage=Stage.DONE, rest=(Outcome.REMOVED, ""))
    journal.again([Call(4, COURSE, (201,))], [(4, 1), (4, 2)])
    assert outcomes(journal) == [None, None, Outcome.REMOVED, None, None]
    assert [(entry.call, entry.said) for entry in journal.open(4)] == [(4, ""), (4, "")]
    assert journal.last_call() == 4


def test_it_can_be_written_while_the_refused_are_gone_through(journal: Journal) -> None:
    journal.settle(1, [], stage=Stage.DONE, rest=(Outcome.REFUSED, "no"))
    seen = []
    for entry in journal.refused():
        journal.note(seen=entry.number)
        seen.append(entry.number)
    assert seen == [1, 2]


@pytest.mark.parametrize("kind", [Killed, KeyboardInterrupt])
@pytest.mark.parametrize("after", range(8))
def test_who_is_ended_while_a_call_is_settled_settled_all_of_it_or_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, after: int, kind: type[BaseException]
) -> None:
    path = tmp_path / "j"
    with Journal(path) as journal:
        begin(journal, [(pair(1), 1), (pair(2), 1)], [Call(1, COURSE, (201,))])
        journal.sent(1)
    fate = Fate(1 << 30, kind)
    with monkeypatch.context() as patched:
        mortal(patched, fate)
        with Journal(path) as journal:
            fate.after = fate.count + after
            try:
                journal.settle(1, [(Outcome.REFUSED, "no", 1)], stage=Stage.DONE, rest=(Outcome.REMOVED, ""))
            except kind:
                assert fate.met
    with Journal(path) as journal:
        found = outcomes(journal), journal.calls(Stage.DONE)
    assert found in [
        ([None, None], []),
        ([Outcome.REFUSED, Outcome.REMOVED], [Call(1, COURSE, (201,), Stage.DONE, 1)]),
    ]
