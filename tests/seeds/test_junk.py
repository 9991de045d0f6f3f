from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mock_lms.http.moments import VENDOR_FORM
from mock_lms.seeds import UnusableSeed, plant, values
from mock_lms.seeds.nodes import Node
from mock_lms.storage.database import Database


class _Undo(Exception):
    pass


def _try_to_plant(database: Database, path: Path, content: bytes) -> None:
    """Plants and takes it back; says nothing where it is an `UnusableSeed` of one line, and fails for anything else."""
    path.write_bytes(content)
    try:
        with database.begin() as transaction:
            plant(transaction, str(path), now="2026-03-01 12:00:00", hash_password=str)
            raise _Undo  # noqa: TRY301 -- rolls back
    except _Undo:
        pass
    except UnusableSeed as refusal:
        assert str(refusal).isprintable()  # noqa: PT017 -- either outcome is right


_KEYS = "users courses learning_plans enrollments tracks id name username course user status courses created_at score"
_scalars = st.none() | st.booleans() | st.integers(-1, 4) | st.floats() | st.text(max_size=5) | st.just("2026-02-28")
_values = st.recursive(
    _scalars | st.sampled_from(["completed", "waiting", "admin"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(_KEYS.split()) | st.text(), inner),
    max_leaves=15,
)
_users = st.lists(st.fixed_dictionaries({"id": st.integers(1, 5), "username": st.text(max_size=3)}), max_size=3)
_courses = st.lists(st.fixed_dictionaries({"id": st.integers(1, 3), "name": st.just("n")}), max_size=3)
_pairs = {"course": st.integers(1, 3), "user": st.integers(1, 5)}
_status = st.sampled_from(["completed", "waiting", "subscribed", "x"])
_enrollments = st.lists(st.fixed_dictionaries(_pairs, optional={"status": _status, "score": _values}), max_size=4)
_seeds = st.fixed_dictionaries(
    {"users": _users, "courses": _courses},
    optional={"enrollments": _enrollments, "tracks": _enrollments, "certificates": _values, "learning_plans": _values},
)


@given(st.binary() | st.text().map(lambda text: text.encode("utf-8", "surrogatepass")))
@example(b"\xed\xa0\x80")
@example("users: 1\ufeff".encode())
@example(b"%YAML 9.9\n---\na: b")
@example(b"%TAG ! x\n%TAG ! x\n---\na: b")
@example(b"? ")
@settings(max_examples=300, deadline=None)
def test_junk_is_refused_and_breaks_nothing(
    shared_database: Database, tmp_path_factory: pytest.TempPathFactory, content: bytes
) -> None:
    _try_to_plant(shared_database, tmp_path_factory.getbasetemp() / "junk.yaml", content)


@given(st.text("{}[]-:,?&*!|>'\"%@#\n\r\t \\u0d8\x85\u2028abusers1", max_size=60))
@settings(max_examples=500, deadline=None)
def test_the_signs_of_yaml_in_any_order_break_nothing(
    shared_database: Database, tmp_path_factory: pytest.TempPathFactory, content: str
) -> None:
    _try_to_plant(shared_database, tmp_path_factory.getbasetemp() / "signs.yaml", content.encode())


@given(_values | _seeds, st.booleans())
@settings(max_examples=300, deadline=None)
def test_any_json_or_yaml_is_planted_or_refused(
    shared_database: Database, tmp_path_factory: pytest.TempPathFactory, content: object, as_json: bool
) -> None:
    text = json.dumps(content) if as_json else yaml.safe_dump(content)
    _try_to_plant(shared_database, tmp_path_factory.getbasetemp() / "any.yaml", text.encode("utf-8", "surrogatepass"))


@given(st.data())
@settings(max_examples=500, deadline=None)
def test_a_date_is_in_the_vendors_form(data: st.DataObject) -> None:
    pattern = VENDOR_FORM.pattern
    near = st.from_regex(r"\A[0-9]{4}-[0-3][0-9]-[0-4][0-9]( [0-2][0-9]:[0-6][0-9]:[0-6][0-9])?\Z")
    written = data.draw(near | st.from_regex(pattern) | st.text())
    try:
        read = values.date_time(Node("seed.yaml", 1, value=written))
    except UnusableSeed:
        assert not re.fullmatch(pattern, written)
    else:
        assert re.fullmatch(pattern, written)
        assert read[:10] == written[:10]
        assert len(read) == len("2026-01-01 00:00:00")
