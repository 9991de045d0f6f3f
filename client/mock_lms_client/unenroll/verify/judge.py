"""What became of a pair: what is there now decides, and not what the journal says."""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import dataclass, field

from mock_lms_client.exits import Exit
from mock_lms_client.unenroll.journal import Entry, Outcome
from mock_lms_client.unenroll.pairs import Intent

SHOWN = 5
"""Of those that are not as planned."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of a pair, in a word and in more of them."""

    result: str
    reason: str = ""
    as_planned: bool = True


@dataclass(slots=True)
class Verified:
    """All of it, counted."""

    tenant: str
    results: Tally[str] = field(default_factory=Tally)
    not_as_planned: int = 0
    first: list[tuple[Entry, Verdict]] = field(default_factory=list)
    """Some of those that are not as planned."""

    @property
    def code(self) -> Exit:
        """The exit code."""
        if self.results[Outcome.UNKNOWN]:
            return Exit.UNKNOWN
        return Exit.PARTIAL if self.not_as_planned else Exit.AS_PLANNED

    def add(self, entry: Entry, verdict: Verdict) -> None:
        """One pair."""
        self.results[verdict.result] += 1
        if not verdict.as_planned:
            self.not_as_planned += 1
            if len(self.first) < SHOWN:
                self.first.append((entry, verdict))


def judge(entry: Entry, *, present: bool, sent: bool = False, restored: bool = False) -> Verdict:
    """What became of a pair that is there now or is not; `sent` is its call, of which no outcome was noted.

    `restored` means that a restore asked for it.
    """
    return _of_present(entry, sent=sent, restored=restored) if present else _of_absent(entry, sent=sent)


def _of_absent(entry: Entry, *, sent: bool) -> Verdict:
    intent, outcome = entry.pair.intent, entry.outcome
    if intent == Intent.KEEP:
        return Verdict(Outcome.REMOVED, "was to be kept", as_planned=False)
    if outcome == Outcome.REMOVED or (outcome is None and sent):  # it was there when the backup was made
        return Verdict(Outcome.REMOVED)
    if intent == Intent.ABSENT:
        return Verdict(Outcome.ABSENT, entry.pair.reason)
    if outcome == Outcome.ABSENT:
        return Verdict(Outcome.ABSENT)
    return Verdict(Outcome.ABSENT, "not by this apply")


_STILL_THERE = {
    Outcome.REMOVED: "the server said that it was removed, and it is there",
    Outcome.ABSENT: "it was absent when it was to be removed, and it is there",
}


def _of_present(entry: Entry, *, sent: bool, restored: bool) -> Verdict:
    intent, outcome = entry.pair.intent, entry.outcome
    if intent == Intent.KEEP:
        return Verdict(Outcome.KEPT, entry.pair.reason)
    if intent == Intent.ABSENT:
        return Verdict(Outcome.KEPT, "was not there when planned", as_planned=False)
    if outcome == Outcome.KEPT:
        return Verdict(Outcome.KEPT, entry.said or entry.pair.reason)
    if restored:
        return Verdict(Outcome.KEPT, "was removed, and a restore brought it back", as_planned=False)
    if outcome is None:
        reason = "a call was sent and its answer is missing" if sent else "not done yet"
        return Verdict(Outcome.UNKNOWN, reason, as_planned=False)
    return Verdict(Outcome.REFUSED, _STILL_THERE.get(Outcome(outcome), entry.said), as_planned=False)
