"""enrolling: what stands around the bulk unenrollment: one at a time, enrolling, updating."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest

from mock_lms_contracts.adapters import World
from mock_lms_contracts.fault import NOT_SERVED
from mock_lms_contracts.lab import BULK, Lab, enrollments, held
from mock_lms_contracts.lists import STATUSES, same_status
from mock_lms_contracts.oracle import Enrollment
from mock_lms_contracts.people import names, right
from mock_lms_contracts.scenario import SUBSCRIBED, Scenario, everybody
from mock_lms_contracts.verdicts import Finding, NotClaimed

USERS, COURSES = 4, 3
WORLD = Scenario(USERS, COURSES, enrollments=everybody(USERS, COURSES))
COMPLETED = 2


@pytest.mark.requirement("SINGLE-LEAVE-1")
def test_unenrolling_one_user_from_one_course_does_that_and_nothing_else(lab: Lab) -> None:
    world = lab.world(WORLD)
    user, course = lab.chance.choice(world.ids.users), lab.chance.choice(world.ids.courses)
    done = right(lab, world, "DELETE", f"{BULK}/{course}/{user}")
    wanted = held(done.before, {("course", course, user)})
    lab.given(wanted, "the user was not enrolled")
    lab.require_lost(done, wanted, "The user leaves the course.")


@pytest.mark.requirement("SINGLE-MISSING-1")
def test_unenrolling_who_is_not_enrolled_changes_nothing_and_is_404_or_a_200_with_0(lab: Lab) -> None:
    world = lab.world(WORLD)
    user, course = world.ids.users[0], world.ids.courses[0]
    path = f"{BULK}/{course}/{user}"
    if not right(lab, world, "DELETE", path).effect.lost:
        raise Finding("The user does not leave the course.", requirement="SINGLE-LEAVE-1")
    done = lab.act(world, "DELETE", path)
    lab.require_lost(done, (), "Nothing is left to go.")
    if done.answer.status == HTTPStatus.NOT_FOUND:
        lab.found("not_found")
        return
    lab.require_ok(done)
    data = done.answer.data
    deleted = data.get("deleted_enrollment") if isinstance(data, dict) else None
    lab.require(deleted == 0 and deleted is not False, "The answer names an enrollment that was deleted.", 0, data)
    lab.found("zero")


@pytest.mark.requirement("SINGLE-RECORD-1")
def test_the_record_of_an_enrollment_says_its_status_also_after_it_changed(lab: Lab) -> None:
    world = lab.world(WORLD)
    course, state, forms = world.ids.courses[0], lab.observe(world), set()
    told = {user: told["status"] for (_, at, user), told in state.held.items() if at == course}
    begun = [user for user, status in told.items() if status != "completed"]
    lab.given(begun and len(set(told.values())) > 1, "all have one status, or have completed the course")
    for user, status in told.items():
        forms.add(_says(lab, world, course, user, str(status)))
    right(lab, world, "PUT", f"{BULK}/{course}/{begun[0]}", {"status": COMPLETED})
    forms.add(_says(lab, world, course, begun[0], "completed"))
    lab.require(len(forms) == 1, "Some statuses are numbers, and some are words.", 1, sorted(forms))
    lab.found(forms.pop())


def _says(lab: Lab, world: World, course: int, user: int, expected: str) -> str:
    """How the record says this status. Raises `Finding` where it says another, `NotClaimed` where there is none."""
    answer = world.target.call("GET", f"{BULK}/{course}/{user}")
    if answer.status in NOT_SERVED:
        raise NotClaimed("the target does not serve the record of an enrollment")
    data = answer.data
    record = data.get("records") if isinstance(data, dict) else None
    status = record.get("status") if isinstance(record, dict) else None
    word = STATUSES.get(status) if type(status) is int else status
    what = f"The record of user {user} does not say that they are {expected}."
    lab.require(same_status(word, expected), what, expected, status)
    return "string" if isinstance(status, str) else "integer"


@pytest.mark.requirement("ENROLL-EFFECT-1")
def test_enrolling_puts_every_listed_user_into_every_listed_course_and_nobody_else(lab: Lab) -> None:
    world = lab.world(Scenario(USERS, COURSES, enrollments={(3, 0): SUBSCRIBED, (0, 2): SUBSCRIBED}))
    users, courses = world.ids.users[:2], world.ids.courses[:2]
    done = right(lab, world, "POST", BULK, {"user_ids": users, "course_ids": courses})
    wanted = enrollments("course", users, courses) - done.before.held.keys()
    lab.given(len(wanted) == len(users) * len(courses), "somebody was enrolled before")
    _require_gained(lab, done.effect.gained, wanted)
    other = sorted(done.effect.lost | done.effect.changed)
    lab.require(not other, "Enrollments went, or became other.", [], other)


def _require_gained(lab: Lab, gained: frozenset[Enrollment], wanted: set[Enrollment]) -> None:
    lab.require(
        gained == wanted, "Other enrollments came than those that were asked for.", sorted(wanted), sorted(gained)
    )


@pytest.mark.requirement("ENROLL-ERRORS-1")
def test_who_is_enrolled_already_is_named_in_errors_and_the_others_are_enrolled(lab: Lab) -> None:
    world = lab.world(Scenario(3, 2, enrollments={(0, 0): SUBSCRIBED, (2, 1): SUBSCRIBED}))
    (there, new, _), course = world.ids.users, world.ids.courses[0]
    done = right(lab, world, "POST", BULK, {"user_ids": [there, new], "course_ids": [course]})
    lab.given(("course", course, there) in done.before.held, "nobody was enrolled before")
    _require_gained(lab, done.effect.gained, {("course", course, new)})
    data = done.answer.data
    errors = data.get("errors") if isinstance(data, dict) else None
    if isinstance(errors, list) and errors and all(isinstance(error, str) for error in errors):
        message = "errors does not name the enrollment that was there before, and no other."
        lab.require(names(errors, there) and not names(errors, new), message, there, errors)
        lab.found("strings")
        return
    buckets: Any = errors[0] if isinstance(errors, list) and len(errors) == 1 else errors
    existing = buckets.get("existing_enrollments") if isinstance(buckets, dict) else None
    named = existing[0] if isinstance(existing, list) and len(existing) == 1 and isinstance(existing[0], dict) else {}
    lab.require(
        named.get("id_user") == there and named.get("id_course") == course,
        "errors does not name the enrollment that was there before.",
        {"id_user": there, "id_course": course},
        errors,
    )
    lab.found("object" if isinstance(errors, dict) else "echo" if "enrolled" in buckets else "list")


@pytest.mark.requirement("ENROLL-PLAN-1")
def test_enrolling_in_a_learning_plan_enrolls_in_all_of_its_courses_or_in_none(lab: Lab) -> None:
    plans = ((0, 1), (1, 2))
    world = lab.world(Scenario(3, 3, plans, {(0, 0): SUBSCRIBED, (2, 1): SUBSCRIBED}, frozenset({(2, 1)})))
    users, plan = world.ids.users[:2], world.ids.plans[0]
    path = f"/learningplan/v1/learningplans/{plan}/enrollments/bulk"
    done = right(lab, world, "POST", path, {"items": {"user_ids": users}})
    joined = enrollments("plan", users, [plan])
    courses = enrollments("course", users, world.ids.courses[:2]) - done.before.held.keys()
    lab.given(courses and not joined & done.before.held.keys(), "the users were in all of it before")
    all_of_it = courses <= done.effect.gained
    _require_gained(lab, done.effect.gained, joined | (courses if all_of_it else set()))
    lab.require(not done.effect.lost, "Enrollments went.", [], sorted(done.effect.lost))
    lab.found("yes" if all_of_it else "no")


@pytest.mark.requirement("UPDATE-EFFECT-1")
def test_an_update_changes_the_listed_users_in_the_listed_courses_and_nothing_else(lab: Lab) -> None:
    world = lab.world(Scenario(USERS, COURSES, enrollments=dict.fromkeys(everybody(USERS, COURSES), SUBSCRIBED)))
    users, courses = world.ids.users[:2], world.ids.courses[:2]
    done = right(lab, world, "PUT", BULK, {"user_ids": users, "course_ids": courses, "status": COMPLETED})
    wanted = held(done.before, enrollments("course", users, courses))
    lab.given(len(wanted) == len(users) * len(courses), "somebody was not enrolled to begin with")
    lab.require(
        done.effect.changed == wanted and not done.effect.lost and not done.effect.gained,
        "Other enrollments changed than those that were listed.",
        sorted(wanted),
        sorted(done.effect.changed | done.effect.lost | done.effect.gained),
    )
    statuses = sorted({str(done.after.held[enrollment]["status"]) for enrollment in wanted})
    lab.require(statuses == ["completed"], "What was updated is not completed.", ["completed"], statuses)
