"""Resets, saves, forks and drops while others write and read: every state that anybody sees is a whole one."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import pytest

from mock_lms.control.diffs import service as diffs
from mock_lms.control.snapshots import service as snapshots
from mock_lms.domain.errors import SnapshotNotFound, TenantExists, TenantNotFound
from mock_lms.domain.unenroll import Request
from mock_lms.services import unenroll as unenroll_service
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import Superseded, Tenants
from mock_lms.storage.database import Transaction
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.store.sqlite import SqliteStore
from tests.conftest import NewStore
from tests.support.lms import CREDENTIALS
from tests.support.stores import another

pytestmark = pytest.mark.both_databases

SECONDS = 2.5
SIZES = {"users": 30, "courses": 10, "plans": 2}
USERS = range(1001, 1031)
ALL = len(USERS) * SIZES["courses"]


class Crew:
    """Threads that do what they are given again and again, each with tenants of its own, as workers have them."""

    def __init__(self, store: TenantStore) -> None:
        self.store = store
        self.errors: list[BaseException] = []
        self.done: dict[str, int] = {}
        self._threads: list[threading.Thread] = []
        self._end = time.monotonic() + SECONDS

    def work(self, what: str, job: Callable[[Tenants], object], *allowed: type[Exception]) -> None:
        refusals: tuple[type[Exception], ...] = (Superseded, *allowed)

        def run() -> None:
            tenants = Tenants(another(self.store), CREDENTIALS.hashed())
            try:
                while time.monotonic() < self._end and not self.errors:
                    try:
                        job(tenants)
                        self.done[what] = self.done.get(what, 0) + 1
                    except refusals:
                        continue
            except BaseException as error:  # noqa: BLE001 -- a thread's would be lost
                self.errors.append(error)
            tenants.close()

        self._threads.append(threading.Thread(target=run))

    def finish(self) -> None:
        for thread in self._threads:
            thread.start()
        for thread in self._threads:
            thread.join()
        if self.errors:
            raise self.errors[0]


def unenroll(tenants: Tenants) -> None:
    tenant = tenants.open("one")
    request = Request(random.sample(USERS, 3), random.sample(range(1, 11), 2))
    unenroll_service.bulk_unenroll(tenant, request, 1)


def counted(transaction: Transaction, schema: str = "") -> int:
    """How many are enrolled, and how many left, each of which took the number of an event: together always the same."""
    prefix = f"{schema}." if schema else ""
    (enrolled,) = transaction.execute(f"SELECT count(*) FROM {prefix}course_enrollments")[0]
    # a sum, since a schema that is just being replaced shows no rows, which `side_by_side` finds out afterwards
    (left,) = transaction.execute(f"SELECT coalesce(sum(value), 0) FROM {prefix}counters WHERE name = 'outbox'")[0]
    return int(enrolled + left)


def look(tenants: Tenants) -> None:
    with tenants.open("one").database.read() as transaction:
        found = counted(transaction)
    assert found == ALL


def look_at(tenants: Tenants, tenant: Tenant, state: str) -> None:
    image = snapshots.find_state(tenants, tenant, state, "state")
    with tenants.store.side_by_side(tenant.database, image) as (transaction, (schema,)):
        found = counted(transaction, schema)
    assert found == ALL


def look_at_now(tenants: Tenants) -> None:
    """As one tenant: between two statements of a plain read PostgreSQL may give the name to the next tenant."""
    look_at(tenants, tenants.open("one"), "now")


def look_at_snapshot(tenants: Tenants) -> None:
    look_at(tenants, tenants.open("one"), "a")


def reset(to: str) -> Callable[[Tenants], object]:
    return lambda tenants: snapshots.reset_tenant(tenants, tenants.open("one"), to=to)


def save(tenants: Tenants) -> None:
    snapshots.save_snapshot(tenants, tenants.open("one"), "a")


def fork(tenants: Tenants) -> None:
    name = f"f-{random.randrange(10**9)}"
    snapshots.fork_tenant(tenants, tenants.open("one"), name, state=random.choice(["now", "a"]))
    for state in ("seed", "now"):
        look_at(tenants, tenants.open(name), state)
    tenants.drop(name)


def compare(tenants: Tenants) -> None:
    found = diffs.diff(tenants, tenants.open("one"), "a", "now", 10_000)
    assert sum(sum(counts.values()) for counts in found.summary.values()) == len(found.changes)


def carry(tenants: Tenants) -> None:
    file = b"".join(snapshots.export_snapshot(tenants, tenants.open("one"), "now"))
    snapshots.import_snapshot(tenants, tenants.open("one"), "b", file)


def test_whoever_looks_sees_a_whole_state(new_store: NewStore) -> None:
    store = new_store()
    tenants = Tenants(store, CREDENTIALS.hashed())
    tenants.create("one", "scale", sizes=SIZES)
    save(tenants)
    crew = Crew(store)
    jobs: dict[str, Callable[[Tenants], object]] = {
        "unenroll": unenroll,
        "unenroll too": unenroll,
        "look": look,
        "look at snapshot": look_at_snapshot,
        "reset": reset("seed"),
        "restore": reset("a"),
        "save": save,
        "fork": fork,
        "compare": compare,
        "carry": carry,
    }
    for what, job in jobs.items():
        crew.work(what, job)
    crew.finish()
    assert crew.done.keys() == jobs.keys()
    reset("seed")(tenants)
    (answer,) = [diffs.diff(tenants, tenants.open("one"), "seed", "now", 10).summary]
    assert not [count for counts in answer.values() for count in counts.values() if count]
    look_at_snapshot(tenants)
    tenants.close()
    if isinstance(store, SqliteStore):
        assert len(list(store.path.glob("one/data-*.db"))) == 1
        assert not [path for path in store.path.iterdir() if path.name.startswith((".new", ".copy"))]


def test_a_tenant_that_comes_and_goes_is_there_or_not(new_store: NewStore) -> None:
    store = new_store()
    tenants = Tenants(store, CREDENTIALS.hashed())
    tenants.create("one", "scale", sizes=SIZES)
    crew = Crew(store)

    def come(tenants: Tenants) -> None:
        tenants.create("one", "scale", sizes=SIZES)

    def go(tenants: Tenants) -> None:
        time.sleep(random.random() / 20)
        tenants.drop("one")

    for what, job in (
        ("unenroll", unenroll),
        ("look", look_at_now),
        ("reset", reset("seed")),
        ("save", save),
        ("carry", carry),
    ):
        crew.work(what, job, TenantNotFound, SnapshotNotFound)
    crew.work("come", come, TenantExists, TenantNotFound)
    crew.work("go", go, TenantNotFound)
    crew.finish()
    assert {"come", "go", "unenroll", "look"} <= crew.done.keys()
    if "one" not in tenants.names():
        come(tenants)
    look(tenants)
    snapshots.reset_tenant(tenants, tenants.open("one"))
    look(tenants)
    tenants.close()
