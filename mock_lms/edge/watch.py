"""What happens to a call of the vendor's API on its way in and out: quota, faults, journal.

All of it is the tenant's own and lies in its database, so that all workers agree. What is not set costs nothing.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

import orjson

from mock_lms.control.faults import rules
from mock_lms.control.journal import redact
from mock_lms.control.quota import bucket
from mock_lms.domain.errors import LmsError, QuotaExceeded
from mock_lms.services.tenant import Tenant
from mock_lms.storage import journal, state
from mock_lms.storage.database import DatabaseLost, Superseded
from mock_lms.storage.trouble import trouble

BODY = 65_536
"""Characters of a body that the journal keeps."""

_log = logging.getLogger("mock_lms")


# --- quota


def over_quota(tenant: Tenant) -> LmsError | None:
    """The refusal, if the tenant's quota is used up."""
    with tenant.control.begin(durable=False) as transaction:
        row = state.bucket(transaction)
        if row is None:
            return None
        limit, level = bucket.Limit.of(orjson.loads(row[0])), bucket.load(orjson.loads(row[1]))
        now = tenant.microseconds()  # inside the lock, so that workers come in the order of their times
        level, wait = bucket.take(limit, level, now)
        state.put_bucket(transaction, orjson.dumps(bucket.dump(level)).decode())
    return None if wait is None else QuotaExceeded(bucket.retry_after(limit, wait, now), bucket.date(limit, now))


# --- faults


@lru_cache(maxsize=256)
def _rules(
    texts: tuple[tuple[int, str], ...], operations: Callable[[], tuple[str, ...]]
) -> tuple[tuple[int, rules.Rule], ...]:
    loaded = rules.load([orjson.loads(text) for _, text in texts], operations())
    return tuple((position, rule) for (position, _), rule in zip(texts, loaded, strict=True))


def fault(
    tenant: Tenant, method: str, path: str, operation: str | None, operations: Callable[[], tuple[str, ...]]
) -> rules.Rule | None:
    """The rule that acts on this call, if one does. Counts the call for every rule that it concerns."""
    concerned = [
        (position, rule)
        for position, rule in _rules(tenant.faults, operations)
        if rules.concerns(rule, method, path, operation)
    ]
    if not concerned:
        return None
    acting: rules.Rule | None = None
    with tenant.control.begin(durable=False) as transaction:
        counts = {(row[0], row[1]): (row[2], row[3]) for row in state.fault_counts(transaction)}
        texts = dict(tenant.faults)
        for position, rule in concerned:
            if (position, texts[position]) not in counts:
                continue  # the rules were changed in this moment
            seen, fired = counts[position, texts[position]]
            acts = acting is None and rules.fires(rule, seen + 1, fired)
            state.count_fault(transaction, position, seen + 1, fired + acts)
            if acts:
                acting = rule
    return acting


# --- journal


@dataclass(frozen=True, slots=True)
class Noted:
    """A call as the journal keeps it. `code` is None where no answer was sent."""

    began: datetime
    method: str
    path: str
    query: str
    operation: str | None
    user_id: int | None
    fault: str | None
    headers: dict[str, str]
    body: bytes
    code: int | None
    answer_headers: dict[str, str]
    answer: bytes


def note(tenant: Tenant, call: Noted) -> None:
    """Writes the call into the tenant's journal. Secrets are left out."""
    with _lossy(tenant, 1):
        journal.add(tenant.control, call.operation, _entry(tenant, call))


def note_all(notes: Sequence[tuple[Tenant, str | None, str]]) -> None:
    """Writes several calls, of whichever tenants, each in its order."""
    by_tenant: dict[str, list[tuple[str | None, str]]] = {}
    tenants = {}
    for tenant, operation, entry in notes:
        by_tenant.setdefault(tenant.name, []).append((operation, entry))
        tenants[tenant.name] = tenant
    for name, calls in by_tenant.items():
        with _lossy(tenants[name], len(calls)):
            journal.add_all(tenants[name].control, calls)


@contextmanager
def _lossy(tenant: Tenant, calls: int) -> Iterator[None]:
    """A journal that cannot be written keeps no answer back: the calls are carried out. The log says what is lost."""
    try:
        yield
    except Superseded:
        pass  # a tenant that was dropped in this moment has no journal any more
    except Exception as error:  # noqa: BLE001 -- it is logged
        refusal = trouble(error)
        known = refusal.reason if refusal else error if isinstance(error, DatabaseLost) else None
        if known is None:
            _log.exception("the journal of %s lost %d of its calls", tenant.name, calls)
        else:
            _log.error("the journal of %s lost %d of its calls: %s", tenant.name, calls, known)


def noted(tenant: Tenant, call: Noted) -> tuple[Tenant, str | None, str]:
    """The call for `note_all`, as of now."""
    return tenant, call.operation, _entry(tenant, call)


def _entry(tenant: Tenant, call: Noted) -> str:
    took = (tenant.clock.now() - call.began) / timedelta(milliseconds=1)
    request = _message(call.path, call.headers, call.body)
    entry = {
        "at": f"{call.began:%Y-%m-%dT%H:%M:%S}.{call.began.microsecond // 1000:03}Z",
        "milliseconds": round(took, 3),
        "method": call.method,
        "path": call.path,
        "query": redact.query(call.query) if call.query else "",
        "operation": call.operation,
        "user_id": call.user_id,
        "status": call.code,
        "fault": call.fault,
        "users": _users(call.body),
        "request": request,
        "answer": _message(call.path, call.answer_headers, call.answer),
    }
    # NUL is what PostgreSQL cannot store
    text = orjson.dumps(entry).decode().replace("\\u0000", "\\ufffd")
    # an answer repeats what was sent, but for the tokens that are given, which have their names
    for token in redact.tokens(call.path, call.query, *request["headers"].values(), request["body"]):
        text = text.replace(token, redact.HIDDEN)
    return text


def _message(path: str, headers: dict[str, str], body: bytes) -> dict[str, Any]:
    kept = redact.headers(headers)
    return {
        "headers": kept,
        "body": redact.body(path, kept.get("content-type", ""), body, BODY),
        "body_bytes": len(body),
    }


def _users(body: bytes) -> int | None:
    """How many different users the body names."""
    if b"user_ids" not in body:
        return None
    try:
        content = orjson.loads(body)
    except ValueError:
        return None
    for holder in (content, content.get("items") if isinstance(content, dict) else None):
        if isinstance(holder, dict) and isinstance(holder.get("user_ids"), list):
            return len({str(user) for user in holder["user_ids"]})
    return None
