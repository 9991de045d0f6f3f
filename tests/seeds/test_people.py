"""What a seed file says about people: branches, user fields, managers, groups, and what enrollments hold."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

Query = Callable[[str], list[tuple[Any, ...]]]
Plant = Callable[..., None]
Refused = Callable[..., str]

WORLD = """\
branches: [{id: 1, code: A, name: Above}, {id: 2, name: Below, parent: 1}]
user_fields: [{id: 1, title: Job}, {id: 2, title: Kind, type: dropdown, options: [x, y]}]
enrollment_fields: [{id: 3, title: Cost}]
users:
- {id: 7, username: ann, managers: [bob], branches: [1, 2], fields: {1: Cook, 2: y}}
- {id: 8, username: bob, language: de, timezone: Europe/Berlin, expires_at: 2027-01-01, last_access_at: 2026-02-01,
   email_validated: true, managers: [9]}
- {id: 9, username: "10"}
- {id: 10, username: cid, managers: ["10"]}
groups: [{id: 4, name: Two, users: [8, 7]}, {id: 5, uuid: u, name: None, description: d}]
courses: [{id: 3, name: Knots}]
enrollments: [{course: 3, user: 7, fields: {3: "12"}}]
"""


def test_what_is_said_of_people_is_planted(plant_file: Plant, query: Query) -> None:
    plant_file(WORLD)
    assert query("SELECT id, parent_id, code, name FROM branches") == [(1, None, "A", "Above"), (2, 1, "", "Below")]
    assert query("SELECT branch_id, user_id FROM branch_members") == [(1, 7), (2, 7)]
    assert query("SELECT user_id, field_id, value FROM user_field_values") == [(7, 1, "Cook"), (7, 2, "y")]
    assert query("SELECT course_id, user_id, field_id, value FROM enrollment_field_values") == [(3, 7, 3, "12")]
    groups = [(4, "00000000-0000-4000-8001-000000000004", "Two", ""), (5, "u", "None", "d")]
    assert query("SELECT id, uuid, name, description FROM user_groups") == groups
    assert query("SELECT group_id, user_id FROM group_members") == [(4, 7), (4, 8)]
    account = "SELECT language, timezone, expires_at, last_access_at, email_validated FROM users WHERE id = {}"
    assert query(account.format(7)) == [("en", "UTC", None, None, 0)]
    assert query(account.format(8)) == [("de", "Europe/Berlin", "2027-01-01 00:00:00", "2026-02-01 00:00:00", 1)]


def test_a_manager_is_a_username_first_and_an_id_else(plant_file: Plant, query: Query) -> None:
    plant_file(WORLD)
    # user 9 is called 10: so 10 is that username, and no id
    assert query("SELECT user_id, manager_id FROM managers") == [(7, 8), (8, 9), (10, 9)]


@pytest.mark.parametrize(
    ("written", "said"),
    {
        "branches: [{id: 1, name: a, parent: 1}]": "branches.0.parent: there is no branch 1 in this file",
        "branches: [{id: 1, name: a}, {id: 1, name: b}]": "branches.1.id: there is a branch 1 already, in line 1",
        "branches: [{id: 1}]": "branches.0: name is missing",
        "users: [{id: 7, username: a, branches: [1]}]": "users.0.branches.0: there is no branch 1 in this file",
        "users: [{id: 7, username: a, managers: [b]}]": "users.0.managers.0: there is no user b in this file",
        "users: [{id: 7, username: a, managers: [8]}]": "users.0.managers.0: there is no user 8 in this file",
        "users: [{id: 7, username: a, managers: [a]}]": "users.0.managers.0: nobody is their own manager",
        "users: [{id: 7, username: a, managers: [[]]}]": "users.0.managers.0: a list or mapping stands here",
        "users: [{id: 7, username: a}, {id: 8, username: b, managers: [a, 7]}]": "users.1.managers.1: user 7 is",
        "users: [{id: 7, username: a, fields: {1: x}}]": "users.0.fields.1: there is no user field 1 in this file",
        "users: [{id: 7, username: a, email_validated: 1}]": "users.0.email_validated: 1 is none of true, false",
        "users: [{id: 7, username: a, expires_at: soon}]": "users.0.expires_at: soon is no date",
        "groups: [{id: 4, name: a, users: [7]}]": "groups.0.users.0: there is no user 7 in this file",
        "groups: [{id: 4, name: a, uuid: u}, {id: 5, name: b, uuid: u}]": "groups.1: there is a group with the uuid u",
        "users: [{id: 7, username: a}]\ngroups: [{id: 4, name: a, users: [7, 7]}]": "groups.0.users.1: the group",
        "branches: [{id: 1, name: a}]\nusers: [{id: 7, username: a, branches: [1, 1]}]": "users.0.branches.1: the",
    }.items(),
)
def test_what_is_wrong_with_people_is_named(refused: Refused, written: str, said: str) -> None:
    assert said in refused(written)
