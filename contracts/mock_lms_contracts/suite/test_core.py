"""core: the bulk unenrollment does what it says, to whom it says, and says what it did."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from mock_lms_contracts.adapters import World
from mock_lms_contracts.lab import Lab, enrollments, held
from mock_lms_contracts.oracle import id_in
from mock_lms_contracts.scenario import Scenario, everybody
from mock_lms_contracts.verdicts import Finding

USERS, COURSES = 7, 5
ALL = Scenario(
    USERS,
    COURSES,
    plans=((0, 1), (COURSES - 1,)),
    enrollments=everybody(USERS, COURSES),
    memberships=frozenset({(USERS - 1, 0)} | {(user, 1) for user in range(USERS)}),
)
"""Everybody is in every course, and in a plan with the last of them; the last user is in one with two others, too."""


def some(lab: Lab, world: World) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Three users and two courses: there are others of both, who must stay as they are.

    Whoever a plan holds in a course is never among them: whether they can be taken from it directly is another matter.
    """
    return tuple(lab.chance.sample(world.ids.users[:-1], 3)), tuple(lab.chance.sample(world.ids.courses[:-1], 2))


@pytest.mark.requirement("UNENROLL-EFFECT-1")
def test_every_listed_user_leaves_every_listed_course(lab: Lab) -> None:
    world = lab.world(ALL)
    users, courses = some(lab, world)
    done = lab.bulk_unenroll(world, users, courses)
    wanted = held(done.before, enrollments("course", users, courses))
    lab.given(len(wanted) == len(users) * len(courses), "somebody was not enrolled to begin with")
    stayed = wanted - done.effect.lost
    lab.require(not stayed, "Listed users stayed in listed courses.", [], sorted(stayed))


@pytest.mark.requirement("UNENROLL-EFFECT-2")
def test_nobody_but_the_listed_users_leaves_a_course(lab: Lab) -> None:
    world = lab.world(ALL)
    users, courses = some(lab, world)
    done = lab.bulk_unenroll(world, users, courses)
    others = [user for user in world.ids.users if user not in users]
    decoys = done.before.of(others)
    lab.given(decoys, "nobody else is in anything")
    gone = (decoys & done.effect.lost) | (decoys & done.effect.changed)
    lab.require(not gone, "Users who were not listed lost something.", [], sorted(gone))
    lab.given(done.effect.lost, "nobody left anything")


@pytest.mark.requirement("UNENROLL-EFFECT-3")
def test_the_listed_users_leave_no_course_but_the_listed_ones(lab: Lab) -> None:
    world = lab.world(ALL)
    users, courses = some(lab, world)
    done = lab.bulk_unenroll(world, users, courses)
    decoys = done.before.of(users) - enrollments("course", users, courses)
    lab.given(decoys, "the users are in nothing else")
    gone = (decoys & done.effect.lost) | (decoys & done.effect.changed)
    lab.require(not gone, "Users lost what was not listed.", [], sorted(gone))
    lab.given(done.effect.lost, "nobody left anything")


@pytest.mark.requirement("UNENROLL-EFFECT-4")
def test_what_the_answer_calls_unenrolled_was_done(lab: Lab) -> None:
    world = lab.world(ALL)
    users, courses = some(lab, world)
    done = lab.bulk_unenroll(world, users, courses)
    claimed = set(done.named)
    lab.given(claimed, "the answer calls nobody unenrolled")
    losers = {user for _, _, user in done.effect.lost}
    lab.require(claimed <= losers, "The answer names users who lost nothing.", [], sorted(claimed - losers))


@pytest.mark.requirement("UNENROLL-ANSWER-1")
def test_un_enrolled_names_those_who_lost_something_and_only_them(lab: Lab) -> None:
    enrolled = {pair: status for pair, status in everybody(USERS, COURSES).items() if pair[0] != 0}
    world = lab.world(Scenario(USERS, COURSES, enrollments=enrolled))
    users, courses = world.ids.users[:3], world.ids.courses[:2]
    done = lab.bulk_unenroll(world, users, courses)
    losers = {user for _, _, user in done.effect.lost}
    lab.given(losers and losers != set(users), "all lost something, or nobody did")
    claimed = done.named
    lab.require(
        set(claimed) == losers and len(claimed) == len(losers),
        "un_enrolled does not name those who lost something, each once.",
        sorted(losers),
        sorted(claimed),
    )


