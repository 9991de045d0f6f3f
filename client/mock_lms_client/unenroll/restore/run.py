"""A restore from beginning to end: brings back what an apply removed, and says what does not come back."""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import dataclass, field
from pathlib import Path

from mock_lms_client.client import Client
from mock_lms_client.errors import ClientError
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll.files import marks_of
from mock_lms_client.unenroll.marks import open_marks
from mock_lms_client.unenroll.progress import Bars
from mock_lms_client.unenroll.restore.bring_back import IN_ADDITION, NOT_RESTORED, RESTORED, THERE, Back, Restorer
from mock_lms_client.unenroll.restore.source import Source
from mock_lms_client.unenroll.states import MENDABLE
from mock_lms_client.unenroll.tables import table

COLUMNS = ("user_id", "username", "kind", "target_id", "title", "result", "reason", "differs")

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


def restore_backup(client: Client, source: Source, output: Path, *, dates: bool, again: str, bars: Bars) -> Restored:
    """Brings back what was removed and is not there, and writes to `output` what became of each.

    With `dates` it gives each the date of its enrollment, too. Raises `Stopped` where it cannot go on; it can be run
    again at any time, and `again` is the command for it.
    """
    restored = Restored(client.tenant)
    with (
        open_marks(marks_of(source.backup.path), source.backup.sha256) as marks,
        table(output, COLUMNS) as rows,
        bars("bringing back", source.count) as bar,
    ):
        work = Restorer(client, marks, dates=dates)
        try:
            for group in source.groups():
                names = {item.key[1]: item.username for item in group}
                for back in work.bring_back(group):
                    differs = _differs(back)
                    kind, user, target = back.key
                    called = back.item.title if back.item else back.title
                    what = back.result, back.reason, "; ".join(differs.values())
                    rows.add((user, names.get(user, ""), kind, target, called, *what))
                    restored.add(back, [*differs])
                bar.advance(len(group))
        except ClientError as error:
            raise _stopped(error, work, _so_far(restored, source), again) from error
        except KeyboardInterrupt:
            raise Stopped(f"interrupted: {_so_far(restored, source)}. `{again}` goes on", Exit.INTERRUPTED) from None
    return restored


def _so_far(restored: Restored, source: Source) -> str:
    counts = {RESTORED: "are back", THERE: "were there", NOT_RESTORED: "could not be restored"}
    shown = [f"{restored.results[result]:,} {what}" for result, what in counts.items()]
    left = source.count - sum(restored.results[result] for result in counts)
    return f"{', '.join(shown)}, {left:,} are left to look at"


def _differs(back: Back) -> dict[str, str]:
    """What is not as it was, by the names of the fields, in words."""
    if back.item is None or back.now is None:
        return {}
    was, now = back.item.was, back.now
    return {name: f"{name}: {_word(getattr(was, name))}, now {_word(getattr(now, name))}" for name in was.differs(now)}


def _word(value: object) -> str:
    return "none" if value is None else str(value)


def _stopped(error: ClientError, work: Restorer, so_far: str, again: str) -> Stopped:
    line = str(error).rstrip(".")
    if work.unsettled:
        unknown = "what became of the last call is unknown"
        return Stopped(f"{line}; {unknown}; {so_far}. `{again}` goes on", Exit.UNKNOWN)
    if work.wrote:
        return Stopped(f"{line}; {so_far}. `{again}` goes on", Exit.PARTIAL)
    return Stopped(f"{line}; nothing was done. `{again}` tries it again", Exit.NOTHING_DONE)
