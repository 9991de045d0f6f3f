"""Every fault profile and the quota: what was planned is what happens, and nobody comes back too early."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_lms.control.faults.profiles import PROFILES
from mock_lms.testing import MockLMS, MockTenant
from tests.client.conftest import NewTenant, tenants_of
from tests.client.harness.commands import settings_of
from tests.client.harness.rehearsal import (
    CASES,
    COURSE,
    FIRST,
    PLAN,
    Rehearsal,
    company,
    no_call_was_too_large,
    result_equals,
    unenrollments,
)
from tests.client.harness.stage import Stage, rows_of
from tests.client.harness.time import Time

USERS = range(FIRST, FIRST + 1_200)
FEW, EVERYBODY = USERS[:400], USERS[:500]
"""Of a tenant on a port: who is in the plan, and all of its users."""

ASKED: dict[str, dict[str, Any]] = {
    "course": {"courses": [COURSE]},
    "plan": {"plans": [PLAN]},
    "cascade": {"plans": [PLAN], "cascade": True},
    "keep": {"plans": [PLAN], "keep": frozenset({"completed"})},
}
"""As `CASES` has them as options."""


@pytest.fixture
def tenant(new_tenant: NewTenant) -> MockTenant:
    return new_tenant(seed=company(len(USERS)))


@pytest.fixture(scope="module")
def planted(served: MockLMS) -> Iterator[MockTenant]:
    """A smaller one, on a port. A process of its own plants it, each time anew."""
    for new_tenant in tenants_of(served):
        yield new_tenant(seed=company(len(EVERYBODY)))


@pytest.fixture
def server(served: MockLMS, planted: MockTenant) -> Iterator[MockTenant]:
    """A copy of that."""
    server = planted.fork()
    yield server
    served.control.drop_tenant(server.name)


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
    tenant: MockTenant, tmp_path: Path, profile: str, case: str
) -> None:
    tenant.control.set_clock("2026-03-01 00:00:00")
    stage = Stage(tenant, tmp_path, Time(tenant))
    client = stage.client(login=True)
    tenant.control.set_faults(profile=profile, seed=len(case))
    stage.plan(USERS, client=client, **ASKED[case])
    tenant.control.set_faults(profile=profile, seed=len(case))
    done_in_the_end(stage, ends=4)
    tenant.control.clear_faults()
    no_call_was_too_large(tenant.control)
    assert stage.there() == CASES[case].left(USERS, USERS)
    outcomes = list(stage.outcomes().values())
    assert {*outcomes} <= {"removed", None}
    assert outcomes.count("removed") == json.loads(stage.path.read_text())["summary"]["goes"]


@pytest.mark.parametrize("form", ["seconds", "date"])
@pytest.mark.parametrize("case", CASES)
def test_under_a_quota_nobody_comes_back_too_early_and_all_is_done(
    tenant: MockTenant, tmp_path: Path, case: str, form: str
) -> None:
    tenant.control.set_clock("2026-03-01 00:00:00")
    stage = Stage(tenant, tmp_path, Time(tenant))
    tenant.control.set_quota(calls=5, seconds=60, retry_after=form)
    client = stage.client(login=True, patience=36_000)
    stage.plan(USERS, client=client, **ASKED[case])
    assert stage.apply(client).outcomes.keys() <= {"removed", ""}
    quota = tenant.control.get_quota()["quota"]
    assert quota["refused"] > 0
    assert quota["early"] == 0
    tenant.control.clear_quota()
    assert stage.there() == CASES[case].left(USERS, USERS)


# --- the same as people do it: processes, a port, and seconds that pass


@pytest.mark.parametrize(("profile", "case"), [*zip(PROFILES, ["cascade", "plan", "keep", "course"], strict=True)])
def test_a_process_does_what_was_planned_under(server: MockTenant, tmp_path: Path, profile: str, case: str) -> None:
    rehearsal = Rehearsal(settings_of(server), tmp_path)
    goes = rehearsal.plan(CASES[case], FEW)
    server.control.clear_journal()
    # each of these seconds passes, so there are fewer of them than above
    server.control.set_faults([{**rule, "count": 5} if "count" in rule else rule for rule in PROFILES[profile].rules])
    for number in range(4):
        process = rehearsal.apply(goes, *(["--resume"] if number else []))
        out, err = process.communicate(timeout=60)
        assert "Traceback" not in err
        if process.returncode == 0:
            break
        assert process.returncode in {2, 3, 5}, err
    assert process.returncode == 0, err
    assert json.loads(out)["outcomes"] == {"removed": goes}
    server.control.clear_faults()
    verified = rehearsal.run("verify", "plan.json", "--json")
    assert verified.returncode == 0, verified.stderr
    stage = Stage(server, tmp_path)
    left = stage.there()
    assert left == CASES[case].left(FEW, EVERYBODY)
    result_equals(rows_of(stage.result), left)
    assert unenrollments(server.control)
    no_call_was_too_large(server.control)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_a_process_keeps_to_a_quota(server: MockTenant, tmp_path: Path, form: str) -> None:
    rehearsal = Rehearsal(settings_of(server), tmp_path)
    goes = rehearsal.plan(CASES["course"], FEW)
    server.control.set_quota(calls=3, seconds=2, retry_after=form)
    process = rehearsal.apply(goes)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    quota = server.control.get_quota()["quota"]
    assert quota["refused"] > 0
    assert quota["early"] == 0
    assert "waiting" in err
    assert json.loads(out)["outcomes"] == {"removed": goes}
    server.control.clear_quota()
    assert Stage(server, tmp_path).there() == CASES["course"].left(FEW, EVERYBODY)
