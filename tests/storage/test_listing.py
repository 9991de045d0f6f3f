"""What every list promises, whatever it lists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mock_lms.services.lists import Query
from mock_lms.storage import catalog, enrollment_lists
from mock_lms.storage.database import Database, sqlite_url
from mock_lms.storage.listing import Listing
from mock_lms.storage.tables import metadata

LISTINGS = {
    name: listing
    for module in (catalog, enrollment_lists)
    for name, listing in vars(module).items()
    if isinstance(listing, Listing)
}
SORTED = [(name, sort) for name, listing in LISTINGS.items() for sort in (None, *listing.sorts)]


def orders(listing: Listing, sort: str | None, *, descending: bool) -> list[list[str]]:
    """The columns that each statement of the list orders its rows by."""
    keys = listing._keys(frozenset(), Query(sort=sort, descending=descending))
    database = Database(sqlite_url(Path("unused")))
    statements = [getattr(section, name) for section in keys._sections for name in ("_head", "_all", "_behind")]
    texts = [" ".join(statement.compiled(database)[0].split()) for statement in statements]
    parts = [re.split("ORDER BY", text)[1].split(" LIMIT")[0] for text in texts]
    return [[column.split(".")[-1].strip(") ") for column in part.split(",")] for part in parts]


@pytest.mark.parametrize(("name", "sort"), SORTED)
@pytest.mark.parametrize("descending", [False, True])
def test_every_order_has_the_whole_key_so_that_no_page_repeats_another(
    name: str, sort: str | None, *, descending: bool
) -> None:
    listing = LISTINGS[name]
    for order in orders(listing, sort, descending=descending):
        names = [column.split(" ")[0] for column in order]
        # the course's own id is the enrollment's course_id
        assert {"course_id" if column == "id" else column for column in names} >= {
            "course_id" if column == "id" else column for column in listing.key
        }


@pytest.mark.parametrize(("name", "sort"), SORTED)
@pytest.mark.parametrize("descending", [False, True])
def test_whoever_goes_through_a_long_list_sorts_nothing_and_looks_up_where_to_go_on(
    name: str, sort: str | None, tmp_path: Path, *, descending: bool
) -> None:
    listing = LISTINGS[name]
    if any(section.scattered for section in listing._sections(sort)):
        return
    database = Database(sqlite_url(tmp_path / "t.db"))
    with database.begin() as transaction:
        transaction.create_tables(metadata)
        for section in listing._keys(frozenset(), Query(sort=sort, descending=descending))._sections:
            for statement in (section._all, section._behind):
                sql, parameters, _ = statement.compiled(database)
                transaction._cursor.execute(f"EXPLAIN QUERY PLAN {sql}", [None] * len(parameters or ()))
                steps = [row[3] for row in transaction._cursor.fetchall()]
                assert not any("ORDER BY" in step for step in steps), steps
            assert steps[0].startswith("SEARCH"), steps
    database.close()
