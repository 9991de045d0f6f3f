"""What has to be the case before a check acts: people, courses and plans by number, from 0.

A scenario says nothing of how it comes about. An adapter prepares it and says which ids the numbers have got.
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
    """So many users and courses, plans as lists of courses, who is enrolled where and how far."""

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
    """(user, course), where somebody is enrolled as a tutor and no student. Only where `levels` is claimed."""

    def params(self) -> dict[str, Any]:
        """As JSON, for an adapter elsewhere. What only some claim is there only if it holds something."""
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
    """Every user in every course, the statuses in turn so that neither a user nor a course has one only."""
    cycle = tuple(statuses)
    return {
        (user, course): cycle[(user + course) % len(cycle)] for user, course in product(range(users), range(courses))
    }


@dataclass(frozen=True, slots=True)
class Ids:
    """Which ids the numbers have got."""

    users: tuple[int, ...]
    courses: tuple[int, ...]
    plans: tuple[int, ...] = ()
