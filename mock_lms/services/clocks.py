"""A tenant's clock: what it says, setting it, and what falls due on the way forward."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from mock_lms.clock import Clock, stamp
from mock_lms.domain.errors import InvalidRequest
from mock_lms.services.tenant import Tenant
from mock_lms.storage import due, state, tokens
from mock_lms.storage.database import Transaction

LATEST = datetime(9000, 1, 1, tzinfo=UTC)
"""What lies beyond has no four-digit year after a few more steps."""

SHOWN = 1_000
"""Of what fell due, at most so many are named."""


def load(text: str) -> Clock:
    """The clock of what `dump` wrote."""
    kept = json.loads(text)
    if kept["frozen_at"] is None:
        return Clock(ahead=timedelta(microseconds=kept["ahead"]))
    return Clock(datetime.fromisoformat(kept["frozen_at"]))


def dump(clock: Clock) -> str:
    """What `load` reads."""
    frozen_at = clock.frozen_at.isoformat() if clock.frozen_at else None
    return json.dumps({"frozen_at": frozen_at, "ahead": clock.ahead // timedelta(microseconds=1)})


def put(transaction: Transaction, clock: Clock) -> None:
    """Stores the tenant's clock."""
    state.put_clock(transaction, dump(clock))


def get_clock(tenant: Tenant) -> dict[str, Any]:
    """What it says now, and how it goes."""
    return _shown(tenant.clock)


def _shown(clock: Clock) -> dict[str, Any]:
    mode = "frozen" if clock.frozen_at else "ahead" if clock.ahead else "real"
    return {"now": stamp(clock.now()), "mode": mode, "ahead_seconds": clock.ahead.total_seconds()}


Then = Callable[[Transaction, Clock], None]
"""What else is written in the transaction that writes a new clock."""


def set_clock(tenant: Tenant, *, frozen_at: datetime | None, then: Then) -> dict[str, Any]:
    """Freezes it at a moment, or lets it go on as the real time. Nothing falls due: this is for a beginning."""
    clock = Clock(frozen_at)
    with tenant.control.begin() as transaction:
        put(transaction, clock)
        then(transaction, clock)
    return _shown(clock)


def forward(tenant: Tenant, seconds: float) -> datetime:
    """Where the clock will be. Raises `InvalidRequest`."""
    try:
        after = tenant.clock.now() + timedelta(seconds=seconds)
    except OverflowError:
        after = LATEST
    if after >= LATEST:
        raise InvalidRequest("seconds", "the clock goes no further than the year 9000.")
    return after


def advance_clock(tenant: Tenant, seconds: float, then: Then) -> tuple[list[dict[str, Any]], int]:
    """Moves it forward. What fell due on the way, of which `SHOWN` are named; how much it was."""
    before = tenant.clock.now()
    after = before + timedelta(seconds=seconds)
    happened: list[dict[str, Any]] = []
    count = 0
    with tenant.control.begin() as control, tenant.database.look() as transaction:
        for falls_due in DUE:
            fell_due, more = falls_due(control, transaction, before, after)
            happened += fell_due
            count += more
        clock = tenant.clock.moved(timedelta(seconds=seconds))
        put(control, clock)
        then(control, clock)
    return happened, count


Due = Callable[[Transaction, Transaction, datetime, datetime], tuple[list[dict[str, Any]], int]]


def _tokens(
    control: Transaction, _: Transaction, before: datetime, after: datetime
) -> tuple[list[dict[str, Any]], int]:
    """Access tokens, refresh tokens and codes stop being good."""
    expired, count = due.tokens(control, int(before.timestamp()), int(after.timestamp()), SHOWN)
    happened = [
        {"at": stamp(datetime.fromtimestamp(at, UTC)), "what": f"{kind} token expired", "user_id": user}
        for kind, user, at in expired
    ]
    tokens.forget_expired(control, int(after.timestamp()))
    return happened, count


def _validity(
    _: Transaction, transaction: Transaction, before: datetime, after: datetime
) -> tuple[list[dict[str, Any]], int]:
    """A learner's access ends with the validity. The enrollment stays as it is, so there is nothing to write."""
    happened: list[dict[str, Any]] = []
    count = 0
    for name, rows, more in due.validity(transaction, stamp(before), stamp(after), SHOWN):
        happened += [{"at": at, "what": "validity ended", "user_id": user, name: target} for target, user, at in rows]
        count += more
    return happened, count


DUE: list[Due] = [_tokens, _validity]
"""What can fall due. Each is told the way from which moment (exclusive) to which (inclusive) the clock goes."""
