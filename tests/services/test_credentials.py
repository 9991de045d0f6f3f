"""Credentials that are kept: whole, whatever happens while they are written."""

from __future__ import annotations

import errno
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mock_lms.services.credentials import credentials
from mock_lms.storage.database import UnusableDatabase


def test_a_write_that_breaks_off_leaves_the_old_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "credentials.json"
    old = credentials({}, kept)

    def break_off(_: int) -> None:
        raise OSError(errno.ENOSPC, "no space is left")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", break_off)
        with pytest.raises(OSError, match="no space"):
            credentials({"MOCK_LMS_PASSWORD": "new"}, kept)
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]
    assert credentials({}, kept) == old


def test_what_the_environment_fixes_is_kept_and_the_rest_stays(tmp_path: Path) -> None:
    kept = tmp_path / "credentials.json"
    old = credentials({}, kept)
    new = credentials({"MOCK_LMS_PASSWORD": "new", "MOCK_LMS_CONTROL_TOKEN": "token"}, kept)
    assert (new.password, new.control_token) == ("new", "token")
    assert new.client_secret == old.client_secret
    assert credentials({}, kept) == new
    assert [path.name for path in tmp_path.iterdir()] == [kept.name]


def test_without_a_place_to_keep_them_they_are_new_each_time() -> None:
    first, second = credentials({}, None), credentials({}, None)
    for name in ("client_secret", "password", "control_token"):
        assert getattr(first, name) != getattr(second, name)


def test_servers_that_begin_at_once_beside_each_other_have_the_same(tmp_path: Path) -> None:
    # as they may over one PostgreSQL
    for number in range(10):
        kept = tmp_path / f"credentials{number}.json"
        with ThreadPoolExecutor(8) as pool:
            found = set(pool.map(lambda _, kept=kept: credentials({}, kept), range(8)))
        assert found == {credentials({}, kept)}


@pytest.mark.parametrize("name", ["credentials.json.new", ".credentials.json.new"])
def test_a_planted_link_is_not_followed(tmp_path: Path, name: str) -> None:
    (tmp_path / "mine").write_text("mine")
    (tmp_path / name).symlink_to(tmp_path / "mine")
    credentials({}, tmp_path / "credentials.json")
    assert (tmp_path / "mine").read_text() == "mine"
    assert (tmp_path / "credentials.json").stat().st_mode & 0o777 == 0o600


def test_a_link_to_nothing_in_their_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "credentials.json").symlink_to(tmp_path / "none")
    with pytest.raises(UnusableDatabase, match="link to nothing"):
        credentials({}, tmp_path / "credentials.json")
    assert not (tmp_path / "none").exists()


def test_what_is_no_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "credentials.json")
    with pytest.raises(UnusableDatabase, match="cannot be read"):
        credentials({}, tmp_path / "credentials.json")
