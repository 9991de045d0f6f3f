"""Reads enrollments in every way in which the API shows them, and says which facts each way must show.

Several views show the same enrollment. If all of them are wrong, the server did something wrong; if only some are, the
fault lies in these views.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from mock_lms_contracts.model import Fact, Layer
from mock_lms_contracts.oracle import AT_ONCE, COURSES, MIXED, PLANS, id_in
from mock_lms_contracts.scenario import SUBSCRIBED
from mock_lms_contracts.target import Target

PLAN_COURSES = "/learningplan/v1/learningplans/{}/courses/enrollments"
RECORDS = 4
"""How many single records of a neighborhood are read."""

SAME = {"enrolled": SUBSCRIBED, "not_started": SUBSCRIBED, "0": SUBSCRIBED, "1": "in_progress", "2": "completed",
        "3": "suspended", "-2": "waiting"}  # fmt: skip
"""The usual names of statuses, by the names and numbers that services of the API have for them."""

UNTOLD = object()
"""Stands for the status in a view that does not show it."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one view showed."""

    view: str
    shown: Mapping[Fact, object]
    """By fact, the status of an enrollment in a course; True for a place in a plan."""

    covers: Callable[[Fact], bool]
    """Whether the view must show a fact if it is held."""


@dataclass(frozen=True, slots=True)
class Neighborhood:
    """What a call may concern: users, courses and plans by id, and the facts whose single records are read."""

    users: tuple[int, ...]
    courses: tuple[int, ...]
    plans: tuple[int, ...]
    records: tuple[Fact, ...] = ()
    plan_courses: Mapping[int, tuple[int, ...]] | None = None


def read(target: Target, around: Neighborhood, capabilities: Collection[str], turn: int | None = None) -> list[Reading]:
    """Reads the neighborhood through the views that the target claims. Raises `HarnessError`, `Finding`.

    With a `turn`, it reads by user and through that third of the other views whose turn it is.
    """
    if not {"course_list", "plan_list"} <= {*capabilities}:
        turn = None  # there may be no other views
    return [
        reading
        for number, (needs, view) in enumerate(VIEWS)
        if needs in capabilities and (turn is None or view in BY_USER or (number + turn) % 3 == 0)
        for reading in view(target, around)
    ]


def _by_course(target: Target, around: Neighborhood) -> Iterator[Reading]:
    if around.courses:
        yield _course_list(target, "the course list by course", "course_id", around.courses)


def _by_user(target: Target, around: Neighborhood) -> Iterator[Reading]:
    yield _course_list(target, "the course list by user", "user_id", around.users)


def _course_list(target: Target, name: str, key: str, ids: tuple[int, ...]) -> Reading:
    shown = {
        Fact(Layer.COURSE, id_in(row, "course_id"), id_in(row, "user_id")): status(row.get("enrollment_status"))
        for row in rows(target, COURSES, f"{key}[]", ids)
    }
    return Reading(name, shown, covering({Layer.COURSE}, **{key: ids}))


def _plan_by_plan(target: Target, around: Neighborhood) -> Iterator[Reading]:
    if around.plans:
        yield _plan_list(target, "the plan list by plan", "learning_plan_id", around.plans)


def _plan_by_user(target: Target, around: Neighborhood) -> Iterator[Reading]:
    yield _plan_list(target, "the plan list by user", "user_id", around.users)


def _plan_list(target: Target, name: str, key: str, ids: tuple[int, ...]) -> Reading:
    shown = {
        Fact(Layer.PLAN, id_in(row, "learning_plan_id"), id_in(row, "user_id")): True
        for row in rows(target, PLANS, f"{key}[]", ids)
    }
    scope = {"user_id": ids} if key == "user_id" else {"course_id": ids}
    return Reading(name, shown, covering({Layer.PLAN}, **scope))


def _mixed(target: Target, around: Neighborhood) -> Iterator[Reading]:
    shown: dict[Fact, object] = {}
    for row in rows(target, MIXED, "id_user[]", around.users):
        if row.get("type") == "learning_plan":
            shown[Fact(Layer.PLAN, id_in(row, "id"), id_in(row, "user_id"))] = True
        else:
            shown[Fact(Layer.COURSE, id_in(row, "id"), id_in(row, "user_id"))] = status(row.get("status"))
    yield Reading("the list of all enrollments", shown, covering({Layer.COURSE, Layer.PLAN}, user_id=around.users))


def _plan_courses(target: Target, around: Neighborhood) -> Iterator[Reading]:
    for plan, courses in (around.plan_courses or {}).items():
        shown = {
            Fact(Layer.COURSE, id_in(row, "course_id"), id_in(row, "user_id")): status(row.get("enrollment_status"))
            for row in rows(target, PLAN_COURSES.format(plan), "user_id[]", around.users)
        }
        # the sources leave open whether it lists only members of the plan or all who hold one of its courses
        told = {fact.user for fact in shown}
        scope = covering({Layer.COURSE}, user_id=tuple(told), course_id=courses)
        yield Reading(f"the course list of plan {plan}", shown, scope)


def _records(target: Target, around: Neighborhood) -> Iterator[Reading]:
    for fact in around.records[:RECORDS]:
        answer = target.call("GET", f"{MIXED}/{fact.target}/{fact.user}")
        shown: dict[Fact, object] = {}
        record = answer.data.get("records") if isinstance(answer.data, Mapping) else None
        if answer.status == HTTPStatus.OK and isinstance(record, Mapping) and record:
            shown[fact] = status(record.get("status"))
        elif answer.status not in {HTTPStatus.OK, HTTPStatus.NOT_FOUND}:
            continue
        yield Reading(f"the record of user {fact.user} in course {fact.target}", shown, fact.__eq__)


VIEWS: tuple[tuple[str, Callable[[Target, Neighborhood], Iterator[Reading]]], ...] = (
    ("course_list", _by_course),
    ("course_list", _by_user),
    ("plan_list", _plan_by_plan),
    ("plan_list", _plan_by_user),
    ("mixed_list", _mixed),
    ("plan_course_list", _plan_courses),
    ("record", _records),
)
"""Each view, and the capability that it needs. New lists of the API are added here."""

BY_USER = (_by_user, _plan_by_user)


def covering(
    layers: Collection[Layer], *, user_id: Iterable[int] | None = None, course_id: Iterable[int] | None = None
) -> Callable[[Fact], bool]:
    users = None if user_id is None else frozenset(user_id)
    targets = None if course_id is None else frozenset(course_id)

    def covers(fact: Fact) -> bool:
        return (
            fact.layer in layers
            and (users is None or fact.user in users)
            and (targets is None or fact.target in targets)
        )

    return covers


def rows(target: Target, path: str, name: str, ids: Collection[int]) -> Iterator[Mapping[str, Any]]:
    """All items of a list filtered by these ids, `AT_ONCE` ids at a time."""
    ordered = tuple(ids)
    for start in range(0, len(ordered), AT_ONCE):
        yield from target.items(path, [(name, value) for value in ordered[start : start + AT_ONCE]])


def total(target: Target, path: str, name: str, ids: Collection[int]) -> int | None:
    """The total that the list states, or None if it states none."""
    query = [*((name, value) for value in ids), ("page", 1), ("page_size", 1)]
    data = target.call("GET", path, query=query).data
    told = data.get("total_count") if isinstance(data, Mapping) else None
    return told if type(told) is int else None


def status(told: object) -> object:
    """The status by its usual name, or `UNTOLD` if there is none."""
    return UNTOLD if told is None else SAME.get(str(told), str(told))
