"""What an apply does, written down before and after each call: a SQLite file beside the plan.

The intent is on the disk before a call is made, and the outcome before the next one. Whoever is killed finds here what
was done, what was not begun, and which one call's effect must be found out by reading.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, NamedTuple, Self

from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll.databases import connect, whole
from mock_lms_client.unenroll.observe import chunks
from mock_lms_client.unenroll.pairs import Pair

FORM = "mock-lms-client journal 1"

_SCHEMA = """
CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE calls (
  number INTEGER PRIMARY KEY, kind TEXT NOT NULL, targets TEXT NOT NULL, stage TEXT NOT NULL,
  attempts INTEGER NOT NULL, answer TEXT, outcome TEXT, said TEXT
);
CREATE TABLE pairs (
  number INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, kind TEXT NOT NULL, target_id INTEGER NOT NULL,
  intent TEXT NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL, via INTEGER NOT NULL, call INTEGER,
  outcome TEXT, said TEXT
);
CREATE INDEX pairs_of_call ON pairs (call) WHERE call IS NOT NULL;
CREATE VIEW entries AS
  SELECT p.number, p.user_id, p.kind, p.target_id, p.intent, p.state, p.reason, p.via, p.call,
    coalesce(p.outcome, c.outcome) AS outcome, coalesce(p.said, c.said, '') AS said
  FROM pairs p LEFT JOIN calls c ON c.number = p.call;
