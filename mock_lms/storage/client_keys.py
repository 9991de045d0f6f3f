"""The public keys of clients that sign what they are."""

from __future__ import annotations

from sqlalchemy import bindparam, delete, insert, select

from mock_lms.storage.control_tables import client_keys
from mock_lms.storage.database import Statement, Transaction

_GET = Statement(select(client_keys.c.public_key).where(client_keys.c.client_id == bindparam("client")))
_ALL = Statement(select(client_keys.c.client_id, client_keys.c.public_key).order_by(client_keys.c.client_id))
_PUT = Statement(insert(client_keys).values(client_id=bindparam("client"), public_key=bindparam("key")))
_FORGET = Statement(delete(client_keys).where(client_keys.c.client_id == bindparam("client")))


def get(transaction: Transaction, client_id: str) -> str | None:
    """The client's key as PEM."""
    row = transaction.row(_GET, client=client_id)
    return row[0] if row else None


def every(transaction: Transaction) -> dict[str, str]:
    """All keys by client."""
    return dict(transaction.rows(_ALL))


def put(transaction: Transaction, client_id: str, public_key: str) -> None:
    """Gives the client this key, in place of the one it had."""
    forget(transaction, client_id)
    transaction.run(_PUT, client=client_id, key=public_key)


def forget(transaction: Transaction, client_id: str) -> bool:
    """Whether there was one; there is none any more."""
    return transaction.run(_FORGET, client=client_id) > 0
