"""The rules of unenrolling, without a database: each sentence could be false."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_lms.domain.errors import NoTarget, TooManyUsers
from mock_lms.domain.unenroll import Decision, Facts, Failure, Reason, Request, Target, prepare
from mock_lms.domain.unenroll import decide as decide_request
from mock_lms.policy import Policy

POLICY = Policy()

ANA, BEN, CY = 11, 12, 13
ONE, TWO, THREE = 21, 22, 23
FIRST, SECOND, THIRD = 31, 32, 33

FACTS = Facts(
    users=frozenset({ANA, BEN, CY}),
    courses=frozenset({ONE, TWO, THREE}),
    learning_plans=frozenset({FIRST, SECOND}),
    enrolled={ONE: {ANA, BEN}, TWO: {ANA}, THREE: {ANA}},
    members={FIRST: {ANA, BEN}, SECOND: {ANA}},
    plan_courses={FIRST: [ONE, TWO], SECOND: [TWO, THREE]},
)


def decide(
    users: Sequence[int], courses: Sequence[int] = (), plans: Sequence[int] = (), policy: str = "", **flags: bool
) -> Decision:
    chosen = Policy().replace(policy.split())
    return decide_request(prepare(Request(users, courses, plans, **flags), chosen), FACTS, chosen)


# --- what is asked


def test_every_id_counts_once_in_the_order_of_the_call() -> None:
    asked = prepare(Request([3, 1, 3], [7, 5, 7], [9, 9]), POLICY)
    assert (asked.user_ids, asked.course_ids, asked.learning_plan_ids) == ((3, 1), (7, 5), (9,))


def test_a_request_asks_for_nothing_but_what_the_call_named() -> None:
    assert prepare(Request([1], [7]), POLICY) == Request((1,), (7,), (), False, False, False)
    assert prepare(Request([1], [7], cascade=True), POLICY) == Request((1,), (7,), (), cascade=True)
    assert prepare(Request([1], [7], reset_tracks=True), POLICY) == Request((1,), (7,), (), reset_tracks=True)
    assert prepare(Request([1], [7], delete_certificates=True), POLICY).delete_certificates


def test_a_thousand_distinct_users_are_not_too_many() -> None:
    assert len(prepare(Request([*range(1, 1001), 1], [7], []), POLICY).user_ids) == 1000


def test_one_more_is_refused() -> None:
    with pytest.raises(TooManyUsers, match="1,001"):
        prepare(Request(range(1, 1002), [7], []), POLICY)


def test_one_more_is_cut_off_if_the_policy_truncates() -> None:
    asked = prepare(Request(range(1, 1002), [7], []), Policy(over_cap="truncate"))
    assert asked.user_ids == tuple(range(1, 1001))


@pytest.mark.parametrize(("courses", "plans"), [([], []), ([0], []), ([], [0]), ([0, 0], [0])])
def test_without_a_target_there_is_nothing_to_ask(courses: list[int], plans: list[int]) -> None:
    for zero in ("ignore", "report"):
        with pytest.raises(NoTarget):
            prepare(Request([1], courses, plans), Policy(placeholder_zero=zero))


def test_the_placeholder_is_dropped_beside_a_target() -> None:
    assert prepare(Request([1], [0, 7], [0]), POLICY).course_ids == (7,)


def test_the_placeholder_is_an_unknown_target_if_the_policy_reports_it() -> None:
    decision = decide([ANA], [0, ONE], policy="placeholder_zero=report")
    assert decision.failures == (Failure(ANA, Target.COURSE, 0, Reason.UNKNOWN_TARGET),)


# --- what is decided


def test_users_leave_the_named_courses_only() -> None:
    decision = decide([ANA, BEN], [ONE])
    assert decision.courses == {ONE: {ANA, BEN}}
    assert decision.learning_plans == {}
    assert decision.un_enrolled == (ANA, BEN)


def test_each_failing_pair_is_named_with_its_reason() -> None:
    assert decide([CY, 99, ANA], [ONE, 77], [SECOND]).failures == (
        Failure(CY, Target.COURSE, ONE, Reason.NOT_ENROLLED),
        Failure(99, Target.COURSE, ONE, Reason.UNKNOWN_USER),
        Failure(CY, Target.COURSE, 77, Reason.UNKNOWN_TARGET),
        Failure(99, Target.COURSE, 77, Reason.UNKNOWN_USER),
        Failure(ANA, Target.COURSE, 77, Reason.UNKNOWN_TARGET),
        Failure(CY, Target.LEARNING_PLAN, SECOND, Reason.NOT_ENROLLED),
        Failure(99, Target.LEARNING_PLAN, SECOND, Reason.UNKNOWN_USER),
    )


def test_a_failures_sentence_names_user_target_and_reason() -> None:
    for reason in Reason:
        sentence = str(Failure(11, Target.LEARNING_PLAN, 31, reason))
        assert "11" in sentence
        assert "31" in sentence
    assert len({str(Failure(1, Target.COURSE, 2, reason)) for reason in Reason}) == len(Reason)


def test_a_failures_sentence_says_which_reason() -> None:
    assert [str(Failure(11, Target.COURSE, 21, reason)) for reason in Reason] == [
        "User 11 does not exist (asked to leave course 21).",
        "User 11 cannot leave course 21: the course does not exist.",
        "User 11 is not enrolled in course 21.",
        "User 11 cannot leave course 21: a learning plan of theirs contains it.",
    ]


def test_who_loses_nothing_is_not_un_enrolled() -> None:
    assert decide([CY], [ONE]).un_enrolled == ()


def test_without_the_cascade_a_plans_courses_stay() -> None:
    assert decide([ANA, BEN], [], [FIRST]).courses == {}


def test_the_cascade_spares_what_another_plan_contains() -> None:
    decision = decide([ANA, BEN], [], [FIRST], cascade=True)
    assert decision.courses == {ONE: {ANA, BEN}}
    assert decision.kept == {TWO: {ANA}}


def test_the_cascade_spares_nothing_if_the_policy_says_so() -> None:
    decision = decide([ANA], [], [FIRST], policy="shared_courses=remove", cascade=True)
    assert decision.courses == {ONE: {ANA}, TWO: {ANA}}
    assert decision.kept == {}


def test_a_plan_that_is_left_too_spares_nothing() -> None:
    assert decide([ANA], [], [FIRST, SECOND], cascade=True).courses == {ONE: {ANA}, TWO: {ANA}, THREE: {ANA}}


def test_what_two_plans_would_take_and_a_third_contains_is_kept_for_both() -> None:
    facts = Facts(
        FACTS.users,
        FACTS.courses,
        frozenset({FIRST, SECOND, THIRD}),
        enrolled={ONE: {ANA, BEN}},
        members={FIRST: {ANA}, SECOND: {BEN}, THIRD: {ANA, BEN}},
        plan_courses={FIRST: [ONE], SECOND: [ONE], THIRD: [ONE]},
    )
    decision = decide_request(Request((ANA, BEN), (), (FIRST, SECOND), cascade=True), facts, POLICY)
    assert (decision.courses, decision.kept) == ({}, {ONE: {ANA, BEN}})


def test_a_named_course_goes_though_the_cascade_would_spare_it() -> None:
    decision = decide([ANA], [TWO], [FIRST], cascade=True)
    assert decision.courses == {TWO: {ANA}, ONE: {ANA}}
    assert decision.kept == {}


def test_the_cascade_reaches_only_who_leaves_the_plan() -> None:
    facts = Facts(FACTS.users, FACTS.courses, FACTS.learning_plans, {ONE: {ANA, CY}}, {FIRST: {ANA}}, {FIRST: [ONE]})
    assert decide_request(Request((ANA, CY), (), (FIRST,), cascade=True), facts, POLICY).courses == {ONE: {ANA}}


def test_a_course_held_by_a_plan_stays_if_the_policy_refuses() -> None:
    decision = decide([ANA, BEN], [ONE, THREE], policy="course_in_plan=refuse")
    assert decision.courses == {}
    assert decision.failures == (
        Failure(ANA, Target.COURSE, ONE, Reason.HELD_BY_PLAN),
        Failure(BEN, Target.COURSE, ONE, Reason.HELD_BY_PLAN),
        Failure(ANA, Target.COURSE, THREE, Reason.HELD_BY_PLAN),
        Failure(BEN, Target.COURSE, THREE, Reason.NOT_ENROLLED),
    )


def test_a_plan_that_is_left_in_the_same_call_holds_nothing() -> None:
    assert decide([BEN], [ONE], [FIRST], policy="course_in_plan=refuse").courses == {ONE: {BEN}}


def test_a_course_that_a_plan_holds_is_no_failure_where_the_cascade_takes_it() -> None:
    decision = decide([ANA], [TWO], [FIRST], policy="course_in_plan=refuse shared_courses=remove", cascade=True)
    assert decision.courses == {ONE: {ANA}, TWO: {ANA}}
    assert decision.failures == ()


def test_whoever_leaves_a_course_still_fails_to_leave_a_plan_of_the_same_id() -> None:
    facts = Facts(FACTS.users, frozenset({FIRST}), FACTS.learning_plans, {FIRST: {ANA}}, {}, {})
    decision = decide_request(Request((ANA,), (FIRST,), (FIRST,)), facts, POLICY)
    assert decision.courses == {FIRST: {ANA}}
    assert decision.failures == (Failure(ANA, Target.LEARNING_PLAN, FIRST, Reason.NOT_ENROLLED),)


# --- against a model that looks at one pair at a time

USERS, COURSES, PLANS = range(1, 6), range(11, 16), range(21, 25)


def holders(keys: Sequence[int]) -> st.SearchStrategy[dict[int, frozenset[int]]]:
    return st.fixed_dictionaries({key: st.frozensets(st.sampled_from(USERS)) for key in keys})


facts = st.builds(
    Facts,
    users=st.frozensets(st.sampled_from(USERS)),
    courses=st.just(frozenset(COURSES)),
    learning_plans=st.just(frozenset(PLANS)),
    enrolled=holders(COURSES),
    members=holders(PLANS),
    plan_courses=st.fixed_dictionaries({p: st.lists(st.sampled_from(COURSES), unique=True) for p in PLANS}),
)
requests = st.builds(
    Request,
    user_ids=st.lists(st.sampled_from([*USERS, 99]), min_size=1, unique=True).map(tuple),
    course_ids=st.lists(st.sampled_from([*COURSES, 98]), unique=True).map(tuple),
    learning_plan_ids=st.lists(st.sampled_from([*PLANS, 97]), unique=True).map(tuple),
    cascade=st.booleans(),
)
policies = st.builds(
    Policy, shared_courses=st.sampled_from(["keep", "remove"]), course_in_plan=st.sampled_from(["allow", "refuse"])
)


def model(  # noqa: C901 -- looking at one pair at a time is its point
    asked: Request, known: Facts, policy: Policy
) -> tuple[set[Any], set[Any], list[Any]]:
    """The rules as a person would check them, pair by pair: courses that go, plans that go, failures."""

    def is_in(mapping: Mapping[int, Any], key: int, user: int) -> bool:
        return user in known.users and user in mapping.get(key, ())

    def holds(course: int, user: int) -> bool:
        return any(
            is_in(known.members, p, user) and course in known.plan_courses[p] and p not in asked.learning_plan_ids
            for p in PLANS
        )

    courses, plans, failures = set(), set(), []
    for course in asked.course_ids:
        for user in asked.user_ids:
            if is_in(known.enrolled, course, user) and not (policy.course_in_plan == "refuse" and holds(course, user)):
                courses.add((course, user))
            else:
                failures.append((course, user))
    for p in asked.learning_plan_ids:
        for user in asked.user_ids:
            if not is_in(known.members, p, user):
                failures.append((p, user))
                continue
            plans.add((p, user))
            for course in known.plan_courses[p] if asked.cascade else ():
                if is_in(known.enrolled, course, user) and not (
                    policy.shared_courses == "keep" and holds(course, user)
                ):
                    courses.add((course, user))
    # no course has the id of a plan here
    return courses, plans, [pair for pair in failures if pair not in courses]


@given(asked=requests, known=facts, policy=policies)
def test_deciding_for_sets_is_deciding_pair_by_pair(asked: Request, known: Facts, policy: Policy) -> None:
    decision = decide_request(asked, known, policy)
    courses, plans, failures = model(asked, known, policy)
    assert {(course, user) for course, users in decision.courses.items() for user in users} == courses
    assert {(p, user) for p, users in decision.learning_plans.items() for user in users} == plans
    assert [(failure.target_id, failure.user_id) for failure in decision.failures] == failures
    lost = {user for _, user in courses | plans}
    assert decision.un_enrolled == tuple(user for user in asked.user_ids if user in lost)


@given(asked=requests, known=facts, policy=policies)
def test_no_decision_names_an_empty_set_or_spares_what_goes(asked: Request, known: Facts, policy: Policy) -> None:
    decision = decide_request(asked, known, policy)
    for part in (decision.courses, decision.learning_plans, decision.kept):
        assert all(part.values())
    for course, users in decision.kept.items():
        assert not users & decision.courses.get(course, frozenset())


@given(asked=requests, known=facts, policy=policies)
def test_what_the_cascade_reaches_goes_or_is_kept(asked: Request, known: Facts, policy: Policy) -> None:
    decision = decide_request(asked, known, policy)
    reached = {
        (course, user)
        for p, users in decision.learning_plans.items()
        for course in known.plan_courses[p]
        for user in users & known.enrolled[course]
    }
    gone = {(course, user) for course, users in decision.courses.items() for user in users}
    kept = {(course, user) for course, users in decision.kept.items() for user in users}
    assert kept == (reached - gone if asked.cascade else set())


@given(asked=requests, known=facts, policy=policies)
def test_facts_need_not_name_what_is_empty(asked: Request, known: Facts, policy: Policy) -> None:
    sparse = replace(
        known,
        enrolled={course: users for course, users in known.enrolled.items() if users},
        members={p: users for p, users in known.members.items() if users},
        plan_courses={p: courses for p, courses in known.plan_courses.items() if courses},
    )
    assert decide_request(asked, sparse, policy) == decide_request(asked, known, policy)


def test_a_plan_whose_members_are_not_named_has_none_of_those_concerned() -> None:
    decision = decide_request(Request((ANA,), (ONE,)), replace(FACTS, members={}), Policy(course_in_plan="refuse"))
    assert (decision.courses, decision.failures) == ({ONE: {ANA}}, ())
