"""The tenants of a server: made, opened, dropped. A worker keeps open what it used last."""

from __future__ import annotations

import hashlib
import json
import re
from collections import OrderedDict
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mock_lms.clock import Clock, stamp
from mock_lms.domain.errors import InvalidRequest, TenantExists, TenantNotFound
from mock_lms.policy import Policy
from mock_lms.services import clocks
from mock_lms.services.client_keys import keys_of
from mock_lms.services.passwords import hash_password
from mock_lms.services.planting import Planter
from mock_lms.services.tenant import Access, Tenant
from mock_lms.storage import client_keys, formats, meta, state
from mock_lms.storage.database import Database, DatabaseLost, Interrupted, OutcomeUnknown, Row, Superseded, Transaction
from mock_lms.storage.database import UnusableDatabase as UnusableDatabase
from mock_lms.storage.limits import OPEN_TENANTS
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.trouble import trouble

DEFAULT = "default"
"""The tenant of a request that names none."""

ATTEMPTS = 10
"""At a tenant that others make or drop in the same moment."""

CONTENTS = "contents"
"""The seed of a tenant that is made of a text."""

CLOCK = "clock"
"""The entry of a tenant that says what its clock was at first; none where it was the real time."""

NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?", re.ASCII)
"""Also the name of a host, and part of the name of a schema."""


def check_name(name: str, field: str = "name") -> str:
    """The name, if it is one. Raises `InvalidRequest`."""
    if not NAME.fullmatch(name):
        raise InvalidRequest(field, "a name has 1 to 30 of a-z, 0-9 and -, and begins and ends with none of the last.")
    return name


def size_of(**sizes: int) -> dict[str, int]:
    """Of the seed `scale`: what is said of it, and what is usual. Raises `InvalidRequest`."""
    from mock_lms import seeds  # noqa: PLC0415 -- not needed to go on with what is there

    try:
        return seeds.size_of(**sizes)
    except seeds.UnusableSeed as error:
        raise InvalidRequest("users", f"{error}.") from None


@dataclass(slots=True)
class _Kept:
    """A tenant that is open here."""

    identity: Any
    control: Database
    rows: list[Row]
    tenant: Tenant


