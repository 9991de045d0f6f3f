"""Files for their owner only: made new, written whole, and taken from everybody else."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_lms.storage import files


@pytest.fixture(autouse=True)
def careless() -> Iterator[None]:
    """A user who lets everybody read and write what is made."""
    before = os.umask(0)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return path.stat().st_mode & 0o777


def test_what_is_made_is_its_owners_whatever_the_umask(tmp_path: Path) -> None:
    files.make_directory(tmp_path / "above" / "directory")
    files.create(tmp_path / "created").close()
    files.write_whole(tmp_path / "whole", b"1")
    (tmp_path / "open").write_bytes(b"2")
    files.copy(tmp_path / "open", tmp_path / "copied")
    assert mode(tmp_path / "above" / "directory") == 0o700
    assert [mode(tmp_path / name) for name in ("created", "whole", "copied")] == [0o600] * 3
    assert (tmp_path / "copied").read_bytes() == b"2"


@pytest.mark.parametrize("there", ["file", "link", "link to nothing"])
def test_what_has_the_name_already_is_not_written_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: str
) -> None:
    mine, planted = tmp_path / "mine", tmp_path / ".target.guessed"
    monkeypatch.setattr(secrets, "token_hex", lambda _: "guessed")
    if there == "file":
        planted.write_bytes(b"mine")
    else:
        planted.symlink_to(mine)
    if there == "link":
        mine.write_bytes(b"mine")
    for make in (
        lambda: files.create(planted),
        lambda: files.copy(__file__, planted),
        lambda: files.write_whole(tmp_path / "target", b"secret"),
    ):
        with pytest.raises(FileExistsError):
            make()
    assert not (tmp_path / "target").exists()
    assert mine.exists() == (there == "link")
    assert b"secret" not in b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.exists())


def test_whole_is_written_over_what_was_there_and_its_mode(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"old")
    target.chmod(0o644)
    files.write_whole(target, b"new")
    assert (target.read_bytes(), mode(target)) == (b"new", 0o600)
    assert list(tmp_path.iterdir()) == [target]


@pytest.mark.parametrize("step", ["fsync", "link"])
def test_a_write_that_fails_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    def fail(*_: object) -> None:
        raise FileExistsError("no")

    monkeypatch.setattr(os, step, fail)
    with pytest.raises(FileExistsError):
        files.write_whole(tmp_path / "target", b"new", new=True)
    assert list(tmp_path.iterdir()) == []


def test_new_never_replaces_and_needs_no_second_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "target"
    files.write_whole(target, b"first", new=True)
    with pytest.raises(FileExistsError):
        files.write_whole(target, b"second", new=True)
    assert target.read_bytes() == b"first"

    def fail(*_: object) -> None:
        raise PermissionError("exFAT knows no links")

    monkeypatch.setattr(os, "link", fail)
    files.write_whole(tmp_path / "other", b"first", new=True)
    assert (tmp_path / "other").read_bytes() == b"first"


def test_tightening_reaches_everything_and_nothing_outside(tmp_path: Path) -> None:
    outside, inside = tmp_path / "outside", tmp_path / "inside"
    outside.mkdir()
    (outside / "file").touch()
    (inside / "deep" / "deeper").mkdir(parents=True)
    (inside / "deep" / "file").touch()
    (inside / "deep" / "directory").symlink_to(outside)
    (inside / "link").symlink_to(outside / "file")
    files.tighten(inside)
    assert mode(inside) == mode(inside / "deep") == mode(inside / "deep" / "deeper") == 0o700
    assert mode(inside / "deep" / "file") == 0o600
    assert (mode(outside), mode(outside / "file")) == (0o777, 0o666)
