"""An apply that is ended at whatever moment, and goes on."""

from __future__ import annotations

import contextlib
import sqlite3

import pytest
import requests
from mock_lms_client.exits import Exit, Stopped

from tests.client.harness.between import Send
from tests.client.harness.deaths import Fate, Killed, mortal
from tests.client.harness.expected import REQUESTS, as_planned, targets
from tests.client.harness.seeds import people
from tests.client.harness.stage import Stage, named

USERS = people(10_001, 4)
BULK = "bulk_unenroll"


# --- ended at any moment


def survived(stage: Stage, before: set[tuple[str, int, int]]) -> None:
    assert stage.apply(resume=True).code is Exit.AS_PLANNED
    as_planned(stage, before)


def fresh(stage: Stage, plan: bytes) -> None:
    stage.lms.control.reset_tenant(scopes=["data", "faults", "journal"])
    stage.forget()
    for path in stage.folder.iterdir():
        path.unlink()
    stage.path.write_bytes(plan)


@pytest.mark.parametrize(
    ("asked", "kind"), [("courses", Killed), ("cascade", Killed), ("keep", Killed), ("keep", KeyboardInterrupt)]
)
def test_ended_at_whatever_moment_resume_goes_on_and_the_final_state_equals_the_plan(
    stage: Stage, asked: str, kind: type[BaseException]
) -> None:
    before = stage.there()
    stage.plan(USERS, **REQUESTS[asked])
    plan = stage.path.read_bytes()
    removes = sorted(targets(stage.pairs(), "remove"))
    moment = 0
    while True:
        fresh(stage, plan)
        fate = Fate(moment, kind)
        with pytest.MonkeyPatch.context() as patched:
            mortal(patched, fate)
            try:
                assert stage.apply(stage.client(around=fate.around)).code is Exit.AS_PLANNED
            except kind:
                assert fate.met
        if not fate.met:
            break
        survived(stage, before)
        # an answer may have been lost, and nothing that was done is asked for again
        assert sorted(named(stage.bulk())) == removes
        moment += 1
    assert moment > 25


def test_what_a_call_does_only_after_the_client_died_is_noted_as_removed(stage: Stage) -> None:
    before = stage.there()
    stage.plan(USERS, courses=[209])
    plan, other = stage.path.read_bytes(), stage.client()
    for moment in range(1, 1_000):
        fresh(stage, plan)
        fate, tries = Fate(moment), 0

        def lost(request: requests.PreparedRequest, send: Send, fate: Fate = fate) -> requests.Response:
            nonlocal tries
            if request.method == "DELETE" and not tries:
                tries += 1
                raise requests.ConnectionError
            return fate.around(request, send)

        with pytest.MonkeyPatch.context() as patched:
            mortal(patched, fate)
            with contextlib.suppress(Killed):
                stage.apply(stage.client(around=lost))
        if not fate.met:
            break
        if tries and not stage.bulk():
            other.bulk_unenroll(USERS[:2], course_ids=[209])
        survived(stage, before)
    assert moment > 20


def test_ended_again_and_again_it_is_done_in_the_end(stage: Stage) -> None:
    before = stage.there()
    stage.plan(USERS, **REQUESTS["keep"])
    plan = stage.path.read_bytes()
    for steps in (9, 13):
        fresh(stage, plan)
        for number in range(60):
            fate = Fate(steps + number // 4)
            with pytest.MonkeyPatch.context() as patched:
                mortal(patched, fate)
                try:
                    code = stage.code(stage.client(around=fate.around), resume=number > 0)
                except Killed:
                    continue
            assert code is Exit.AS_PLANNED
            break
        as_planned(stage, before)


def ended(stage: Stage) -> tuple[int, str]:
    try:
        return stage.apply().code, ""
    except Stopped as stopped:
        return stopped.code, str(stopped)


class Full(Fate):
    """A disk that is full for a moment."""

    def moment(self, where: str = "") -> None:
        self.count += 1
        if self.count == self.after:
            self.met = True
            raise (
                sqlite3.OperationalError("database or disk is full")
                if where == "database"
                else OSError(28, "No space left")
            )


def test_a_disk_that_is_full_at_whatever_moment_ends_it_in_one_line_and_resume_goes_on(stage: Stage) -> None:
    before = stage.there()
    stage.plan(USERS, **REQUESTS["courses"])
    plan = stage.path.read_bytes()
    moment = 1
    while True:
        fresh(stage, plan)
        fate = Full(moment, OSError)
        with pytest.MonkeyPatch.context() as patched:
            mortal(patched, fate)
            code, line = ended(stage)
        assert code is not Exit.NOTHING_DONE or not stage.bulk()
        assert not fate.met or "full" in line or "No space left" in line
        if not fate.met:
            break
        survived(stage, before)
        assert sorted(named(stage.bulk())) == sorted(targets(stage.pairs(), "remove"))
        moment += 1
    assert moment > 10