"""
# an outcome of a call is that of all its pairs that have none of their own: mostly a thousand pairs end alike

_PAIR = "number, user_id, kind, target_id, intent, state, reason, via, call, outcome, said"

ROWS_AT_ONCE = 2_000


class Stage(StrEnum):
    """How far a call is."""

    PLANNED = "planned"
    SENT = "sent"  # it may have had its effect
    DONE = "done"


class Outcome(StrEnum):
    """What became of a pair."""

    REMOVED = "removed"
    ABSENT = "already absent"
    KEPT = "kept"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class InUse(Exception):
    """Another process works with the journal."""


@dataclass(frozen=True, slots=True)
class Call:
    """A call: all of its users leave all of its targets."""

    number: int
    kind: str
    targets: tuple[int, ...]
    stage: str = Stage.PLANNED
    attempts: int = 0


class Entry(NamedTuple):
    """A pair, its place in the plan, the call that it goes with, and what became of it."""

    number: int
    pair: Pair
    call: int | None
    outcome: str | None
    said: str

    @property
    def key(self) -> tuple[int, int]:
        """User and target."""
        return self.pair.user_id, self.pair.target_id


class Journal:
    """One apply's journal. Only one process at a time has it open."""

    def __init__(self, path: Path) -> None:
        """Opens it, or makes an empty one. Raises `InUse`."""
        self.path = path
        self._db = connect(path, timeout=0.5)
        try:
            self._db.execute("PRAGMA locking_mode=EXCLUSIVE")
            self._db.execute("PRAGMA journal_mode=DELETE")
            # a call is made only after its intent is on the disk
            self._db.execute("PRAGMA synchronous=FULL")
            self._db.execute("BEGIN EXCLUSIVE")
            if not self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]:
                for statement in _SCHEMA.split(";"):
                    self._db.execute(statement)
            self._db.execute("COMMIT")
        except sqlite3.OperationalError as error:
            self._db.close()
            if getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
                raise InUse(f"{path} is in use: another apply works with it") from error
            raise
        except BaseException:
            self._db.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._db.close()

    # --- facts

    def facts(self) -> dict[str, Any]:
        """What was noted about the whole: the plan's hash, the backup's."""
        return {name: json.loads(value) for name, value in self._db.execute("SELECT name, value FROM facts")}

    def note(self, **facts: object) -> None:
        """Notes facts, all or none."""
        with self.whole():
            self._note(facts)

    def _note(self, facts: Mapping[str, object]) -> None:
        rows = [(name, json.dumps(value)) for name, value in facts.items()]
        self._db.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", rows)

    def whole(self) -> AbstractContextManager[None]:
        """All that happens within is on the disk afterwards, or nothing of it."""
        return whole(self._db)

    # --- the plan, once; within `whole`

    def take(self, pairs: Iterable[tuple[Pair, int | None]]) -> Iterator[Entry]:
        """Writes down a plan's pairs, each with the call that it goes with, and hands them on."""
        for some in chunks(enumerate(pairs, 1), ROWS_AT_ONCE):
            self._db.executemany(
                "INSERT INTO pairs (number, user_id, kind, target_id, intent, state, reason, via, call)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
                [(number, *pair, call) for number, (pair, call) in some],
            )
            for number, (pair, call) in some:
                yield Entry(number, pair, call, None, "")

    def began(self, calls: Iterable[Call], **facts: object) -> None:
        """The calls that the pairs go with, and what is to be known about the whole."""
        self._add(calls)
        self._note(facts)

    def again(self, calls: Iterable[Call], pairs: Iterable[tuple[int, int]]) -> None:
        """New calls, and the pairs that go with them now: call and number of each."""
        with self.whole():
            self._db.executemany("UPDATE pairs SET call = ?, outcome = NULL, said = NULL WHERE number = ?", list(pairs))
            self._add(calls)

    def _add(self, calls: Iterable[Call]) -> None:
        self._db.executemany(
            "INSERT INTO calls (number, kind, targets, stage, attempts) VALUES (?, ?, ?, ?, ?)",
            [(call.number, call.kind, json.dumps(call.targets), call.stage, call.attempts) for call in calls],
        )

    # --- reading

    def calls(self, *stages: Stage) -> list[Call]:
        """The calls that are so far, in order."""
        marks = ",".join("?" * len(stages))
        rows = self._db.execute(
            f"SELECT number, kind, targets, stage, attempts FROM calls WHERE stage IN ({marks}) ORDER BY number", stages
        )
        return [Call(row[0], row[1], tuple(json.loads(row[2])), row[3], row[4]) for row in rows]

    def open(self, call: int) -> list[Entry]:
        """The call's pairs of which nobody knows yet what became of them."""
        return self._entries("WHERE call = ? AND outcome IS NULL ORDER BY number", [call])

    def users(self, call: Call) -> list[int]:
        """Those whom the call is still to take from what it names."""
        rows = self._db.execute(
            "SELECT DISTINCT user_id FROM entries WHERE call = ? AND outcome IS NULL AND kind = ? ORDER BY user_id",
            (call.number, call.kind),
        )
        return [row[0] for row in rows]

    def open_count(self, call: int) -> int:
        """How many pairs of the call are open."""
        rows = self._db.execute("SELECT count(*) FROM entries WHERE call = ? AND outcome IS NULL", (call,))
        return int(rows.fetchone()[0])

    def holds(self, call: int, intent: str) -> bool:
        """Whether a pair of this intent is open in the call."""
        row = self._db.execute(
            "SELECT 1 FROM entries WHERE call = ? AND outcome IS NULL AND intent = ? LIMIT 1", (call, intent)
        ).fetchone()
        return row is not None

    def refused(self) -> Iterator[Entry]:
        """The pairs that the server did not let go."""
        return self._each("WHERE outcome = ?", [Outcome.REFUSED])

    def every(self) -> Iterator[Entry]:
        """All pairs, in the plan's order."""
        return self._each("", [])

    def _each(self, where: str, values: Sequence[object]) -> Iterator[Entry]:
        # page by page, so that there may be writing in between
        last = 0
        join = "AND" if where else "WHERE"
        while page := self._entries(f"{where} {join} number > ? ORDER BY number LIMIT {ROWS_AT_ONCE}", [*values, last]):
            yield from page
            last = page[-1].number

    def _entries(self, where: str, values: Sequence[object]) -> list[Entry]:
        rows = self._db.execute(f"SELECT {_PAIR} FROM entries {where}", values)
        return [Entry(row[0], Pair(*row[1:8]), row[8], row[9], row[10]) for row in rows]

    def begun(self) -> bool:
        """Whether any call was sent: then something may have been removed."""
        return bool(self._db.execute("SELECT count(*) FROM calls WHERE attempts > 0").fetchone()[0])

    def outcomes(self) -> dict[str, int]:
        """How many pairs each outcome has; those without one are under ''."""
        rows = self._db.execute("SELECT coalesce(outcome, ''), count(*) FROM entries GROUP BY 1")
        return {row[0]: row[1] for row in rows}

    def left(self) -> dict[tuple[str, int], int]:
        """How many pairs are still to go, by kind and target: those without an outcome, and the refused ones."""
        rows = self._db.execute(
            "SELECT kind, target_id, count(*) FROM entries"
            " WHERE call IS NOT NULL AND (outcome IS NULL OR outcome = ?) GROUP BY 1, 2",
            (Outcome.REFUSED,),
        )
        return {(row[0], row[1]): row[2] for row in rows}

    def unknown(self) -> int:
        """How many pairs are named by calls that were sent and whose outcome was not noted."""
        return sum(self.open_count(call.number) for call in self.calls(Stage.SENT))

    # --- writing

    def sent(self, call: int) -> None:
        """Before a call: it may have its effect from now on."""
        self._db.execute("UPDATE calls SET stage = ?, attempts = attempts + 1 WHERE number = ?", (Stage.SENT, call))

    def settle(
        self,
        call: int,
        outcomes: Iterable[tuple[str, str, int]],
        *,
        stage: Stage,
        rest: tuple[str, str] | None = None,
        answer: object = None,
    ) -> None:
        """After a call: outcome, what was said, and number of pairs; `rest` is for those of the call that are left."""
        said = None if answer is None else json.dumps(answer)
        with self.whole():
            self._db.executemany("UPDATE pairs SET outcome = ?, said = ? WHERE number = ?", list(outcomes))
            self._db.execute(
                "UPDATE calls SET stage = ?, answer = coalesce(?, answer), outcome = ?, said = ? WHERE number = ?",
                (stage, said, *(rest or (None, None)), call),
            )

    def last_call(self) -> int:
        """The highest number of a call."""
        return int(self._db.execute("SELECT coalesce(max(number), 0) FROM calls").fetchone()[0])


def open_journal(path: Path) -> Journal:
    """The journal in this file, or an empty one. Raises `Stopped` where it cannot be used."""
    try:
        journal = Journal(path)
        try:
            journal.facts(), journal.begun()
        except BaseException:
            journal.__exit__()
            raise
    except InUse as error:
        raise Stopped(f"{error}; nothing was done", Exit.NOTHING_DONE) from error
    except sqlite3.DatabaseError as error:
        raise Stopped(f"{path} is no journal of ours ({error}); nothing was done", Exit.NOTHING_DONE) from error
    return journal
