"""Plans and backups as files: whole or not there, and no edit goes unseen."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_lms_client.jsons import compact
from mock_lms_client.unenroll.document import Damaged, Document, Writer

FORM, ROWS = "mock-lms-client test 1", "things"

VALUES = st.dictionaries(
    st.text(max_size=5), st.none() | st.integers(-(1 << 63), (1 << 63) - 1) | st.text(max_size=20), max_size=4
)


def write(path: Path, rows: list[dict[str, Any]], header: dict[str, Any], summary: dict[str, Any]) -> str:
    with Writer(path, FORM, ROWS, header) as writer:
        for row in rows:
            writer.add([compact(row)])
        writer.add([])
        return writer.close(summary)


@given(st.lists(VALUES, max_size=5), VALUES, VALUES)
def test_what_was_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], header: Any, summary: Any
) -> None:
    path = tmp_path_factory.mktemp("document") / "file.json"
    written = write(path, rows, header, summary)
    document = Document(path, FORM, ROWS)
    assert (document.header, [*document.rows()], document.summary) == (header, rows, summary)
    assert (document.count, document.sha256) == (len(rows), written)


@given(st.lists(VALUES, max_size=3), VALUES)
def test_a_document_is_json_for_everybody(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Any], header: Any
) -> None:
    path = tmp_path_factory.mktemp("document") / "file.json"
    written = write(path, rows, header, {})
    assert json.loads(path.read_text(encoding="utf-8")) == {
        "format": FORM, "header": header, ROWS: rows, "summary": {}, "sha256": written,
    }  # fmt: skip


def interrupted(work: Callable[[], object]) -> None:
    """Does it, and is interrupted as Ctrl-C does it."""
    work()
    raise KeyboardInterrupt


@pytest.fixture
def three(tmp_path: Path) -> Path:
    write(tmp_path / "file.json", [{"id": 1}, {"id": 2}, {"id": 3}], {"tenant": "acme"}, {"goes": 3})
    return tmp_path / "file.json"


@given(st.data())
def test_no_single_byte_can_be_changed_unseen(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("document") / "file.json"
    write(path, [{"id": 1}, {"id": 2}], {"tenant": "acme"}, {"goes": 2})
    content = bytearray(path.read_bytes())
    at = data.draw(st.integers(0, len(content) - 1))
    content[at] = data.draw(st.integers(0, 255).filter(lambda byte: byte != content[at]))
    path.write_bytes(content)
    with pytest.raises(Damaged):
        Document(path, FORM, ROWS)


@given(st.data())
def test_no_cut_goes_unseen(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    path = tmp_path_factory.mktemp("document") / "file.json"
    write(path, [{"id": 1}, {"id": 2}], {"tenant": "acme"}, {"goes": 2})
    content = path.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    with pytest.raises(Damaged):
        Document(path, FORM, ROWS)


def test_what_follows_the_end_is_seen(three: Path) -> None:
    three.write_bytes(three.read_bytes() + b"{}")
    with pytest.raises(Damaged, match="goes on after its end"):
        Document(three, FORM, ROWS)


def test_a_document_of_another_kind_is_named(three: Path) -> None:
    with pytest.raises(Damaged, match=r"is a 'mock-lms-client test 1', not a 'mock-lms-client plan 1'"):
        Document(three, "mock-lms-client plan 1", ROWS)


@pytest.mark.parametrize("content", ["", "{}", "[1]", "\x00\x01", '{\n"format":7,\n'])
def test_something_else_is_no_document(tmp_path: Path, content: str) -> None:
    (tmp_path / "file.json").write_text(content)
    with pytest.raises(Damaged, match=r"file\.json|cut off|there is no"):
        Document(tmp_path / "file.json", FORM, ROWS)


def test_who_gives_up_leaves_what_was_there(three: Path) -> None:
    before = three.read_bytes()
    with pytest.raises(KeyboardInterrupt), Writer(three, FORM, ROWS, {}) as writer:
        interrupted(lambda: writer.add(["{}"]))
    assert three.read_bytes() == before
    assert [*three.parent.iterdir()] == [three]


def test_others_cannot_read_it(three: Path) -> None:
    assert three.stat().st_mode & 0o077 == 0


def test_what_lies_where_the_new_file_would_be_is_not_written_to(tmp_path: Path) -> None:
    """In a folder of many, somebody may have put a link there."""
    path, secret = tmp_path / "plan.json", tmp_path / "secret"
    secret.write_text("as it was")
    (tmp_path / f".plan.json.{os.getpid()}.new").symlink_to(secret)
    write(path, [{"a": 1}], {}, {})
    assert secret.read_text() == "as it was"
    assert not path.is_symlink()
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(secrets, "token_hex", lambda _: "known")
        (tmp_path / ".plan.json.known.new").symlink_to(secret)
        with pytest.raises(FileExistsError):
            write(path, [{"a": 1}], {}, {})
    assert secret.read_text() == "as it was"
