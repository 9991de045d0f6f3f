"""Makes the sequence that shows a finding shorter, and its steps smaller."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mock_lms_contracts.sequences.steps import Step

ATTEMPTS, SECONDS = 50, 15
"""Attempts and seconds that are spent on a shorter sequence for one finding."""

Steps = tuple[Step, ...]
Again = Callable[[Steps], Steps | None]
"""Takes the steps in a fresh world. Returns those up to the one that shows the same, or None if none does."""


@dataclass(slots=True)
class Shortening:
    """The search for a shorter sequence, with the shortest one so far."""

    best: Steps
    again: Again
    tries: int = 0
    until: float = field(default_factory=lambda: time.monotonic() + SECONDS)

    @property
    def over(self) -> bool:
        return self.tries >= ATTEMPTS or time.monotonic() > self.until

    def better(self, candidate: Steps) -> bool:
        """Whether the candidate shows the same. If so, it becomes the best."""
        if self.over or not candidate or candidate == self.best:
            return False
        self.tries += 1
        shown = self.again(candidate)
        self.best = shown or self.best
        return bool(shown)


def shortened(steps: Sequence[Step], again: Again) -> Steps:
    """The shortest sequence that was seen to show the same."""
    work = Shortening(tuple(steps), again)
    people = work.best[-1].users
    if work.better(_of(people, work.best)) and len(people) > 1:
        any(work.better(_of([user], work.best)) for user in people)
    size = len(work.best) // 2
    while size:
        start = 0
        while start < len(work.best) and not work.over:
            if not work.better(work.best[:start] + work.best[start + size :]):
                start += size
        size //= 2
    index = 0
    while index < len(work.best):
        before = work.best
        if not any(work.better((*before[:index], step, *before[index + 1 :])) for step in _smaller(before[index])):
            index += 1
    return work.best


def _of(people: Collection[int], steps: Sequence[Step]) -> Steps:
    """The steps, limited to these people."""
    narrowed = (replace(step, users=tuple(user for user in step.users if user in people)) for step in steps)
    return tuple(step for step in narrowed if step.users)


def _smaller(step: Step) -> Iterator[Step]:
    """The step with one thing less, in each possible way."""
    if len(step.users) > 1:
        yield from (replace(step, users=tuple(u for u in step.users if u != user)) for user in step.users)
    if len(step.courses) + len(step.plans) > 1:
        yield from (replace(step, courses=tuple(c for c in step.courses if c != course)) for course in step.courses)
        if len(step.plans) > 1 or step.courses:
            yield from (replace(step, plans=tuple(p for p in step.plans if p != plan)) for plan in step.plans)
    for change in ({"reset": False}, {"cascade": False}, {"score": None}, {"date": ""}):
        smaller = replace(step, **change)
        if smaller != step and (smaller.status is not None or smaller.date or smaller.score or "reset" in change):
            yield smaller
