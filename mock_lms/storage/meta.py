"""What a tenant is: the format of its tables, and its first rows."""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, update

from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.tables import COUNTED, counters, meta, metadata, users

FORMAT = "5"
"""Changes whenever the tables do. A tenant of another format is not opened."""

ADMIN_ID = 1
ADMIN = "admin"

_GET = Statement(select(meta.c.value).where(meta.c.name == bindparam("name")))
_ADD = Statement(insert(meta).values(name=bindparam("name"), value=bindparam("value")))
_COUNT = Statement(insert(counters).values(name=bindparam("name"), value=bindparam("value")))
_ADMINS = ("id", "username", "firstname", "lastname", "email", "level", "identity")
_ADD_ADMIN = Statement(
    insert(users)
    .values({name: bindparam(name) for name in _ADMINS})
    .values(created_at=bindparam("at"), updated_at=bindparam("at"))
)


def create(transaction: Transaction, *, seed: str, at: str) -> None:
    """The tables, with nobody but the superadmin in them. Their indexes are `finish`'s."""
    transaction.create_tables(metadata, indexes=False)
    transaction.run(_ADD, name="format", value=FORMAT)
    transaction.run(_ADD, name="seed", value=seed)
    for table in COUNTED:
        transaction.run(_COUNT, name=table.name, value=ADMIN_ID if table is users else 0)
    transaction.run(
        _ADD_ADMIN,
        id=ADMIN_ID,
        username=ADMIN,
        firstname="Mock",
        lastname="Admin",
        email="admin@example.com",
        level="superadmin",
        identity=ADMIN,  # whatever the data is: it is always this one
        at=at,
    )


def finish(transaction: Transaction) -> None:
    """The indexes, once the tables are filled."""
    transaction.create_indexes(metadata)


def get(transaction: Transaction, name: str) -> str | None:
    """`format` or `seed`."""
    row = transaction.row(_GET, name=name)
    return row[0] if row else None


_TOUCH = Statement(update(meta).values(value=meta.c.value).where(meta.c.name == "format"))


def touch(transaction: Transaction) -> None:
    """Writes what is there already. Raises what the driver raises where nothing can be written."""
    transaction.run(_TOUCH)
