"""The rules of enrolling, without a database."""

from __future__ import annotations

from mock_lms.domain.enroll import Facts, PlanFacts, decide, decide_in_learning_plan
from mock_lms.policy import Policy

FACTS = Facts(users=frozenset({1, 2, 3}), courses=frozenset({11, 12}), enrolled={11: {1}})


def test_every_known_user_enters_every_known_course() -> None:
    assert decide([2, 3, 2], [11, 12], FACTS).courses == {11: {2, 3}, 12: {2, 3}}


def test_who_is_in_already_is_named_and_not_enrolled_again() -> None:
    decision = decide([1, 2], [11], FACTS)
    assert decision.courses == {11: {2}}
    assert decision.existing == {11: {1}}


def test_unknown_users_and_courses_are_named_in_the_order_of_the_call() -> None:
    decision = decide([9, 1, 8, 9], [99, 11, 98], FACTS)
    assert decision.unknown_users == (9, 8)
    assert decision.unknown_courses == (99, 98)


def test_an_atomic_call_enrolls_nobody_when_anything_fails() -> None:
    for users, courses in (([1, 2], [11]), ([2, 9], [11]), ([2], [11, 99])):
        assert decide(users, courses, FACTS, atomic=True).courses == {}
    assert decide([2, 3], [11, 12], FACTS, atomic=True).courses == {11: {2, 3}, 12: {2, 3}}


PLAN_FACTS = PlanFacts(
    users=frozenset({1, 2, 3}), members=frozenset({1}), plan_courses=[11, 12], enrolled={11: {2}, 12: {1, 2, 3}}
)


def test_joining_a_plan_enrolls_in_the_courses_that_a_user_does_not_hold() -> None:
    decision = decide_in_learning_plan([1, 2, 3, 9], PLAN_FACTS, Policy())
    assert decision.joining == {2, 3}
    assert decision.courses == {11: {3}}
    assert decision.existing == (1,)
    assert decision.unknown_users == (9,)


def test_joining_a_plan_enrolls_in_no_course_if_the_policy_says_so() -> None:
    decision = decide_in_learning_plan([3], PLAN_FACTS, Policy(plan_enrolls_courses="no"))
    assert decision.joining == {3}
    assert decision.courses == {}


def test_a_course_of_the_plan_that_nobody_holds_is_entered_by_all_who_join() -> None:
    facts = PlanFacts(users=frozenset({1, 2}), members=frozenset(), plan_courses=[11], enrolled={})
    assert decide_in_learning_plan([1, 2], facts, Policy()).courses == {11: {1, 2}}
