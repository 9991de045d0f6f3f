"""Files with one value changed and the right checksum: refused in one line, or imported and then nothing fails."""

from __future__ import annotations

import gzip
import json
import random
import re
from pathlib import Path
from typing import Any

import pytest

from mock_lms.control.snapshots import files as snapshot_files
from mock_lms.storage.snapshot_values import CHECKS
from mock_lms.storage.store.sqlite import SqliteStore
from mock_lms.storage.tables import metadata
from tests.control.test_damaged_snapshots import changed
from tests.support import contract
from tests.support.lms import CREDENTIALS, Lms
from tests.support.snapshots import export, load, names
from tests.support.stores import kept

VALUES: list[Any] = [
    None, True, False, 0, 1, 2, -1, 7, 10**15, 2**53, 2**63 - 1, 2**63, -(2**63), 1.0, 0.5, -0.5, 1e15, 1e308, -1e308,
    "", " ", "x", "0", "1", "admin", "superadmin", "user", "completed", "suspended", "webinar", "9" * 30, "x" * 256,
    "x" * 10_001, "a\0b", "\x1b[31m", "\u0141", "\U0001f600", "2026-02-30 10:00:00", "2026-01-05 08:00:00",
    "0000-01-01 00:00:00", "9999-12-31 23:59:59", "2026-01-05T08:00:00Z", [], {}, [1],
]  # fmt: skip
SKIPPED = {"export_journal", "list_journal", "list_misses", "export_snapshot", "openapi_yaml", "wait_for_calls"}
"""Reading operations that show nothing of the data, or all of it as it is."""

OTHER_PARTS = re.compile(r"{(name|hash|execution_id|format|report_id|uuid)}")
"""Parts of paths that name nothing of a snapshot's data."""

READS = sorted(
    path.replace("{course_id}", "{course}").replace("{user_id}", "{user}").replace("{learning_plan_id}", "{plan}")
    for (method, path), operation in (contract.operations() | contract.operations(contract.CONTROL)).items()
    if method == "GET"
    and operation["operationId"] not in SKIPPED
    and "oauth2" not in path
    and not OTHER_PARTS.search(path)
)


def test_every_column_of_a_file_has_a_check() -> None:
    assert {table.name: set(checks) for table, checks in CHECKS.items()} == {
        table.name: set(table.c.keys()) for table in metadata.sorted_tables
    }


@pytest.fixture
def lms(tmp_path: Path) -> Lms:
    store = SqliteStore(tmp_path / "tenants")
    store.prepare()
    lms = Lms(store)
    lms.bulk_unenroll([13001], course_ids=[201])  # so that there is an event
    return lms


def mutated(file: bytes, chance: random.Random) -> tuple[bytes, str]:
    """The file with another value, column or row; and what was done."""
    what = ""

    def edit(lines: list[bytes]) -> None:
        nonlocal what
        tables = [place for place, line in enumerate(lines) if line.startswith(b'{"table"')]
        place = chance.choice([each for each in tables if json.loads(lines[each])["rows"]])
        says = json.loads(lines[place])
        number = chance.randint(1, says["rows"])
        row = json.loads(lines[place + number])
        column = chance.randrange(len(row))
        value = chance.choice([*VALUES, *row])
        what = f"row {number} of {says['table']}, {says['columns'][column]}: {row[column]!r} -> {value!r}"
        row[column] = value
        lines[place + number] = json.dumps(row).encode()

    return changed(file, edit), what


def read_everything(lms: Lms) -> None:
    """Every reading operation, of some of what there is. None may fail."""
    answers: dict[str, Any] = {}
    for path in READS:
        token = CREDENTIALS.control_token if path.startswith("/_mock") else lms.token
        where = path.format(course=204, user=13008, plan=31, catalog_id=2, survey_id=7, manager_id=13004, group_id=1)
        query = "?user_id[]=13008&user_id[]=13001" if path == "/_mock/learners" else ""
        answers[path] = lms.call("GET", where + query, token=token, status=None)
        # a course of another type does not have sessions
        refused = {400} if path.endswith("/sessions") else set()
        assert lms.last.status_code in {200, 404} | refused, f"{where}: {lms.last.text}"


def test_one_wrong_value_is_refused_by_name_or_harms_nobody(lms: Lms) -> None:
    chance = random.Random(5)
    file = export(lms)
    there = len(kept(lms.tenants.store))
    refused = imported = 0
    for _ in range(250):
        resealed, what = mutated(file, chance)
        answer = load(lms, resealed, status=None)
        if lms.last.status_code == 200:
            imported += 1
            lms.mock("POST", "/snapshots/in/restore")
            read_everything(lms)
            lms.call("POST", "/manage/v1/user", {"username": "somebody-new"})
            lms.call("DELETE", "/learn/v1/enrollments", {"user_ids": [13008], "learningplan_ids": [31]})
            lms.mock("POST", "/reset", {"to": "seed", "scopes": ["data"]})
            lms.mock("DELETE", "/snapshots/in")
        else:
            refused += 1
            assert lms.last.status_code == 400, f"{what}: {answer}"
            (line,) = answer["message"]
            assert line.isprintable(), what
            assert len(line) < 400, what
            assert (names(lms), len(kept(lms.tenants.store))) == (["seed"], there), what
    assert refused > 60
    assert imported > 20


# --- size


@pytest.mark.parametrize("piece", [b"\n" * 2**20, b"[1]\n" * 2**18, b" " * 2**19 + b"\n", b"x" * 2**20])
def test_a_small_file_is_given_up_before_it_is_large(lms: Lms, piece: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    first = gzip.decompress(export(lms)).splitlines()[0] + b"\n"
    bomb = b"".join(snapshot_files._compressed(iter([first, *[piece] * 100])))
    assert len(bomb) < 200_000
    inflated = 0
    pieces = snapshot_files._pieces

    def counted(file: bytes) -> Any:
        nonlocal inflated
        for each in pieces(file):
            inflated += len(each)
            yield each

    monkeypatch.setattr(snapshot_files, "_pieces", counted)
    load(lms, bomb, status=400)
    assert inflated <= 2 * snapshot_files.SMALL


def test_a_file_of_the_most_regular_tenant_is_far_from_being_too_large(lms: Lms) -> None:
    lms.mock("POST", "/tenants", {"name": "large", "seed": "scale", "users": 500, "courses": 20, "plans": 2})
    path = "/t/large/_mock/snapshots/now/file"
    file = lms.http.get(path, headers={"Authorization": f"Bearer {CREDENTIALS.control_token}"}).data
    assert len(gzip.decompress(file)) < snapshot_files.GROWTH * len(file) / 2
