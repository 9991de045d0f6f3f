"""Compares the answer and the readings after a call with the model, and names the requirements that break."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from mock_lms_contracts.model import CAP, PLACEHOLDER, PLACEHOLDERS, Difference, Fact, Layer, Meaning, is_unused
from mock_lms_contracts.target import Answer
from mock_lms_contracts.views import UNTOLD, Reading

WHOLE = re.compile(r"(?<!\d)\d+(?!\d)")
TARGETS = ("course_id", "learning_plan_id", "learningplan_id")
"""Fields in which an entry that is an object names its course or plan."""

UNLISTED = frozenset({"UNENROLL-EFFECT-3", "PLAN-LEAVE-2"})
"""Requirements by which nothing unlisted goes. If the placeholder is listed, it may be what removed something."""

MOST = 12
"""Facts, ids or entries of one kind that a report shows."""


@dataclass(frozen=True, slots=True)
class Broken:
    """A requirement that does not hold, as one case shows it."""

    requirement: str
    message: str
    expected: Any = None
    seen: Any = None


# --- what is held


@dataclass(frozen=True, slots=True)
class Seen:
    """Differences between the readings after a call and what must be held."""

    agreed: Mapping[Fact, object]
    """By fact, the wrong value that all views show. None stands for a fact that is missing."""

    by_view: Mapping[str, Mapping[Fact, object]]
    """By view, the wrong values that not all views show."""


def compare(readings: Sequence[Reading], after: Mapping[Fact, object]) -> Seen:
    """Compares the readings with what must be held, as far as they cover it."""
    wrong: dict[Fact, dict[str, object]] = {}
    for reading in readings:
        for fact in _wrong(reading, after):
            wrong.setdefault(fact, {})[reading.view] = reading.shown.get(fact)
    agreed: dict[Fact, object] = {}
    by_view: dict[str, dict[Fact, object]] = {}
    for fact, shown in sorted(wrong.items()):
        covering = sum(reading.covers(fact) for reading in readings)
        if len(shown) == covering:
            agreed[fact] = next(iter(shown.values()))
        else:
            for view, value in shown.items():
                by_view.setdefault(view, {})[fact] = value
    return Seen(agreed, by_view)


def of_state(meaning: Meaning, seen: Seen, after: Mapping[Fact, object], named: Collection[object]) -> Iterator[Broken]:
    """What the differences break: the clause that decides on the fact, or UNENROLL-READ-1 for single views.

    `named` are the users whom the answer calls unenrolled.
    """
    stayed = meaning.parted & {fact for fact, value in seen.agreed.items() if value is not None}
    nothing_happened = stayed and stayed == meaning.parted and meaning.failed
    targets = {*meaning.call.courses, *meaning.call.plans}
    by_requirement: dict[str, list[Difference]] = {}
    for difference in meaning.differences(seen.agreed, seen.agreed):
        requirement = difference.requirement
        if nothing_happened and difference.fact in stayed:
            requirement = "UNENROLL-PARTIAL-1"
        elif requirement in UNLISTED and PLACEHOLDER in targets:
            requirement = "UNENROLL-PLACEHOLDER-1"
        by_requirement.setdefault(requirement, []).append(difference)
    for requirement, differences in by_requirement.items():
        yield _difference(requirement, differences)
    untrue = sorted(
        user
        for user in {fact.user for fact in stayed} & set(named)
        if all(fact in stayed for fact in meaning.parted if fact.user == user)
    )
    if untrue:
        yield Broken(
            "UNENROLL-EFFECT-4", "The answer calls users unenrolled who are still enrolled.", [], untrue[:MOST]
        )
    for view, facts in seen.by_view.items():
        shown = list(facts.items())[:MOST]
        yield Broken(
            "UNENROLL-READ-1",
            f"After the call, {view} differs from the other views.",
            {"the other views": [said(fact, after.get(fact)) for fact, _ in shown]},
            {view: [said(fact, value) for fact, value in shown]},
        )


def _placeholder(meaning: Meaning) -> str:
    """The requirement about the placeholder in this call."""
    alone = is_unused(meaning.call.courses) or is_unused(meaning.call.plans)
    return PLACEHOLDERS[alone][1]


def _wrong(reading: Reading, after: Mapping[Fact, object]) -> Iterator[Fact]:
    for fact, value in after.items():
        if reading.covers(fact):
            shown = reading.shown.get(fact)
            if shown is None or (shown is not UNTOLD and shown != value):
                yield fact
    # rows beyond a view's filter concern the requirements of filters
    yield from (fact for fact in reading.shown if reading.covers(fact) and fact not in after)


def _difference(requirement: str, differences: Sequence[Difference]) -> Broken:
    there = sum(difference.expected is None for difference in differences)
    missing = sum(difference.seen is None for difference in differences)
    others = len(differences) - there - missing
    parts = [
        f"{number} {one if number == 1 else many}"
        for number, one, many in (
            (there, "fact is there that must not be", "facts are there that must not be"),
            (missing, "fact is missing", "facts are missing"),
            (others, "fact has changed", "facts have changed"),
        )
        if number
    ]
    shown = differences[:MOST]
    return Broken(
        requirement,
        f"After the call, {', '.join(parts)}: {said(shown[0].fact, shown[0].seen)}.",
        [said(difference.fact, difference.expected) for difference in shown],
        [said(difference.fact, difference.seen) for difference in shown],
    )


def said(fact: Fact, value: object) -> str:
    """A fact in words."""
    of = "plan" if fact.layer in {Layer.PLAN, Layer.PLAN_CERTIFICATE} else "course"
    what = {Layer.COURSE: "is in", Layer.PLAN: "is in", Layer.TRACKING: "has tracking in"}.get(
        fact.layer, "has a certificate of"
    )
    if value is None:
        what = what.replace("is in", "is not in").replace("has a ", "has ").replace("has ", "has no ")
    told = "" if value is None or value is True or value is UNTOLD else f" ({value})"
    return f"user {fact.user} {what} {of} {fact.target}{told}"


# --- what is answered


def of_answer(meaning: Meaning, answer: Answer) -> Iterator[Broken]:
    """Where the answer to a right call differs from the model."""
    status = answer.status
    lost = meaning.un_enrolled
    if meaning.refused:
        if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            yield Broken(meaning.refused, f"The call must be refused, but is answered with {status}.", "4xx", status)
        return
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        yield Broken("CALL-STATUS-1", f"A right call is answered with {status}.", 200, status)
        return
    if status != HTTPStatus.OK:
        requirement = "UNENROLL-STATUS-1" if lost else "UNENROLL-STATUS-2"
        if {*meaning.failed.values()} == {"UNENROLL-TARGET-1"} and not lost:
            requirement = "UNENROLL-TARGET-1"
        if len(meaning.call.users) > CAP and HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
            return  # the sources leave open whether the cap counts repeated users
        requirement = meaning.of_crowd(requirement)
        yield Broken(requirement, f"The call is answered with {status}, not with 200.", 200, status)
    if status < HTTPStatus.BAD_REQUEST:
        yield from _of_data(meaning, answer)


def _of_data(meaning: Meaning, answer: Answer) -> Iterator[Broken]:
    data = answer.data
    named = data.get("un_enrolled") if isinstance(data, Mapping) else None
    entries = data.get("errors") if isinstance(data, Mapping) else None
    for name, value in (("un_enrolled", named), ("errors", entries)):
        if not isinstance(value, list):
            yield Broken("UNENROLL-ANSWER-1", f"The answer has no list {name}.", f"data.{name}", answer.text[:300])
    if isinstance(named, list):
        yield from _of_un_enrolled(meaning, named)
    if isinstance(entries, list):
        yield from _of_errors(meaning, entries)


def _of_un_enrolled(meaning: Meaning, named: Sequence[Any]) -> Iterator[Broken]:
    lost = meaning.un_enrolled
    if any(type(user) is not int for user in named):
        others = [user for user in named if type(user) is not int]
        yield Broken("UNENROLL-ANSWER-2", "Ids in un_enrolled are not integers.", sorted(lost)[:MOST], others[:MOST])
    users = [int(user) if _is_id(user) else user for user in named]
    missing = sorted(lost - {user for user in users if type(user) is int})
    more = [user for user in users if user not in lost]
    unknown = [user for user in more if user not in meaning.world.users]
    if unknown:
        yield Broken(
            "UNENROLL-ERRORS-2", "A user who does not exist is called unenrolled.", sorted(lost)[:MOST], unknown[:MOST]
        )
    if missing or len(more) > len(unknown):
        yield Broken(
            "UNENROLL-ANSWER-1",
            "un_enrolled does not name exactly the users who lost an enrollment.",
            sorted(lost)[:MOST],
            {"missing": missing[:MOST], "more": [user for user in more if user not in unknown][:MOST]},
        )
    if len(users) != len({*map(str, users)}):
        yield Broken(
            "ROBUST-TWICE-1" if meaning.call.repeats else "UNENROLL-ANSWER-1",
            "un_enrolled names a user more than once.",
            sorted(lost)[:MOST],
            [*users][:MOST],
        )


def _is_id(value: Any) -> bool:
    return type(value) is int or (isinstance(value, str) and value.isascii() and value.isdigit())


def _of_errors(meaning: Meaning, entries: Sequence[Any]) -> Iterator[Broken]:
    """Each failed pair must have one entry that names its user, and there must be no other entries."""
    failed = meaning.failed
    targets = {*meaning.call.courses, *meaning.call.plans}
    placeholder = _placeholder(meaning)
    without, surplus = matched(failed, entries, targets)
    silent: dict[str, list[Fact]] = {}
    for pair in without:
        silent.setdefault(failed[pair], []).append(pair)
    for requirement, pairs in silent.items():
        pair = pairs[0]
        yield Broken(
            requirement,
            f"No entry of errors is about user {pair.user} and {pair.layer} {pair.target}, a pair that failed.",
            [f"user {pair.user}, {pair.layer} {pair.target}" for pair in sorted(pairs)[:MOST]],
            list(entries[:MOST]),
        )
    if surplus:
        requirement = "UNENROLL-ERRORS-4"
        if PLACEHOLDER in targets:
            requirement = placeholder
        elif meaning.call.repeats and not without:
            requirement = "ROBUST-TWICE-1"
        yield Broken(
            requirement,
            "errors has more entries than there are pairs that failed.",
            [f"user {pair.user}, {pair.layer} {pair.target}" for pair in sorted(failed)[:MOST]],
            surplus[:MOST],
        )


def matched(pairs: Iterable[Fact], entries: Sequence[Any], targets: Iterable[int]) -> tuple[list[Fact], list[Any]]:
    """Matches entries to pairs. Returns the pairs without an entry, and the entries without a pair.

    An entry can match a pair if it names the user as a whole number and, if it names any target, this one.
    """
    known = frozenset(targets)
    by_user: dict[int, list[int]] = {}
    numbers = [_numbers(entry) for entry in entries]
    for index, named in enumerate(numbers):
        for value in named:
            by_user.setdefault(value, []).append(index)
    taken: dict[int, Fact] = {}

    def about(pair: Fact) -> list[int]:
        return [index for index in by_user.get(pair.user, ()) if _about(entries[index], numbers[index], pair, known)]

    def place(pair: Fact, tried: set[int]) -> bool:
        for index in about(pair):
            if index not in tried:
                tried.add(index)
                if index not in taken or place(taken[index], tried):
                    taken[index] = pair
                    return True
        return False

    without = [pair for pair in sorted(pairs) if not place(pair, set())]
    return without, [entry for index, entry in enumerate(entries) if index not in taken]


def _numbers(entry: Any) -> frozenset[int]:
    text = json.dumps(entry, ensure_ascii=False)
    return frozenset(int(digits[:18]) for digits in WHOLE.findall(text))


def _about(entry: Any, numbers: frozenset[int], pair: Fact, targets: frozenset[int]) -> bool:
    if isinstance(entry, Mapping) and _is_id(entry.get("user_id")):
        names = ("course_id",) if pair.layer is Layer.COURSE else ("learning_plan_id", "learningplan_id")
        named = {name: int(entry[name]) for name in TARGETS if _is_id(entry.get(name))}
        of_pair = not named or any(named.get(name) == pair.target for name in names)
        return int(entry["user_id"]) == pair.user and of_pair
    others = (numbers & targets) - {pair.user}
    return pair.target in numbers or not others
