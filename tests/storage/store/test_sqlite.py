"""A directory of tenants: it removes what is its own, and nothing else, whatever is beside it."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from mock_lms.control.snapshots import service as snapshots
from mock_lms.domain.errors import SnapshotNotFound, TenantExists, TenantNotFound
from mock_lms.services.tenants import Tenants
from mock_lms.storage import tokens
from mock_lms.storage.database import Superseded
from mock_lms.storage.store.sqlite import MARK, SqliteStore
from tests.support.lms import CREDENTIALS

HIDDEN = [
    f".new-{'0' * 16}",
    f".gone-{'0' * 16}",
    f".copy-{'0' * 16}",
    f".copy-{'0' * 16}-wal",
    f".new-{'0' * 16}-shm",
    f".new-{'0' * 16}-journal",
]
FOREIGN = [".git", ".new", ".new-1", f".new-{'0' * 16}.txt", "data-1.db", "notes.txt", ".templates.bak", ".copy-x-wal"]


@pytest.fixture
def tenants(tmp_path: Path) -> Iterator[Tenants]:
    store = SqliteStore(tmp_path / "tenants")
    store.prepare()
    made = Tenants(store, CREDENTIALS.hashed())
    made.create("one", "empty")
    yield made
    made.close()
    store.release()


def folder_of(tenants: Tenants) -> Path:
    assert isinstance(tenants.store, SqliteStore)
    return tenants.store.path


def start_again(tenants: Tenants) -> None:
    """As the next start does it."""
    tenants.store.release()
    tenants.store.prepare()


def tree(path: Path) -> list[str]:
    return sorted(str(each.relative_to(path)) for each in path.rglob("*"))


@pytest.mark.parametrize("name", [".git/config", "file.txt", ".new-0000000000000000", "default/control.db"])
def test_a_directory_with_anything_in_it_is_somebody_elses(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    before = tree(tmp_path)
    with pytest.raises(FileExistsError, match="not empty"):
        SqliteStore(tmp_path).prepare()
    assert tree(tmp_path) == before


def test_a_directory_that_is_empty_may_be_had(tmp_path: Path) -> None:
    # a start that was killed may have left it
    store = SqliteStore(tmp_path)
    store.prepare()
    assert tree(tmp_path) == [MARK]
    store.prepare()
    store.release()


def test_what_a_crash_left_over_is_swept_up_and_nothing_else(tenants: Tenants) -> None:
    path = folder_of(tenants)
    tenants.close()
    shutil.rmtree(path / ".templates")
    places = [path, path / "one", path / "one/snapshots"]
    for store in places:
        for name in FOREIGN:
            (store / name).mkdir() if name == ".git" else (store / name).write_text("mine")
    (path / "one" / ".git" / "config").write_text("mine")
    before = tree(path)
    old = f"data-{'0' * 16}.db"
    for name in HIDDEN:
        (path / name).write_text("")
    for name in (old, f"{old}-wal", f"{old}-shm"):
        (path / "one" / name).write_text("")
    (path / ".templates").mkdir()
    (path / f".gone-{'1' * 16}").mkdir()
    (path / f".gone-{'1' * 16}" / "control.db").write_text("")
    start_again(tenants)
    assert tree(path) == before
    assert tenants.open("one").name == "one"


def test_data_whose_owner_does_not_say_which_it_is_stays(tenants: Tenants) -> None:
    path = folder_of(tenants)
    tenants.close()
    with closing(sqlite3.connect(path / "one/control.db")) as database, database:
        database.execute("DELETE FROM tenant WHERE name = 'data'")
    before = tree(path / "one")
    start_again(tenants)
    assert tree(path / "one") == before


def test_a_link_out_of_the_directory_is_not_followed(tenants: Tenants, tmp_path: Path) -> None:
    path = folder_of(tenants)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "file").write_text("mine")
    (path / HIDDEN[0]).symlink_to(outside)
    start_again(tenants)
    assert (outside / "file").read_text() == "mine"


def test_a_reset_leaves_one_file_of_data_and_no_other(tenants: Tenants) -> None:
    path = folder_of(tenants)
    first = tree(path / "one")
    for _ in range(3):
        snapshots.reset_tenant(tenants, tenants.open("one"))
    tenants.close()
    after = tree(path / "one")
    assert len([name for name in after if name.startswith("data-")]) == 1
    assert {name for name in after if not name.startswith("data-")} <= set(first)


def test_a_reset_that_fails_leaves_nothing_behind(tenants: Tenants, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder_of(tenants)
    tenant = tenants.open("one")

    def fail(*_: object) -> None:
        raise RuntimeError("in the middle")

    with monkeypatch.context() as patched:
        patched.setattr(tokens, "holders", fail)
        with pytest.raises(RuntimeError):
            snapshots.reset_tenant(tenants, tenant)
    tenants.close()
    assert len([name for name in tree(path / "one") if name.startswith("data-")]) == 1
    tenants.open("one")


def test_saving_and_comparing_leave_no_journals_beside_snapshots(tenants: Tenants) -> None:
    tenant = tenants.open("one")
    snapshots.save_snapshot(tenants, tenant, "a")
    image = tenants.store.image("one", "a")
    with tenants.store.side_by_side(tenant.database, image, image) as (transaction, names):
        for name in names:
            transaction.execute(f"SELECT count(*) FROM {name}.users")
    assert tree(folder_of(tenants) / "one/snapshots") == ["a.db", "seed.db"]


def test_a_comparison_makes_no_file_where_there_is_none(tenants: Tenants, tmp_path: Path) -> None:
    with (
        pytest.raises(Superseded),
        tenants.store.side_by_side(tenants.open("one").database, str(tmp_path / "none.db")),
    ):
        pass
    assert not (tmp_path / "none.db").exists()


def test_a_fork_is_of_the_moment_and_leaves_no_copy(tenants: Tenants) -> None:
    snapshots.fork_tenant(tenants, tenants.open("one"), "two")
    assert [name for name in tree(folder_of(tenants)) if name.startswith((".copy", ".new"))] == []
    with pytest.raises(TenantExists):
        snapshots.fork_tenant(tenants, tenants.open("one"), "two")
    with pytest.raises(SnapshotNotFound):
        snapshots.fork_tenant(tenants, tenants.open("one"), "three", state="none")
    assert tenants.names() == ["one", "two"]


def test_what_is_dropped_is_gone_at_once(tenants: Tenants) -> None:
    tenants.drop("one")
    assert tree(folder_of(tenants)) == [MARK, ".templates", *tree_of_templates(tenants)]
    with pytest.raises(TenantNotFound):
        tenants.store.drop("one")


def tree_of_templates(tenants: Tenants) -> list[str]:
    return sorted(f".templates/{path.name}" for path in (folder_of(tenants) / ".templates").iterdir())


def test_who_is_late_with_a_dropped_tenant_begins_anew(tenants: Tenants) -> None:
    other = Tenants(tenants.store, CREDENTIALS.hashed())
    tenant = other.open("one")
    tenants.drop("one")
    store = other.store
    for late in (
        lambda: store.save("one", tenant.database, "a"),
        lambda: store.load("one", "a", lambda _: None),
        lambda: snapshots.reset_tenant(other, tenant, scopes=["clock"]),
        lambda: store.replace("one", tenant.database, tenant.control, "", lambda *_: None),
    ):
        with pytest.raises(Superseded):
            late()
    assert tree(folder_of(tenants)) == [MARK, ".templates", *tree_of_templates(tenants)]
    other.close()
