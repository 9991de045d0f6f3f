"""What falls due between two moments, the first of it first."""

from __future__ import annotations

from sqlalchemy import Table, bindparam, func, select

from mock_lms.storage.control_tables import oauth_tokens
from mock_lms.storage.database import Row, Statement, Transaction
from mock_lms.storage.tables import course_enrollments, learning_plan_enrollments

_TOKENS = Statement(
    select(oauth_tokens.c.kind, oauth_tokens.c.user_id, oauth_tokens.c.expires_at)
    .where(oauth_tokens.c.expires_at > bindparam("after"), oauth_tokens.c.expires_at <= bindparam("until"))
    .order_by(oauth_tokens.c.expires_at, oauth_tokens.c.kind, oauth_tokens.c.user_id)
    .limit(bindparam("most"))
)


_TOKEN_COUNT = Statement(
    select(func.count())
    .select_from(oauth_tokens)
    .where(oauth_tokens.c.expires_at > bindparam("after"), oauth_tokens.c.expires_at <= bindparam("until"))
)


def tokens(transaction: Transaction, after: int, until: int, most: int) -> tuple[list[Row], int]:
    """Kind, user and moment of tokens that expire; how many expire."""
    rows = transaction.rows(_TOKENS, after=after, until=until, most=most)
    return rows, transaction.number(_TOKEN_COUNT, after=after, until=until)


def _ending(table: Table, target: str) -> tuple[Statement, Statement]:
    ends = (table.c.valid_until > bindparam("after"), table.c.valid_until <= bindparam("until"))
    rows = (
        select(table.c[target], table.c.user_id, table.c.valid_until)
        .where(*ends)
        .order_by(table.c.valid_until, table.c[target], table.c.user_id)
        .limit(bindparam("most"))
    )
    return Statement(rows), Statement(select(func.count()).select_from(table).where(*ends))


_VALIDITY = {
    "course_id": _ending(course_enrollments, "course_id"),
    "learning_plan_id": _ending(learning_plan_enrollments, "learning_plan_id"),
}


def validity(transaction: Transaction, after: str, until: str, most: int) -> list[tuple[str, list[Row], int]]:
    """Of courses and learning plans: target, user and moment of each enrollment whose validity ends; how many end."""
    return [
        (
            target,
            transaction.rows(rows, after=after, until=until, most=most),
            transaction.number(count, after=after, until=until),
        )
        for target, (rows, count) in _VALIDITY.items()
    ]
