"""What a restore begins with: a backup, and the journal beside it that says what of it was really removed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import groupby, zip_longest
from pathlib import Path

from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll.backup_file import open_backup
from mock_lms_client.unenroll.document import Document, Json
from mock_lms_client.unenroll.journal import Entry, Journal, Outcome, Stage, open_journal
from mock_lms_client.unenroll.labels import title, username
from mock_lms_client.unenroll.pairs import COURSE, GOES, PLAN
from mock_lms_client.unenroll.restore.group import Group, Item
from mock_lms_client.unenroll.states import EnrollmentKey, state_of

USERS_AT_ONCE, PAIRS_AT_ONCE = 1_000, 10_000
"""Of those that are brought back together. More of them would need fewer calls, and more memory."""


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
            if entry is None or row is None or (entry.pair.kind, *entry.key) != _key(row):
                line = f"{self._journal.path} and {self.backup.path} do not fit each other; nothing more was done"
                raise Stopped(line, Exit.NOTHING_DONE)
            if self._was_removed(entry):
                kind = entry.pair.kind
                yield Item(entry, state_of(kind, row), username(row), title(kind, row))

    def _was_removed(self, entry: Entry) -> bool:
        return entry.outcome == Outcome.REMOVED or (entry.outcome is None and entry.call in self._sent)


def _key(row: Json) -> EnrollmentKey:
    kind, target = (COURSE, row["course_id"]) if "course_id" in row else (PLAN, row["learning_plan_id"])
    return kind, int(row["user_id"]), int(target)


@contextmanager
def open_source(path: Path, tenant: str) -> Iterator[Source]:
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
