"""What must exist before a check acts: users, courses and plans, numbered from 0.

A scenario does not say how it is prepared. An adapter prepares it and returns the ids of the numbers.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import product
from typing import Any

SUBSCRIBED, IN_PROGRESS, COMPLETED = "subscribed", "in_progress", "completed"
SUSPENDED, WAITING = "suspended", "waiting"

Pair = tuple[int, int]
"""A user and a course, or a user and a plan, by number or by id."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """Numbers of users and courses, the courses of each plan, and who is enrolled in what with which status."""

    users: int
    courses: int
    plans: tuple[tuple[int, ...], ...] = ()
    enrollments: Mapping[Pair, str] = field(default_factory=dict)
    """By (user, course): the status."""

    memberships: frozenset[Pair] = frozenset()
    """(user, plan)."""

    certificates: frozenset[Pair] = frozenset()
    """(user, course), where a certificate was issued."""

    plan_certificates: frozenset[Pair] = frozenset()
    """(user, plan), where a certificate was issued. Only for adapters that claim `plan_certificates`."""

    tutors: frozenset[Pair] = frozenset()
    """(user, course), where somebody is enrolled as a tutor instead of a student. Only where `levels` is claimed."""

    def params(self) -> dict[str, Any]:
        """The scenario as JSON, for the wire form. Fields that only some adapters claim are left out if empty."""
        extra = {"plan_certificates": self.plan_certificates, "tutors": self.tutors}
        return {
            "users": self.users,
            "courses": self.courses,
            "plans": [list(courses) for courses in self.plans],
            "enrollments": [[user, course, status] for (user, course), status in sorted(self.enrollments.items())],
            "memberships": [list(pair) for pair in sorted(self.memberships)],
            "certificates": [list(pair) for pair in sorted(self.certificates)],
            **{name: [list(pair) for pair in sorted(pairs)] for name, pairs in extra.items() if pairs},
        }


def everybody(
    users: int, courses: int, statuses: Iterable[str] = (SUBSCRIBED, IN_PROGRESS, COMPLETED)
) -> dict[Pair, str]:
    """Enrolls every user in every course, with the statuses in turn, so that users and courses have several."""
    cycle = tuple(statuses)
    return {
        (user, course): cycle[(user + course) % len(cycle)] for user, course in product(range(users), range(courses))
    }


@dataclass(frozen=True, slots=True)
class Ids:
    """The ids of the numbers."""

    users: tuple[int, ...]
    courses: tuple[int, ...]
    plans: tuple[int, ...] = ()
