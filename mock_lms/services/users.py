"""Creating, changing and deleting users: one function an operation, one transaction each."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import Any

from mock_lms.domain import webhook_events
from mock_lms.domain.enrollments import distinct
from mock_lms.domain.errors import InvalidRequest, UsernameTaken, UserNotFound
from mock_lms.domain.users import Chosen, Entry, Known, Saved, choose, decide
from mock_lms.services.passwords import BULK_METHOD, hash_password
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog, meta, outbox, people_writes
from mock_lms.storage.database import Transaction
from mock_lms.storage.tables import users

PROTECTED = frozenset({meta.ADMIN_ID})
"""Whoever deletes them is locked out of the tenant."""


def update_user(tenant: Tenant, user_id: int, entry: Entry) -> None:
    """Gives a user new values. Raises `UserNotFound`, `UsernameTaken`, `InvalidRequest`. Source: docebo-api.md 4.3."""
    with tenant.database.begin() as transaction:
        known = _known(transaction, [entry])
        if user_id not in known.users:
            raise UserNotFound(user_id)
        (saved,) = decide([entry], known, update_existing=True)
        if saved.problem is not None:
            username = str(entry.values.get("username"))
            if saved.problem.field == "username" and known.user_ids.get(username, user_id) != user_id:
                raise UsernameTaken(username)
            raise InvalidRequest(*saved.problem)
        _save(transaction, [saved], at=tenant.now(), method=None)


def batch_save_users(tenant: Tenant, entries: Sequence[Entry], *, update_existing: bool) -> list[Saved]:
    """Creates a user for each entry, or changes the one who is there, as far as the decision says."""
    with tenant.database.begin() as transaction:
        saved = decide(entries, _known(transaction, entries), update_existing=update_existing)
        wanted = [each for each in saved if each.problem is None]
        _save(transaction, wanted, at=tenant.now(), method=BULK_METHOD)
    return saved


def _known(transaction: Transaction, entries: Sequence[Entry]) -> Known:
    names = {name for entry in entries for name in (entry.user, entry.manager, entry.values.get("username"))}
    user_ids = catalog.user_ids(transaction, {name for name in names if isinstance(name, str)})
    ids = {name for name in names if isinstance(name, int)} | set(user_ids.values())
    return Known(
        users=catalog.known(transaction, users, ids),
        user_ids=user_ids,
        branches=people_writes.branch_ids(transaction, {entry.branch for entry in entries if entry.branch}),
        fields=people_writes.user_fields(transaction) if any(entry.fields for entry in entries) else {},
        protected=PROTECTED,
    )


def _save(transaction: Transaction, saved: Sequence[Saved], *, at: str, method: str | None) -> None:
    """Writes what was decided, and gives new users their ids."""
    hashed: dict[str, str] = {}  # rows of a file often have one password; each hash takes its time
    rows = [_columns(each, hashed, method) for each in saved]
    changed = [(each, row) for each, row in zip(saved, rows, strict=True) if not each.is_new]
    created = [(each, row) for each, row in zip(saved, rows, strict=True) if each.is_new]
    for each, row in changed:
        people_writes.change(transaction, each.user_id or 0, {**row, "updated_at": at})
    ids = catalog.new_ids(transaction, users, len(created)) if created else range(0)
    for user_id, (each, row) in zip(ids, created, strict=True):
        each.user_id = user_id
        row |= {"id": user_id, "username": each.username, "created_at": at, "updated_at": at}
        row["identity"] = secrets.token_hex(8)
    people_writes.create(transaction, [row for _, row in created])
    ids_of = {each.user_id or 0: each for each in saved}
    people_writes.place(transaction, {user: each.branch_id for user, each in ids_of.items() if each.branch_id})
    people_writes.manage(transaction, {user: each.manager_id for user, each in ids_of.items() if each.manager_id})
    people_writes.fill(transaction, {user: each.fields for user, each in ids_of.items() if each.fields})


def _columns(saved: Saved, hashed: dict[str, str], method: str | None) -> dict[str, Any]:
    columns = dict(saved.values)
    if password := columns.pop("password", None):
        password = str(password)
        if password not in hashed:
            hashed[password] = hash_password(password, method)
        columns["password_hash"] = hashed[password]
    return columns


def change_user_status(tenant: Tenant, user_ids: Sequence[int], *, active: int) -> Chosen:
    """Activates or deactivates users. Source: docebo-api.md 4.3."""
    wanted = distinct(user_ids)
    with tenant.database.begin() as transaction:
        chosen = choose(wanted, catalog.known(transaction, users, wanted), PROTECTED)
        people_writes.set_active(transaction, chosen.users, active=active, at=tenant.now())
    return chosen


def delete_users(tenant: Tenant, user_ids: Sequence[int], actor_id: int) -> Chosen:
    """Deletes users and all that is held about them; the events are those of leaving what they were enrolled in.

    Their tokens end with them, since a token names the user's identity. Source: docebo-api.md 4.3.
    """
    wanted = distinct(user_ids)
    with tenant.database.begin() as transaction:
        chosen = choose(wanted, catalog.known(transaction, users, wanted), PROTECTED)
        courses, plans = people_writes.enrolled_in(transaction, chosen.users)
        people_writes.delete_users(transaction, chosen.users)
        events = webhook_events.users_deleted(courses, plans)
        outbox.record(transaction, events, at=tenant.now(), actor_id=actor_id, batch=len(wanted) > 1)
    return chosen
