"""The outbox belongs to one state of the tenant: it is bounded, and in nothing that is saved or carried away."""

from __future__ import annotations

import pytest

from mock_lms.domain.webhook_events import WebhookEvent
from mock_lms.storage import outbox as storage
from mock_lms.storage.tables import outbox
from tests.conftest import NewLms
from tests.support.lms import Lms
from tests.support.snapshots import export, load

pytestmark = pytest.mark.both_databases

USERS = [13001, 13002, 13004, 13006]


@pytest.fixture
def used(new_lms: NewLms) -> Lms:
    """A tenant in which something happened."""
    lms = new_lms()
    lms.bulk_unenroll(USERS, course_ids=[201, 202])
    assert lms.rows(outbox)
    return lms


def record(lms: Lms, *sizes: int) -> None:
    """One call that unenrolls so many users from course after course."""
    happened = [WebhookEvent("course.enrollment.deleted", set(range(1, size + 1)), course_id=1) for size in sizes]
    with lms.tenant.database.begin() as transaction:
        storage.record(transaction, happened, at=lms.tenant.now(), actor_id=1, batch=True)


def kept(lms: Lms) -> list[int]:
    return [row[0] for row in lms.rows(outbox)]


def test_it_keeps_the_newest_and_never_more(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "KEPT", 200)
    monkeypatch.setattr(storage, "BATCH", 20)
    last = 0
    for sizes in ((150,), (49,), (1,), (1,), (19, 3), (), (0,), (500, 7, 93), *[(1,)] * 45, (10,) * 9):
        record(lms, *sizes)
        last += sum(sizes)
        found = kept(lms)
        assert len(found) <= 200
        assert len(found) >= min(last, 180)
        assert found == list(range(last - len(found) + 1, last + 1))


def test_the_oldest_go_together_not_at_each_call(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "KEPT", 200)
    monkeypatch.setattr(storage, "BATCH", 20)
    record(lms, 400)
    firsts = set()
    for _ in range(60):
        record(lms, 1)
        firsts.add(kept(lms)[0])
    assert len(firsts) <= 4


def test_twenty_thousand_are_kept() -> None:
    assert storage.KEPT == 20_000


def test_no_snapshot_and_no_fork_has_any(used: Lms) -> None:
    used.mock("PUT", "/snapshots/one")
    for state in ("now", "one"):
        name = f"of-{state}"
        used.mock("POST", "/fork", {"name": name, "state": state})
        with used.tenants.open(name).database.read() as transaction:
            assert transaction.execute("SELECT count(*) FROM outbox") == [(0,)]
            assert transaction.execute("SELECT count(*) FROM course_enrollments") == [(20,)]
    with used.tenants.store.side_by_side(
        used.tenant.database, used.tenants.store.image(used.name, "one"), used.tenants.store.image(used.name, "seed")
    ) as (transaction, names):
        for name in names:
            assert transaction.execute(f"SELECT count(*) FROM {name}.outbox") == [(0,)]
    assert used.rows(outbox)  # its own are still there


@pytest.mark.parametrize("state", ["now", "one"])
def test_no_export_has_any(used: Lms, state: str) -> None:
    import gzip

    used.mock("PUT", "/snapshots/one")
    lines = gzip.decompress(export(used, state)).splitlines()
    (begin,) = [number for number, line in enumerate(lines) if line.startswith(b'{"table":"outbox"')]
    assert lines[begin].endswith(b'"rows":0}')
    assert lines[begin + 1].startswith((b'{"table"', b'{"sha256"'))


@pytest.mark.parametrize("to", ["seed", "one"])
def test_a_restore_empties_it_and_what_happens_then_is_noted(used: Lms, to: str) -> None:
    used.mock("PUT", "/snapshots/one")
    used.mock("POST", "/reset", {"to": to, "scopes": ["data"]})
    assert used.rows(outbox) == []
    used.bulk_unenroll([13012], course_ids=[206])
    before = len(used.rows(outbox))
    used.call("POST", "/learn/v1/enrollments/206/13012", status=None)
    assert len(used.rows(outbox)) == before + 1


def test_a_file_that_has_some_is_refused(used: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    from mock_lms.storage import database_files, snapshot_rows
    from mock_lms.storage.store import schema_rows

    with monkeypatch.context() as another:
        for module in (database_files, schema_rows, snapshot_rows):
            another.setattr(module, "UNSAVED", ())
        used.mock("PUT", "/snapshots/some")
        file = export(used, "some")
    refused = load(used, file, "in", status=400)
    assert "outbox is in no file" in refused["message"][0]
