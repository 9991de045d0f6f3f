"""The lock on a directory of tenants: one program has it, with its forks, and it goes when they do."""

from __future__ import annotations

import errno
import fcntl
import json
import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_lms.storage import lock
from mock_lms.storage.database import UnusableDatabase
from mock_lms.storage.lock import InUse, Lock
from mock_lms.storage.store.sqlite import MARK, SqliteStore


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "PATIENCE", 0.1)


@pytest.fixture
def held(tmp_path: Path) -> Iterator[Lock]:
    made = Lock(tmp_path / MARK)
    made.take()
    yield made
    made.release()


def take(path: Path) -> None:
    """As another program does; and gives it back."""
    other = Lock(path)
    other.take()
    other.release()


def in_a_fork(held: Lock) -> int:
    """A fork that has the lock with its parent, tries to give it back, and lives until it is killed."""
    ready, said = os.pipe()
    pid = os.fork()
    if pid == 0:
        held.release()
        os.write(said, b".")
        signal.pause()
        os._exit(0)
    os.read(ready, 1)
    os.close(ready)
    os.close(said)
    return pid


def end(pid: int) -> None:
    os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)


def test_the_second_is_told_who_holds_it_and_where(held: Lock) -> None:
    held.say("http://127.0.0.1:8080")
    with pytest.raises(InUse) as refusal:
        take(held.path)
    for said in (str(held.path.parent), f"process id {os.getpid()}", "http://127.0.0.1:8080", " since 20"):
        assert said in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_the_second_does_not_write_over_what_the_first_says(held: Lock) -> None:
    before = held.path.read_bytes()
    with pytest.raises(InUse):
        take(held.path)
    assert held.path.read_bytes() == before
    assert json.loads(before)["pid"] == os.getpid()


@pytest.mark.parametrize("says", [b"", b"{", b"[1]", b"\xff"])
def test_a_holder_that_says_nothing_holds_it_all_the_same(held: Lock, says: bytes) -> None:
    held.path.write_bytes(says)
    with pytest.raises(InUse, match="another mock-lms"):
        take(held.path)


def test_what_is_given_back_can_be_had_at_once(held: Lock) -> None:
    held.release()
    take(held.path)


def test_a_fork_cannot_give_it_back_and_does_not_keep_it_from_being_given_back(held: Lock) -> None:
    pid = in_a_fork(held)
    try:
        with pytest.raises(InUse):
            take(held.path)
        held.release()
        take(held.path)
    finally:
        end(pid)


def test_it_is_held_until_the_last_fork_of_a_killed_holder_is_gone(tmp_path: Path) -> None:
    ready, said = os.pipe()
    server = os.fork()
    if server == 0:
        mine = Lock(tmp_path / MARK)
        mine.take()
        os.write(said, in_a_fork(mine).to_bytes(4, "little"))
        signal.pause()
        os._exit(0)
    worker = int.from_bytes(os.read(ready, 4), "little")
    os.close(ready)
    os.close(said)
    end(server)
    with pytest.raises(InUse):
        take(tmp_path / MARK)
    os.kill(worker, signal.SIGKILL)
    lock.PATIENCE = 30  # until the kernel has taken it down
    take(tmp_path / MARK)


@pytest.mark.parametrize("code", [errno.ENOLCK, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL])
def test_a_file_system_without_locks_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def flock(*_: object) -> None:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(fcntl, "flock", flock)
    with pytest.raises(UnusableDatabase, match=r"cannot be locked.*name a directory on a local disk") as refusal:
        SqliteStore(tmp_path / "tenants").prepare()
    assert "\n" not in str(refusal.value)
    assert not isinstance(refusal.value, InUse)


def test_a_folder_in_use_is_neither_swept_nor_tightened(tmp_path: Path) -> None:
    first = SqliteStore(tmp_path / "tenants")
    first.prepare()
    growing = first.path / f".new-{'0' * 16}"
    growing.touch(0o644)
    first.path.chmod(0o755)
    with pytest.raises(InUse):
        SqliteStore(first.path).prepare()
    assert growing.stat().st_mode & 0o777 == 0o644
    first.release()
    second = SqliteStore(first.path)
    second.prepare()
    assert not growing.exists()
    second.release()


def test_a_link_in_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    (tmp_path / MARK).symlink_to(tmp_path / "mine")
    with pytest.raises(OSError, match="symbolic links"):
        Lock(tmp_path / MARK).take()
    assert (tmp_path / "mine").read_bytes() == b""
