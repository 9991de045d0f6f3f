"""Every call is an exact rectangle of at most 1,000 users."""

from __future__ import annotations

from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st
from mock_lms_client.unenroll.pack import USERS_PER_CALL, Counter, Packer

SETS = st.lists(st.sets(st.integers(1, 4), max_size=4), max_size=60)


@given(SETS)
def test_the_counter_knows_how_many_calls_the_packer_needs(sets: list[set[int]]) -> None:
    counter = Counter()
    for targets in sets:
        counter.add(targets)
    together, apart = Packer(), Packer()
    for targets in filter(None, sets):
        together.add(tuple(sorted(targets)))
        for target in targets:
            apart.add((target,))
    assert counter.calls == min(len(together.targets), len(apart.targets))
    assert counter.calls == len((together if counter.together else apart).targets)


@given(st.integers(0, 2_500), st.integers(1, 9))
def test_no_call_has_more_than_1000_users_and_none_is_needless(users: int, first: int) -> None:
    packer = Packer(first)
    found: dict[int, int] = defaultdict(int)
    for _ in range(users):
        found[packer.add((7,))] += 1
    assert max(found.values(), default=0) <= USERS_PER_CALL == 1_000
    assert [*found] == [*range(first, first + -(-users // 1_000))]
    assert packer.targets == dict.fromkeys(found, (7,))


def test_who_leaves_the_same_targets_shares_a_call_and_nobody_else() -> None:
    packer = Packer()
    assert [packer.add(each) for each in ((1,), (1, 2), (1,), (2,), (1, 2))] == [1, 2, 1, 3, 2]


def test_one_call_for_each_course_where_everybody_has_other_courses() -> None:
    counter = Counter()
    for targets in ({1}, {2}, {3}, {1, 2}, {1, 3}, {2, 3}, {1, 2, 3}):
        counter.add(targets)
    assert (counter.calls, counter.together) == (3, False)


def test_one_call_in_all_where_everybody_has_the_same_courses() -> None:
    counter = Counter()
    for _ in range(1_000):
        counter.add(range(1, 11))
    assert (counter.calls, counter.together) == (1, True)


def test_where_both_ways_need_as_many_calls_a_call_names_all_targets() -> None:
    counter = Counter()
    counter.add({1})
    assert (counter.calls, counter.together) == (1, True)


def test_the_user_after_the_thousandth_begins_the_next_call() -> None:
    packer = Packer()
    assert [packer.add((7,)) for _ in range(2_001)] == [1] * 1_000 + [2] * 1_000 + [3]
    assert packer.next == 4
