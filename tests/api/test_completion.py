"""What follows when an enrollment is completed: certificates, learning plans, events."""

from __future__ import annotations

import pytest

from tests.support.lms import BULK, Lms
from tests.support.small import happened, held, membership, one, update, update_one

pytestmark = pytest.mark.both_databases

UPDATED = "course.enrollment.updated"
COMPLETED = "course.enrollment.completed"
PLAN_COMPLETED = "learningplan.enrollment.completed"


def test_completing_issues_the_courses_certificate_once(small: Lms) -> None:
    before = held(small)
    update(small, [12], [21], to=2)
    assert held(small) - before == {(12, "Certificate One"), (12, "Certificate First")}
    issued = small.everything()["certificates"]
    update(small, [12], [21], to=1)
    update(small, [12], [21], to=2)
    assert small.everything()["certificates"] == issued


def test_a_course_without_a_certificate_issues_none(small: Lms) -> None:
    before = held(small)
    update(small, [11], [23, 24], to=2)
    assert held(small) == before


@pytest.mark.parametrize("number", [0, 1, 3, 4, -1, -2])
def test_nothing_but_completing_issues_a_certificate(small: Lms, number: int) -> None:
    before = held(small)
    update(small, [11, 12], [21, 22], to=number)
    assert held(small) == before


def test_completing_the_last_course_of_a_plan_completes_the_plan(small: Lms) -> None:
    assert membership(small, 31, 11)["status"] == "in_progress"
    before = held(small)
    update_one(small, 22, 11, to=2, date_complete="2026-02-20 09:00:00")
    row = membership(small, 31, 11)
    assert (row["status"], row["completion_percentage"]) == ("completed", 100)
    assert (row["completion_date"], row["time_spent"]) == ("2026-02-20 09:00:00", 900)
    assert held(small) - before == {(11, "Certificate Two"), (11, "Certificate First")}
    assert happened(small) == [(COMPLETED, 11, 22, 0), (PLAN_COMPLETED, 11, 31, 0)]
    other = membership(small, 32, 11)
    assert (other["status"], other["completion_percentage"], other["completion_date"]) == ("in_progress", 50, None)


def test_one_call_that_completes_several_courses_completes_the_plan_once(small: Lms) -> None:
    update(small, [11, 12], [21, 22, 23], to=2)
    completed = [event for event in happened(small) if event[0] == PLAN_COMPLETED]
    assert completed == [(PLAN_COMPLETED, 11, 31, 1), (PLAN_COMPLETED, 11, 32, 1), (PLAN_COMPLETED, 12, 31, 1)]


def test_a_plan_that_is_completed_already_is_not_completed_again(small: Lms) -> None:
    update(small, [12], [21], to=2)
    before = happened(small)
    update(small, [12], [21, 22], to=2)
    assert [event for event in happened(small) if event not in before] == [(UPDATED, 12, 21, 1), (UPDATED, 12, 22, 1)]


def test_who_completed_a_plan_before_is_not_swept_along_by_somebody_who_completes_it_now(small: Lms) -> None:
    update(small, [12], [21], to=2)
    small.call("POST", one(24, 12))
    before = happened(small)
    update(small, [11, 12], [22, 24], to=2)
    new = [event for event in happened(small) if event not in before]
    assert [event for event in new if event[0] == PLAN_COMPLETED] == [(PLAN_COMPLETED, 11, 31, 1)]
    assert len([event for event in happened(small) if event[0] == PLAN_COMPLETED]) == 2


def test_who_completes_a_plans_courses_without_being_in_it_completes_no_plan(small: Lms) -> None:
    small.call("POST", one(22, 13))
    update(small, [13], [22], to=2)
    assert PLAN_COMPLETED not in {event[0] for event in happened(small)}
    assert (13, "Certificate First") not in held(small)


def test_the_event_of_a_completion_replaces_that_of_the_update(small: Lms) -> None:
    update(small, [11, 12, 14], [21, 23], to=2)
    courses = [event for event in happened(small) if event[0] != PLAN_COMPLETED]
    assert courses == [(COMPLETED, 11, 23, 1), (COMPLETED, 12, 21, 1), (UPDATED, 11, 21, 1)]


def test_an_update_that_completes_nothing_is_an_update(small: Lms) -> None:
    update_one(small, 23, 11, to=1)
    assert happened(small) == [(UPDATED, 11, 23, 0)]


def test_a_learner_may_not_complete_anything(lms: Lms) -> None:
    before = lms.everything()
    token = lms.log_in("mei.chen", "learner-demo")
    lms.call("PUT", BULK, {"user_ids": [13002], "course_ids": [202], "status": 2}, token=token, status=403)
    lms.call("PUT", one(202, 13002), {"status": 2}, token=token, status=403)
    assert lms.everything() == before
