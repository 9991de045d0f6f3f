"""learning-plans: leaving plans, with and without the cascade."""

from __future__ import annotations

import pytest

from mock_lms_contracts.adapters import World
from mock_lms_contracts.lab import Done, Lab, enrollments, held
from mock_lms_contracts.scenario import SUBSCRIBED, Scenario, everybody

USERS, COURSES = 6, 5
PLANS = ((0, 1), (1, 2), (3,))
"""The first two share a course; the last course is in none."""

EVERYBODY = everybody(USERS, COURSES)
LISTED = 3
"""Users that leave the first plan."""

FIRST = frozenset((user, 0) for user in range(USERS))
LAST = frozenset((user, 2) for user in range(USERS))


def leaving(lab: Lab, scenario: Scenario, users: int = LISTED, *, cascade: bool = False) -> tuple[World, Done]:
    """The first users leave the first plan, in an order that chance gives."""
    world = lab.world(scenario)
    who = lab.chance.sample(world.ids.users[:users], users)
    done = lab.bulk_unenroll(world, who, (), world.ids.plans[:1], cascade=cascade)
    members = held(done.before, enrollments("plan", who, world.ids.plans[:1]))
    lab.given(len(members) == users, "somebody was not in the plan to begin with")
    return world, done


def in_plan(world: World, done: Done, plan: int, users: int = LISTED) -> set[tuple[str, int, int]]:
    """What the first users hold of the plan's courses."""
    courses = [world.ids.courses[course] for course in PLANS[plan]]
    return held(done.before, enrollments("course", world.ids.users[:users], courses))


@pytest.mark.requirement("PLAN-LEAVE-1")
def test_listed_users_leave_the_listed_learning_plans(lab: Lab) -> None:
    world, done = leaving(lab, Scenario(USERS, COURSES, PLANS, EVERYBODY, FIRST | LAST))
    stayed = enrollments("plan", world.ids.users[:LISTED], world.ids.plans[:1]) - done.effect.lost
    lab.require(not stayed, "Listed users stayed in the plan.", [], sorted(stayed))


@pytest.mark.requirement("PLAN-LEAVE-2")
def test_listed_users_leave_no_other_plan_and_nobody_else_leaves_any(lab: Lab) -> None:
    world, done = leaving(lab, Scenario(USERS, COURSES, PLANS, EVERYBODY, FIRST | LAST | {(0, 1), (5, 1)}))
    decoys = {enrollment for enrollment in done.before.held if enrollment[0] == "plan"}
    decoys -= enrollments("plan", world.ids.users[:LISTED], world.ids.plans[:1])
    lab.given(decoys, "nobody is in anything else")
    gone = decoys & done.effect.lost
    lab.require(not gone, "Somebody left a plan that was not meant.", [], sorted(gone))
    lab.given(done.effect.lost, "nobody left anything")


@pytest.mark.requirement("PLAN-CASCADE-1")
def test_without_the_cascade_those_who_leave_a_plan_keep_its_courses(lab: Lab) -> None:
    world, done = leaving(lab, Scenario(USERS, COURSES, PLANS, EVERYBODY, FIRST | LAST))
    courses = in_plan(world, done, 0)
    lab.given(courses, "nobody was in the plan's courses")
    gone = courses & (done.effect.lost | done.effect.changed)
    lab.require(not gone, "Courses of the plan went, or became other, without the cascade.", [], sorted(gone))
    lab.given(done.effect.lost, "nobody left anything")


@pytest.mark.requirement("PLAN-CASCADE-2")
def test_with_the_cascade_those_who_leave_a_plan_leave_its_courses_and_only_they(lab: Lab) -> None:
    # of what goes, nobody has begun: whether the cascade spares who has is another matter
    begun = {pair: SUBSCRIBED if pair[0] < LISTED and pair[1] in PLANS[0] else how for pair, how in EVERYBODY.items()}
    others = frozenset({(3, 1), (4, 1)})  # a plan with a course of the one that is left, of people who stay
    world, done = leaving(lab, Scenario(USERS, COURSES, PLANS, begun, FIRST | LAST | others), cascade=True)
    courses = in_plan(world, done, 0)
    lab.given(courses, "nobody was in the plan's courses")
    members = enrollments("plan", world.ids.users[:LISTED], world.ids.plans[:1])
    lab.require_lost(done, members | courses, "The users leave the plan and its courses.")


@pytest.mark.requirement("PLAN-CASCADE-3")
def test_the_cascade_removes_a_plan_s_courses_whatever_the_status_in_them(lab: Lab) -> None:
    world, done = leaving(lab, Scenario(USERS, COURSES, PLANS, EVERYBODY, FIRST | LAST), cascade=True)
    courses = in_plan(world, done, 0)
    statuses = {done.before.held[enrollment]["status"] for enrollment in courses}
    lab.given(len(statuses) > 2, "the users have not got three statuses in the plan's courses")  # noqa: PLR2004
    stayed = courses - done.effect.lost
    kept = {str(done.before.held[enrollment]["status"]) for enrollment in stayed}
    lab.require(not stayed, f"Who is {' or '.join(sorted(kept))} stayed.", [], sorted(stayed))


@pytest.mark.requirement("PLAN-CASCADE-4")
def test_a_course_that_another_of_the_user_s_plans_contains_is_kept_by_the_cascade_or_removed(lab: Lab) -> None:
    both = frozenset({(0, 1), (1, 1), (5, 1)})
    world, done = leaving(lab, Scenario(USERS, COURSES, PLANS, EVERYBODY, FIRST | LAST | both), 2, cascade=True)
    users = world.ids.users[:2]
    courses = in_plan(world, done, 0, 2)
    shared = courses & in_plan(world, done, 1, 2)
    lab.given(shared, "the users hold no course that two of their plans contain")
    lab.given(courses - shared, "the users hold no course that only the plan contains which they leave")
    members = enrollments("plan", users, world.ids.plans[:1])
    removed = shared <= done.effect.lost
    lab.require_lost(
        done, members | (courses if removed else courses - shared), "The users leave the plan and its own courses."
    )
    lab.found("remove" if removed else "keep")


@pytest.mark.requirement("PLAN-DIRECT-1")
def test_a_user_is_taken_from_a_course_while_a_plan_of_theirs_contains_it_or_is_an_error_and_stays(lab: Lab) -> None:
    world = lab.world(Scenario(USERS, COURSES, PLANS, EVERYBODY, frozenset({(0, 0), (5, 0)})))
    member, outsider, courses = world.ids.users[0], world.ids.users[1], world.ids.courses[:1]
    done = lab.bulk_unenroll(world, [member, outsider], courses)
    both = held(done.before, enrollments("course", [member, outsider], courses))
    lab.given(len(both) == 2, "the users were not enrolled")  # noqa: PLR2004 -- the two
    lab.given(("plan", world.ids.plans[0], member) in done.before.held, "the user was in no plan")
    lab.require_ok(done)
    if both <= done.effect.lost:
        lab.require_lost(done, both, "Both leave the course, and nothing else.")
        lab.found("allow")
        return
    lab.require_lost(done, enrollments("course", [outsider], courses), "Whom no plan holds leaves, and only they.")
    named = [error for error in done.errors if str(member) in str(error)]
    lab.require(named, f"User {member} stayed, and no entry of errors says so.", str(member), done.errors)
    lab.found("refuse")
