"""Bringing back what an apply removed, and saying what of it does not come back."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import groupby, zip_longest
from pathlib import Path

from mock_lms_client.client import Client
from mock_lms_client.errors import ClientError
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenrolling.bringing_back import (
    IN_ADDITION,
    NOT_RESTORED,
    RESTORED,
    THERE,
    Back,
    BringingBack,
)
from mock_lms_client.unenrolling.comparing import open_backup
from mock_lms_client.unenrolling.document import Document, Json
from mock_lms_client.unenrolling.files import marks_of
from mock_lms_client.unenrolling.grouping import Group, Item
from mock_lms_client.unenrolling.journal import Entry, Journal, Outcome, Stage, open_journal
from mock_lms_client.unenrolling.labels import title, username
from mock_lms_client.unenrolling.marks import open_marks
from mock_lms_client.unenrolling.pairs import COURSE, GOES, PLAN
from mock_lms_client.unenrolling.running import Bars
from mock_lms_client.unenrolling.states import MENDABLE, state_of
from mock_lms_client.unenrolling.tables import table

COLUMNS = ("user_id", "username", "kind", "target_id", "title", "result", "reason", "differs")

USERS_AT_ONCE, PAIRS_AT_ONCE = 1_000, 10_000
"""Of those that are brought back together. More of them would need fewer calls, and more memory."""

SHOWN = 5
"""Of those that did not come back."""


@dataclass(slots=True)
class Restored:
    """All of it, counted."""

    tenant: str
    results: Tally[str] = field(default_factory=Tally)
    differs: Tally[str] = field(default_factory=Tally)
    """How many enrollments are there and have a field that is not as it was."""
    completed: int = 0
    """Of those that are back: how many were completed, and may have had a certificate."""
    not_restored: list[Back] = field(default_factory=list)
    """Some of them."""
    in_addition: list[Back] = field(default_factory=list)
    """Some of them."""

    @property
    def code(self) -> Exit:
        """The exit code."""
        is_back = not self.results[NOT_RESTORED] and not any(self.differs[name] for name in MENDABLE)
        return Exit.AS_PLANNED if is_back else Exit.PARTIAL

    def add(self, back: Back, differs: list[str]) -> None:
        """One of them."""
        self.results[back.result] += 1
        self.differs.update(differs)
        if back.result == RESTORED and back.item and back.item.was.status == "completed":
            self.completed += 1
        shown = {NOT_RESTORED: self.not_restored, IN_ADDITION: self.in_addition}.get(back.result)
        if shown is not None and len(shown) < SHOWN:
            shown.append(back)


class Source:
    """A backup, and the journal that says what of it was removed."""

    def __init__(self, backup: Document, journal: Journal) -> None:
        self.backup = backup
        self._journal = journal
        self._sent = frozenset(call.number for call in journal.calls(Stage.SENT))

    @property
    def count(self) -> int:
        """How many were removed, or may have been."""
        unknown = sum(entry.pair.intent in GOES for number in self._sent for entry in self._journal.open(number))
        return self._journal.outcomes().get(Outcome.REMOVED, 0) + unknown

    def groups(self) -> Iterator[Group]:
        """What was removed, or may have been, of so many users at a time."""
        group: Group = []
        users = 0
        for _, own in groupby(self._items(), key=lambda item: item.entry.pair.user_id):
            if users == USERS_AT_ONCE or len(group) >= PAIRS_AT_ONCE:
                yield group
                group, users = [], 0
            group += own
            users += 1
        if group:
            yield group

    def _items(self) -> Iterator[Item]:
        goes = (entry for entry in self._journal.every() if entry.pair.intent in GOES)
        for entry, row in zip_longest(goes, self.backup.rows()):
            if entry is None or row is None or (entry.pair.kind, *entry.key) != _place(row):
                line = f"{self._journal.path} and {self.backup.path} do not fit each other; nothing more was done"
                raise Stopped(line, Exit.NOTHING_DONE)
            if self._was_removed(entry):
                kind = entry.pair.kind
                yield Item(entry, state_of(kind, row), username(row), title(kind, row))

    def _was_removed(self, entry: Entry) -> bool:
        return entry.outcome == Outcome.REMOVED or (entry.outcome is None and entry.call in self._sent)


def _place(row: Json) -> tuple[str, int, int]:
    kind, target = (COURSE, row["course_id"]) if "course_id" in row else (PLAN, row["learning_plan_id"])
    return kind, int(row["user_id"]), int(target)


@contextmanager
def source(path: Path, tenant: str) -> Iterator[Source]:
    """The backup and its journal. Raises `Stopped` where they are another tenant's, or not each other's."""
    backup = open_backup(path)
    if (theirs := backup.header["tenant"]) != tenant:
        raise Stopped(f"{path} is of {theirs}, not of {tenant}; nothing was done", Exit.NOTHING_DONE)
    beside = path.parent / Path(backup.header["journal"]).name  # beside it, whatever the file says
    if not beside.exists():
        line = f"{path} lacks its journal {beside}, which says what was really removed; nothing was done"
        raise Stopped(line, Exit.NOTHING_DONE)
    with open_journal(beside) as journal:
        if journal.facts().get("backup") != backup.sha256:
            raise Stopped(f"{beside} is the journal of another backup; nothing was done", Exit.NOTHING_DONE)
        yield Source(backup, journal)


def restore(client: Client, source: Source, output: Path, *, dates: bool, again: str, bars: Bars) -> Restored:
    """Brings back what was removed and is not there, and writes to `output` what became of each.

    With `dates` it gives each the date of its enrollment, too. Raises `Stopped` where it cannot go on; it can be run
    again at any time, and `again` is the command for it.
    """
    found = Restored(client.tenant)
    with (
        open_marks(marks_of(source.backup.path), source.backup.sha256) as marks,
        table(output, COLUMNS) as rows,
        bars("bringing back", source.count) as bar,
    ):
        work = BringingBack(client, marks, dates=dates)
        try:
            for group in source.groups():
                names = {item.place[1]: item.username for item in group}
                for back in work.bring_back(group):
                    differs = _differs(back)
                    kind, user, target = back.place
                    called = back.item.title if back.item else back.title
                    what = back.result, back.reason, "; ".join(differs.values())
                    rows.add((user, names.get(user, ""), kind, target, called, *what))
                    found.add(back, [*differs])
                bar.advance(len(group))
        except ClientError as error:
            raise _stopped(error, work, _so_far(found, source), again) from error
        except KeyboardInterrupt:
            raise Stopped(f"interrupted: {_so_far(found, source)}. `{again}` goes on", Exit.INTERRUPTED) from None
    return found


def _so_far(found: Restored, source: Source) -> str:
    counts = {RESTORED: "are back", THERE: "were there", NOT_RESTORED: "could not be restored"}
    shown = [f"{found.results[result]:,} {what}" for result, what in counts.items()]
    left = source.count - sum(found.results[result] for result in counts)
    return f"{', '.join(shown)}, {left:,} are left to look at"


def _differs(back: Back) -> dict[str, str]:
    """What is not as it was, by the names of the fields, in words."""
    if back.item is None or back.now is None:
        return {}
    was, now = back.item.was, back.now
    return {name: f"{name}: {_word(getattr(was, name))}, now {_word(getattr(now, name))}" for name in was.differs(now)}


def _word(value: object) -> str:
    return "none" if value is None else str(value)


def _stopped(error: ClientError, work: BringingBack, so_far: str, again: str) -> Stopped:
    line = str(error).rstrip(".")
    if work.unsettled:
        unknown = "what became of the last call is unknown"
        return Stopped(f"{line}; {unknown}; {so_far}. `{again}` goes on", Exit.UNKNOWN)
    if work.wrote:
        return Stopped(f"{line}; {so_far}. `{again}` goes on", Exit.PARTIAL)
    return Stopped(f"{line}; nothing was done. `{again}` tries it again", Exit.NOTHING_DONE)
