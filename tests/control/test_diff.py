"""The difference of two states is exact, and says it to programs, spreadsheets and people."""

from __future__ import annotations

import csv
import io
import random
from typing import Any

import pytest
from sqlalchemy import Table

from mock_lms.control.snapshots.service import find_state
from mock_lms.storage.learners import LAYERS
from mock_lms.storage.tables import courses, users
from tests.conftest import NewLms
from tests.support.lms import BULK, CREDENTIALS, Lms

TARGETS = ("course_id", "learning_plan_id")
NOTHING = {layer: {"lost": 0, "gained": 0, "changed": 0} for layer in LAYERS}


def diff(lms: Lms, query: str = "") -> Any:
    return lms.mock("GET", f"/diff{query}")


def held(lms: Lms, state: str) -> dict[str, dict[Any, dict[str, Any]]]:
    """Every row of a layer by what makes it that row, read one table at a time."""
    found: dict[str, dict[Any, dict[str, Any]]] = {}
    image = find_state(lms.tenants, lms.tenant, state, "state")
    for layer, table in LAYERS.items():
        with lms.tenants.store.side_by_side(lms.tenant.database, image) as (transaction, (schema,)):
            rows = transaction.execute(f"SELECT {', '.join(table.c.keys())} FROM {schema}.{table.name}")
        found[layer] = {key(table, row): row for row in (dict(zip(table.c.keys(), row, strict=True)) for row in rows)}
    return found


def key(table: Table, row: dict[str, Any]) -> tuple[Any, ...]:
    own = row["id"] if layer_of(table) == "certificates" else 0
    return (row["user_id"], *(row.get(name) or 0 for name in TARGETS), own)


def layer_of(table: Table) -> str:
    return next(layer for layer, each in LAYERS.items() if each is table)


def expected(before: Any, after: Any) -> list[tuple[Any, ...]]:
    """The changes as a plain loop finds them: layer, change, user, course, plan, the rows."""
    found = []
    for layer in LAYERS:
        old, new = before[layer], after[layer]
        for change, keys in (
            ("lost", old.keys() - new.keys()),
            ("gained", new.keys() - old.keys()),
            ("changed", {each for each in old.keys() & new.keys() if old[each] != new[each]}),
        ):
            found += [(layer, change, *each, shown(old.get(each)), shown(new.get(each))) for each in sorted(keys)]
    return [(*each[:5], *each[6:]) for each in found]


def shown(row: dict[str, Any] | None) -> dict[str, Any] | None:
    return row and {name: value for name, value in row.items() if name not in {"user_id", *TARGETS}}


def told(answer: Any) -> list[tuple[Any, ...]]:
    return [
        (*(each[name] or 0 for name in ("layer", "change", "user_id", *TARGETS)), each["before"], each["after"])
        for each in answer["changes"]
    ]


def stir(lms: Lms, chance: random.Random) -> None:
    """Some of all that can be done to learners."""
    people = [row[0] for row in lms.rows(users) if row[0] > 1]
    ids = [row[0] for row in lms.rows(courses)]
    for _ in range(6):
        some, where = chance.sample(people, 3), chance.sample(ids, 2)
        flags = {name: chance.random() < 0.5 for name in ("reset_tracks", "delete_issued_certificates")}
        choices: list[tuple[str, dict[str, Any]]] = [
            ("DELETE", {"course_ids": where, **flags}),
            ("DELETE", {"learningplan_ids": [31, 32], **flags}),
            ("POST", {"course_ids": where}),
            ("PUT", {"course_ids": where, "status": 2, "score_given": 7.5}),
        ]
        method, body = chance.choice(choices)
        lms.call(method, BULK, {"user_ids": some, **body}, status=None)


@pytest.mark.both_databases
@pytest.mark.parametrize("number", range(4))
def test_the_differences_are_those_that_a_plain_loop_finds(lms: Lms, number: int) -> None:
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    stir(lms, chance)
    lms.mock("PUT", "/snapshots/one")
    stir(lms, chance)
    for before, after in (("seed", "now"), ("seed", "one"), ("one", "now"), ("now", "one"), ("now", "seed")):
        answer = diff(lms, f"?before={before}&after={after}")
        wanted = expected(held(lms, before), held(lms, after))
        assert told(answer) == wanted, f"seed {seed}"
        for layer, counts in answer["summary"].items():
            for change, count in counts.items():
                assert count == sum(each[:2] == (layer, change) for each in wanted)
        assert not answer["truncated"]
        assert (answer["before"], answer["after"]) == (before, after)


@pytest.mark.both_databases
@pytest.mark.parametrize("states", ["", "?before=now", "?before=seed&after=seed", "?before=default/seed"])
def test_where_nothing_differs_nothing_is_said(lms: Lms, states: str) -> None:
    answer = diff(lms, states)
    assert answer["summary"] == NOTHING
    assert answer["changes"] == []
    assert "Nobody lost, gained or changed anything." in lms.mock("GET", f"/diff.txt{states}")


@pytest.mark.both_databases
def test_a_change_says_who_and_what_with_the_rows_before_and_after(lms: Lms) -> None:
    lms.call("PUT", f"{BULK}/201/13001", {"level": 6})
    (change,) = diff(lms)["changes"]
    assert {name: change[name] for name in ("layer", "change", "user_id", "username", "course_id", "name")} == {
        "layer": "enrollments",
        "change": "changed",
        "user_id": 13001,
        "username": "ana.silva",
        "course_id": 201,
        "name": "Fire Safety",
    }
    assert (change["before"]["level"], change["after"]["level"]) == (3, 6)


