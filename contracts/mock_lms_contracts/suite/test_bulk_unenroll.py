"""bulk-unenroll: the cap, the errors, the answer's form."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import pytest

from mock_lms_contracts.adapters import World
from mock_lms_contracts.lab import BULK, Done, Lab, enrollments, held
from mock_lms_contracts.scenario import COMPLETED, IN_PROGRESS, SUBSCRIBED, Scenario, everybody
from mock_lms_contracts.verdicts import Finding

CAP = 1_000
NOBODY = 1_999_999_999
"""No user's id."""


def crowd(lab: Lab, number: int) -> tuple[World, list[int]]:
    """So many users who share a course, and two more who do; some of them are in another one, too."""
    statuses = (SUBSCRIBED, IN_PROGRESS, COMPLETED)
    status_of = {(user, 0): statuses[user % 3] for user in range(number + 2)}
    status_of |= {(user, 1): statuses[user % 3] for user in range(number - 5, number + 2)}
    world = lab.world(Scenario(number + 2, 2, enrollments=status_of))
    return world, lab.chance.sample(world.ids.users[:number], number)


def taken(lab: Lab, number: int) -> None:
    """So many users are taken by one call."""
    world, users = crowd(lab, number)
    done = lab.bulk_unenroll(world, users, world.ids.courses[:1])
    wanted = held(done.before, enrollments("course", users, world.ids.courses[:1]))
    lab.given(len(wanted) == number, f"not all of the {number:,} users were enrolled")
    lab.require_ok(done)
    lab.require_lost(done, wanted, f"{number:,} users leave, and only they.")


@pytest.mark.requirement("UNENROLL-CAP-1")
def test_of_1001_users_at_most_1000_are_unenrolled_by_one_call(lab: Lab) -> None:
    world, users = crowd(lab, CAP + 1)
    done = lab.bulk_unenroll(world, users, world.ids.courses[:1])
    wanted = held(done.before, enrollments("course", users, world.ids.courses[:1]))
    lab.given(len(wanted) == CAP + 1, "not all of the users were enrolled")
    if HTTPStatus.BAD_REQUEST <= done.answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
        lab.require_lost(done, (), "The call is refused, and nothing changes.")
        lab.found("reject")
        # the call was refused for its length alone: one user less, and it works
        mended = lab.bulk_unenroll(world, users[:CAP], world.ids.courses[:1])
        lab.given(mended.effect.lost, "the same call with one user less does nothing either")
        return
    lab.require_ok(done)
    lab.require_lost(done, enrollments("course", users[:CAP], world.ids.courses[:1]), f"The first {CAP:,} users leave.")
    lab.found("truncate")


@pytest.mark.requirement("UNENROLL-CAP-2")
def test_1000_users_are_taken_by_one_call(lab: Lab) -> None:
    taken(lab, CAP)


@pytest.mark.requirement("UNENROLL-CAP-3")
def test_999_users_are_taken_by_one_call(lab: Lab) -> None:
    taken(lab, CAP - 1)


def partly(lab: Lab) -> tuple[World, Done]:
    """Three users are to leave a course; the first is not in it."""
    world = lab.world(Scenario(4, 2, enrollments=without_the_first(4, 2)))
    done = lab.bulk_unenroll(world, world.ids.users[:3], world.ids.courses[:1])
    lab.given(len(done.effect.lost) == 2, "it did not work for two of the three")  # noqa: PLR2004 -- the sentence's
    return world, done


def without_the_first(users: int, courses: int) -> dict[tuple[int, int], str]:
    return {pair: status for pair, status in everybody(users, courses).items() if pair[0] != 0}


@pytest.mark.requirement("UNENROLL-ANSWER-2")
def test_the_ids_in_un_enrolled_are_integers(lab: Lab) -> None:
    _, done = partly(lab)
    lab.given(done.un_enrolled, "the answer calls nobody unenrolled")
    others = [entry for entry in done.un_enrolled if type(entry) is not int]
    lab.require(not others, "Ids in un_enrolled are no integers.", [], others)


@pytest.mark.requirement("UNENROLL-ERRORS-2")
def test_an_unknown_user_is_named_in_errors_and_not_in_un_enrolled(lab: Lab) -> None:
    world = lab.world(Scenario(3, 2, enrollments=everybody(3, 2)))
    done = lab.bulk_unenroll(world, [NOBODY, world.ids.users[0]], world.ids.courses[:1])
    lab.require_lost(done, {("course", world.ids.courses[0], world.ids.users[0])}, "The known user leaves.")
    lab.require(
        str(NOBODY) not in map(str, done.un_enrolled),
        "A user who does not exist is called unenrolled.",
        [world.ids.users[0]],
        done.un_enrolled,
    )
    named = [error for error in done.errors if str(NOBODY) in str(error)]
    lab.require(named, f"No entry of errors names the unknown user {NOBODY}.", str(NOBODY), done.errors)


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


@pytest.mark.requirement("UNENROLL-PLACEHOLDER-1")
def test_the_0_that_the_guide_leaves_in_the_unused_list_removes_nobody_from_anything(lab: Lab) -> None:
    users = range(4)
    world = lab.world(
        Scenario(4, 3, ((0,),), enrollments=everybody(4, 3), memberships=frozenset((user, 0) for user in users))
    )
    leaving, (course,) = world.ids.users[:2], world.ids.courses[-1:]
    done = lab.bulk_unenroll(world, leaving, [course], [0])
    seen = {_placeholder(lab, done, enrollments("course", leaving, [course]), leaving)}
    for plan in world.ids.plans:
        done = lab.bulk_unenroll(world, leaving, [0], [plan])
        seen.add(_placeholder(lab, done, enrollments("plan", leaving, [plan]), leaving))
    lab.require(len(seen) == 1, "The 0 among the courses is answered otherwise than among the plans.", 1, sorted(seen))
    lab.found(seen.pop())


def _placeholder(lab: Lab, done: Done, leaving: set[tuple[str, int, int]], users: tuple[int, ...]) -> str:
    wanted = held(done.before, leaving)
    lab.given(wanted == leaving, "the users were not in the other target")
    lab.require_ok(done)
    lab.require_lost(done, wanted, "The users leave the target that is none of the guide's 0.")
    if not done.errors:
        return "ignore"
    silent = [user for user in users if not any(str(user) in str(error) for error in done.errors)]
    if silent or len(done.errors) != len(users):
        raise Finding("The 0 is mentioned, but not once for each user.", list(users), done.errors)
    return "report"


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
