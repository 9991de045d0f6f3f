"""enrolling: batches, of which each row is carried out or not for itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mock_lms_contracts.adapters import World
from mock_lms_contracts.fault import NOT_SERVED
from mock_lms_contracts.lab import Done, Lab
from mock_lms_contracts.lists import OF_COURSES, UNKNOWN
from mock_lms_contracts.people import people_of, right
from mock_lms_contracts.verdicts import NotClaimed

pytestmark = pytest.mark.xdist_group("enrolling")

SINGULAR = "/learn/v1/enrollment"
BATCH = f"{SINGULAR}/batch"


def row(course: int, user: int) -> dict[str, Any]:
    return {"course_id": course, "user_id": user, "status": "subscribed", "level": "student"}


def batch(lab: Lab, world: World, *items: Mapping[str, Any], method: str = "POST") -> Done:
    """A batch with a right body, and what it did."""
    return right(lab, world, method, BATCH, {"items": [*items]})


def outcomes(lab: Lab, done: Done, items: int) -> list[Any]:
    """Whether each row succeeded. Raises `Finding` where the answer is no list of a row for each item, in order."""
    told = done.answer.data
    well_formed = isinstance(told, list) and all(isinstance(one, Mapping) for one in told)
    lab.require(well_formed, "The answer's data is no list of objects.", "data: [{row_index, success}]", told)
    lab.require(
        [one.get("row_index") for one in told] == [*range(items)],
        "The answer has not a row for each item, in the order of the items.",
        [*range(items)],
        [one.get("row_index") for one in told],
    )
    return [one.get("success") for one in told]


@pytest.mark.requirement("BATCH-ROWS-1")
def test_a_batch_is_answered_with_a_row_for_each_item_in_order_that_says_whether_it_succeeded(
    lab: Lab, people: World
) -> None:
    (first, second), course = people_of(lab, people), people.ids.courses[0]
    done = batch(lab, people, row(course, first), row(course, UNKNOWN), row(course, second))
    succeeded = outcomes(lab, done, 3)
    lab.require(
        succeeded == [True, False, True], "Rows do not say whether they succeeded.", [True, False, True], succeeded
    )


@pytest.mark.requirement("BATCH-EFFECT-1")
def test_rows_are_carried_out_also_where_others_cannot_be_and_nothing_else_is(lab: Lab, people: World) -> None:
    (first, second), course = people_of(lab, people), people.ids.courses[0]
    done = batch(lab, people, row(course, UNKNOWN), row(course, first), row(UNKNOWN, second), row(course, second))
    _require_gained(lab, done, course, first, second)


@pytest.mark.requirement("BATCH-NAMES-1")
def test_a_row_may_name_a_course_by_its_code_and_a_user_by_the_username(lab: Lab, people: World) -> None:
    (user,), course = people_of(lab, people), people.ids.courses[0]
    username, code = _shown(people, "user_id[]", user, "username"), _shown(people, "course_id[]", course, "course_code")
    if not username:
        raise NotClaimed("the course list shows no usernames")
    named = {"course_code": code} if code else {"course_id": course}
    done = batch(lab, people, {**named, "username": username, "status": "subscribed"})
    _require_gained(lab, done, course, user)


@pytest.mark.requirement("BATCH-LEAVE-1")
def test_a_batch_unenrolls_the_users_of_its_rows_from_their_courses_and_nobody_else(lab: Lab, people: World) -> None:
    (first, second, _), course = people_of(lab, people), people.ids.courses[0]
    done = batch(lab, people, *({"course_id": course, "user_id": user} for user in (first, second)), method="DELETE")
    lab.require_lost(done, {("course", course, user) for user in (first, second)}, "The users leave the course.")


@pytest.mark.requirement("BATCH-STATUS-1")
def test_a_row_without_a_status_fails_or_its_user_is_enrolled_all_the_same(lab: Lab, people: World) -> None:
    (user,), course = people_of(lab, people), people.ids.courses[0]
    done = batch(lab, people, {"course_id": course, "user_id": user})
    (succeeded,) = outcomes(lab, done, 1)
    _require_gained(lab, done, course, *([user] if succeeded else []))
    lab.found("optional" if succeeded else "required")


@pytest.mark.requirement("SINGLE-PATH-1")
def test_the_path_in_the_singular_unenrolls_too_or_is_a_404_that_changes_nothing(lab: Lab, people: World) -> None:
    (user, _), course = people_of(lab, people), people.ids.courses[0]
    done = lab.act(people, "DELETE", f"{SINGULAR}/{course}/{user}")
    if done.answer.status in NOT_SERVED:
        lab.require_lost(done, (), "The path is not served.")
        lab.found("not_found")
        return
    lab.require_ok(done)
    lab.require_lost(done, {("course", course, user)}, "The user leaves the course.")
    lab.found("served")


def _require_gained(lab: Lab, done: Done, course: int, *users: int) -> None:
    """Exactly these were enrolled in the course."""
    wanted = {("course", course, user) for user in users}
    other = sorted(done.effect.lost | done.effect.changed)
    lab.require(
        done.effect.gained == wanted,
        "Other enrollments came than those of the rows.",
        sorted(wanted),
        sorted(done.effect.gained),
    )
    lab.require(not other, "Enrollments went, or became other.", [], other)


def _shown(world: World, parameter: str, number: int, name: str) -> str:
    """What the course list says of somebody or something; empty where it says nothing."""
    answer = world.target.call("GET", OF_COURSES.path, query=[(parameter, number), ("page_size", 1)])
    data = answer.data
    items = data.get("items") if isinstance(data, Mapping) else None
    said = items[0].get(name) if isinstance(items, list) and items and isinstance(items[0], Mapping) else None
    return said if isinstance(said, str) else ""
