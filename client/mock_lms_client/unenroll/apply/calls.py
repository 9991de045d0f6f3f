"""Assigns each pair of a plan to the call that will remove it."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter

from mock_lms_client.unenroll.document import Document
from mock_lms_client.unenroll.journal import Call, Entry, Journal
from mock_lms_client.unenroll.pack import Packer
from mock_lms_client.unenroll.pairs import COURSE, GOES, PLAN, Intent, Pair
from mock_lms_client.unenroll.plan_file import courses_by_plan, pairs_of

USER = attrgetter("user_id")


class NumberedPairs:
    """A plan's pairs, each with the number of the call that it goes with; and then `calls`."""

    def __init__(self, plan: Document) -> None:
        self._plan = plan
        self._ways = plan.summary["calls"]
        self._plans = Packer(1)
        self._courses = Packer(1 + self._ways["learning_plans"]["count"])

    def __iter__(self) -> Iterator[tuple[Pair, int | None]]:
        contains = courses_by_plan(self._plan)
        together_plans, together_courses = (self._ways[kind]["together"] for kind in ("learning_plans", "courses"))
        for _, own in groupby(pairs_of(self._plan), key=USER):
            pairs = [*own]
            named: dict[str, list[int]] = {PLAN: [], COURSE: []}
            for pair in pairs:
                if pair.intent == Intent.REMOVE:
                    named[pair.kind].append(pair.target_id)
            leaves = _numbers(self._plans, named[PLAN], together=together_plans)
            numbers = _numbers(self._courses, named[COURSE], together=together_courses)
            for pair in pairs:
                if pair.intent == Intent.REMOVE:
                    yield pair, (leaves if pair.kind == PLAN else numbers)[pair.target_id]
                elif pair.intent in GOES:
                    # two learning plans may contain the course: it goes with the last one
                    yield pair, max(number for plan, number in leaves.items() if pair.target_id in contains[plan])
                else:
                    yield pair, None

    @property
    def calls(self) -> Iterator[Call]:
        """Learning plans first: as long as one holds a course, leaving it may be refused (lms-products.md 3.4)."""
        yield from (Call(number, PLAN, targets) for number, targets in self._plans.targets.items())
        yield from (Call(number, COURSE, targets) for number, targets in self._courses.targets.items())


def _numbers(packer: Packer, targets: list[int], *, together: bool) -> dict[int, int]:
    """The call of each target that one user is to leave."""
    if together and targets:
        return dict.fromkeys(targets, packer.add(tuple(sorted(targets))))
    return {target: packer.add((target,)) for target in sorted(targets)}


def call_refused_again(journal: Journal, plan: Document) -> None:
    """Plans calls for what the server refused once more, each enrollment by its own name.

    But a course that went with a learning plan which was refused, too, goes with it again.
    """
    contains = courses_by_plan(plan)
    refused: list[Entry] = [*journal.refused()]
    plans = Packer(journal.last_call() + 1)
    leaves: dict[int, dict[int, int]] = {}
    for entry in refused:
        if entry.pair.kind == PLAN:
            target = entry.pair.target_id
            leaves.setdefault(entry.pair.user_id, {})[target] = plans.add((target,))
    courses = Packer(plans.next)
    moved = []
    for entry in refused:
        target, own = entry.pair.target_id, leaves.get(entry.pair.user_id, {})
        if entry.pair.kind == PLAN:
            moved.append((own[target], entry.number))
            continue
        along = [number for plan, number in own.items() if target in contains[plan]]
        with_plan = along and entry.pair.intent != Intent.REMOVE
        moved.append((max(along) if with_plan else courses.add((target,)), entry.number))
    calls = [Call(number, PLAN, targets) for number, targets in plans.targets.items()]
    journal.again(calls + [Call(number, COURSE, targets) for number, targets in courses.targets.items()], moved)
