"""The steps of a sequence: the call that each makes, and how the next one is chosen."""

from __future__ import annotations

import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

ENROLLMENTS = "/learn/v1/enrollments"
PLANS = "/learningplan/v1/learningplans"
CASCADE = "cascade_unenroll_from_courses_in_selected_learning_plan"


class Kind(StrEnum):
    """The call that a step makes."""

    ENROLL = "enroll"
    ENROLL_ONE = "enroll one"
    JOIN = "join"
    UPDATE = "update"
    UPDATE_ONE = "update one"
    UNENROLL_ONE = "unenroll one"
    UNENROLL = "unenroll"


SINGLE = frozenset({Kind.ENROLL_ONE, Kind.UPDATE_ONE, Kind.UNENROLL_ONE})
NEEDS: Mapping[Kind, frozenset[str]] = {
    Kind.ENROLL: frozenset({"enroll"}),
    Kind.ENROLL_ONE: frozenset({"enroll"}),
    Kind.JOIN: frozenset({"enroll", "learning_plans"}),
    Kind.UPDATE: frozenset({"update"}),
    Kind.UPDATE_ONE: frozenset({"update"}),
    Kind.UNENROLL_ONE: frozenset({"single_unenroll"}),
    Kind.UNENROLL: frozenset(),
}
"""The capabilities without which a kind is left out."""

WEIGHTS = {
    Kind.ENROLL: 4,
    Kind.ENROLL_ONE: 2,
    Kind.JOIN: 4,
    Kind.UPDATE: 3,
    Kind.UPDATE_ONE: 3,
    Kind.UNENROLL_ONE: 3,
    Kind.UNENROLL: 7,
}


@dataclass(frozen=True, slots=True)
class Step:
    """One call. Users, courses and plans are numbers of a scenario or, once `mapped`, ids."""

    kind: Kind
    users: tuple[int, ...]
    courses: tuple[int, ...] = ()
    plans: tuple[int, ...] = ()
    reset: bool = False
    cascade: bool = False
    status: int | None = None
    date: str = ""
    score: int | None = None

    def mapped(self, users: Mapping[int, int], courses: Mapping[int, int], plans: Mapping[int, int]) -> Step:
        """The same step with ids instead of numbers, or the other way round."""
        return replace(
            self,
            users=tuple(users[user] for user in self.users),
            courses=tuple(courses[course] for course in self.courses),
            plans=tuple(plans[plan] for plan in self.plans),
        )

    def request(self) -> tuple[str, str, dict[str, Any] | None]:
        """Method, path and body."""
        ids: dict[str, Any] = {"user_ids": list(self.users), "course_ids": list(self.courses)}
        values = {"status": self.status, "date_complete": self.date or None, "score_given": self.score}
        update = {name: value for name, value in values.items() if value is not None}
        flags = {CASCADE: self.cascade, "reset_tracks": self.reset}
        leave = {name: value for name, value in (ids | {"learningplan_ids": list(self.plans)} | flags).items() if value}
        bodies: Mapping[Kind, tuple[str, dict[str, Any] | None]] = {
            Kind.ENROLL: ("POST", ids),
            Kind.ENROLL_ONE: ("POST", {}),
            Kind.JOIN: ("POST", {"items": {"user_ids": list(self.users)}}),
            Kind.UPDATE: ("PUT", ids | update),
            Kind.UPDATE_ONE: ("PUT", update),
            Kind.UNENROLL_ONE: ("DELETE", None),
            Kind.UNENROLL: ("DELETE", leave),
        }
        path = ENROLLMENTS
        if self.kind in SINGLE:
            path = f"{ENROLLMENTS}/{self.courses[0]}/{self.users[0]}"
        elif self.kind is Kind.JOIN:
            path = f"{PLANS}/{self.plans[0]}/enrollments/bulk"
        method, body = bodies[self.kind]
        return method, path, body

    def __str__(self) -> str:
        """The step in words."""
        who, courses = _named("user", self.users), _named("course", self.courses)
        plans = _named("plan", self.plans)
        match self.kind:
            case Kind.ENROLL | Kind.ENROLL_ONE:
                return f"enroll {who} in {courses}"
            case Kind.JOIN:
                return f"enroll {who} in {plans}"
            case Kind.UPDATE | Kind.UPDATE_ONE:
                values = {"status": self.status, "completion date": self.date or None, "score": self.score}
                told = ", ".join(f"{name} {value}" for name, value in values.items() if value is not None)
                return f"give {who} in {courses} the {told}"
            case Kind.UNENROLL_ONE:
                return f"unenroll {who} from {courses}, alone"
        how = [name for name, flag in (("with the cascade", self.cascade), ("with reset_tracks", self.reset)) if flag]
        return " ".join([f"unenroll {who} from", " and ".join(filter(None, (courses, plans))), *how])


