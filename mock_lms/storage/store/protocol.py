"""What a store of tenants promises, whichever database it is on. `tests/storage/store` holds both stores to it.

    store
    └── tenant            its data, which a reset replaces, and its control, which stays
        └── snapshots     images of its data: `seed`, what it began with, and whatever was saved

An *image* is a tenant's data that nobody writes to, under a name that only its store understands: a template, a
snapshot, a copy. Names of tenants and snapshots are checked by whoever calls.

Every change is whole or not made at all, for everybody who looks, and also where the process is killed in the middle:
the tenant, the snapshot or the data is then the old one or the new one. What else a kill leaves takes room until the
next `prepare`, and is never listed.

Other workers, and on PostgreSQL other servers, use the store at the same time, and any of them may drop a tenant or
replace its data. Whoever was on the way to what is gone gets `Superseded`: nothing was done, and the call must begin
anew with the tenant as it is then, if there is one. So `Superseded` may come out of every method, and out of every
transaction on a database that the store opened; below it is named only where a missing thing has a refusal of its own.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from typing import Any, Protocol

from mock_lms.storage.database import Database, Transaction
from mock_lms.storage.state import Change, Fill
from mock_lms.storage.store.promises import Promises


class TenantStore(Protocol):
    """Where the tenants of a server are. `str()` names it for people, without a password."""

    promises: Promises

    errors: tuple[type[Exception], ...]
    """What is raised where the store cannot be used: no such directory or server, no right to it, no room."""

    # --- the store itself

    def hold(self) -> None:
        """Keeps the store from other programs until `release`, if it is not one that several may share.

        A process that is forked meanwhile holds it too. Holding it twice does nothing. Reads and changes no tenant.
        Raises `InUse`, `UnusableDatabase` and what is in `errors`.
        """

    def serves(self, url: str) -> None:
        """Tells whoever finds the store held where it is served."""

    def release(self) -> None:
        """Ends what `hold` began. In a forked process it does nothing."""

    def prepare(self) -> dict[str, str]:
        """Holds the store, removes what killed processes left over, and upgrades tenants of an older format.

        Each upgraded tenant's name, with the format that it had. Nothing is removed that another server still needs,
        or that the store did not make. Killed in the middle, it is to be done again. Raises what `hold` raises.
        """

    def close(self) -> None:
        """Gives back every connection of its own, as a process must before it forks. They open again when needed."""

    # --- tenants

    def names(self) -> list[str]:
        """The tenants there are, sorted."""

    def exists(self, name: str) -> bool:
        """Whether there is such a tenant."""

    def identity(self, name: str) -> Any:
        """Asked at every call, so it is cheap. While it is the same, what was opened under the name is still right.

        None where it is known already that there is no such tenant.
        """

    def control(self, name: str) -> Database:
        """The tenant's control. Nothing is opened before it is used."""

    def data(self, name: str, generation: str) -> Database:
        """The tenant's data; `generation` is its control's entry `data`. Nothing is opened before it is used."""

    def make(self, name: str, image: str, fill: Fill) -> None:
        """A tenant whose data and whose snapshot `seed` are the image's. `fill` writes its control's first rows.

        Raises `TenantExists`, also where somebody else was quicker.
        """

    def drop(self, name: str) -> None:
        """Removes the tenant with all its snapshots. Who is reading it sees it to the end, or gets `Superseded`.

        Raises `TenantNotFound`.
        """

    # --- images

    def template(self, key: str, plant: Fill) -> str:
        """The image of this key. `plant` makes it, tables and all, the first time since `prepare`."""

    def image(self, name: str, snapshot: str) -> str:
        """The image of a snapshot. Raises `SnapshotNotFound`; `Superseded` where there is no such tenant."""

    def snapshots(self, name: str) -> list[tuple[str, int]]:
        """The tenant's snapshots, sorted, each with its size in bytes; none where there is no such tenant."""

    def save(self, name: str, data: Database, snapshot: str) -> None:
        """Makes a snapshot of the data as of one moment, without the tables in `UNSAVED`.

        It takes the place of the snapshot that had the name. Writers to the data are not in the way.
        """

    def load(self, name: str, snapshot: str, fill: Fill) -> None:
        """Makes a snapshot of what `fill` writes, tables and all. It takes the place of the one that had the name.

        Raises what `fill` raises; then nothing has changed.
        """

    def forget(self, name: str, snapshot: str) -> None:
        """Removes a snapshot. Raises `SnapshotNotFound`; `Superseded` where there is no such tenant."""

    def copy_of(self, data: Database) -> AbstractContextManager[str]:
        """An image of the data as of one moment, without the tables in `UNSAVED`, for as long as the block lasts."""

    def replace(self, name: str, data: Database, registry: Database, image: str, change: Change) -> None:
        """Gives the tenant the data of an image, and commits at once with it what `change` does to data and control.

        `data` and `registry` are the tenant's own, as the caller has them. Writers wait; who is reading sees the old
        data to the end. Raises what `change` raises; then nothing has changed.
        """

    def now(self, name: str, generation: str) -> str:
        """What `side_by_side` takes for the tenant's data as it is. It is no image: others write to it."""

    def side_by_side(self, data: Database, *images: str) -> AbstractContextManager[tuple[Transaction, list[str]]]:
        """Reads images in one transaction, each as of the moment when the block began.

        Yields the transaction, and what SQL calls the schema of each image. `data` is the tenant's own. Nothing can be
        written. Raises `Superseded` also at the end of the block, where an image lost its name within it: what was
        read is then of no use.
        """
