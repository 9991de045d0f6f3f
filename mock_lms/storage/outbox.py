"""Webhook events on their way out. They are written in the transaction that made them happen, so one that is rolled
back leaves none.

Nobody waits for them yet, so only the newest are kept. They belong to one state of the tenant: a restore empties the
outbox, and ids go on from where the restored state had come to. They only order the rows.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import bindparam, delete, insert, select

from mock_lms.domain.webhook_events import WebhookEvent
from mock_lms.storage.catalog import new_ids
from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.elements import id_rows
from mock_lms.storage.tables import Number, outbox

KEPT = 20_000
"""Rows at most."""

BATCH = 1_000
"""Rows in which the oldest go together, so that most calls need not look for them."""

LAST = 2**63 - 1

_users = id_rows("users").table_valued("value", "position")
_RECORD = Statement(
    insert(outbox).from_select(
        ["id", "name", "fired_at", "user_id", "course_id", "learning_plan_id", "actor_id", "batch"],
        select(
            bindparam("before", type_=Number) + _users.c.position,
            bindparam("name", type_=outbox.c.name.type),
            bindparam("fired_at", type_=outbox.c.fired_at.type),
            _users.c.value,
            bindparam("course", type_=Number),
            bindparam("plan", type_=Number),
            bindparam("actor", type_=Number),
            bindparam("batch", type_=Number),
        ),
    )
)
_PRUNE = Statement(delete(outbox).where(outbox.c.id <= bindparam("until", type_=Number)))


def record(
    transaction: Transaction, happened: Iterable[WebhookEvent], *, at: str, actor_id: int | None, batch: bool
) -> None:
    """One row for each user of each event. If there are too many, the oldest go."""
    first = last = 0
    for event in happened:
        ids = new_ids(transaction, outbox, len(event.users))
        transaction.run(
            _RECORD,
            users=transaction.ids(event.users),
            before=ids.start - 1,
            name=event.name,
            fired_at=at,
            course=event.course_id,
            plan=event.learning_plan_id,
            actor=actor_id,
            batch=int(batch),
        )
        first, last = first or ids.start, ids.stop - 1
    if first and last // BATCH > (first - 1) // BATCH:
        transaction.run(_PRUNE, until=last - KEPT + BATCH)


def clear(transaction: Transaction) -> None:
    """Forgets all of them."""
    transaction.run(_PRUNE, until=LAST)
