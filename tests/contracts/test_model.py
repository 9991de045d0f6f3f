"""The model of a bulk unenrollment: what the suite holds every answer and every state against."""

from __future__ import annotations

from dataclasses import replace

import pytest
from mock_lms_contracts.model import CAP, Call, Fact, Fate, Layer, Meaning, World

from tests.contracts.facts import course, plan

ANA, BEN, CY, NOBODY = 1, 2, 3, 99
ONE, TWO, THREE, NOWHERE = 11, 12, 13, 98
FIRST, SECOND = 21, 22
ALL = (Layer.TRACKING, Layer.COURSE_CERTIFICATE, Layer.PLAN_CERTIFICATE)


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
    there = world(plan(FIRST, ANA), course(ONE, ANA), course(THREE, ANA), course(THREE, BEN), course(ONE, BEN))
    meaning = Meaning(there, Call((ANA,), (THREE,)), {})
    right = {fact: value for fact, value in there.held.items() if fact != course(THREE, ANA)}
    assert list(meaning.differences(right)) == []
    for after, requirement in (
        (right | {course(THREE, ANA): "subscribed"}, "UNENROLL-EFFECT-1"),
        ({fact: value for fact, value in right.items() if fact != course(ONE, BEN)}, "UNENROLL-EFFECT-2"),
        ({fact: value for fact, value in right.items() if fact != course(ONE, ANA)}, "UNENROLL-EFFECT-3"),
        (right | {course(TWO, BEN): "subscribed"}, "UNENROLL-EFFECT-6"),
        (right | {course(ONE, BEN): "completed"}, "COMPLETION-KEEP-2"),
        ({fact: value for fact, value in right.items() if fact != plan(FIRST, ANA)}, "PLAN-LEAVE-2"),
    ):
        differences = list(meaning.differences(after))
        assert [difference.requirement for difference in differences] == [requirement]
        changed = {fact for fact in {*right, *after} if right.get(fact) != after.get(fact)}
        (difference,) = differences
        assert changed == {difference.fact}
        assert (difference.expected, difference.seen) == (right.get(difference.fact), after.get(difference.fact))
        assert list(meaning.differences(after, changed)) == differences
        assert list(meaning.differences(after, [])) == []


def test_no_difference_hides_another() -> None:
    meaning = Meaning(world(course(ONE, ANA), course(TWO, BEN)), Call((ANA,), (ONE,)), {})
    after = {course(ONE, ANA): "subscribed", course(ONE, BEN): "subscribed", course(THREE, CY): "subscribed"}
    assert {difference.fact: difference.requirement for difference in meaning.differences(after)} == {
        course(ONE, ANA): "UNENROLL-EFFECT-1",
        course(ONE, BEN): "UNENROLL-EFFECT-6",
        course(TWO, BEN): "UNENROLL-EFFECT-2",
        course(THREE, CY): "UNENROLL-EFFECT-6",
    }


def test_a_refused_call_takes_nothing_and_names_nobody() -> None:
    for call, requirement in (
        (Call((ANA,), (0,), (0,)), "ROBUST-TARGET-1"),
        (Call((ANA,)), "ROBUST-TARGET-1"),
        (Call((*range(CAP), CAP), (ONE,)), "UNENROLL-CAP-1"),
    ):
        meaning = Meaning(MEMBER, call, {})
        assert meaning.refused == requirement
        assert set(fates(MEMBER, call).values()) == {Fate(goes=False, requirement=requirement)}
        assert meaning.parted == frozenset()
        assert meaning.un_enrolled == frozenset()
        assert meaning.failed == {}


def test_the_cap_counts_each_user_once_and_takes_the_first_thousand_of_them() -> None:
    users = (*range(1, CAP + 1), *range(1, CAP + 1))
    assert Meaning(MEMBER, Call(users, (ONE,)), {}).refused == ""
    assert Meaning(MEMBER, Call((*users, CAP + 1), (ONE,)), {}).refused == "UNENROLL-CAP-1"
    truncating = Meaning(MEMBER, Call((*users, CAP + 1), (ONE,)), {"over_cap": "truncate"})
    assert truncating.refused == ""
    assert truncating.taken == {*range(1, CAP + 1)}
    late = World(frozenset({CAP + 1}), frozenset({ONE}), {}, {course(ONE, CAP + 1): "subscribed"})
    truncated = fates(late, Call((*users, CAP + 1), (ONE,)), over_cap="truncate")
    assert truncated == {course(ONE, CAP + 1): Fate(goes=False, requirement="UNENROLL-CAP-1")}


def test_of_a_thousand_users_and_of_one_less_requirements_of_their_own_say_that_they_leave() -> None:
    for number, requirement in ((CAP, "UNENROLL-CAP-2"), (CAP - 1, "UNENROLL-CAP-3"), (2, "UNENROLL-EFFECT-1")):
        call = Call(tuple(range(1, number + 1)), (ONE,))
        assert fates(world(course(ONE, ANA)), call) == {course(ONE, ANA): Fate(goes=True, requirement=requirement)}
    plans = Call(tuple(range(1, CAP + 1)), (), (FIRST,))
    assert fates(MEMBER, plans)[plan(FIRST, ANA)] == Fate(goes=True, requirement="UNENROLL-CAP-2")


