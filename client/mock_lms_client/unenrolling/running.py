"""An apply from beginning to end: journal, backup, calls."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

from mock_lms_client.client import Client
from mock_lms_client.errors import ClientError
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenrolling import applying, beginning, comparing
from mock_lms_client.unenrolling.document import Document
from mock_lms_client.unenrolling.files import backup_of, journal_of
from mock_lms_client.unenrolling.journal import Journal, Outcome, Stage, open_journal
from mock_lms_client.unenrolling.observing import Observer


class _Bar(Protocol):
    def advance(self, more: int, /) -> None: ...


Bars = Callable[[str, int], AbstractContextManager[_Bar]]
"""Makes a progress bar: what is done, and how many there are."""


@dataclass(frozen=True, slots=True)
class Done:
    """How an apply ended: how many pairs have each outcome, what was said of some that were refused."""

    outcomes: dict[str, int]
    refused: list[tuple[int, str, int, str]]
    """User, kind, target, what was said."""

    @property
    def code(self) -> Exit:
        """The exit code."""
        return Exit.PARTIAL if self.outcomes.get(Outcome.REFUSED) else Exit.AS_PLANNED


SHOWN = 5


def check_begun(plan: Document, *, resume: bool) -> bool:
    """Whether the plan was begun earlier. Raises `Stopped` where it was and nobody said `--resume`."""
    path = journal_of(plan.path)
    if not path.exists():
        return False
    with open_journal(journal_of(plan.path)) as journal:
        facts, begun = journal.facts(), journal.begun()
        if facts.get("plan", plan.sha256) != plan.sha256:
            line = f"{path} is another plan's journal; nothing was done. Move it away, or give this plan another name."
            raise Stopped(line, Exit.NOTHING_DONE)
    if begun and not resume:
        raise Stopped(f"{plan.path} was begun already; nothing was done. Go on with --resume.", Exit.NOTHING_DONE)
    return begun


def run(client: Client, plan: Document, *, bars: Bars) -> Done:
    """Does what is left of the plan. Raises `Stopped` where it cannot go on; what was done is in the journal."""
    goes = plan.summary["goes"]
    with open_journal(journal_of(plan.path)) as journal:
        try:
            _call(client, plan, journal, goes, bars)
        except (ClientError, OSError, sqlite3.Error) as error:  # the last two: a full disk, such as that
            raise Stopped(_cannot_go_on(plan, journal, error), _code(journal)) from error
        refused = [
            (entry.pair.user_id, entry.pair.kind, entry.pair.target_id, entry.said)
            for entry, _ in zip(journal.refused(), range(SHOWN), strict=False)
        ]
        return Done(journal.outcomes(), refused)


def _call(client: Client, plan: Document, journal: Journal, goes: int, bars: Bars) -> None:
    header = plan.header
    apply = applying.Applying(
        client,
        journal,
        reset_tracks=header["reset_tracks"],
        delete_certificates=header["delete_certificates"],
        cascade=header["cascade"] and not header["keep"],
        contains=beginning.contained(plan),
    )
    apply.find_out()
    beginning.begin_again(journal, plan)
    with bars("comparing", goes) as bar:
        check = comparing.still_so if "plan" in journal.facts() else comparing.back_up
        check(journal, plan, Observer(client), backup_of(plan.path), bar.advance)
    with bars("removing", goes) as bar:
        bar.advance(sum(number for outcome, number in journal.outcomes().items() if outcome))
        apply.run(bar.advance)


def _code(journal: Journal) -> Exit:
    try:
        if journal.calls(Stage.SENT):
            return Exit.UNKNOWN
        return Exit.PARTIAL if journal.begun() else Exit.NOTHING_DONE
    except sqlite3.Error:  # it cannot even be read any more
        return Exit.UNKNOWN


def _cannot_go_on(plan: Document, journal: Journal, error: Exception) -> str:
    line = (f"{journal.path}: {error}" if isinstance(error, sqlite3.Error) else str(error)).rstrip(".")
    match _code(journal):
        case Exit.NOTHING_DONE:
            return f"{line}; nothing was done"
        case Exit.UNKNOWN:
            return (
                f"{line}; what became of the last call is unknown. `apply {plan.path} --resume` finds out and goes on."
            )
        case _:
            return f"{line}; `apply {plan.path} --resume` goes on where this ended"
