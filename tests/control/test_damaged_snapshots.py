"""Files that are no snapshot, or were one: named, and nothing changes."""

from __future__ import annotations

import gzip
import hashlib
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mock_lms.control.snapshots import files as snapshot_files
from mock_lms.storage import meta
from mock_lms.storage.store.sqlite import SqliteStore
from tests.conftest import NewStore
from tests.support.lms import Lms
from tests.support.snapshots import export, load, names
from tests.support.stores import kept


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """An export of a small tenant."""
    lms = of_a_folder(tmp_path_factory.mktemp("file"))
    found = export(lms)
    lms.tenants.close()
    return found


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Lms:
    """A tenant to which no import may do anything."""
    return of_a_folder(tmp_path_factory.mktemp("reader"))


HEADER = json.dumps({"mock_lms_snapshot": 1, "tables": meta.FORMAT}).encode() + b"\n"


def of_a_folder(path: Path) -> Lms:
    store = SqliteStore(path / "tenants")
    store.prepare()
    return Lms(store, seed="demo")


def untouched(lms: Lms) -> bool:
    return names(lms) == ["seed"] and not [path for path in kept(lms.tenants.store) if "/.new" in path]


def changed(file: bytes, change: Callable[[list[bytes]], Any], *, checksum: bool = True) -> bytes:
    """The file with other lines, and the right checksum of them."""
    lines = gzip.decompress(file).splitlines()
    change(lines)
    if checksum:
        hashed = hashlib.sha256(b"".join(line + b"\n" for line in lines[:-1])).hexdigest()
        lines[-1] = json.dumps({"sha256": hashed}).encode()
    return b"".join(snapshot_files._compressed(line + b"\n" for line in lines))


def place_of(lines: list[bytes], table: str) -> int:
    return next(place for place, line in enumerate(lines) if line.startswith(b'{"table":"%s"' % table.encode()))


def row(table: str, number: int, change: Callable[[list[Any]], Any]) -> Callable[[list[bytes]], None]:
    def edit(lines: list[bytes]) -> None:
        place = place_of(lines, table) + 1 + number
        values = json.loads(lines[place])
        change(values)
        lines[place] = json.dumps(values).encode()

    return edit


def put(place: int, value: Any) -> Callable[[list[Any]], None]:
    return lambda values: values.__setitem__(place, value)


def header(**values: Any) -> Callable[[list[bytes]], None]:
    return lambda lines: lines.__setitem__(0, json.dumps(json.loads(lines[0]) | values).encode())


def twice(lines: list[bytes]) -> None:
    place = place_of(lines, "users") + 2
    lines.insert(place, lines[place])
    says = json.loads(lines[place - 2])
    lines[place - 2] = json.dumps(says | {"rows": says["rows"] + 1}).encode()


def extra(lines: list[bytes]) -> None:
    lines.insert(-1, b'{"table": "more", "columns": ["id"], "rows": 0}')


def without(table: str) -> Callable[[list[bytes]], None]:
    def edit(lines: list[bytes]) -> None:
        place = place_of(lines, table)
        del lines[place : place + 1 + json.loads(lines[place])["rows"]]

    return edit


def columns(lines: list[bytes]) -> None:
    place = place_of(lines, "users")
    lines[place] = lines[place].replace(b'"username"', b'"name"')


DAMAGE: dict[str, Callable[[list[bytes]], Any]] = {
    "is of version 2": header(mock_lms_snapshot=2),
    "made by another version of mock-lms (format 1; this one knows 2, 3, 4 and 5)": header(tables="1"),
    "made by a newer mock-lms (format 6; this one knows formats up to 5)": header(tables="6"),
    "made by another version of mock-lms (format 5;": header(tables=5),
    "no snapshot of mock-lms": lambda lines: lines.__setitem__(0, b"{}"),
    "the table users should be here": without("users"),
    "with the columns ['id', 'username'": columns,
    "more in it": extra,
    "or one is here twice": twice,
    "row 1 of users, column id: '1' is not a whole number": row("users", 0, put(0, "1")),
    "row 2 of users, column username: None is not a text": row("users", 1, put(1, None)),
    "row 1 of courses, column name: 5 is not a text": row("courses", 0, put(3, 5)),
    "row 1 of tracks, column score: 'many' is not a number from 0 to 1,000,000": row("tracks", 0, put(6, "many")),
    "row 1 of tracks, column time_spent: 1.5 is not": row("tracks", 0, put(7, 1.5)),
    "row 1 of course_enrollments, column level: True is not one of 1, 2": row("course_enrollments", 0, put(3, True)),
    "row 1 of course_enrollments, column hold: ['x'] is not one of": row("course_enrollments", 0, put(4, ["x"])),
    "row 1 of certificates, column title: 'a\\x00b' is not a text": row("certificates", 0, put(4, "a\0b")),
    "row 1 of certificates, column user_id: 9223372036854775808 is not": row("certificates", 0, put(1, 2**63)),
    "row 1 of users should have 16 values": row("users", 0, lambda values: values.pop()),
    "two rows of users have the same username": row("users", 2, put(1, "ana.silva")),
    "is at 0, below id": row("counters", 3, put(1, 0)),
    "no counters of just": row("counters", 0, put(0, "a")),
    "meta does not say": row("meta", 0, put(1, "1")),
    "column user_id: there is no 5 in users": row("course_enrollments", 0, put(1, 5)),
    "column course_id: there is no 5 in courses": row("certificates", 0, put(2, 5)),
    "column learning_plan_id: there is no 5 in learning_plans": row("learning_plan_courses", 0, put(0, 5)),
    "is not the active superadmin": row("users", 0, put(1, "somebody")),
    "row 2 of users, column password_hash: 'x' is not null": row("users", 1, put(7, "x")),
    "row 1 of courses, column type: 'lecture' is not one of": row("courses", 0, put(4, "lecture")),
    "row 1 of courses, column created_at: '2026-02-30 10:00:00' is not a date-time": row(
        "courses", 0, put(10, "2026-02-30 10:00:00")
    ),
    "row 1 of tracks, column score: 1e+308 is not": row("tracks", 0, put(6, 1e308)),
    "row 1 of certificates, column course_id: a certificate is of": row("certificates", 0, put(2, None)),
    "two rows of course_enrollments have the same id, 1": row("course_enrollments", 1, put(2, 1)),
    "row 1 of counters, column value: 9223372036854775807 is not": row("counters", 0, put(1, 2**63 - 1)),
    "there are more rows than the 10,000,000": lambda lines: lines.__setitem__(
        place_of(lines, "users"), lines[place_of(lines, "users")].replace(b'"rows":', b'"rows":1000000')
    ),
    "this is no JSON": lambda lines: lines.__setitem__(place_of(lines, "users") + 1, b"[1,"),
    "a line has more than": lambda lines: lines.__setitem__(0, b" " * (snapshot_files.LONGEST + 1)),
}