def test_a_call_repeats_where_it_names_anything_twice() -> None:
    assert not Call((ANA, BEN), (ONE, TWO), (ONE, TWO)).repeats
    for twice in (Call((ANA, ANA), (ONE,)), Call((ANA,), (ONE, ONE)), Call((ANA,), (), (FIRST, FIRST))):
        assert twice.repeats


def test_each_clause_bears_the_requirement_that_says_so() -> None:
    others = world(plan(FIRST, ANA), plan(SECOND, BEN), *(course(target, ANA) for target in (ONE, TWO, THREE)))
    listed = fates(others, Call((ANA,), (THREE,), (FIRST,)))
    assert listed == {
        plan(FIRST, ANA): Fate(goes=True, requirement="PLAN-LEAVE-1"),
        plan(SECOND, BEN): Fate(goes=False, requirement="PLAN-LEAVE-2"),
        course(ONE, ANA): Fate(goes=False, requirement="PLAN-CASCADE-1"),
        course(TWO, ANA): Fate(goes=False, requirement="PLAN-CASCADE-1"),
        course(THREE, ANA): Fate(goes=True, requirement="UNENROLL-EFFECT-1"),
    }
    strangers = world(plan(FIRST, BEN), course(ONE, ANA), course(THREE, ANA), course(ONE, CY))
    cascaded = fates(strangers, Call((ANA,), (), (FIRST,), cascade=True))
    assert cascaded == {
        plan(FIRST, BEN): Fate(goes=False, requirement="PLAN-LEAVE-2"),
        course(ONE, ANA): Fate(goes=False, requirement="PLAN-CASCADE-2"),
        course(THREE, ANA): Fate(goes=False, requirement="UNENROLL-EFFECT-3"),
        course(ONE, CY): Fate(goes=False, requirement="UNENROLL-EFFECT-2"),
    }
    unlisted = fates(world(plan(SECOND, ANA)), Call((ANA,), (), (FIRST,)))
    assert unlisted == {plan(SECOND, ANA): Fate(goes=False, requirement="PLAN-LEAVE-2")}


@pytest.mark.parametrize(
    ("status", "direct", "cascaded"),
    [
        ("subscribed", "UNENROLL-EFFECT-1", "PLAN-CASCADE-2"),
        ("in_progress", "UNENROLL-EFFECT-1", "PLAN-CASCADE-3"),
        ("completed", "UNENROLL-EFFECT-1", "PLAN-CASCADE-3"),
        ("suspended", "UNENROLL-EFFECT-5", "PLAN-CASCADE-3"),
        ("waiting", "UNENROLL-EFFECT-5", "PLAN-CASCADE-3"),
    ],
)
def test_an_enrollment_goes_whatever_its_status(status: str, direct: str, cascaded: str) -> None:
    there = World(
        frozenset({ANA}),
        frozenset({ONE}),
        {FIRST: (ONE,)},
        {plan(FIRST, ANA): True, course(ONE, ANA): status, Fact(Layer.TRACKING, ONE, ANA): "tracked"},
    )
    free = World(there.users, there.courses, {}, {course(ONE, ANA): status})
    assert fates(free, Call((ANA,), (ONE,)))[course(ONE, ANA)] == Fate(goes=True, requirement=direct)
    leaving = Call((ANA,), (), (FIRST,), cascade=True)
    assert fates(there, leaving)[course(ONE, ANA)] == Fate(goes=True, requirement=cascaded)


@pytest.mark.parametrize(("variant", "goes"), [("allow", True), ("refuse", False)])
def test_whether_a_plan_holds_a_course_that_is_listed_is_a_variant(variant: str, goes: bool) -> None:
    listed = Call((ANA,), (ONE, THREE))
    assert fates(MEMBER, listed, course_in_plan=variant)[course(ONE, ANA)] == Fate(goes, "PLAN-DIRECT-1")
    assert course(THREE, ANA) in gone(MEMBER, listed, course_in_plan=variant)
    failed = Meaning(MEMBER, listed, {"course_in_plan": variant}).failed
    assert failed == ({} if goes else {course(ONE, ANA): "PLAN-DIRECT-1"})
    # the plan is left by the same call
    assert course(ONE, ANA) in gone(MEMBER, Call((ANA,), (ONE,), (FIRST,)), course_in_plan=variant)


def test_a_course_that_is_listed_and_reached_by_the_cascade_goes_and_is_no_error() -> None:
    both = world(plan(FIRST, ANA), plan(SECOND, ANA), course(TWO, ANA))
    call = Call((ANA,), (TWO,), (FIRST,), cascade=True)
    meaning = Meaning(both, call, {"course_in_plan": "refuse", "shared_courses": "remove"})
    assert meaning.parted == {plan(FIRST, ANA), course(TWO, ANA)}
    assert meaning.failed == {}
    kept = Meaning(both, call, {"course_in_plan": "refuse", "shared_courses": "keep"})
    assert kept.failed == {course(TWO, ANA): "PLAN-DIRECT-1"}


