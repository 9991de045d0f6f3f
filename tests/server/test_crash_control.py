"""`kill -9` in the middle of a reset, restore, save or import: it has happened whole, or not at all."""

from __future__ import annotations

import http.client
import os
import random
import shutil
import signal
import sqlite3
import threading
import time
from contextlib import closing
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.process import Client, Serve, Served, data_of

SIZES = ("--seed", "scale", "--users", 1_000, "--courses", 50, "--plans", 2)
ALL = 1_000 * 50
LESS = ALL - 20 * 50
MOMENTS = 8


def fresh(server: Served) -> Client:
    return Client(server.url, server.ready["control_token"])


def enrolled(path: Path) -> int:
    """How many there are in a file that is whole."""
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        (found,) = database.execute("SELECT count(*) FROM course_enrollments").fetchone()
        (told,) = database.execute("SELECT value FROM counters WHERE name = 'outbox'").fetchone()
    assert (found, told) in {(ALL, 0), (LESS, ALL - LESS)}
    return int(found)


def file_of(server: Served) -> bytes:
    return raw(server, "GET", "/_mock/snapshots/seed/file")


def raw(server: Served, method: str, path: str, body: bytes | None = None) -> bytes:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=60)
    with closing(connection):
        headers = {"Authorization": f"Bearer {server.ready['control_token']}", "Content-Type": "application/gzip"}
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == 200, content
    return content


class Work:
    """A server with one thing to do to it, again and again."""

    def __init__(self, serve: Serve, data: Path, file: bytes) -> None:
        self.serve, self.data, self.file = serve, data, file
        self.server = serve("--data", data)

    @property
    def tenant(self) -> Path:
        return self.data / "tenants" / "default"

    @property
    def snapshot(self) -> Path:
        return self.tenant / "snapshots" / "one.db"

    def less(self) -> None:
        """The state that is neither the seed nor the other."""
        if enrolled(data_of(self.data)) == ALL:
            self.server.log_in().bulk_unenroll(list(range(1001, 1021)), course_ids=list(range(1, 51)))

    def call(self, what: str) -> None:
        control = fresh(self.server)
        if what == "reset":
            control.call("POST", "/_mock/reset")
        elif what == "restore":
            control.call("POST", "/_mock/snapshots/one/restore")
        elif what == "save":
            control.call("PUT", "/_mock/snapshots/one")
        else:
            raw(self.server, "PUT", "/_mock/snapshots/one/file", self.file)

    def prepare(self, what: str) -> None:
        """What there is beforehand: less than the seed, and as a snapshot all of it for a restore, less for a save."""
        if what in {"reset", "restore"}:
            self.less()
            if what == "restore" and not self.snapshot.exists():
                raw(self.server, "PUT", "/_mock/snapshots/one/file", self.file)
        elif what == "import":
            self.less()
            self.call("save")
        elif self.snapshot.exists():
            fresh(self.server).call("DELETE", "/_mock/snapshots/one")

    def outcome(self, what: str) -> bool:
        """Whether it has happened. Raises `AssertionError` where it has in part."""
        if what in {"reset", "restore"}:
            return enrolled(data_of(self.data)) == ALL
        if what == "import":
            return enrolled(self.snapshot) == ALL
        return self.snapshot.exists() and enrolled(self.snapshot) in {ALL, LESS}

    def is_tidy(self) -> None:
        """Nothing hidden is left, and one file of data."""
        left = [path.name for path in (self.data / "tenants").rglob(".*") if path.name != ".mock-lms"]
        assert left == []
        data_of(self.data)


def test_what_is_cut_short_has_happened_whole_or_not_at_all(serve: Serve, tmp_path: Path) -> None:
    first = serve("--data", tmp_path / "first", *SIZES)
    file = file_of(first)
    first.stop()
    seed = random.randrange(1_000_000)
    chance = random.Random(seed)
    for what in ("reset", "restore", "save", "import"):
        work = Work(serve, shutil.copytree(tmp_path / "first", tmp_path / what), file)
        work.prepare(what)
        begin = time.perf_counter()
        work.call(what)
        duration = time.perf_counter() - begin
        happened: list[bool] = []
        # the kills close in on the moment at which it happens, however much faster than the first call the next are
        early, late = 0.0, duration * 1.1
        for _ in range(MOMENTS):
            work.prepare(what)
            delay = early + (late - early) * chance.uniform(0.3, 0.7)
            answered = cut_short(work, what, delay)
            where = f"seed {seed}, {what}, {delay:.4f} s into {duration:.4f} s"
            work.server = serve("--data", work.data)
            try:
                work.is_tidy()
                happened.append(work.outcome(what))
            except (AssertionError, ValueError) as error:
                raise AssertionError(f"{where}: {error!r}") from error
            assert happened[-1] or not answered, f"{where}: what was answered is lost"
            early, late = (early, delay) if happened[-1] else (delay, late)
            names = [each["name"] for each in fresh(work.server).call("GET", "/_mock/snapshots")["snapshots"]]
            assert set(names) <= {"one", "seed"}, where
        assert False in happened, f"no moment was well chosen: {what}, seed {seed}"
        work.prepare(what)
        work.call(what)
        assert work.outcome(what)
        work.server.kill()


def cut_short(work: Work, what: str, delay: float) -> bool:
    """Kills every process so long after the call began; whether it was answered."""
    answered: list[bool] = []

    def send() -> None:
        try:
            work.call(what)
        except (OSError, HTTPException):
            return  # what is expected of a server that was killed
        answered.append(True)

    sending = threading.Thread(target=send, daemon=True)
    sending.start()
    time.sleep(delay)
    os.killpg(work.server.pid, signal.SIGKILL)
    work.server.process.wait()
    work.server.workers_gone()
    sending.join(5)
    return bool(answered)


@pytest.mark.parametrize("leftover", ["tenants/.new-0123456789abcdef", "tenants/default/data-0123456789abcdef.db"])
def test_what_was_left_over_is_swept_up_at_the_next_start(serve: Serve, tmp_path: Path, leftover: str) -> None:
    serve("--data", tmp_path / "data").stop()
    (tmp_path / "data" / leftover).write_text("")
    server = serve("--data", tmp_path / "data")
    assert not (tmp_path / "data" / leftover).exists()
    assert len(server.log_in().pairs()) == 28
