"""robustness: malformed, hostile and borderline input. One rule is broken at a time; mended, the same body works."""

from __future__ import annotations

import json
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

import pytest

from mock_lms_contracts.adapters import World
from mock_lms_contracts.lab import BULK, CASCADE, Done, Lab, enrollments, held
from mock_lms_contracts.scenario import Scenario, everybody
from mock_lms_contracts.verdicts import Finding

Make = Callable[[int, int], Any]
"""Of a user and a course who belong together: a body, or its bytes."""


def _with(**other: Any) -> Make:
    """A right body, but for this."""
    return lambda user, course: {"user_ids": [user], "course_ids": [course], **other}


BROKEN: dict[str, Make] = {
    "user_ids is missing": lambda _, course: {"course_ids": [course]},
    "user_ids is empty": _with(user_ids=[]),
    "user_ids is null": _with(user_ids=None),
    "user_ids is an object": lambda user, course: {"user_ids": {"0": user}, "course_ids": [course]},
    "a user's id is a fraction": lambda user, course: {"user_ids": [user, user + 0.5], "course_ids": [course]},
    "a user's id is true": lambda user, course: {"user_ids": [user, True], "course_ids": [course]},
    "a user's id is null": lambda user, course: {"user_ids": [user, None], "course_ids": [course]},
    "a user's id is a word": lambda user, course: {"user_ids": [user, "all"], "course_ids": [course]},
    "a user's id is a list": lambda user, course: {"user_ids": [[user]], "course_ids": [course]},
    "a course's id is a word": lambda user, course: {"user_ids": [user], "course_ids": [course, "all"]},
    "course_ids is a word": _with(course_ids="all"),
    "reset_tracks is a word": _with(reset_tracks="no"),
    "the cascade is a word": _with(**{CASCADE: "no"}),
    "delete_issued_certificates is a word": _with(delete_issued_certificates="no"),
    "there is a comma too many": lambda user, course: (
        json.dumps({"user_ids": [user], "course_ids": [course]}).replace("]}", "],}").encode()
    ),
    "the body breaks off": lambda user, course: json.dumps({"user_ids": [user], "course_ids": [course]}).encode()[:-1],
    "the body is a list": lambda user, course: [{"user_ids": [user], "course_ids": [course]}],
}


def send(lab: Lab, world: World, body: Any) -> Done:
    """Whatever it is."""
    return lab.act(world, "DELETE", BULK, valid=False, **({"raw": body} if isinstance(body, bytes) else {"body": body}))


def works(lab: Lab, world: World, body: Any, users: list[int], courses: list[int], what: str) -> None:
    """The body does what it says: it was refused for the one thing that it lacked. Raises `Finding`."""
    done = send(lab, world, body)
    wanted = held(done.before, enrollments("course", users, courses))
    lab.given(wanted, "the user is not enrolled any more")
    if done.effect.lost != wanted:
        raise Finding(f"The same body, mended, does not work ({what}).", requirement="UNENROLL-EFFECT-1")


@pytest.mark.requirement("ROBUST-BODY-1")
def test_without_a_body_nothing_is_removed_and_the_answer_is_no_success(lab: Lab) -> None:
    world = lab.world(Scenario(3, 2, enrollments=everybody(3, 2)))
    (user, *_), (course, _) = world.ids.users, world.ids.courses
    for what, body in (("without a body", None), ("with an empty one", b"")):
        done = send(lab, world, body)
        lab.require_lost(done, (), f"A call {what} removes nobody.")
        status = done.answer.status
        lab.require(status >= HTTPStatus.BAD_REQUEST, f"A call {what} is answered with {status}.", "4xx", status)
    works(lab, world, {"user_ids": [user], "course_ids": [course]}, [user], [course], "with a body")


@pytest.mark.requirement("ROBUST-BODY-2")
def test_a_body_with_one_rule_broken_is_refused_with_a_4xx_and_nothing_changes(lab: Lab) -> None:
    world = lab.world(Scenario(len(BROKEN) + 1, 2, enrollments=everybody(len(BROKEN) + 1, 2)))
    course = world.ids.courses[0]
    for (what, make), user in zip(BROKEN.items(), world.ids.users, strict=False):
        done = send(lab, world, make(user, course))
        status = done.answer.status
        lab.require_lost(done, (), f"Where {what}, nothing changes.")
        refused = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        lab.require(refused, f"Where {what}, the answer is {status}.", "4xx", status)
        works(lab, world, {"user_ids": [user], "course_ids": [course]}, [user], [course], what)


@pytest.mark.requirement("ROBUST-TARGET-1")
def test_a_call_that_names_no_course_and_no_plan_removes_nobody_from_anything(lab: Lab) -> None:
    world = lab.world(Scenario(3, 2, enrollments=everybody(3, 2)))
    (user, *_), (course, _) = world.ids.users, world.ids.courses
    bodies: tuple[dict[str, list[int]], ...] = (
        {},
        {"course_ids": []},
        {"course_ids": [], "learningplan_ids": []},
        {"course_ids": [0], "learningplan_ids": [0]},
    )
    for body in bodies:
        done = send(lab, world, {"user_ids": [user], **body})
        lab.require_lost(done, (), f"A call with {body or 'user_ids alone'} removes nobody.")
    works(lab, world, {"user_ids": [user], "course_ids": [course]}, [user], [course], "with a course")


@pytest.mark.requirement("ROBUST-FLAGS-1")
def test_a_flag_that_is_null_is_not_taken_for_true(lab: Lab) -> None:
    members = frozenset((user, 0) for user in range(3))
    world = lab.world(Scenario(3, 2, ((0,),), enrollments=everybody(3, 2), memberships=members))
    (user, other, _), (plan,) = world.ids.users, world.ids.plans
    body = {"user_ids": [user], "learningplan_ids": [plan], CASCADE: None}
    done = send(lab, world, body)
    wanted = () if done.answer.status >= HTTPStatus.BAD_REQUEST else enrollments("plan", [user], [plan])
    lab.require_lost(done, wanted, "Whoever leaves a plan with a cascade that is null keeps its courses.")
    cascading = lab.bulk_unenroll(world, [other], plans=[plan], cascade=True)
    lab.given(any(kind == "course" for kind, *_ in cascading.effect.lost), "the cascade does nothing when it is true")


@pytest.mark.requirement("ROBUST-IDS-1")
def test_ids_as_strings_of_digits_are_the_same_ids(lab: Lab) -> None:
    world = lab.world(Scenario(4, 2, enrollments=everybody(4, 2)))
    users, courses = world.ids.users[:2], world.ids.courses[:1]
    done = lab.bulk_unenroll(world, map(str, users), map(str, courses))
    wanted = held(done.before, enrollments("course", users, courses))
    lab.given(len(wanted) == len(users), "somebody was not enrolled to begin with")
    lab.require_ok(done)
    lab.require_lost(done, wanted, "The users leave the course.")
