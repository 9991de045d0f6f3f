"""Making a plan: reads, decides and writes it down. Changes nothing."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from mock_lms_client.client import Client
from mock_lms_client.listing import Listing
from mock_lms_client.unenrolling.deciding import Asked, decide
from mock_lms_client.unenrolling.document import Document, Json, Writer
from mock_lms_client.unenrolling.existing import Existing
from mock_lms_client.unenrolling.labels import text, title
from mock_lms_client.unenrolling.observing import USERS_PER_READ, Observer, Seen, chunks
from mock_lms_client.unenrolling.packing import Counter
from mock_lms_client.unenrolling.pairs import COURSE, GOES, PLAN, Intent, Pair, to_row

FORM, ROWS = "mock-lms-client plan 1", "pairs"

VALID = timedelta(hours=24)

NOBODY = "no such user here"
"""Why a pair is absent whose user is none of this tenant's."""

SHOWN = 10
"""Of users, where a list of them could be endless."""

Progress = Callable[[int], None]
"""Is told how many more are done."""


@dataclass(slots=True)
class _Target:
    name: str = ""
    enrolled: int = 0
    fates: Tally[str] = field(default_factory=Tally)
    statuses: Tally[str] = field(default_factory=Tally)
    """Of those who go."""


@dataclass(slots=True)
class _Users:
    """A number of users, and the first of them."""

    count: int = 0
    first: list[int] = field(default_factory=list)

    def add(self, user: int) -> None:
        self.count += 1
        if self.count <= SHOWN:
            self.first.append(user)

    def summary(self) -> Json:
        return {"users": self.count, "first": self.first}


@dataclass(slots=True)
class _Sums:
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

    def summary(self) -> Json:
        """As the plan's last lines tell it."""
        fates: Tally[str] = sum((each.fates for each in self.targets.values()), Tally())
        return {
            "pairs": fates.total(),
            "goes": sum(fates[each] for each in GOES),
            "intents": {each.value: fates[each] for each in Intent},
            "kept_by": dict(self.kept_by.most_common()),
            "targets": [
                {
                    ("course_id" if kind == COURSE else "learning_plan_id"): number,
                    "name": target.name,
                    "enrolled": target.enrolled,
                    "goes": sum(target.fates[each] for each in GOES),
                    "intents": {each.value: target.fates[each] for each in Intent if target.fates[each]},
                    "statuses": dict(target.statuses),
                }
                for (kind, number), target in sorted(
                    self.targets.items(), key=lambda item: (item[0][0] == COURSE, item[0])
                )
            ],
            "held_by_learning_plans": self.locked,
            "nothing_to_remove": self.idle.summary(),
            "not_found": {**self.nobody.summary(), "looked_up": self.looked_up},
            "calls": {
                "learning_plans": {"count": self.plan_calls.calls, "together": self.plan_calls.together},
                "courses": {"count": self.course_calls.calls, "together": self.course_calls.together},
            },
        }


def make(
    client: Client,
    asked: Asked,
    path: Path,
    now: datetime,
    progress: Progress = lambda _: None,
    *,
    look_up: bool = True,
) -> Document:
    """Reads what is the case, and writes the plan to `path`. Raises `ClientError`; then there is no new plan.

    With `look_up` it finds out of those who have nothing to leave whether they are users here at all.
    """
    observer = Observer(client)
    existing = Existing(client)
    courses = {*asked.courses, *(course for plan in asked.plans for course in observer.courses_of(plan))}
    sums = _Sums()
    with Writer(path, FORM, ROWS, _header(client, asked, observer, now)) as writer:
        for users in chunks(asked.users, USERS_PER_READ):
            seen = observer.look(users, courses)
            decided = {
                user: decide(user, asked, own.courses, own.plans, courses_of(observer, own.plans))
                for user, own in by_user(users, seen).items()
            }
            if look_up:
                # who has any enrollment is a user here
                without = decided.keys() - {user for user, _ in (*seen.courses, *seen.plans)}
                missing = existing.missing(without) if without else set()
                sums.looked_up = sums.looked_up and missing is not None
                for user in missing or ():
                    decided[user] = [pair._replace(reason=NOBODY) for pair in decided[user]]
            rows: list[str] = []
            for user, pairs in decided.items():
                sums.add(user, pairs, seen)
                rows += map(to_row, pairs)
            writer.add(rows)
            progress(len(users))
        for (kind, number), target in sums.targets.items():
            target.enrolled = enrolled(client, kind, number)
        writer.close(sums.summary())
    return Document(path, FORM, ROWS)


@dataclass(slots=True)
class Own:
    """What one user has, by the ids of courses and learning plans."""

    courses: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    plans: dict[int, Mapping[str, Any]] = field(default_factory=dict)


def by_user(users: list[int], seen: Seen) -> dict[int, Own]:
    """The same by user, in the order of `users`."""
    found = {user: Own() for user in users}
    for (user, course), row in seen.courses.items():
        found[user].courses[course] = row
    for (user, plan), row in sorted(seen.plans.items()):
        found[user].plans[plan] = row
    return found


def courses_of(observer: Observer, plans: Mapping[int, object]) -> dict[int, Mapping[int, str]]:
    """The courses of each of the learning plans."""
    return {plan: observer.courses_of(plan) for plan in plans}


def enrolled(client: Client, kind: str, number: int) -> int:
    """How many are enrolled in a course or learning plan at all."""

    def listing(page_size: int) -> Listing[Any]:
        if kind == COURSE:
            return client.list_course_enrollments(course_id=[number], page_size=page_size)
        return client.list_learning_plan_enrollments(learning_plan_id=[number], page_size=page_size)

    total = listing(1).total_count
    return sum(1 for _ in listing(200)) if total is None else total


def _header(client: Client, asked: Asked, observer: Observer, now: datetime) -> Json:
    return {
        "tenant": client.tenant,
        "base_url": client.base_url,
        "made_by": text(client.get_session().get("username")),
        "made_at": moment(now),
        "expires_at": moment(now + VALID),
        "reason": asked.reason,
        "users": len(asked.users),
        "course_ids": [*asked.courses],
        "learning_plans": [
            {"learning_plan_id": plan, "course_ids": [*observer.courses_of(plan)]} for plan in asked.plans
        ],
        "cascade": asked.cascade,
        "keep": sorted(asked.keep),
        "reset_tracks": asked.reset_tracks,
        "delete_certificates": asked.delete_certificates,
    }


def moment(when: datetime) -> str:
    """In UTC, to the second."""
    return when.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
