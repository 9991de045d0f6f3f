"""A tenant's states: what it began with, what was saved, what it has now. Going back to one, and on from one."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any

from mock_lms.clock import Clock
from mock_lms.control.snapshots import files
from mock_lms.control.tenants.service import any_name
from mock_lms.domain.errors import InvalidRequest, TenantExists
from mock_lms.services import clocks, jobs
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import CLOCK, Tenants, check_name
from mock_lms.storage import catalog, client_keys, formats, meta, snapshot_rows, state, tokens
from mock_lms.storage.control_tables import SCOPES
from mock_lms.storage.database import Superseded, Transaction
from mock_lms.storage.state import SEED

NOW = "now"
"""The state of a tenant that is none of its snapshots."""

LONGEST = 20
"""Characters of a snapshot's name. With a tenant's it is the name of a schema."""


def check_snapshot(name: str) -> str:
    """The name, if it is one that can be given. Raises `InvalidRequest`."""
    if check_name(name, "snapshot") in {SEED, NOW}:
        meaning = "what the tenant began with" if name == SEED else "what it has now"
        raise InvalidRequest("snapshot", f"{name} is {meaning}; choose another name.")
    if len(name) > LONGEST:
        raise InvalidRequest("snapshot", f"the name of a snapshot has at most {LONGEST} characters.")
    return name


def list_snapshots(tenants: Tenants, tenant: Tenant) -> list[dict[str, Any]]:
    """Every one there is, `seed` among them: its size, and when it was saved by the tenant's clock."""
    saved = {SEED: tenant.entries.get("made_at")}
    return [
        {"name": name, "bytes": size, "saved_at": saved.get(name) or tenant.entries.get(_entry(name))}
        for name, size in tenants.store.snapshots(tenant.name)
    ]


def save_snapshot(tenants: Tenants, tenant: Tenant, name: str) -> dict[str, Any]:
    """Keeps the data as it is. Raises `InvalidRequest`."""
    tenants.store.save(tenant.name, tenant.database, check_snapshot(name))
    return saved(tenants, tenant, name)


def saved(tenants: Tenants, tenant: Tenant, name: str) -> dict[str, Any]:
    """Notes when it was saved; what `list_snapshots` says of it."""
    with tenant.control.begin() as transaction:
        state.put(transaction, _entry(name), tenant.now())
    for snapshot in list_snapshots(tenants, tenants.open(tenant.name)):
        if snapshot["name"] == name:
            return snapshot
    raise Superseded  # it was dropped in the same moment


def drop_snapshot(tenants: Tenants, tenant: Tenant, name: str) -> None:
    """Raises `InvalidRequest`, `SnapshotNotFound`."""
    tenants.store.forget(tenant.name, check_snapshot(name))
    with tenant.control.begin() as transaction:
        state.remove(transaction, _entry(name))


def restore_snapshot(tenants: Tenants, tenant: Tenant, name: str) -> dict[str, Any]:
    """Goes back to its data. Raises `InvalidRequest`, `SnapshotNotFound`."""
    return reset_tenant(tenants, tenant, to=name, scopes=["data"])


def reset_tenant(
    tenants: Tenants, tenant: Tenant, *, to: str = SEED, scopes: Collection[str] = SCOPES
) -> dict[str, Any]:
    """Goes back to a snapshot, at once or not at all. Raises `InvalidRequest`, `SnapshotNotFound`."""
    if to == NOW:
        raise InvalidRequest("to", "now is what there is. Save it, and go back to that.")
    image = tenants.store.image(tenant.name, check_name(to, "to"))

    def change(control: Transaction) -> None:
        state.clear(control, scopes)
        if "clock" in scopes and CLOCK in tenant.entries:
            state.put_clock(control, tenant.entries[CLOCK])
            jobs.promise(tenants, tenant.name, control, clocks.load(tenant.entries[CLOCK]))

    def change_with_data(data: Transaction, control: Transaction) -> None:
        change(control)
        holders = tokens.holders(control)
        identities = catalog.identities(data, {holder.user_id for holder in holders})
        strangers = (holder for holder in holders if identities.get(holder.user_id) != holder.identity)
        tokens.forget_holders(control, strangers)

    if "data" in scopes:
        tenants.store.replace(tenant.name, tenant.database, tenant.control, image, change_with_data)
    else:
        with tenant.control.begin() as control:
            change(control)
    return {"to": to, "scopes": [scope for scope in SCOPES if scope in scopes]}