@pytest.mark.requirement("UNENROLL-ERRORS-1")
def test_a_user_who_was_not_enrolled_is_named_in_errors(lab: Lab) -> None:
    enrolled = {pair: status for pair, status in everybody(USERS, COURSES).items() if pair[0] != 0}
    world = lab.world(Scenario(USERS, COURSES, enrollments=enrolled))
    done = lab.bulk_unenroll(world, world.ids.users[:2], world.ids.courses[:1])
    missing = world.ids.users[0]
    lab.given(("course", world.ids.courses[0], missing) not in done.before.held, "the user was enrolled")
    named = [error for error in done.errors if str(missing) in str(error)]
    lab.require(named, f"No entry of errors names user {missing}.", str(missing), done.errors)
    lab.given(done.effect.lost, "the other user left nothing")


@pytest.mark.requirement("UNENROLL-PARTIAL-1")
def test_who_cannot_be_unenrolled_does_not_keep_the_others_from_it(lab: Lab) -> None:
    enrolled = {pair: status for pair, status in everybody(USERS, COURSES).items() if pair[0] != 0}
    world = lab.world(Scenario(USERS, COURSES, enrollments=enrolled))
    users, courses = world.ids.users[:3], world.ids.courses[:1]
    done = lab.bulk_unenroll(world, users, courses)
    going = held(done.before, enrollments("course", users, courses))
    lab.given(going and len(going) < len(users), "all were enrolled, or nobody was")
    lab.require_lost(done, going, "The others leave.")


@pytest.mark.requirement("UNENROLL-STATUS-1")
def test_an_unenrollment_that_worked_for_some_is_answered_with_200(lab: Lab) -> None:
    enrolled = {pair: status for pair, status in everybody(USERS, COURSES).items() if pair[0] != 0}
    world = lab.world(Scenario(USERS, COURSES, enrollments=enrolled))
    done = lab.bulk_unenroll(world, world.ids.users[:3], world.ids.courses[:1])
    lab.given(done.effect.lost, "it worked for nobody")
    lab.require_ok(done)


@pytest.mark.requirement("UNENROLL-REPEAT-1")
def test_the_same_call_again_is_answered_with_200_and_changes_nothing(lab: Lab) -> None:
    world = lab.world(ALL)
    users, courses = some(lab, world)
    first = lab.bulk_unenroll(world, users, courses)
    lab.given(first.effect.lost, "the first call did nothing")
    again = lab.bulk_unenroll(world, users, courses)
    lab.require_ok(again)
    lab.require_lost(again, (), "The second call changes nothing.")
    lab.require(not again.un_enrolled, "The second call names users as unenrolled.", [], again.un_enrolled)


@pytest.mark.requirement("UNENROLL-READ-1")
def test_a_read_after_the_call_shows_what_it_did(lab: Lab) -> None:
    world = lab.world(ALL)
    (user, *_), (course, *_) = some(lab, world)
    path = "/course/v1/courses/enrollments"
    query = [("course_id[]", course)]
    before = {id_in(row, "user_id") for row in world.target.items(path, query)}
    lab.given(user in before, "the user was not enrolled")
    done = lab.bulk_unenroll(world, [user], [course])
    claimed = set(done.named)
    lab.given(user in claimed, "the answer does not claim to have done it")
    after = {id_in(row, "user_id") for row in world.target.items(path, query)}
    lab.require(
        after == before - {user}, "The list is not what it was less the user.", sorted(before - {user}), sorted(after)
    )
    single = world.target.call("GET", f"/learn/v1/enrollments/{course}/{user}")
    if single.status == HTTPStatus.OK:
        raise Finding("The single enrollment is still shown.", 404, single.status)
