"""A tenant's journal: written, looked into, judged and emptied."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any

from mock_lms.control.journal import Entry, entry_of
from mock_lms.control.journal.entry import Noted, entry_text
from mock_lms.control.journal.har import har
from mock_lms.control.journal.match import Match
from mock_lms.control.journal.misses import Miss, from_entries
from mock_lms.control.journal.near import Operations
from mock_lms.control.journal.verify import verify
from mock_lms.domain.errors import JournalIncomplete
from mock_lms.services.tenant import Tenant
from mock_lms.storage import journal, state
from mock_lms.storage.database import DatabaseLost, Row, Superseded, Transaction
from mock_lms.storage.trouble import trouble

LONGEST_PAGE = journal.KEPT
"""Calls that one answer lists, at most."""

_log = logging.getLogger("mock_lms")


# --- writing, which the edge does


def note(tenant: Tenant, call: Noted) -> None:
    """Writes the call into the tenant's journal."""
    with _lossy(tenant, 1):
        journal.add(tenant.control, call.operation, entry_text(call, tenant.clock.now()))


def noted(tenant: Tenant, call: Noted) -> tuple[Tenant, str | None, str]:
    """The call for `note_all`: its tenant, its operation, and its entry as of now."""
    return tenant, call.operation, entry_text(call, tenant.clock.now())


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
    """Lets an answer go out although the journal could not be written, since the call was done. The log says so."""
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


# --- reading, which the control API does


@dataclass(frozen=True, slots=True)
class Page:
    """Some calls, read while one goes through them. The oldest `evicted` are gone; `last` is the id of the latest."""

    rows: Iterable[Row]
    """Id and entry of each."""

    evicted: int
    last: int


def list_journal(tenant: Tenant, *, since: int, limit: int, last: int) -> Page:
    """At most `limit` calls after the one of id `since`: the first of them or, where `last` is 1, the last."""
    evicted, newest = _ends(tenant)
    since = max(since, evicted)
    if last:
        since = max(since, newest - limit)  # ids have no gaps
    return Page(journal.live_entries(tenant.control, since, min(newest, since + limit)), evicted, newest)


def clear_journal(tenant: Tenant) -> Page:
    """Forgets all calls; what is left."""
    with tenant.control.begin() as transaction:
        state.clear(transaction, ["journal"])
    return Page((), 0, 0)


def search_journal(tenant: Tenant, operations: Collection[str], *, match: Any, since: int, limit: int) -> Page:
    """The first `limit` calls after the one of id `since` that match.

    `operations` are the operationIds that a match may name. Raises `InvalidRequest`.
    """
    wanted = Match.of(match, operations)
    evicted, newest = _ends(tenant)
    rows = journal.live_entries(tenant.control, max(since, evicted), newest)
    return Page(islice((row for row in rows if wanted.matches(entry_of(row))), limit), evicted, newest)


def verify_journal(tenant: Tenant, operations: Collection[str], *, expectations: Any, since: int) -> dict[str, Any]:
    """Whether the calls after the one of id `since` were as expected.

    Raises `InvalidRequest`; `JournalIncomplete` where calls are gone that would have to be looked at.
    """
    verdict, _ = _verdict(tenant, operations, expectations, since)
    return verdict


def wait_for_calls(
    tenant: Tenant, operations: Collection[str], *, expectations: Any, since: int
) -> tuple[dict[str, Any], Callable[[], bool]]:
    """The verdict of now, and what tells whether there may be another one. Raises as `verify_journal` does."""
    verdict, seen = _verdict(tenant, operations, expectations, since)

    def has_grown() -> bool:
        with tenant.control.look() as transaction:
            return journal.last(transaction) != seen

    return verdict, has_grown


def list_misses(tenant: Tenant, operations: Operations, *, since: int) -> tuple[Iterator[Miss], int]:
    """The calls after the one of id `since` that hit no operation, counted, with the nearest of `operations`.

    And how many of the oldest calls are gone, so that nobody can say what they hit.
    """
    with tenant.control.read() as transaction:
        evicted, newest = journal.ends(transaction)
        rows = journal.entries(transaction, since, newest, missed=True)
        return from_entries(map(entry_of, rows), operations), evicted


def export_journal(tenant: Tenant, address: str, version: str) -> Iterator[bytes]:
    """Every call as HAR 1.2, in pieces. `address` is where the tenant is reached, `version` the mock's."""
    evicted, newest = _ends(tenant)
    return har(map(entry_of, journal.live_entries(tenant.control, evicted, newest)), address, version)


def _ends(tenant: Tenant) -> tuple[int, int]:
    with tenant.control.look() as transaction:
        return journal.ends(transaction)


def _verdict(tenant: Tenant, operations: Collection[str], expectations: Any, since: int) -> tuple[dict[str, Any], int]:
    """The verdict, and the id of the last call that it is about."""
    with tenant.control.read() as transaction:
        evicted, newest = journal.ends(transaction)
        if evicted > since:
            raise JournalIncomplete(since, evicted)
        failures = verify(_Calls(transaction, since, newest), expectations, operations)
    verdict = {
        "verified": not failures,
        "calls": max(0, newest - since),
        "failures": [failure.as_json() for failure in failures],
    }
    return verdict, newest


@dataclass(frozen=True, slots=True)
class _Calls:
    """The calls of the journal, as often as one goes through them."""

    transaction: Transaction
    since: int
    last: int

    def __iter__(self) -> Iterator[Entry]:
        return map(entry_of, journal.entries(self.transaction, self.since, self.last))