def export_snapshot(tenants: Tenants, tenant: Tenant, name: str) -> Iterator[bytes]:
    """The file of a snapshot, `seed` or `now`, in pieces. Raises `InvalidRequest`, `SnapshotNotFound`."""
    image = find_state(tenants, tenant, name, "snapshot")
    saved_at = {snapshot["name"]: snapshot["saved_at"] for snapshot in list_snapshots(tenants, tenant)}.get(name)

    def rows() -> Iterator[bytes]:
        with tenants.store.side_by_side(tenant.database, image) as (transaction, (schema,)):
            yield from snapshot_rows.lines(transaction, schema)

    return files.packed({"tables": meta.FORMAT, "tenant": tenant.name, "saved_at": saved_at}, rows())


def import_snapshot(tenants: Tenants, tenant: Tenant, name: str, file: bytes) -> dict[str, Any]:
    """Makes a snapshot of the file. Raises `InvalidRequest`, after which nothing has changed."""
    check_snapshot(name)
    tables = files.format_of(file)
    if tables != meta.FORMAT and not formats.is_older(tables):
        raise InvalidRequest("file", f"it was {formats.refusal(tables)}; export it anew with this version of mock-lms.")
    files.check(file)
    layout = formats.Layout(tables)

    def fill(transaction: Transaction) -> None:
        lines = files.lines(file)
        next(lines)  # the header
        snapshot_rows.Loading(lines, 2, layout).fill(transaction)
        next(lines, None)  # the checksum
        if next(lines, None) is not None:
            raise InvalidRequest("file", "there is more in it than the tables of mock-lms.")

    tenants.store.load(tenant.name, name, fill)
    return saved(tenants, tenant, name)


def fork_tenant(tenants: Tenants, tenant: Tenant, name: str | None = None, *, state: str = NOW) -> Tenant:
    """A new tenant that begins as a state of this one. Without a name it is given one.

    Raises `InvalidRequest`, `SnapshotNotFound`, `TenantExists`.
    """
    name = any_name() if name is None else name
    if tenants.store.exists(check_name(name)):
        raise TenantExists(name)
    clock = None if tenant.clock == Clock() else tenant.clock
    policy = tenant.policy if "policy" in tenant.entries else None
    entries = {key: tenant.entries[key] for key in ("format", "seed", "sabotage")} | {"made_at": tenant.now()}
    with tenant.control.look() as control:
        keys = client_keys.every(control)
    with _image(tenants, tenant, state) as image:
        tenants.make(name, image, entries, policy, clock, keys)
    return tenants.open(name)


@contextmanager
def _image(tenants: Tenants, tenant: Tenant, state_name: str) -> Iterator[str]:
    if state_name == NOW:
        with tenants.store.copy_of(tenant.database) as image:
            yield image
    else:
        yield tenants.store.image(tenant.name, check_name(state_name, "state"))


def find_state(tenants: Tenants, tenant: Tenant, state_name: str, field: str) -> str:
    """The image of a snapshot, or the data as it is `now`. Raises `InvalidRequest`, `SnapshotNotFound`."""
    if check_name(state_name, field) == NOW:
        return tenants.store.now(tenant.name, tenant.entries.get(state.DATA, ""))
    return tenants.store.image(tenant.name, state_name)


def _entry(name: str) -> str:
    return f"snapshot {name}"
