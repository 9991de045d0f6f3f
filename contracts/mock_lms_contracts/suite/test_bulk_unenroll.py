"""bulk-unenroll: the cap, the errors, the answer's form."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest

from mock_lms_contracts.adapters import World
from mock_lms_contracts.lab import BULK, Done, Lab
from mock_lms_contracts.scenario import Scenario, everybody

NOBODY = 1_999_999_999
"""No user's id."""


def partly(lab: Lab) -> tuple[World, Done]:
    """Three users are to leave a course; the first is not in it."""
    world = lab.world(Scenario(4, 2, enrollments=without_the_first(4, 2)))
    done = lab.bulk_unenroll(world, world.ids.users[:3], world.ids.courses[:1])
    lab.given(len(done.effect.lost) == 2, "it did not work for two of the three")  # noqa: PLR2004 -- the sentence's
    return world, done


def without_the_first(users: int, courses: int) -> dict[tuple[int, int], str]:
    return {pair: status for pair, status in everybody(users, courses).items() if pair[0] != 0}


@pytest.mark.requirement("UNENROLL-ERRORS-3")
def test_an_entry_of_errors_is_a_sentence_or_an_object_that_names_user_and_target(lab: Lab) -> None:
    world, done = partly(lab)
    lab.given(done.errors, "there is no entry of errors")
    user, course = world.ids.users[0], world.ids.courses[0]
    forms = {_form(entry, user, course) for entry in done.errors}
    lab.require(
        len(forms) == 1 and "" not in forms,
        "An entry of errors is neither a sentence nor an object that names user and target.",
        {"user": user, "course": course},
        done.errors,
    )
    lab.found(forms.pop())


def _form(entry: Any, user: int, course: int) -> str:
    if isinstance(entry, str):
        return "strings" if str(user) in entry and str(course) in entry else ""
    named = isinstance(entry, dict) and entry.get("user_id") == user and entry.get("course_id") == course
    return "objects" if named and isinstance(entry.get("message"), str) else ""


@pytest.mark.requirement("UNENROLL-ATOMIC-1")
def test_a_call_that_is_answered_with_an_error_has_changed_nothing(lab: Lab) -> None:
    world = lab.world(Scenario(8, 2, enrollments=everybody(8, 2)))
    (course, _), users = world.ids.courses, list(world.ids.users)
    bodies: list[dict[str, Any]] = [
        {"user_ids": [*users[:2], {}], "course_ids": [course]},
        {"user_ids": users[:2], "course_ids": [course, {}]},
        {"user_ids": users[:2], "course_ids": [course], "learningplan_ids": "all"},
        # these are right; a server that breaks off half way answers with an error, and has changed something
        {"user_ids": [*users[:4], NOBODY], "course_ids": [course]},
        {"user_ids": users[4:6], "course_ids": [course]},
        {"user_ids": users[4:6], "course_ids": [course]},
    ]
    done = [lab.act(world, "DELETE", BULK, body, valid=False) for body in bodies]
    refused = [call for call in done if call.answer.status >= HTTPStatus.BAD_REQUEST]
    lab.given(refused, "no call was answered with an error")
    for call in refused:
        lab.require_lost(call, (), f"The call is answered with {call.answer.status}: it has changed nothing.")
    lab.given(any(call.effect.lost for call in done), "no call did anything")
