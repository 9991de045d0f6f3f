"""What tenants hold."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any


def people(first: int, count: int) -> Sequence[int]:
    """So many ids."""
    return range(first, first + count)


def small(users: Sequence[int], courses: Iterable[int] = (201, 202)) -> dict[str, Any]:
    """A seed: everybody is in learning plan 31 and its courses; every third one in 32, too, which has 202 as well."""
    courses = [*courses]
    return {
        "created_at": "2026-01-01 00:00:00",
        "users": [{"id": user, "username": f"user{user}"} for user in users],
        "courses": [{"id": course, "name": f"Course {course}", "code": f"C{course}"} for course in (*courses, 209)],
        "learning_plans": [
            {"id": 31, "name": "Onboarding", "code": "A", "courses": courses},
            {"id": 32, "name": "Team", "code": "B", "courses": courses[-1:]},
        ],
        "enrollments": [
            {"user": user, "course": course, "status": ("subscribed", "in_progress", "completed")[user % 3]}
            for user in users
            for course in (*courses, 209)
        ],
        "learning_plan_enrollments": [
            {"user": user, "learning_plan": plan} for user in users for plan in (31, 32) if plan == 31 or user % 3 == 0
        ],
    }