def _named(kind: str, ids: Sequence[int]) -> str:
    return f"{kind}{'s' * (len(ids) > 1)} {', '.join(map(str, ids))}" if ids else ""


@dataclass(frozen=True, slots=True)
class Situation:
    """What the choice of the next step depends on: pairs of user and course, or of user and plan, by number."""

    seats: Sequence[tuple[int, int]]
    begun: Sequence[tuple[int, int]]
    """The seats that differ from a new one."""

    returned: Sequence[tuple[int, int]]
    """The seats that were left before."""

    left: Sequence[tuple[int, int]]
    members: Sequence[tuple[int, int]]
    users: int
    courses: int
    plans: Sequence[tuple[int, ...]]


def chosen(chance: random.Random, now: Situation, kinds: Collection[Kind]) -> Step:
    """Chooses the next step. People who left are likely to come back and to leave again; a few people do most of it."""
    kind = chance.choices([*kinds], [WEIGHTS[kind] for kind in kinds])[0]
    match kind:
        case Kind.ENROLL | Kind.ENROLL_ONE:
            user, course = _one_of(chance, now.begun if _happens(chance, 0.25) else now.left, 0.8, now)
            return _with_others(chance, now, Step(kind, (user,), (course,)))
        case Kind.JOIN:
            user, plan = _somebody(chance, now), chance.randrange(len(now.plans))
            if now.members and _happens(chance, 0.3):
                user, plan = chance.choice(now.members)
            return _with_others(chance, now, Step(kind, (user,), plans=(plan,)))
        case Kind.UPDATE | Kind.UPDATE_ONE:
            user, course = _one_of(chance, now.returned if _happens(chance, 0.6) else now.seats, 0.9, now)
            return _with_others(chance, now, _values(chance, Step(kind, (user,), (course,))))
        case Kind.UNENROLL_ONE:
            user, course = _one_of(chance, chance.choice((now.begun, now.returned, now.seats)), 0.85, now)
            return Step(kind, (user,), (course,))
    reset = _happens(chance, 0.4)
    if now.plans and _happens(chance, 0.6):
        user, plan = chance.choice(now.members) if now.members else (_somebody(chance, now), 0)
        plans = tuple(range(len(now.plans))) if _happens(chance, 0.25) else (plan,)
        apart = [course for course in range(now.courses) if not any(course in now.plans[listed] for listed in plans)]
        courses = (chance.choice(apart),) if apart and _happens(chance, 0.25) else ()
        step = Step(kind, (user,), courses, plans, reset=reset, cascade=_happens(chance, 0.7))
        return _with_others(chance, now, step)
    user, course = _one_of(chance, chance.choice((now.begun, now.begun, now.returned, now.seats)), 0.9, now)
    return _with_others(chance, now, Step(kind, (user,), (course,), reset=reset))


def _happens(chance: random.Random, share: float) -> bool:
    return chance.random() < share


def _somebody(chance: random.Random, now: Situation) -> int:
    return chance.choices(range(now.users), [max(1, 6 - 2 * user) for user in range(now.users)])[0]


def _one_of(chance: random.Random, pairs: Sequence[tuple[int, int]], share: float, now: Situation) -> tuple[int, int]:
    """One of the pairs with the probability `share`, if there are any; otherwise any user and course."""
    if pairs and _happens(chance, share):
        return chance.choices(pairs, [max(1, 6 - 2 * user) for user, _ in pairs])[0]
    return _somebody(chance, now), chance.randrange(now.courses)


def _with_others(chance: random.Random, now: Situation, step: Step) -> Step:
    """Adds other users to a call for many, and sometimes a second course."""
    if step.kind in SINGLE:
        return step
    others = [_somebody(chance, now) for _ in range(chance.choice((0, 1, 1, 2, 3)))]
    more = (chance.randrange(now.courses),) if step.courses and not step.plans and _happens(chance, 0.5) else ()
    users = list(dict.fromkeys((*step.users, *others)))
    chance.shuffle(users)
    return replace(step, users=tuple(users), courses=tuple(dict.fromkeys((*step.courses, *more))))


def _values(chance: random.Random, step: Step) -> Step:
    status = chance.choice((2, 2, 2, 1, 1, 0, None))
    date = f"2025-{chance.randrange(1, 7):02}-{chance.randrange(1, 29):02} 12:00:00" if status in {2, None} else ""
    score = chance.randrange(1, 100) if _happens(chance, 0.5) else None
    if date and (status or score) and _happens(chance, 0.4):
        date = ""
    return replace(step, status=status, date=date, score=score)