@pytest.mark.both_databases
@pytest.mark.parametrize("says", DAMAGE)
def test_what_is_no_snapshot_is_named_and_nothing_changes(new_store: NewStore, file: bytes, says: str) -> None:
    lms = Lms(new_store(), seed="empty")
    before, there = lms.everything(), kept(lms.tenants.store)
    problem = load(lms, changed(file, DAMAGE[says]), status=400)["message"][0]
    assert problem.startswith("file: ")
    assert says in problem
    assert lms.everything() == before
    assert kept(lms.tenants.store) == there
    lms.tenants.close()


def test_lines_that_were_changed_are_noticed_by_the_checksum_before_anything_is_written(
    reader: Lms, file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reader.tenants.store, "load", None)
    bad = changed(file, row("users", 1, put(2, "Anna")), checksum=False)
    assert "its checksum is wrong" in load(reader, bad, status=400)["message"][0]


def flipped(file: bytes, place: int) -> bytes:
    return file[:place] + bytes([file[place] ^ 0xFF]) + file[place + 1 :]


def test_one_wrong_byte_anywhere_is_noticed(reader: Lms, file: bytes) -> None:
    places = {*range(40), *range(len(file) - 40, len(file)), *random.sample(range(len(file)), 200)}
    for place in places:
        assert load(reader, flipped(file, place), status=400)["message"][0].startswith("file: "), place
    assert untouched(reader)


def test_a_file_that_is_cut_off_is_noticed_wherever_that_is(reader: Lms, file: bytes) -> None:
    for length in {*range(1, 30), *range(len(file) - 30, len(file)), *random.sample(range(len(file)), 50)}:
        load(reader, file[:length], status=400)
    assert untouched(reader)


@pytest.mark.parametrize(
    "junk",
    [
        b"",
        b"\0",
        b"no gzip",
        gzip.compress(b"something else\n", mtime=1),
        gzip.compress(b"", mtime=1),
        b"".join(snapshot_files._compressed(iter([b"something else\n"]))),
        b"".join(snapshot_files._compressed(iter([b""]))),
        b"".join(snapshot_files._compressed(iter([HEADER]))),
        b"".join(snapshot_files._compressed(iter([b"[" * 100_000]))),
        b"".join(snapshot_files._compressed(iter([b"[" * 100_000 + b"\n"]))),
    ],
)
def test_junk_is_refused(reader: Lms, junk: bytes) -> None:
    assert load(reader, junk, status=400)["message"][0].startswith("file: ")
    assert untouched(reader)


@pytest.mark.parametrize("more", [b"\0", b"\n", b"more"])
def test_what_comes_after_the_end_is_noticed(reader: Lms, file: bytes, more: bytes) -> None:
    load(reader, file + more, status=400)
    load(reader, file + file, status=400)
    assert untouched(reader)


@settings(max_examples=50)
@given(junk=st.binary(max_size=2_000))
def test_random_lines_are_refused(reader: Lms, file: bytes, junk: bytes) -> None:
    def edit(lines: list[bytes]) -> None:
        lines[len(lines) // 2] = junk

    load(reader, changed(file, edit), status=400)
    assert untouched(reader)


def test_a_small_file_that_grows_without_end_is_cut_off(
    reader: Lms, file: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot_files, "LARGEST", 100_000)
    bomb = b"".join(snapshot_files._compressed(gzip.decompress(file)[:200] + b"\n" * 1_000 for _ in range(1_000)))
    assert "more than 100,000 bytes" in load(reader, bomb, status=400)["message"][0]


@pytest.mark.parametrize("kind", ["application/json", "text/plain", "multipart/form-data"])
def test_what_is_no_file_by_its_type_is_refused(reader: Lms, file: bytes, kind: str) -> None:
    load(reader, file, kind=kind, status=415)
    assert untouched(reader)


def test_a_file_may_be_larger_than_a_body_of_the_vendors_api_but_not_by_all_means(reader: Lms) -> None:
    reader.serve(largest_body=1_000, largest_upload=2_000)
    assert load(reader, b"x" * 1_500, status=400)["message"][0].startswith("file: ")
    assert "2,000 bytes" in load(reader, b"x" * 2_500, status=413)["message"][0]
    reader.serve()
