"""Enrolls unenrolled users again: whether that works, and what has become of their progress."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass

from mock_lms_contracts import views
from mock_lms_contracts.campus import Campus
from mock_lms_contracts.judge import Broken, said
from mock_lms_contracts.lab import BULK
from mock_lms_contracts.model import Fact, Layer, Meaning
from mock_lms_contracts.scenario import SUBSCRIBED
from mock_lms_contracts.worlds import STATUSES

Held = Mapping[Fact, object]


@dataclass(frozen=True, slots=True)
class Looked:
    """A requirement that was checked, how it was broken if it was, and the calls."""

    requirement: str
    broken: Broken | None
    curl: Sequence[str]


def come_back(campus: Campus, meaning: Meaning, before: Held, variants: MutableMapping[str, str]) -> Iterator[Looked]:
    """Enrolls the users who left again, in one course that was listed and in one that went by the cascade.

    Adds the target's `reenrollment` to the variants when it shows for the first time.
    """
    by_course: dict[int, list[Fact]] = {}
    for fact in sorted(meaning.parted):
        if fact.layer is Layer.COURSE and before.get(fact) in STATUSES:
            by_course.setdefault(fact.target, []).append(fact)
    listed = [course for course in by_course if course in meaning.call.courses]
    cascaded = [course for course in by_course if course not in meaning.call.courses]
    for course in (*listed[:1], *cascaded[:1]):
        yield from _enroll_again(campus, by_course[course], before, variants, reset=meaning.call.reset_tracks)


def _enroll_again(
    campus: Campus, facts: Sequence[Fact], before: Held, variants: MutableMapping[str, str], *, reset: bool
) -> Iterator[Looked]:
    users = [fact.user for fact in facts]
    campus.target.calls.clear()
    answer = campus.target.call("POST", BULK, {"user_ids": users, "course_ids": [facts[0].target]})
    around = views.Neighborhood(tuple(users), (), ())
    campus.settle(campus.look(around), around)
    curl = tuple(campus.target.calls[:3])
    seen = {fact: campus.held.get(fact) for fact in facts}
    missing = [fact for fact in facts if seen[fact] is None]
    sentence = f"Enrolling unenrolled users again is answered with {answer.status}, but they are not enrolled."
    wanted: dict[Fact, object] = dict.fromkeys(facts, SUBSCRIBED)
    yield Looked("ENROLL-BACK-1", _broken("ENROLL-BACK-1", sentence, missing, wanted, seen), curl)
    begun = [fact for fact in facts if before[fact] != SUBSCRIBED]
    if missing or not begun:
        return
    if not reset and "reenrollment" not in variants:
        restored = all(seen[fact] == before[fact] for fact in begun)
        variants["reenrollment"] = "restore" if restored else "discard"
    if not reset and variants["reenrollment"] == "restore":
        wanted = {fact: before[fact] for fact in facts}
    wrong = [fact for fact in facts if seen[fact] not in {wanted[fact], views.UNTOLD}]
    requirement, how = ("COMPLETION-RESET-1", "with") if reset else ("COMPLETION-KEEP-1", "without")
    sentence = f"A user who left {how} reset_tracks and is enrolled again has the wrong status."
    yield Looked(requirement, _broken(requirement, sentence, wrong, wanted, seen), curl)


def _broken(requirement: str, sentence: str, facts: Sequence[Fact], wanted: Held, seen: Held) -> Broken | None:
    if not facts:
        return None
    expected = [said(fact, wanted[fact]) for fact in facts]
    return Broken(requirement, sentence, expected, [said(fact, seen[fact]) for fact in facts])
