"""What a call did: the state before, the state after, and the difference.

States are read through the public API: who is enrolled in which course with which status, and who is in which plan. The
users and courses of a scenario that a call does not name are decoys, which must not change.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from mock_lms_contracts.scenario import Ids, Pair
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import Finding

COURSES = "/course/v1/courses/enrollments"
PLANS = "/learningplan/v1/learningplans/enrollments"
MIXED = "/learn/v1/enrollments"
AT_ONCE = 50
"""Ids in the query of one read."""

Enrollment = tuple[str, int, int]
"""`course` or `plan`, its id, and the user's."""


@dataclass(frozen=True, slots=True)
class State:
    """What the API shows of each enrollment: status, score and completion date."""

    held: Mapping[Enrollment, Mapping[str, Any]]

    def pairs(self, kind: str) -> set[Pair]:
        """(user, course) or (user, plan)."""
        return {(user, target) for enrolled_in, target, user in self.held if enrolled_in == kind}

    def of(self, users: Iterable[int]) -> set[Enrollment]:
        """All enrollments of these users."""
        wanted = set(users)
        return {enrollment for enrollment in self.held if enrollment[2] in wanted}


@dataclass(frozen=True, slots=True)
class Effect:
    """The enrollments that disappeared, appeared or changed."""

    lost: frozenset[Enrollment]
    gained: frozenset[Enrollment]
    changed: frozenset[Enrollment]

    @property
    def size(self) -> int:
        return len(self.lost) + len(self.gained) + len(self.changed)


TOLD = {"course": ("status", "score", "completion_date"), "plan": ()}
"""The values of an enrollment that checks compare. Plans have none, since their status follows from the courses."""


def observe(target: Target, ids: Ids, capabilities: Collection[str] = ("course_list", "plan_list")) -> State:
    """Reads all enrollments in these courses and plans, from the lists that are claimed.

    Raises what `Target.items` raises, and `Finding` if an item has no id.
    """
    held: dict[Enrollment, Mapping[str, Any]] = {}
    for kind, path, name, of in (
        ("course", COURSES, "course_id", ids.courses),
        ("plan", PLANS, "learning_plan_id", ids.plans),
    ):
        if f"{kind}_list" not in capabilities:
            held |= _in_mixed_list(target, kind, of)
            continue
        for chunk in _chunks(of):
            for row in target.items(path, [(f"{name}[]", number) for number in chunk]):
                enrollment = (kind, id_in(row, name), id_in(row, "user_id"))
                held[enrollment] = {told: row.get(f"enrollment_{told}") for told in TOLD[kind]}
    return State(held)


def _in_mixed_list(target: Target, kind: str, ids: tuple[int, ...]) -> dict[Enrollment, Mapping[str, Any]]:
    """Reads the enrollments of a kind from the mixed list, for a target without a list of that kind."""
    held: dict[Enrollment, Mapping[str, Any]] = {}
    name = {"course": "id_course[]", "plan": "id_learning_plan[]"}[kind]
    for chunk in _chunks(ids):
        for row in target.items(MIXED, [(name, number) for number in chunk]):
            if (row.get("type") == "learning_plan") == (kind == "plan"):
                told = {"status": row.get("status"), "score": row.get("score"),
                        "completion_date": row.get("course_complete_date")}  # fmt: skip
                held[kind, id_in(row, "id"), id_in(row, "user_id")] = told if kind == "course" else {}
    return held


def between(before: State, after: State) -> Effect:
    """The difference of two states."""
    both = before.held.keys() & after.held.keys()
    return Effect(
        lost=frozenset(before.held.keys() - after.held.keys()),
        gained=frozenset(after.held.keys() - before.held.keys()),
        changed=frozenset(enrollment for enrollment in both if before.held[enrollment] != after.held[enrollment]),
    )


def require_effect(effect: Effect, lost: Iterable[Enrollment], sentence: str) -> None:
    """Raises `Finding` unless exactly these enrollments disappeared and nothing else changed."""
    expected = frozenset(lost)
    if effect.lost == expected and not effect.gained and not effect.changed:
        return
    kept, more = expected - effect.lost, effect.lost - expected
    parts = [
        f"{len(enrollments)} {what}"
        for enrollments, what in (
            (kept, "that should be gone are still there"),
            (more, "that should have stayed are gone"),
            (effect.gained, "appeared"),
            (effect.changed, "changed"),
        )
        if enrollments
    ]
    seen = {"stayed": kept, "went": more, "appeared": effect.gained, "changed": effect.changed}
    raise Finding(
        f"{sentence} But {', '.join(parts)}.",
        {"gone": shown(expected)},
        {name: shown(enrollments) for name, enrollments in seen.items() if enrollments},
    )


def shown(enrollments: Iterable[Enrollment], most: int = 20) -> list[str]:
    """The first of the enrollments in words, and how many more there are."""
    ordered = sorted(enrollments)
    lines = [f"user {user} in {kind} {target}" for kind, target, user in ordered[:most]]
    return lines + ([f"... and {len(ordered) - most} more"] if len(ordered) > most else [])


def id_in(row: Mapping[str, Any], name: str) -> int:
    """The id in an item. Raises `Finding` if there is none, since then nobody can tell who is enrolled where."""
    try:
        return int(row[name])
    except (KeyError, TypeError, ValueError):
        raise Finding(f"An item of a list has no usable {name}.", name, row, "READ-LIST-1") from None


def _chunks(ids: tuple[int, ...]) -> Iterable[tuple[int, ...]]:
    for start in range(0, len(ids), AT_ONCE):
        yield ids[start : start + AT_ONCE]
