"""The model beside the mock's own rules, which were written by others and know nothing of it."""

from __future__ import annotations

from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from mock_lms_contracts.model import Call, Fact, Layer, Meaning, World
from mock_lms_contracts.requirements import by_id

from mock_lms.domain import unenroll
from mock_lms.domain.errors import NoTarget, TooManyUsers
from mock_lms.policy import Policy
from tests.contracts.facts import course, plan

ANA, BEN, CY, NOBODY = 1, 2, 3, 99
ONE, TWO, THREE, NOWHERE = 11, 12, 13, 98
FIRST, SECOND = 21, 22

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
    # the mock does the same with a placeholder wherever it is
    variants = variants | {"placeholder_among_ids": variants["placeholder_zero"]}
    meaning = Meaning(world, call, variants)
    assert by_the_mock(world, call, Policy(**{name: variants[name] for name in VARIANTS})) == {
        "gone": set(meaning.parted),
        "un_enrolled": set(meaning.un_enrolled),
        "failed": set(meaning.failed),
    }


@given(worlds, calls, variants)
def test_every_clause_bears_the_id_of_a_requirement(world: World, call: Call, variants: dict[str, str]) -> None:
    meaning = Meaning(world, call, variants)
    named = {meaning.fate(fact).requirement for fact in world.held} | set(meaning.failed.values())
    assert named <= by_id().keys()
