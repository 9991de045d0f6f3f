"""The model of a bulk unenrollment: what the suite holds every answer and every state against."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_lms_contracts.model import CAP, Call, Fact, Fate, Layer, Meaning, World
from mock_lms_contracts.requirements import by_id

from mock_lms.domain import unenroll
from mock_lms.domain.errors import NoTarget, TooManyUsers
from mock_lms.policy import Policy

ANA, BEN, CY, NOBODY = 1, 2, 3, 99
ONE, TWO, THREE, NOWHERE = 11, 12, 13, 98
FIRST, SECOND = 21, 22
ALL = (Layer.TRACKING, Layer.COURSE_CERTIFICATE, Layer.PLAN_CERTIFICATE)


def course(target: int, user: int) -> Fact:
    return Fact(Layer.COURSE, target, user)


def plan(target: int, user: int) -> Fact:
    return Fact(Layer.PLAN, target, user)


def world(*held: Fact) -> World:
    values = {fact: "subscribed" if fact.layer is Layer.COURSE else True for fact in held}
    return World(
        users=frozenset({ANA, BEN, CY}),
        courses=frozenset({ONE, TWO, THREE}),
        plans={FIRST: (ONE, TWO), SECOND: (TWO, THREE)},
        held=values,
    )


MEMBER = world(plan(FIRST, ANA), course(ONE, ANA), course(TWO, ANA), course(THREE, ANA), course(ONE, BEN))


def fates(world: World, call: Call, **variants: str) -> dict[Fact, Fate]:
    meaning = Meaning(world, call, variants)
    return {fact: meaning.fate(fact) for fact in world.held}


def gone(world: World, call: Call, **variants: str) -> set[Fact]:
    return {fact for fact, fate in fates(world, call, **variants).items() if fate.goes}


def test_a_listed_user_leaves_a_listed_course_and_nothing_else() -> None:
    assert gone(MEMBER, Call((ANA,), (ONE,))) == {course(ONE, ANA)}


def test_whoever_leaves_a_plan_keeps_its_courses_without_the_cascade() -> None:
    assert gone(MEMBER, Call((ANA,), (), (FIRST,))) == {plan(FIRST, ANA)}


def test_the_cascade_takes_the_courses_of_the_plan_and_no_other() -> None:
    leaving = Call((ANA, BEN), (), (FIRST,), cascade=True)
    assert gone(MEMBER, leaving) == {plan(FIRST, ANA), course(ONE, ANA), course(TWO, ANA)}


@pytest.mark.parametrize(("variant", "goes"), [("keep", False), ("remove", True)])
def test_a_course_that_another_plan_of_the_users_contains_is_a_variant(variant: str, goes: bool) -> None:
    shared = world(plan(FIRST, ANA), plan(SECOND, ANA), course(TWO, ANA))
    leaving = Call((ANA,), (), (FIRST,), cascade=True)
    assert fates(shared, leaving, shared_courses=variant)[course(TWO, ANA)] == Fate(goes, "PLAN-CASCADE-4")


def test_a_plan_of_somebody_else_keeps_no_course_back() -> None:
    shared = world(plan(FIRST, ANA), plan(SECOND, BEN), course(TWO, ANA))
    assert course(TWO, ANA) in gone(shared, Call((ANA,), (), (FIRST,), cascade=True), shared_courses="keep")


@pytest.mark.parametrize("layer", ALL)
@pytest.mark.parametrize("flag", [False, True])
def test_what_outlives_goes_with_its_flag_alone_and_only_where_the_enrollment_goes(layer: Layer, flag: bool) -> None:
    plans = layer is Layer.PLAN_CERTIFICATE
    about = plan if plans else course
    mine, others = Fact(layer, FIRST if plans else ONE, ANA), Fact(layer, FIRST if plans else ONE, BEN)
    former = Fact(layer, SECOND if plans else TWO, ANA)
    there = world(about(mine.target, ANA), about(others.target, BEN), mine, others, former)
    call = Call(
        (ANA, CY),
        () if plans else (ONE, TWO),
        (FIRST, SECOND) if plans else (),
        reset_tracks=flag and layer is Layer.TRACKING,
        delete_certificates=flag and layer is not Layer.TRACKING,
    )
    assert gone(there, call) == ({mine, about(mine.target, ANA)} if flag else {about(mine.target, ANA)})


@pytest.mark.parametrize(("variant", "taken"), [("truncate", CAP), ("reject", 0)])
def test_one_more_than_the_cap_is_a_variant(variant: str, taken: int) -> None:
    users = tuple(range(1, CAP + 2))
    crowd = World(frozenset(users), frozenset({ONE}), {}, {course(ONE, user): "subscribed" for user in users})
    assert len(gone(crowd, Call(users, (ONE,)), over_cap=variant)) == taken
    assert len(gone(crowd, Call(users[:CAP] * 2, (ONE,)), over_cap=variant)) == CAP


def test_each_difference_is_a_finding_of_the_clause_that_it_breaks() -> None:
    meaning = Meaning(MEMBER, Call((ANA,), (ONE,)), {})
    right = {fact: value for fact, value in MEMBER.held.items() if fact != course(ONE, ANA)}
    assert list(meaning.differences(right)) == []
    for after, requirement in (
        (right | {course(ONE, ANA): "subscribed"}, "UNENROLL-EFFECT-1"),
        ({fact: value for fact, value in right.items() if fact != course(ONE, BEN)}, "UNENROLL-EFFECT-2"),
        ({fact: value for fact, value in right.items() if fact != course(THREE, ANA)}, "UNENROLL-EFFECT-3"),
        (right | {course(THREE, BEN): "subscribed"}, "UNENROLL-EFFECT-4"),
        (right | {course(ONE, BEN): "completed"}, "COMPLETION-KEEP-2"),
        ({fact: value for fact, value in right.items() if fact != plan(FIRST, ANA)}, "PLAN-LEAVE-2"),
    ):
        assert [difference.requirement for difference in meaning.differences(after)] == [requirement]


def test_a_refused_call_takes_nothing_and_names_nobody() -> None:
    for call, variants in (
        (Call((ANA,), (0,), (0,)), {}),
        (Call((ANA,), (NOWHERE, ONE)), {"unknown_target": "refuse"}),
    ):
        meaning = Meaning(MEMBER, call, variants)
        assert meaning.refused
        assert gone(MEMBER, call, **variants) == set()
        assert meaning.un_enrolled == frozenset()
        assert meaning.failed == {}


# --- beside the mock's own rules, which were written by others and know nothing of this

users = st.sets(st.sampled_from([ANA, BEN, CY]))
targets = st.lists(st.sampled_from([0, ONE, TWO, THREE, NOWHERE]), max_size=4)
plans = st.lists(st.sampled_from([0, FIRST, SECOND, NOWHERE]), max_size=3)
calls = st.builds(
    Call,
    st.lists(st.sampled_from([ANA, BEN, CY, NOBODY]), min_size=1, max_size=5).map(tuple),
    targets.map(tuple),
    plans.map(tuple),
    st.booleans(),
)
worlds = st.builds(
    lambda enrolled, members, courses: World(
        frozenset({ANA, BEN, CY}),
        frozenset({ONE, TWO, THREE}),
        {FIRST: tuple(courses[0]), SECOND: tuple(courses[1])},
        {course(target, user): "subscribed" for target in enrolled for user in enrolled[target]}
        | {plan(target, user): True for target in members for user in members[target]},
    ),
    st.fixed_dictionaries(dict.fromkeys((ONE, TWO, THREE), users)),
    st.fixed_dictionaries(dict.fromkeys((FIRST, SECOND), users)),
    st.tuples(*[st.sets(st.sampled_from([ONE, TWO, THREE]))] * 2),
)
VARIANTS = {
    "shared_courses": ("keep", "remove"),
    "course_in_plan": ("allow", "refuse"),
    "placeholder_zero": ("ignore", "report"),
}
variants = st.fixed_dictionaries({name: st.sampled_from(values) for name, values in VARIANTS.items()})


def facts_of(world: World) -> unenroll.Facts:
    def holders(layer: Layer) -> dict[int, set[int]]:
        found: dict[int, set[int]] = {}
        for fact in world.held:
            if fact.layer is layer:
                found.setdefault(fact.target, set()).add(fact.user)
        return found

    return unenroll.Facts(
        world.users, world.courses, world.plans.keys(), holders(Layer.COURSE), holders(Layer.PLAN), world.plans
    )


def by_the_mock(world: World, call: Call, policy: Policy) -> dict[str, Any]:
    try:
        request = unenroll.prepare(unenroll.Request(call.users, call.courses, call.plans, call.cascade), policy)
    except (NoTarget, TooManyUsers):
        return {"gone": set(), "un_enrolled": set(), "failed": set()}
    decision = unenroll.decide(request, facts_of(world), policy)
    layers = {unenroll.Target.COURSE: Layer.COURSE, unenroll.Target.LEARNING_PLAN: Layer.PLAN}
    return {
        "gone": {course(target, user) for target, gone in decision.courses.items() for user in gone}
        | {plan(target, user) for target, gone in decision.learning_plans.items() for user in gone},
        "un_enrolled": set(decision.un_enrolled),
        "failed": {Fact(layers[each.target], each.target_id, each.user_id) for each in decision.failures},
    }


@given(worlds, calls, variants)
def test_the_model_and_the_mock_agree_on_every_world_call_and_variant(
    world: World, call: Call, variants: dict[str, str]
) -> None:
    meaning = Meaning(world, call, variants)
    assert by_the_mock(world, call, Policy(**variants)) == {
        "gone": set(meaning.parted),
        "un_enrolled": set(meaning.un_enrolled),
        "failed": set(meaning.failed),
    }


@given(worlds, calls, variants)
def test_every_clause_bears_the_id_of_a_requirement(world: World, call: Call, variants: dict[str, str]) -> None:
    meaning = Meaning(world, call, variants)
    named = {meaning.fate(fact).requirement for fact in world.held} | set(meaning.failed.values())
    assert named <= by_id().keys() | {"UNENROLL-TARGET-1"}
