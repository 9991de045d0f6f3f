"""An apply from beginning to end: journal, backup, calls."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field

from mock_lms_client.client import Client
from mock_lms_client.errors import ClientError
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll.apply import compare, limits
from mock_lms_client.unenroll.apply.calls import call_refused_again
from mock_lms_client.unenroll.apply.execute import Executor
from mock_lms_client.unenroll.apply.limits import Left, Limits
from mock_lms_client.unenroll.document import Document
from mock_lms_client.unenroll.files import backup_of, journal_of
from mock_lms_client.unenroll.journal import Journal, Outcome, Stage, open_journal
from mock_lms_client.unenroll.observe import Observer
from mock_lms_client.unenroll.plan_file import courses_by_plan
from mock_lms_client.unenroll.progress import Bars


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


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a plan is."""

    begun: bool = False
    """Whether anything may have been removed already."""
    left: Left = field(default_factory=dict)
    limits: Limits | None = None
    """Those that the last apply had."""


def standing(plan: Document, *, resume: bool, again: str) -> Standing:
    """Raises `Stopped` where the plan was begun and nobody said `--resume`; `again` is the command that does."""
    path = journal_of(plan.path)
    if not path.exists():
        return Standing(left=limits.of_plan(plan))
    with open_journal(path) as journal:
        facts, begun = journal.facts(), journal.begun()
        if facts.get("plan", plan.sha256) != plan.sha256:
            line = f"{path} is another plan's journal; nothing was done. Move it away, or give this plan another name."
            raise Stopped(line, Exit.NOTHING_DONE)
        if begun and not resume:
            line = f"{plan.path} was begun already; nothing was done. Go on with `{again}`"
            raise Stopped(line, Exit.NOTHING_DONE)
        left = journal.left() if "plan" in facts else limits.of_plan(plan)
    return Standing(begun, left, limits.from_facts(facts, plan) if resume else None)


def apply_plan(client: Client, plan: Document, *, allowed: Limits, again: str, bars: Bars) -> Done:
    """Does what is left of the plan. Raises `Stopped` where it cannot go on; what was done is in the journal.

    The limits are noted there and not looked at; `again` is the command that goes on.
    """
    goes = plan.summary["goes"]
    with open_journal(journal_of(plan.path)) as journal:
        try:
            if limits.from_facts(journal.facts(), plan) != allowed:
                journal.note(**limits.to_facts(allowed, plan))
            _call(client, plan, journal, goes, bars)
        except (ClientError, OSError, sqlite3.Error) as error:  # the last two: a full disk, such as that
            raise Stopped(_cannot_go_on(journal, error, again), _code(journal)) from error
        refused = [
            (entry.pair.user_id, entry.pair.kind, entry.pair.target_id, entry.said)
            for entry, _ in zip(journal.refused(), range(SHOWN), strict=False)
        ]
        return Done(journal.outcomes(), refused)


def _call(client: Client, plan: Document, journal: Journal, goes: int, bars: Bars) -> None:
    header = plan.header
    executor = Executor(
        client,
        journal,
        reset_tracks=header["reset_tracks"],
        delete_certificates=header["delete_certificates"],
        cascade=header["cascade"] and not header["keep"],
        contains=courses_by_plan(plan),
    )
    executor.find_out()
    call_refused_again(journal, plan)
    with bars("comparing", goes) as bar:
        check = compare.still_so if "plan" in journal.facts() else compare.back_up
        check(journal, plan, Observer(client), backup_of(plan.path), bar.advance)
    with bars("removing", goes) as bar:
        bar.advance(sum(number for outcome, number in journal.outcomes().items() if outcome))
        executor.run(bar.advance)


def _code(journal: Journal) -> Exit:
    try:
        if journal.calls(Stage.SENT):
            return Exit.UNKNOWN
        return Exit.PARTIAL if journal.begun() else Exit.NOTHING_DONE
    except sqlite3.Error:  # it cannot even be read any more
        return Exit.UNKNOWN


def _cannot_go_on(journal: Journal, error: Exception, again: str) -> str:
    line = (f"{journal.path}: {error}" if isinstance(error, sqlite3.Error) else str(error)).rstrip(".")
    match _code(journal):
        case Exit.NOTHING_DONE:
            return f"{line}; nothing was done. `{again}` tries it again"
        case Exit.UNKNOWN:
            return f"{line}; {_so_far(journal)}. `{again}` finds out and goes on"
        case _:
            return f"{line}; {_so_far(journal)}. `{again}` goes on where this ended"


def interrupted(plan: Document, again: str) -> Stopped:
    """What to tell whoever pressed Ctrl-C: what was done, and the command that goes on."""
    with open_journal(journal_of(plan.path)) as journal:
        so_far = _so_far(journal) if journal.begun() else "nothing was done"
    return Stopped(f"interrupted; the journal is whole: {so_far}. `{again}` goes on", Exit.INTERRUPTED)


def _so_far(journal: Journal) -> str:
    """What is done, what is unknown, what is left; in words."""
    try:
        outcomes, unknown = journal.outcomes(), journal.unknown()
        left = sum(journal.left().values()) - unknown - outcomes.get(Outcome.REFUSED, 0)
    except sqlite3.Error:  # it cannot even be read any more
        return "what became of the last call is unknown"
    counts = {
        "removed": outcomes.get(Outcome.REMOVED, 0),
        "absent already": outcomes.get(Outcome.ABSENT, 0),
        "kept": outcomes.get(Outcome.KEPT, 0),
        "refused": outcomes.get(Outcome.REFUSED, 0),
        "unknown, since a call was sent and its answer is missing": unknown,
        "not begun": left,
    }
    shown = [f"{count:,} {what}" for what, count in counts.items() if count or what == "removed"]
    return ", ".join(shown)
