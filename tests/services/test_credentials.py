"""Credentials that are kept: whole, whatever happens while they are written."""

from __future__ import annotations

import json
from pathlib import Path
from typing import IO, Any

import pytest

from mock_lms.services.credentials import credentials


def test_a_write_that_breaks_off_leaves_the_old_credentials(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = tmp_path / "credentials.json"
    old = credentials({}, kept)

    def break_off(_: Any, file: IO[str]) -> None:
        file.write('{"client_id": "mock')
        raise OSError("no space is left")

    with monkeypatch.context() as patched:
        patched.setattr(json, "dump", break_off)
        with pytest.raises(OSError, match="no space"):
            credentials({"MOCK_LMS_PASSWORD": "new"}, kept)
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
