"""Snapshots, saved, read and carried."""

from __future__ import annotations

from typing import Any

from mock_lms.storage.tables import UNSAVED, metadata
from tests.support import contract
from tests.support.lms import CREDENTIALS, Lms

TOKEN = CREDENTIALS.control_token
DATA = [table.name for table in metadata.sorted_tables if table not in UNSAVED]


def names(lms: Lms) -> list[str]:
    return [each["name"] for each in lms.mock("GET", "/snapshots")["snapshots"]]


def data(lms: Lms) -> dict[str, Any]:
    found = lms.everything()
    return {name: found[name] for name in DATA}


def export(lms: Lms, name: str = "now") -> bytes:
    path = f"/_mock/snapshots/{name}/file"
    answer = lms.http.get(path, headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200, answer.text
    contract.check("GET", path, 200, answer.content_type, set(answer.headers.keys()), answer.data)
    return bytes(answer.data)


def load(lms: Lms, file: bytes, name: str = "in", *, status: int | None = 200, kind: str = "application/gzip") -> Any:
    return lms.mock("PUT", f"/snapshots/{name}/file", raw=file, content_type=kind, status=status)
