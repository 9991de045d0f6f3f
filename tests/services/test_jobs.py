"""Jobs: done in order by one process, aborted where they are, begun anew by whoever comes after a crash."""

from __future__ import annotations

from collections.abc import Callable, Generator
from datetime import timedelta

import pytest

from mock_lms.background.process import do_due
from mock_lms.clock import Clock, real_seconds
from mock_lms.domain.errors import JobEnded, JobNotFound
from mock_lms.domain.jobs import Job, State
from mock_lms.services import clocks, jobs
from mock_lms.services.jobs import JobFailed
from mock_lms.services.tenant import Tenant
from mock_lms.storage import jobs as stored
from mock_lms.storage.listing import Query
from tests.conftest import NewLms
from tests.support.lms import NOON, Lms

pytestmark = pytest.mark.both_databases


class Crash(BaseException):
    """The process was killed."""


def nothing(*_: object) -> None:
    """What a job does that is not made to do something else."""


class Kind:
    """A kind of jobs, which notes what was done; its steps can be made to do something else."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.during: Callable[[Tenant, Job], object] = nothing

    def __call__(self, tenant: Tenant, job: Job) -> Generator[int, None, None]:
        yield 1
        self.during(tenant, job)
        self.done.append(job.name)
        yield 2


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Kind:
    kind = Kind()
    monkeypatch.setitem(jobs.KINDS, "test", kind)
    return kind


@pytest.fixture
def lms(new_lms: NewLms) -> Lms:
    lms = new_lms()
    for name, taken in lms.tenants.store.promises.due(real_seconds() + 1_000_000):  # of a tenant before this one
        lms.tenants.store.promises.settle(name, taken, None)
    return lms


def start(lms: Lms, name: str = "one", *, after: int = 0) -> Job:
    return jobs.start(lms.tenants, lms.tenant, "test", name, {}, total=2, after=after)


def states(lms: Lms) -> list[str]:
    return [job.state.value for job in jobs.list_jobs(lms.tenant, Query())[0]]


def test_what_is_due_is_done_in_the_order_in_which_it_falls_due(lms: Lms, kind: Kind) -> None:
    start(lms, "third", after=30)
    start(lms, "first")
    start(lms, "second", after=10)
    jobs.run_due(lms.tenants, lms.tenant)
    assert kind.done == ["first"]
    fell_due = lms.mock("POST", "/clock/advance", {"seconds": 60})["fell_due"]
    assert kind.done == ["first", "second", "third"]
    assert [(fact["at"], fact["what"]) for fact in fell_due] == [
        ("2026-03-01 12:00:10", "second: completed"),
        ("2026-03-01 12:00:30", "third: completed"),
    ]


def test_a_job_says_how_far_it_is_and_when_it_began_and_ended(lms: Lms, kind: Kind) -> None:
    seen: list[Job] = []
    kind.during = lambda tenant, job: seen.append(jobs.get_job(tenant, job.hash))
    job = start(lms)
    assert (job.state, job.percent, job.created_at) == (State.QUEUED, 0, "2026-03-01 12:00:00")
    jobs.run_due(lms.tenants, lms.tenant)
    assert (seen[0].state, seen[0].percent) == (State.RUNNING, 50)
    ended = jobs.get_job(lms.tenant, job.hash)
    assert (ended.state, ended.percent, ended.ended_at) == (State.COMPLETED, 100, "2026-03-01 12:00:00")


def test_a_job_that_is_aborted_goes_no_further(lms: Lms, kind: Kind) -> None:
    kind.during = lambda tenant, job: jobs.abort_job(tenant, job.hash)
    job = start(lms)
    jobs.run_due(lms.tenants, lms.tenant)
    assert jobs.get_job(lms.tenant, job.hash).state is State.ABORTED
    with pytest.raises(JobEnded, match="aborted already"):
        jobs.abort_job(lms.tenant, job.hash)


def test_a_job_that_fails_says_why_and_the_next_one_is_done(lms: Lms, kind: Kind) -> None:
    def fail(_: Tenant, job: Job) -> None:
        if job.name == "one":
            raise JobFailed("the file is empty.")

    kind.during = fail
    job = start(lms)
    start(lms, "two")
    jobs.run_due(lms.tenants, lms.tenant)
    failed = jobs.get_job(lms.tenant, job.hash)
    assert (failed.state, failed.log) == (State.FAILED, ["the file is empty."])
    assert kind.done == ["two"]


def test_while_one_process_does_the_jobs_no_other_does(lms: Lms, kind: Kind) -> None:
    answers: list[object] = []
    kind.during = lambda tenant, _: answers.append(jobs.run_due(lms.tenants, tenant))
    start(lms)
    start(lms, "two")
    jobs.run_due(lms.tenants, lms.tenant)
    assert answers == [None, None]
    assert kind.done == ["one", "two"]


def test_what_a_crash_interrupts_is_begun_anew_once_the_lease_has_run_out(
    lms: Lms, kind: Kind, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise Crash

    kind.during = crash
    job = start(lms)
    release = stored.release_lease
    monkeypatch.setattr(stored, "release_lease", lambda *_: None)  # the dead release nothing
    with pytest.raises(Crash):
        jobs.run_due(lms.tenants, lms.tenant)
    monkeypatch.setattr(stored, "release_lease", release)
    assert jobs.get_job(lms.tenant, job.hash).state is State.RUNNING
    kind.during = nothing
    assert jobs.run_due(lms.tenants, lms.tenant) is None
    monkeypatch.setattr(jobs, "real_seconds", lambda: real_seconds() + jobs.LEASE_SECONDS + 1)
    assert [job.name for job in jobs.run_due(lms.tenants, lms.tenant) or ()] == ["one"]
    assert jobs.get_job(lms.tenant, job.hash).log == ["It was interrupted, and begins anew."]


def test_a_reset_of_jobs_takes_them_all_and_one_of_data_none(lms: Lms, kind: Kind) -> None:
    start(lms)
    lms.mock("POST", "/reset", {"scopes": ["data"]})
    assert states(lms) == ["queued"]
    lms.mock("POST", "/reset", {"scopes": ["jobs"]})
    assert states(lms) == []


def test_of_the_jobs_that_have_ended_the_latest_are_kept(lms: Lms, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stored, "KEPT", 3)
    first = start(lms)
    for number in range(4):
        jobs.run_due(lms.tenants, lms.tenant)
        start(lms, str(number))
    with pytest.raises(JobNotFound):
        jobs.get_job(lms.tenant, first.hash)
    assert states(lms) == ["completed"] * 2 + ["queued"]


# --- the background process


def test_the_background_process_does_what_is_due_and_leaves_the_rest(lms: Lms, kind: Kind) -> None:
    start(lms)
    start(lms, "later", after=10)
    do_due(lms.tenants)
    assert kind.done == ["one"]
    do_due(lms.tenants)
    assert states(lms) == ["completed", "queued"]
    assert lms.tenants.store.promises.due(real_seconds() + 1000) == []  # its clock stands still


def test_a_clock_that_goes_on_again_is_a_promise(lms: Lms, kind: Kind) -> None:
    start(lms, after=3600)
    late = (NOON + timedelta(days=3650)).strftime("%Y-%m-%d %H:%M:%S")
    lms.mock("PUT", "/clock", {"frozen_at": late})
    do_due(lms.tenants)
    assert kind.done == ["one"]


def test_a_clock_that_is_ahead_says_when_a_job_is_due(lms: Lms, kind: Kind) -> None:
    with lms.tenant.control.begin() as control:
        clocks.put(control, Clock(ahead=timedelta(days=1)))
    start(lms, after=100)
    assert lms.tenants.store.promises.due(real_seconds() + 50) == []
    assert [name for name, _ in lms.tenants.store.promises.due(real_seconds() + 101)] == ["default"]


def test_what_is_due_later_is_promised_when_what_is_due_now_was_done(lms: Lms, kind: Kind) -> None:
    with lms.tenant.control.begin() as control:
        clocks.put(control, Clock(ahead=timedelta(days=1)))
    start(lms)
    start(lms, "later", after=100)
    do_due(lms.tenants)
    assert kind.done == ["one"]
    assert lms.tenants.store.promises.due(real_seconds() + 50) == []
    assert [name for name, _ in lms.tenants.store.promises.due(real_seconds() + 101)] == ["default"]


def test_a_defect_fails_its_job_and_nothing_else(lms: Lms, kind: Kind) -> None:
    def fail(_: Tenant, job: Job) -> None:
        if job.name == "one":
            raise ZeroDivisionError

    kind.during = fail
    job = start(lms)
    start(lms, "two")
    do_due(lms.tenants)
    assert states(lms) == ["failed", "completed"]
    assert "a defect of the mock: ZeroDivisionError" in jobs.get_job(lms.tenant, job.hash).log[0]


def test_a_job_that_was_reset_is_not_taken_for_the_next_one_with_its_number(lms: Lms, kind: Kind) -> None:
    def reset(tenant: Tenant, job: Job) -> None:
        if job.name == "one":
            lms.mock("POST", "/reset", {"scopes": ["jobs"]})
            start(lms, "two")

    kind.during = reset
    start(lms)
    jobs.run_due(lms.tenants, lms.tenant)
    assert [job.name for job in jobs.list_jobs(lms.tenant, Query())[0]] == ["two"]
    assert states(lms) == ["completed"]
    assert kind.done == ["one", "two"]


def test_a_tenant_that_was_dropped_is_asked_no_more(lms: Lms, kind: Kind) -> None:
    lms.tenants.create("gone", "empty")
    jobs.start(lms.tenants, lms.tenants.open("gone"), "test", "one", {})
    lms.tenants.drop("gone")
    do_due(lms.tenants)
    assert lms.tenants.store.promises.due(real_seconds() + 1000) == []