@pytest.mark.both_databases
def test_the_summary_counts_all_though_few_changes_are_shown(lms: Lms) -> None:
    lms.bulk_unenroll(range(13001, 13010), course_ids=[201, 202, 203], learningplan_ids=[31])
    whole = diff(lms)
    total = sum(sum(counts.values()) for counts in whole["summary"].values())
    assert total == len(whole["changes"]) > 10
    for limit in (0, 1, 7, total - 1, total):
        some = diff(lms, f"?limit={limit}")
        assert some["changes"] == whole["changes"][:limit]
        assert some["summary"] == whole["summary"]
        assert some["truncated"] == (limit < total)
    assert f"... and {total - 3:,} more." in lms.mock("GET", "/diff.txt?limit=3")


@pytest.mark.both_databases
def test_states_of_two_tenants_are_compared_and_names_of_one_do_for_both(lms: Lms) -> None:
    lms.mock("POST", "/tenants", {"name": "empty", "seed": "empty"})
    for before, after, change in (("empty/now", "now", "gained"), ("now", "empty/seed", "lost")):
        answer = diff(lms, f"?before={before}&after={after}")
        assert answer["summary"]["enrollments"][change] == len(lms.pairs())
        assert not [each for each in answer["changes"] if each["username"] is None or each["name"] is None]
    inside = lms.call(
        "GET", "/t/empty/_mock/diff?before=default/now&after=default/seed", token=CREDENTIALS.control_token
    )
    assert inside["summary"] == NOTHING


@pytest.mark.both_databases
def test_certificates_of_one_number_but_of_others_are_not_the_same(lms: Lms) -> None:
    (first, *_) = lms.rows(LAYERS["certificates"])
    lms.mock("POST", "/fork", {"name": "fork"})
    with lms.tenants.open("fork").database.begin() as transaction:
        transaction.execute(f"UPDATE certificates SET user_id = 13012 WHERE id = {first[0]}")
    answer = diff(lms, "?before=now&after=fork/now")
    assert answer["summary"]["certificates"] == {"lost": 1, "gained": 1, "changed": 0}


def test_people_read_who_lost_what(lms: Lms) -> None:
    lms.bulk_unenroll([13001], course_ids=[201], learningplan_ids=[31])
    lms.call("PUT", f"{BULK}/202/13001", {"score_given": 5})
    text = lms.mock("GET", "/diff.txt")
    assert "From seed to now\n" in text
    assert "lost     enrollment     ana.silva (13001)  Fire Safety (course 201)\n" in text
    assert "lost     learning plan  ana.silva (13001)  Onboarding (plan 31)\n" in text
    assert "changed  tracking       ana.silva (13001)  Privacy at Work (course 202)  score 88.0 -> 5.0\n" in text


def test_names_cannot_write_to_the_terminal(lms: Lms) -> None:
    lms.call("POST", "/manage/v1/user", {"username": "a\n\x1b[2Jb"})
    (user,) = [row[0] for row in lms.rows(users) if "\x1b" in row[1]]
    lms.call("POST", f"{BULK}/201/{user}")
    text = lms.mock("GET", "/diff.txt")
    assert "\x1b" not in text
    assert "'a\\n\\x1b[2Jb'" in text


def test_a_spreadsheet_gets_the_same(lms: Lms) -> None:
    lms.bulk_unenroll([13001, 13002], course_ids=[201], learningplan_ids=[31])
    rows = list(csv.DictReader(io.StringIO(lms.mock("GET", "/diff.csv"))))
    changes = diff(lms)["changes"]
    assert [(row["layer"], row["change"], int(row["user_id"]), row["username"], row["name"]) for row in rows] == [
        (each["layer"], each["change"], each["user_id"], each["username"], each["name"]) for each in changes
    ]
    assert len(list(csv.DictReader(io.StringIO(lms.mock("GET", "/diff.csv?limit=1"))))) == 1


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_is_a_formula(lms: Lms, name: str) -> None:
    lms.call("POST", "/manage/v1/user", {"username": name})
    (user,) = [row[0] for row in lms.rows(users) if row[1] == name]
    lms.call("POST", f"{BULK}/201/{user}")
    content = lms.http.get("/_mock/diff.csv", headers={"Authorization": f"Bearer {CREDENTIALS.control_token}"}).data
    (row,) = csv.DictReader(io.StringIO(content.decode(), newline=""))
    assert row["username"] == f"'{name}"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("before=none", 404),
        ("after=none/now", 404),
        ("before=../../etc/passwd", 400),
        ("before=a/b/c", 400),
        ("before=/now", 400),
        ("before=", 400),
        ("before=X", 400),
        ("before=%00", 400),
        ("limit=-1", 400),
        ("limit=100001", 400),
        ("limit=x", 400),
        ("from=seed", 400),
        ("before=seed&before=now", 400),
    ],
)
@pytest.mark.parametrize("path", ["/diff", "/diff.csv", "/diff.txt"])
def test_what_cannot_be_compared_is_refused(lms: Lms, path: str, query: str, status: int) -> None:
    lms.mock("GET", f"{path}?{query}", status=status)


@pytest.mark.both_databases
def test_looking_changes_nothing(new_lms: NewLms) -> None:
    lms = new_lms()
    lms.mock("PUT", "/snapshots/one")
    before = lms.everything()
    for path in ("/diff", "/diff.csv?before=one", "/diff.txt?before=one&after=seed"):
        lms.mock("GET", path)
    assert lms.everything() == before
