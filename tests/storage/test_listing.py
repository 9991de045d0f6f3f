"""What every list promises, whatever it lists."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mock_lms.storage import catalog, enrollment_lists
from mock_lms.storage.database import Database, sqlite_url
from mock_lms.storage.listing import Listing

LISTINGS = {
    name: listing
    for module in (catalog, enrollment_lists)
    for name, listing in vars(module).items()
    if isinstance(listing, Listing)
}
SORTED = [(name, sort) for name, listing in LISTINGS.items() for sort in (None, *listing.sorts)]


@pytest.mark.parametrize(("name", "sort"), SORTED)
@pytest.mark.parametrize("descending", [False, True])
def test_every_order_ends_in_the_key_so_that_no_page_repeats_another(
    name: str, sort: str | None, tmp_path: Path, *, descending: bool
) -> None:
    listing = LISTINGS[name]
    page, _, _ = listing._statements((frozenset(), sort, descending))
    sql, *_ = page.compiled(Database(sqlite_url(tmp_path / "t.db")))
    orders = [part.split(" LIMIT")[0].split(") AS page")[0] for part in re.split("ORDER BY", " ".join(sql.split()))[1:]]
    assert len(orders) == 2, "the page is cut from an ordered table, and is itself in order"
    for order in orders:
        columns = [part.split(".")[-1].strip(") ") for part in order.split(",")]
        assert columns[-len(listing.key) :] == list(listing.key), order