class Tenants:
    """All tenants of one store. `policy` is of those that are not made with one of their own."""

    def __init__(
        self,
        store: TenantStore,
        access: Access,
        policy: Policy | None = None,
        planter: Planter | None = None,
    ) -> None:
        """A `planter` makes those that are large; without one it is done here, whoever waits."""
        self.store = store
        self.planter = planter
        self.access = access
        self.policy = policy or Policy()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def names(self) -> list[str]:
        return self.store.names()

    def open(self, name: str = DEFAULT) -> Tenant:
        """The tenant as it is now. Raises `TenantNotFound`."""
        identity = self.store.identity(name)
        kept = self._kept.get(name)
        if kept is None or kept.identity != identity:
            return self._open_anew(name, identity)
        try:
            with kept.control.look() as transaction:
                rows = state.rows(transaction)
        except Superseded:
            return self._open_anew(name, identity)
        if rows != kept.rows:
            self._update(name, kept, rows)
        self._kept.move_to_end(name)
        return kept.tenant

    def _open_anew(self, name: str, identity: Any) -> Tenant:
        self.forget(name)
        if identity is None or not NAME.fullmatch(name) or not self.store.exists(name):
            raise TenantNotFound(name)
        control = self.store.control(name)
        with control.look() as transaction:
            rows = state.rows(transaction)
        tenant = self._tenant(name, control, rows, None)
        self._kept[name] = _Kept(identity, control, rows, tenant)
        while len(self._kept) > OPEN_TENANTS:
            self.forget(next(iter(self._kept)))
        return tenant

    def _update(self, name: str, kept: _Kept, rows: list[Row]) -> None:
        old = kept.tenant
        tenant = self._tenant(name, kept.control, rows, old.database)
        kept.rows, kept.tenant = rows, tenant
        if tenant.database is not old.database:
            old.database.close()

    def _tenant(self, name: str, control: Database, rows: list[Row], data: Database | None) -> Tenant:
        entries = {key: value for kind, key, value in rows if kind == "tenant"}
        if (number := entries.get(formats.FORMAT)) != meta.FORMAT:
            raise UnusableDatabase(
                f"the tenant {name} was made by an older mock-lms (format {number}) since this one started; start it "
                f"again, and it upgrades the tenant to format {meta.FORMAT}"
                if formats.is_older(number)
                else f"the tenant {name} was {formats.refusal(number)}; start that one, or name an empty "
                "--data directory or another database"
            )
        generation = entries.get(state.DATA, "")
        if data is None or self._generation(name) != generation:
            data = self.store.data(name, generation)
        policy = entries.get("policy")
        single = {kind: value for kind, key, value in rows if kind in {"clock", "quota"}}
        return Tenant(
            name=name,
            database=data,
            control=control,
            access=self.access,
            policy=self.policy if policy is None else Policy(**json.loads(policy)),
            clock=clocks.load(single["clock"]) if "clock" in single else Clock(),
            entries=entries,
            quota=single.get("quota"),
            faults=tuple(sorted((int(key), value) for kind, key, value in rows if kind == "fault")),
        )

    def _generation(self, name: str) -> str:
        kept = self._kept.get(name)
        return kept.tenant.entries.get(state.DATA, "") if kept else ""

    def forget(self, name: str) -> None:
        """Closes the tenant here, if it is open."""
        kept = self._kept.pop(name, None)
        if kept:
            kept.tenant.database.close()
            kept.control.close()

    def close(self) -> None:
        """Gives every connection back, as a process must before it forks."""
        for name in list(self._kept):
            self.forget(name)
        self.store.close()

    def create(
        self,
        name: str,
        seed: str = "demo",
        *,
        sizes: Mapping[str, int] | None = None,
        policy: Policy | None = None,
        clock: Clock | None = None,
        sabotage: str = "",
        contents: str | None = None,
    ) -> Tenant:
        """Makes a tenant of the seed, or of a seed file's `contents`: whole or not at all.

        Raises `InvalidRequest`, `TenantExists`, `UnusableSeed`.
        """
        self.check_new(name)  # before it is planted
        if contents is not None:
            seed = CONTENTS
        elif seed == "scale":
            from mock_lms import seeds  # noqa: PLC0415 -- not needed to go on with what is there

            sizes = seeds.size_of(**(sizes or {}))
        at = stamp((clock or Clock()).now())
        # what was planted under the real time is as good a little later
        planted = contents_of(seed) if contents is None else contents
        key = [meta.FORMAT, seed, planted, sorted((sizes or {}).items()), at if clock else ""]

        def plant(transaction: Transaction) -> None:
            from mock_lms import seeds  # noqa: PLC0415 -- not needed to go on with what is there

            meta.create(transaction, seed=seed, at=at)
            with _told(contents):
                seeds.plant(transaction, seed, now=at, hash_password=hash_password, contents=contents, **(sizes or {}))
            meta.finish(transaction)

        with _told(contents):
            keys = keys_of(seed, contents)
        image = self.store.template(hashlib.sha256(json.dumps(key).encode()).hexdigest(), plant)
        entries = {"format": meta.FORMAT, "seed": seed, "made_at": at, "sabotage": sabotage}
        self.make(name, image, entries, policy, clock, keys)
        return self.open(name)

    def ensure(
        self, name: str, seed: str, *, sizes: Mapping[str, int] | None = None, clock: Clock | None = None
    ) -> bool:
        """Makes the tenant unless there is one; whether it did. Another server may be making it in the same moment.

        Raises `UnusableDatabase`, `UnusableSeed`.
        """
        for _ in range(ATTEMPTS):
            with suppress(TenantExists, TenantNotFound, Superseded):
                if name in self.names():
                    self.open(name)
                    return False
                self.create(name, seed, sizes=sizes, clock=clock)
                return True
        raise UnusableDatabase(
            f"the tenant {name} is not whole, or others make and drop it all the time; use another database"
        )

    def check_new(self, name: str) -> None:
        """Raises `InvalidRequest`, `TenantExists`."""
        if self.store.exists(check_name(name)):
            raise TenantExists(name)

    def make(
        self,
        name: str,
        image: str,
        entries: Mapping[str, str],
        policy: Policy | None,
        clock: Clock | None,
        keys: Mapping[str, str],
    ) -> None:
        """A tenant with a copy of the image, to which it can be reset, and its clients' keys. Raises `TenantExists`."""

        def fill(transaction: Transaction) -> None:
            for key, value in entries.items():
                state.put(transaction, key, value)
            if policy:
                state.put(transaction, "policy", json.dumps(policy.as_dict()))
            if clock:
                clocks.put(transaction, clock)
                state.put(transaction, CLOCK, clocks.dump(clock))
            for client_id, public_key in keys.items():
                client_keys.put(transaction, client_id, public_key)

        self.store.make(check_name(name), image, fill)

    def check_writable(self, name: str) -> None:
        """Writes what is there already. Raises what the driver raises where nothing can be written."""
        tenant = self.open(name)
        with tenant.control.begin() as control:
            state.put(control, "format", meta.FORMAT)
        with tenant.database.begin() as transaction:
            meta.touch(transaction)

    def drop(self, name: str) -> None:
        """Removes the tenant with all that it has. Raises `TenantNotFound`."""
        self.open(name)
        self.store.drop(name)
        self.forget(name)


@contextmanager
def _told(contents: str | None) -> Iterator[None]:
    """Makes what is wrong with a text that was sent a refusal of the request."""
    from mock_lms import seeds  # noqa: PLC0415 -- not needed to go on with what is there

    try:
        yield
    except seeds.UnusableSeed as error:
        if contents is None:
            raise
        raise InvalidRequest(CONTENTS, str(error)) from None


def contents_of(seed: str) -> str:
    """What tells a seed file from what it was before."""
    path = Path(seed)
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else ""


__all__ = ["DEFAULT", "DatabaseLost", "Interrupted", "OutcomeUnknown", "Superseded", "Tenants", "check_name", "trouble"]