@pytest.mark.parametrize("variant", ["left", "error"])
def test_whether_such_a_course_is_an_error_all_the_same_is_a_variant(variant: str) -> None:
    there = world(plan(FIRST, ANA), course(TWO, ANA), course(THREE, ANA), plan(FIRST, BEN), course(TWO, CY))
    call = Call((ANA, BEN, CY), (TWO, THREE), (FIRST,), cascade=True)
    meaning = Meaning(there, call, {"listed_and_cascaded": variant})
    assert meaning.parted == there.held.keys()
    # neither the course that only is listed, nor the plan, nor the course of whom the cascade does not reach
    assert meaning.listed_and_cascaded == [course(TWO, ANA)]
    never_held = (course(TWO, BEN), course(THREE, BEN), course(THREE, CY), plan(FIRST, CY))
    error = {course(TWO, ANA): "UNENROLL-ERRORS-5"} if variant == "error" else {}
    assert meaning.failed == dict.fromkeys(never_held, "UNENROLL-ERRORS-1") | error


def test_tracking_and_certificates_go_but_are_nothing_that_anybody_is_unenrolled_from() -> None:
    there = world(course(ONE, ANA), Fact(Layer.TRACKING, ONE, ANA), Fact(Layer.COURSE_CERTIFICATE, ONE, ANA))
    meaning = Meaning(there, Call((ANA,), (ONE,), reset_tracks=True, delete_certificates=True), {})
    assert gone(there, meaning.call) == there.held.keys()
    assert meaning.parted == {course(ONE, ANA)}


@pytest.mark.parametrize(
    ("layer", "without", "own", "others"),
    [
        (Layer.TRACKING, "COMPLETION-TRACKS-1", "COMPLETION-TRACKS-2", "COMPLETION-TRACKS-2"),
        (Layer.COURSE_CERTIFICATE, "CERTIFICATE-KEEP-1", "CERTIFICATE-DELETE-1", "CERTIFICATE-DELETE-2"),
        (Layer.PLAN_CERTIFICATE, "CERTIFICATE-KEEP-1", "CERTIFICATE-PLAN-1", "CERTIFICATE-DELETE-2"),
    ],
)
def test_what_outlives_has_requirements_of_its_own(layer: Layer, without: str, own: str, others: str) -> None:
    plans = layer is Layer.PLAN_CERTIFICATE
    about, target = (plan, FIRST) if plans else (course, ONE)
    mine, theirs = Fact(layer, target, ANA), Fact(layer, target, BEN)
    there = world(about(target, ANA), about(target, BEN), mine, theirs)
    call = Call((ANA,), plans=(target,)) if plans else Call((ANA,), courses=(target,))
    assert fates(there, call)[mine] == Fate(goes=False, requirement=without)
    flagged = fates(there, replace(call, reset_tracks=True, delete_certificates=True))
    assert flagged[mine] == Fate(goes=True, requirement=own)
    assert flagged[theirs] == Fate(goes=False, requirement=others)


def test_who_fails_and_why() -> None:
    call = Call((ANA, BEN, NOBODY), (0, ONE, NOWHERE), (FIRST, NOWHERE))
    failed = Meaning(MEMBER, call, {}).failed
    assert failed == {
        plan(FIRST, BEN): "UNENROLL-ERRORS-1",
        course(NOWHERE, ANA): "UNENROLL-TARGET-1",
        course(NOWHERE, BEN): "UNENROLL-TARGET-1",
        plan(NOWHERE, ANA): "UNENROLL-TARGET-1",
        plan(NOWHERE, BEN): "UNENROLL-TARGET-1",
        course(ONE, NOBODY): "UNENROLL-ERRORS-2",
        course(NOWHERE, NOBODY): "UNENROLL-ERRORS-2",
        plan(FIRST, NOBODY): "UNENROLL-ERRORS-2",
        plan(NOWHERE, NOBODY): "UNENROLL-ERRORS-2",
    }
    reported = Meaning(MEMBER, call, {"placeholder_among_ids": "report"}).failed
    zero = {course(0, user): "UNENROLL-PLACEHOLDER-2" for user in (ANA, BEN, NOBODY)}
    assert reported == failed | zero
    assert Meaning(MEMBER, call, {"placeholder_zero": "report"}).failed == failed


def test_a_placeholder_that_is_alone_in_its_list_is_another_variant_than_one_among_ids() -> None:
    alone = Call((ANA,), (ONE,), (0,))
    reported = Meaning(MEMBER, alone, {"placeholder_zero": "report"}).failed
    assert reported == {plan(0, ANA): "UNENROLL-PLACEHOLDER-1"}
    assert Meaning(MEMBER, alone, {"placeholder_among_ids": "report"}).failed == {}
