"""Going back: all of it or just what was asked for, and nothing is forgotten when a table is added."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import Double, LargeBinary, Table, Text, insert

from mock_lms.clock import Clock
from mock_lms.control.snapshots import service as snapshots
from mock_lms.services.tenants import Tenants
from mock_lms.storage import state
from mock_lms.storage.control_tables import SCOPES, control
from mock_lms.storage.database import Row, Statement, Transaction
from mock_lms.storage.tables import metadata, users
from tests.conftest import NewStore
from tests.support.lms import CREDENTIALS, NOON, Lms, put

ANY = 424_242
CONTROLS = [table for table in control.sorted_tables if table.info["scope"] != "kept"]


def rows(transaction: Transaction, table: Table) -> list[Row]:
    return transaction.rows(Statement(table.select().order_by(*table.primary_key)))


def of_all(lms: Lms, look: Callable[[Transaction, Table], Any], name: str = "default") -> dict[str, Any]:
    """What is found in every table there is, past all that opens tenants: the rows may be such as nobody can read."""
    registry = lms.tenants.store.control(name)
    with registry.begin() as transaction:
        found = {table.name: look(transaction, table) for table in control.sorted_tables}
        generation = state.get(transaction, state.DATA)
    data = lms.tenants.store.data(name, generation)
    with data.begin() as transaction:
        found |= {table.name: look(transaction, table) for table in metadata.sorted_tables}
    registry.close()
    data.close()
    return found


def soil(transaction: Transaction, table: Table) -> None:
    """A row of whatever the columns hold."""
    values = {
        column.name: "x"
        if isinstance(column.type, Text)
        else b"x"
        if isinstance(column.type, LargeBinary)
        else 1.5
        if isinstance(column.type, Double)
        else ANY
        for column in table.c
    }
    transaction.run(Statement(insert(table).values(values)))


def test_every_table_has_a_scope_that_is_known() -> None:
    assert {table.info.get("scope") for table in control.sorted_tables} == {*SCOPES, "kept"} - {"data"}


@pytest.mark.both_databases
def test_a_reset_leaves_nothing_of_what_was_in_any_table(lms: Lms) -> None:
    lms.tenants.create("fresh", clock=Clock(NOON))
    fresh = of_all(lms, rows, "fresh")
    tenant = lms.tenant
    before = of_all(lms, rows)
    of_all(lms, soil)
    soiled = of_all(lms, rows)
    assert not [name for name in soiled if soiled[name] == before[name]]
    snapshots.reset_tenant(lms.tenants, tenant)
    after = of_all(lms, rows)
    for table in (*metadata.sorted_tables, *CONTROLS):
        if table.name == "journal":
            assert after["journal"] == []
        else:
            assert after[table.name] == fresh[table.name], table.name
    # what the tenant is stays, and so do the tokens of those who are still there
    assert ("x", "x") in after["tenant"]
    assert after["oauth_tokens"] == before["oauth_tokens"]


@pytest.mark.both_databases
@pytest.mark.parametrize("scope", SCOPES)
def test_a_scope_that_was_not_asked_for_stays_as_it_is(lms: Lms, scope: str) -> None:
    tenant = lms.tenant
    of_all(lms, soil)
    soiled = of_all(lms, rows)
    snapshots.reset_tenant(lms.tenants, tenant, scopes=[scope])
    after = of_all(lms, rows)
    changed = {name for name in soiled if after[name] != soiled[name]}
    tables = {table.name for table in CONTROLS if table.info["scope"] == scope}
    if scope == "data":
        # the other of the data, and the token of a user who is in it no more
        tables = {table.name for table in metadata.sorted_tables} | {"oauth_tokens"}
        changed -= {"tenant"}  # which names the data
    assert changed == tables


@pytest.mark.both_databases
def test_what_was_done_to_learners_is_undone(lms: Lms) -> None:
    before = lms.everything(but=("oauth_tokens", "journal", "tenant"))
    lms.bulk_unenroll([13001], learningplan_ids=[31], reset_tracks=True)
    lms.call("POST", "/manage/v1/user", {"username": "new"})
    assert lms.mock("POST", "/reset") == {"to": "seed", "scopes": list(SCOPES)}
    assert lms.everything(but=("oauth_tokens", "journal", "tenant")) == before


@pytest.mark.both_databases
def test_a_reset_can_go_to_a_snapshot(lms: Lms) -> None:
    lms.bulk_unenroll([13001], course_ids=[201])
    lms.mock("PUT", "/snapshots/less")
    pairs = lms.pairs()
    lms.bulk_unenroll([13001, 13002], course_ids=[202])
    assert lms.mock("POST", "/reset", {"to": "less", "scopes": ["journal", "data"]}) == {
        "to": "less",
        "scopes": ["data", "journal"],
    }
    assert lms.pairs() == pairs


@pytest.mark.both_databases
def test_tokens_stay_good_except_of_those_who_are_gone(lms: Lms) -> None:
    lms.call("POST", "/manage/v1/user", {"username": "new", "password": "pass-of-new"})
    lms.mock("PUT", "/snapshots/with-new")
    token = lms.log_in("new", "pass-of-new")
    lms.mock("POST", "/reset", {"to": "with-new"})
    lms.call("GET", "/manage/v1/user/session", token=token)
    lms.mock("POST", "/reset")
    lms.call("GET", "/manage/v1/user/session", token=token, status=401)
    lms.call("GET", "/manage/v1/user/session")
    # whoever is given that id next does not inherit the token
    lms.call("POST", "/manage/v1/user", {"username": "next", "password": "pass-of-next"})
    lms.call("GET", "/manage/v1/user/session", token=token, status=401)


@pytest.mark.both_databases
def test_the_clock_goes_back_to_what_the_tenant_was_made_with(lms: Lms) -> None:
    lms.advance(days=3)
    lms.mock("POST", "/reset", {"scopes": ["data"]})
    assert lms.tenant.now() == "2026-03-04 12:00:00"
    lms.mock("POST", "/reset", {"scopes": ["clock"]})
    assert lms.tenant.now() == "2026-03-01 12:00:00"


def test_the_clock_of_a_tenant_that_was_made_without_one_is_the_real_one(lms: Lms) -> None:
    lms.mock("POST", "/tenants", {"name": "real"})
    lms.call("PUT", "/t/real/_mock/clock", {"frozen_at": "2030-01-01 00:00:00"}, token=CREDENTIALS.control_token)
    lms.call("POST", "/t/real/_mock/reset", token=CREDENTIALS.control_token)
    assert lms.mock("GET", "/tenants/real")["clock"]["mode"] == "real"


@pytest.mark.both_databases
def test_another_worker_keeps_nothing_of_what_was(new_store: NewStore) -> None:
    store = new_store()
    lms = Lms(store)
    other = Tenants(store, CREDENTIALS.hashed())
    lms.bulk_unenroll([13001], course_ids=[201])
    lms.advance(days=1)
    with lms.tenant.control.begin() as transaction:
        state.put_faults(transaction, ["{}"])
        state.put_quota(transaction, "{}", "{}")

    def seen(tenants: Tenants) -> tuple[Any, ...]:
        tenant = tenants.open()
        with tenant.database.look() as transaction:
            events = transaction.execute("SELECT count(*) FROM outbox")[0][0]
        return tenant.now(), tenant.quota, tenant.faults, events

    assert seen(other) == ("2026-03-02 12:00:00", "{}", ((0, "{}"),), 1)
    snapshots.reset_tenant(lms.tenants, lms.tenant)
    assert seen(other) == seen(lms.tenants) == ("2026-03-01 12:00:00", None, (), 0)
    # and what it writes is written where the others read
    with other.open().database.begin() as transaction:
        put(transaction, users, id=5, username="five", created_at="", updated_at="", identity="5")
    assert 5 in {row[0] for row in lms.rows(users)}
    other.close()
    lms.tenants.close()


@pytest.mark.parametrize(
    ("body", "status", "says"),
    [
        ({"to": "now"}, 400, "to: now is what there is"),
        ({"to": "none"}, 404, "no snapshot none"),
        ({"to": "../seed"}, 400, "to: a name has"),
        ({"to": 5}, 400, "to: 5 is no text"),
        ({"scopes": []}, 400, "scopes: "),
        ({"scopes": ["data", "data"]}, 400, "scopes: "),
        ({"scopes": ["all"]}, 400, "scopes: "),
        ({"scopes": [["data"]]}, 400, "scopes: "),
        ({"scopes": "data"}, 400, "scopes: "),
        ({"scope": ["data"]}, 400, "scope: "),
    ],
)
def test_a_reset_that_makes_no_sense_does_nothing(lms: Lms, body: Any, status: int, says: str) -> None:
    lms.bulk_unenroll([13001], course_ids=[201])
    before = lms.everything()
    assert says in lms.mock("POST", "/reset", body, status=status)["message"][0]
    assert lms.everything() == before


@pytest.mark.both_databases
def test_a_reset_of_one_tenant_is_none_of_another(lms: Lms) -> None:
    lms.mock("POST", "/tenants", {"name": "other"})
    lms.bulk_unenroll([13001], course_ids=[201])
    pairs = lms.pairs()
    lms.call("POST", "/t/other/_mock/reset", token=CREDENTIALS.control_token)
    assert lms.pairs() == pairs
