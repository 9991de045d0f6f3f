"""Every fault profile and the quota: what was planned is what happens, and nobody comes back too early."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_lms.control.faults.profiles import PROFILES
from mock_lms.testing import MockLMS, MockTenant
from tests.client.rehearsal import (
    CASES,
    COURSE,
    FIRST,
    PLAN,
    Rehearsal,
    company,
    no_call_was_too_large,
    result_equals,
    settings_of,
    state,
    unenrollments,
)  # fmt: skip
from tests.client.stage import Stage, Time
from tests.client.support import client_of

USERS = range(FIRST, FIRST + 1_200)
SECRETS = ("client_id", "client_secret", "username", "password")

ASKED: dict[str, dict[str, Any]] = {
    "course": {"courses": [COURSE]},
    "plan": {"plans": [PLAN]},
    "cascade": {"plans": [PLAN], "cascade": True},
    "keep": {"plans": [PLAN], "keep": frozenset({"completed"})},
}
"""As `CASES` has them as options."""


@pytest.fixture(scope="module")
def inside() -> Iterator[MockLMS]:
    with MockLMS(seed=company(len(USERS))) as lms:
        yield lms


@pytest.fixture(scope="module")
def served() -> Iterator[MockLMS]:
    with MockLMS(seed=company(len(USERS)), serve=True) as lms:
        yield lms


def done_in_the_end(stage: Stage, ends: int) -> None:
    for number in range(ends):
        client = stage.client(login=True)
        if stage.code(client, resume=number > 0) == 0:
            return
    raise AssertionError(f"not done after {ends} applies")


def test_every_profile_is_rehearsed() -> None:
    assert set(PROFILES) == {"flaky-network", "throttled", "lost-answer", "maintenance"}
    assert ASKED.keys() == CASES.keys()


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("profile", PROFILES)
def test_under_every_profile_what_was_planned_is_what_happens(
    inside: MockLMS, tmp_path: Path, profile: str, case: str
) -> None:
    inside.control.reset_tenant()
    inside.control.set_clock("2026-03-01 00:00:00")
    stage = Stage(inside, tmp_path, Time(inside))
    client = stage.client(login=True)
    inside.control.set_faults(profile=profile, seed=len(case))
    stage.plan(USERS, client=client, **ASKED[case])
    inside.control.set_faults(profile=profile, seed=len(case))
    done_in_the_end(stage, ends=4)
    inside.control.clear_faults()
    no_call_was_too_large(inside.control)
    assert stage.there() == CASES[case].left(USERS, USERS)
    outcomes = list(stage.outcomes().values())
    assert {*outcomes} <= {"removed", None}
    assert outcomes.count("removed") == json.loads(stage.path.read_text())["summary"]["goes"]


@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.parametrize("case", CASES)
def test_under_a_quota_nobody_comes_back_too_early_and_all_is_done(
    inside: MockLMS, tmp_path: Path, case: str, form: str
) -> None:
    inside.control.reset_tenant()
    inside.control.set_clock("2026-03-01 00:00:00")
    stage = Stage(inside, tmp_path, Time(inside))
    inside.control.set_quota(calls=5, seconds=60, retry_after=form)
    client = stage.client(login=True, patience=36_000)
    stage.plan(USERS, client=client, **ASKED[case])
    assert stage.apply(client).outcomes.keys() <= {"removed", ""}
    quota = inside.control.get_quota()["quota"]
    assert quota["refused"] > 0
    assert quota["early"] == 0
    inside.control.clear_quota()
    assert stage.there() == CASES[case].left(USERS, USERS)


# --- the same as people do it: processes, a port, and seconds that pass


def rehearse(lms: MockTenant, profile: str, case: str) -> None:
    lms.control.reset_tenant()
    rehearsal = Rehearsal(settings_of(lms.url, {name: getattr(lms, name) for name in SECRETS}))
    try:
        goes = rehearsal.plan(CASES[case], USERS)
        lms.control.clear_journal()
        lms.control.set_faults(profile=profile)
        for number in range(4):
            process = rehearsal.apply(goes, *(["--resume"] if number else []))
            out, err = process.communicate(timeout=60)
            assert "Traceback" not in err
            if process.returncode == 0:
                break
            assert process.returncode in {2, 3, 5}, err
        assert process.returncode == 0, err
        assert json.loads(out)["outcomes"] == {"removed": goes}
        lms.control.clear_faults()
        verified = rehearsal.run("verify", "plan.json", "--json")
        assert verified.returncode == 0, verified.stderr
        left = state(client_of(lms))
        assert left == CASES[case].left(USERS, USERS)
        result_equals(rehearsal.rows(), left)
        assert unenrollments(lms.control)
        no_call_was_too_large(lms.control)
    finally:
        rehearsal.remove()


@pytest.mark.parametrize(("profile", "case"), [*zip(PROFILES, ["cascade", "plan", "keep", "course"], strict=True)])
def test_a_process_does_what_was_planned_under(served: MockLMS, profile: str, case: str) -> None:
    rehearse(served, profile, case)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_process_keeps_to_a_quota(served: MockLMS, form: str) -> None:
    served.control.reset_tenant()
    rehearsal = Rehearsal(settings_of(served.url, {name: getattr(served, name) for name in SECRETS}))
    try:
        goes = rehearsal.plan(CASES["course"], USERS)
        served.control.set_quota(calls=6, seconds=3, retry_after=form)
        process = rehearsal.apply(goes)
        out, err = process.communicate(timeout=60)
        assert process.returncode == 0, err
        quota = served.control.get_quota()["quota"]
        assert quota["refused"] > 0
        assert quota["early"] == 0
        assert "waiting" in err
        assert json.loads(out)["outcomes"] == {"removed": goes}
        served.control.clear_quota()
        assert state(client_of(served)) == CASES["course"].left(USERS, USERS)
    finally:
        rehearsal.remove()
