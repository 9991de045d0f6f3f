"""The rows of reports: every enrollment with what is known of its user and its target, read in one go."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Select, Table, func, select

from mock_lms.storage.database import Row, Statement, Transaction
from mock_lms.storage.enrollment_lists import COURSE_ENROLLMENTS, LEARNING_PLAN_ENROLLMENTS
from mock_lms.storage.listing import Listing
from mock_lms.storage.tables import users


def _with_users(listing: Listing) -> Select[tuple[object, ...]]:
    """All that the list shows of an enrollment, and who the user is."""
    shown = listing.shape(listing.base).subquery("shown")
    return (
        select(*shown.c, users.c.firstname, users.c.lastname, users.c.email)
        .select_from(shown.join(users, users.c.id == shown.c.user_id))
        .order_by(*(shown.c[name] for name in listing.key))
    )


class Source:
    """What a report is made of. `names` are the columns of its rows."""

    def __init__(self, listing: Listing) -> None:
        clause = _with_users(listing)
        self.names = tuple(str(column.name) for column in clause.selected_columns)
        self._rows = Statement(clause)
        self._count = _count(listing.base)

    def count(self, transaction: Transaction) -> int:
        return transaction.number(self._count)

    def rows(self, transaction: Transaction) -> Iterator[Row]:
        """Every row, by target and user. Never all of them in memory."""
        return transaction.stream_of(self._rows)


def _count(table: Table) -> Statement:
    return Statement(select(func.count()).select_from(table))


SOURCES = {"courses": Source(COURSE_ENROLLMENTS), "learning_plans": Source(LEARNING_PLAN_ENROLLMENTS)}
