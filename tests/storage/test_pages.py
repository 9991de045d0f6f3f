"""Pages against a plain model: whole tables, filtered and sorted in Python, while others write.

The sizes from which a list is treated as a long one are small here, so that a tenant of some dozen rows shows all.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from types import SimpleNamespace
from typing import Any

import pytest

from mock_lms.services import lists
from mock_lms.services.lists import Query
from mock_lms.storage import known_lists, listing, state
from mock_lms.storage.database import Database, Row
from mock_lms.storage.enrollment_lists import COURSE_ENROLLMENTS
from mock_lms.storage.store.protocol import TenantStore
from tests.support.plain_lists import SORTS, USERS, any_filters, enroll, in_order, model, planted, write
from tests.support.stores import another, fill

pytestmark = pytest.mark.both_databases

NAME = "one"


@pytest.fixture(params=["long", "short"])
def sizes(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Few rows are a long list; or none of these are."""
    monkeypatch.setattr(listing, "KNOWN", known_lists.KnownLists())
    if request.param == "long":
        for name, size in {"STEP": 3, "FIRST": 5, "FEW": 4, "ALL": 8}.items():
            monkeypatch.setattr(listing, name, size)


@pytest.fixture
def worlds(new_store: Callable[[], TenantStore], sizes: None) -> Iterator[tuple[Database, Database]]:
    """The data of a tenant, as two workers have it open."""
    store = new_store()
    store.make(NAME, store.template("pages", planted), fill)
    other = another(store)
    generation = _generation(store)
    pair = store.data(NAME, generation), other.data(NAME, generation)
    yield pair
    for database in pair:
        database.close()
    other.close()


def _generation(store: TenantStore) -> str:
    control = store.control(NAME)
    with control.look() as transaction:
        generation = state.get(transaction, state.DATA)
    control.close()
    return generation


class Undone(Exception):
    pass


def undo(random: Random, database: Database) -> None:
    """Writes, and takes it back."""
    with suppress(Undone), database.begin() as transaction:
        write(random, transaction)
        raise Undone


@pytest.mark.parametrize("seed", range(4))
def test_each_page_is_that_of_a_plain_list_whoever_writes_between_two_of_them(
    worlds: tuple[Database, Database], seed: int
) -> None:
    random = Random(seed)
    for _ in range(70):
        with random.choice(worlds).begin() as transaction:
            write(random, transaction)
    for _ in range(25):
        check = any_list(random)
        for _ in range(3):
            check(random.choice(worlds))
            if random.random() < 0.7:
                with random.choice(worlds).begin() as transaction:
                    write(random, transaction)
            if random.random() < 0.2:
                undo(random, random.choice(worlds))


def any_list(random: Random) -> Callable[[Database], None]:
    """Reads a list in pages, in any order of these, and compares them."""
    target, read = random.choice(
        [
            ("course_id", lists.list_course_enrollments),
            ("course_id", lists.list_course_enrollments),
            ("learning_plan_id", lists.list_learning_plan_enrollments),
        ]
    )
    filters, fulfils = any_filters(random, target)
    sort, descending = random.choice([None, *SORTS[target]]), random.random() < 0.5
    attribute = target if sort is None else SORTS[target][sort]
    size = random.randrange(1, 9)

    def check(database: Database) -> None:
        with database.read() as transaction:
            rows = [row for row in model(transaction)[target != "course_id"] if fulfils(row)]
        by_key = {(row[target], row["user_id"]): row for row in rows}
        tenant: Any = SimpleNamespace(database=database)
        numbers = list(range(-(-len(rows) // size) + 1))
        random.shuffle(numbers)
        listed: dict[int, list[Row]] = {}
        for number in numbers:
            page = read(tenant, Query(filters, sort, descending, size, number * size))
            assert page.total == len(rows), (filters, sort)
            key = page.names.index(target), page.names.index("user_id")
            listed[number] = [tuple(row[index] for index in key) for row in page.rows]
            status = page.names.index("status")
            assert [row[status] for row in page.rows] == [by_key[key]["status"] for key in listed[number]]
        keys = [key for number in sorted(numbers) for key in listed[number]]
        assert sorted(keys) == sorted(by_key), (filters, sort, descending)
        assert in_order([by_key[key] for key in keys], attribute, descending=descending), (filters, sort, descending)

    return check


def test_a_list_is_read_anew_once_another_worker_has_written(worlds: tuple[Database, Database]) -> None:
    mine, other = (SimpleNamespace(database=database) for database in worlds)
    for user in USERS:
        for tenant in (mine, other):
            assert lists.list_course_enrollments(tenant, Query()).total == user - 11  # type: ignore[arg-type]
        with other.database.begin() as transaction:
            enroll(transaction, 1, user)


def test_what_a_list_shows_to_who_has_not_committed_yet_is_not_remembered(worlds: tuple[Database, Database]) -> None:
    database = worlds[0]
    for _ in range(2):
        with suppress(Undone), database.begin() as transaction:
            enroll(transaction, 1, 11)
            assert COURSE_ENROLLMENTS.page(transaction, Query()).total == 1
            raise Undone
        assert lists.list_course_enrollments(SimpleNamespace(database=database), Query()).total == 0  # type: ignore[arg-type]


def test_rows_that_were_written_and_taken_back_are_on_no_page(worlds: tuple[Database, Database]) -> None:
    tenant: Any = SimpleNamespace(database=worlds[0])
    random = Random(1)
    for _ in range(20):
        undo(random, worlds[0])
        assert lists.list_course_enrollments(tenant, Query()).total == 0


def test_what_is_remembered_is_bounded_and_the_list_that_was_read_last_is_kept(
    worlds: tuple[Database, Database],
) -> None:
    with worlds[0].begin() as transaction:
        for _ in range(60):
            write(Random(3), transaction)
    tenant: Any = SimpleNamespace(database=worlds[0])
    known = vars(listing)["KNOWN"]
    for user in range(3000):
        lists.list_course_enrollments(tenant, Query({"users": [user]}))
    assert 0 < known._size <= known._most
    small = known_lists.KnownLists(numbers=100)
    for number in range(50):
        small.put(number, known_lists.KnownList(0, 2, array("q", [0] * 20)))
        assert small.get(number) is not None
    assert small.get(0) is None
    assert small._size <= 100
