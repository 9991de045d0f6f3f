"""Counts what a plan does in all, while it is written."""

from __future__ import annotations

from collections import Counter as Tally
from dataclasses import dataclass, field

from mock_lms_client.unenroll.document import Json
from mock_lms_client.unenroll.labels import title
from mock_lms_client.unenroll.observe import Seen
from mock_lms_client.unenroll.pack import Counter
from mock_lms_client.unenroll.pairs import COURSE, GOES, PLAN, Intent, Pair

NOBODY = "no such user here"
"""Why a pair is absent whose user is none of this tenant's."""

SHOWN = 10
"""The most users that are listed by name, where a list could be endless."""


@dataclass(slots=True)
class _Target:
    name: str = ""
    enrolled: int = 0
    fates: Tally[str] = field(default_factory=Tally)
    statuses: Tally[str] = field(default_factory=Tally)
    """The statuses of those who leave."""


@dataclass(slots=True)
class _Users:
    """A number of users, and the first of them."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, user: int) -> None:
        self.count += 1
        if self.count <= SHOWN:
            self.first.append(user)

    def as_json(self) -> Json:
        return {"users": self.count, "first": self.first}


@dataclass(slots=True)
class Summary:
    """What a plan does, counted while it is written."""

    targets: dict[tuple[str, int], _Target] = field(default_factory=dict)
    kept_by: Tally[str] = field(default_factory=Tally)
    locked: int = 0
    """Courses that go though a learning plan of the user contains them."""
    idle: _Users = field(default_factory=_Users)
    """Who is here, and has nothing to leave; or who is not known to be here or not."""
    nobody: _Users = field(default_factory=_Users)
    """Ids that are no users here."""
    looked_up: bool = True
    plan_calls: Counter = field(default_factory=Counter)
    course_calls: Counter = field(default_factory=Counter)

    def add(self, user: int, pairs: list[Pair], seen: Seen) -> None:
        """One user."""
        for pair in pairs:
            target = self.targets.setdefault((pair.kind, pair.target_id), _Target())
            target.fates[pair.intent] += 1
            if pair.intent is Intent.KEEP:
                self.kept_by[pair.reason] += 1
            if pair.intent is Intent.ABSENT:
                continue
            if pair.kind == COURSE:
                row = seen.courses[user, pair.target_id]
                target.name = title(COURSE, row)
            else:
                row = seen.plans[user, pair.target_id]
                target.name = title(PLAN, row)
            if pair.intent in GOES:
                target.statuses[row["enrollment_status"]] += 1
        removed = [pair for pair in pairs if pair.intent is Intent.REMOVE]
        self.locked += sum(bool(pair.reason) for pair in removed)
        self.plan_calls.add(pair.target_id for pair in removed if pair.kind == PLAN)
        self.course_calls.add(pair.target_id for pair in removed if pair.kind == COURSE)
        if not any(pair.intent in GOES for pair in pairs):
            (self.nobody if any(pair.reason == NOBODY for pair in pairs) else self.idle).add(user)

    def as_json(self) -> Json:
        """As the plan's last lines tell it."""
        fates: Tally[str] = sum((target.fates for target in self.targets.values()), Tally())
        return {
            "pairs": fates.total(),
            "goes": sum(fates[intent] for intent in GOES),
            "intents": {intent.value: fates[intent] for intent in Intent},
            "kept_by": dict(self.kept_by.most_common()),
            "targets": [
                {
                    ("course_id" if kind == COURSE else "learning_plan_id"): number,
                    "name": target.name,
                    "enrolled": target.enrolled,
                    "goes": sum(target.fates[intent] for intent in GOES),
                    "intents": {intent.value: target.fates[intent] for intent in Intent if target.fates[intent]},
                    "statuses": dict(target.statuses),
                }
                for (kind, number), target in sorted(
                    self.targets.items(), key=lambda item: (item[0][0] == COURSE, item[0])
                )
            ],
            "held_by_learning_plans": self.locked,
            "nothing_to_remove": self.idle.as_json(),
            "not_found": {**self.nobody.as_json(), "looked_up": self.looked_up},
            "calls": {
                "learning_plans": {"count": self.plan_calls.calls, "together": self.plan_calls.together},
                "courses": {"count": self.course_calls.calls, "together": self.course_calls.together},
            },
        }
