"""Which entries about users can be carried out."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mock_lms.domain.people import assign, is_expired, uuid_of
from mock_lms.domain.users import Entry, Known, Problem, Saved, choose, decide

KNOWN = Known(
    users={1, 11, 12},
    user_ids={"admin": 1, "ann": 11, "bob": 12},
    branches={"A": [1], "TWICE": [2, 3]},
    fields={5: [], 6: ["x", "y"]},
    protected={1},
)


def one(entry: Entry, *, update_existing: bool = True) -> Saved:
    (saved,) = decide([entry], KNOWN, update_existing=update_existing)
    return saved


def test_who_is_known_is_changed_and_who_is_not_is_new() -> None:
    assert (one(Entry("ann")).user_id, one(Entry("ann")).is_new) == (11, False)
    assert (one(Entry(12)).user_id, one(Entry(12)).is_new) == (12, False)
    new = one(Entry("cid", {"email": "e"}, branch="A", manager="bob", fields={5: "z", 6: "y"}))
    assert (new.user_id, new.is_new, new.branch_id, new.manager_id) == (None, True, 1, 12)


@pytest.mark.parametrize(
    ("entry", "field"),
    [
        (Entry("ann", problem=Problem("level", "no.")), "level"),
        (Entry(99), "user_id"),
        (Entry(11, {"username": "bob"}), "username"),
        (Entry("cid", {"username": "ann"}), "username"),
        (Entry(1, {"level": "user"}), "level"),
        (Entry("admin", {"active": 0, "firstname": "x"}), "active"),
        (Entry(11, manager="nobody"), "manager"),
        (Entry(11, manager=99), "manager"),
        (Entry(11, manager="ann"), "manager"),
        (Entry(11, branch="NO"), "branch_code"),
        (Entry(11, branch="TWICE"), "branch_code"),
        (Entry(11, fields={7: "x"}), "field_7"),
        (Entry(11, fields={6: "z"}), "field_6"),
    ],
)
def test_an_entry_that_cannot_be_carried_out_says_why(entry: Entry, field: str) -> None:
    problem = one(entry).problem
    assert problem is not None
    assert problem.field == field


def test_a_user_may_keep_the_username_and_an_option_may_be_emptied() -> None:
    assert one(Entry(11, {"username": "ann"}, fields={6: None})).problem is None


def test_the_superadmin_may_be_given_another_name() -> None:
    assert one(Entry(1, {"firstname": "x", "email": "e"})).problem is None


def test_who_is_there_stays_as_they_are_unless_they_are_to_be_changed() -> None:
    assert one(Entry("ann"), update_existing=False).problem is not None
    assert one(Entry("cid"), update_existing=False).problem is None


@pytest.mark.parametrize(
    "entries",
    [
        [Entry("ann"), Entry(11)],
        [Entry("cid"), Entry("cid")],
        [Entry("cid", {"username": "dot"}), Entry("dot")],
        [Entry(11, {"username": "cid"}), Entry("cid")],
        [Entry(11, {"username": "cid"}), Entry(12, {"username": "cid"})],
    ],
)
def test_of_two_entries_about_one_user_or_name_the_second_fails(entries: list[Entry]) -> None:
    first, second = decide(entries, KNOWN, update_existing=True)
    assert (first.problem is None, second.problem is None) == (True, False)


def test_an_entry_that_failed_is_nobodys_rival() -> None:
    failed, carried_out = decide([Entry("cid", branch="NO"), Entry("cid")], KNOWN, update_existing=True)
    assert (failed.problem is None, carried_out.problem is None) == (False, True)
    assert replace(carried_out, problem=Problem("x", "y")).is_new is False


def test_those_whom_a_call_cannot_concern_are_told_apart() -> None:
    chosen = choose([12, 1, 99, 11], {1, 11, 12}, {1})
    assert (chosen.users, chosen.unknown, chosen.protected) == ([12, 11], [99], [1])


def test_a_group_takes_who_is_known_and_not_in_it() -> None:
    assignment = assign([3, 1, 2], {1, 2}, {2})
    assert (assignment.new, assignment.present, assignment.unknown) == ([1], [2], [3])


def test_a_uuid_is_of_id_and_identity() -> None:
    assert uuid_of(1, "a") == uuid_of(1, "a")
    assert len({uuid_of(1, "a"), uuid_of(2, "a"), uuid_of(1, "b")}) == 3


def test_an_account_expires_after_its_last_moment() -> None:
    moment = "2026-03-01 12:00:00"
    assert not is_expired(None, moment)
    assert not is_expired(moment, moment)
    assert is_expired("2026-03-01 11:59:59", moment)
