"""The limits of an apply: they live in its journal, and what is left is held against them."""

from __future__ import annotations

import pytest
from mock_lms_client.exits import Exit
from mock_lms_client.unenroll.apply import limits, run
from mock_lms_client.unenroll.apply.limits import Limits
from mock_lms_client.unenroll.apply.run import Standing
from mock_lms_client.unenroll.plan_file import open_plan

from tests.client.harness.between import at_bulk
from tests.client.harness.deaths import Killed
from tests.client.harness.seeds import people
from tests.client.harness.stage import AGAIN, Stage, quiet

USERS = people(10_001, 12)


def standing(stage: Stage, *, resume: bool = True) -> Standing:
    return run.standing(open_plan(stage.path), resume=resume, again=AGAIN)


def killed(stage: Stage, allowed: Limits, at: int) -> None:
    def die() -> None:
        raise Killed

    with pytest.raises(Killed):
        run.apply_plan(
            stage.client(around=at_bulk(at, die)), open_plan(stage.path), allowed=allowed, again=AGAIN, bars=quiet
        )


def test_a_plan_that_was_not_begun_is_all_left_and_has_no_limits(stage: Stage) -> None:
    stage.plan(USERS, courses=[201, 202])
    left = {("course", 201): 12, ("course", 202): 12}
    assert standing(stage) == Standing(begun=False, left=left, limits=None)


def test_who_resumes_has_the_limits_of_before_and_only_what_is_left_counts(stage: Stage) -> None:
    plan = stage.plan(USERS, plans=[31], courses=[209])  # six calls for each
    allowed = Limits(max_remove=24, max_percent=100)
    killed(stage, allowed, 7)
    found = standing(stage)
    assert (found.begun, found.limits) == (True, allowed)
    assert found.left == {("course", 209): 12}
    assert not [*limits.refusals(plan, found.left, Limits(12, 100))]
    assert [*limits.refusals(plan, found.left, Limits(11, 100))] == [
        "12 enrollments would go, more than the 11 of --max-remove"
    ]
    assert [*limits.refusals(plan, found.left, Limits(12, 99))] == [
        "12 of the 12 in course 209 would go, more than 99 % (--max-percent)"
    ]


def test_who_was_killed_before_the_first_call_has_them_too(stage: Stage) -> None:
    stage.plan(USERS, courses=[209])
    killed(stage, Limits(24, 100), 1)
    assert standing(stage).limits == Limits(24, 100)


def test_who_does_not_resume_begins_with_no_limits_of_before(stage: Stage) -> None:
    stage.plan(USERS, courses=[209])
    offline = stage.client(around=lambda *_: (_ for _ in ()).throw(OSError))
    stage.stopped(offline)
    assert standing(stage, resume=False).limits is None
    assert standing(stage).limits == Limits()


def test_limits_of_another_plan_are_none_of_this_one(stage: Stage) -> None:
    stage.plan(USERS, courses=[209])
    stage.stopped(stage.client(around=lambda *_: (_ for _ in ()).throw(OSError)))
    stage.plan(USERS[:3], courses=[209])
    assert standing(stage).limits is None


def test_what_was_refused_is_left_and_what_went_is_not(stage: Stage) -> None:
    stage.plan(USERS, courses=[201, 209])
    stage.lms.control.set_faults(
        [{"action": "status", "status": 422, "operation": "bulk_unenroll", "nth": 1, "message": "No."}]
    )
    assert stage.code() is Exit.PARTIAL
    assert standing(stage).left == {("course", 201): 2, ("course", 209): 2}  # one call names both
    stage.apply(resume=True)
    assert standing(stage).left == {}


def test_the_flags_are_those_that_let_it_pass_and_no_others(stage: Stage) -> None:
    plan = stage.plan(USERS, courses=[201, 209])
    left = limits.of_plan(plan)
    for allowed in (Limits(), Limits(23, 100), Limits(24, 99), Limits(0, 0), Limits(24, 100)):
        flags = dict(zip(*[iter(limits.flags(plan, left, allowed))] * 2, strict=True))
        more = Limits(
            int(flags.get("--max-remove", allowed.max_remove)), float(flags.get("--max-percent", allowed.max_percent))
        )
        assert not [*limits.refusals(plan, left, more)]
        assert bool(flags) == bool([*limits.refusals(plan, left, allowed)])
