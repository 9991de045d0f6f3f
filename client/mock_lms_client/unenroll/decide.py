"""Decides what a requested unenrollment does to one user, from facts alone: this module reads and calls nothing.

Sources: 000_9274beae67eb45f9.txt (what the screen's dialog keeps and the API cannot); docebo-api.md 11;
lms-products.md 3.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_lms_client.unenroll.pairs import COURSE, PLAN, Intent, Pair, seen_course, seen_plan

NOT_STARTED = "enrolled"
"""As the course service calls it; the learn service says `subscribed`, people say `not_started`."""

STATUSES = {
    "completed": "completed",
    "in_progress": "in_progress",
    "enrolled": NOT_STARTED,
    "subscribed": NOT_STARTED,
    "not_started": NOT_STARTED,
    "suspended": "suspended",
    "waiting": "waiting",
    "to_confirm": "to_confirm",
    "overbooking": "overbooking",
}
"""What `--keep` takes, and how a course enrollment says it."""


@dataclass(frozen=True, slots=True)
class Request:
    """What somebody wants: these users out of these courses and learning plans.

    With `keep` the learning plans are left without their courses, and then only those courses go whose status is none
    of these and that no other learning plan of the user contains. Without `keep` and `cascade` the courses of a plan
    stay.
    """

    users: Sequence[int]
    courses: Sequence[int] = ()
    plans: Sequence[int] = ()
    cascade: bool = False
    reset_tracks: bool = False
    delete_certificates: bool = False
    keep: frozenset[str] = frozenset()
    reason: str = ""

    @property
    def api_cascade(self) -> bool:
        """Whether the API is to take the courses along."""
        return self.cascade and not self.keep


def decide(
    user: int,
    request: Request,
    courses: Mapping[int, Mapping[str, Any]],
    plans: Mapping[int, Mapping[str, Any]],
    courses_of: Mapping[int, Collection[int]],
) -> list[Pair]:
    """The user's pairs: learning plans first, each target once.

    `courses` and `plans` are the user's enrollments, by id, as the API shows them: in every course that is requested or
    that a listed plan contains, and in every learning plan. `courses_of` has the courses of each of these plans.
    """
    pairs = []
    goes_with: dict[int, int] = {}
    for plan in request.plans:
        if row := plans.get(plan):
            pairs.append(Pair(user, PLAN, plan, Intent.REMOVE, seen_plan(row)))
            for course in courses_of[plan]:
                goes_with.setdefault(course, plan)
        else:
            pairs.append(Pair(user, PLAN, plan, Intent.ABSENT, ""))
    staying = [plan for plan in plans if plan not in request.plans]
    named = frozenset(request.courses)
    for course in dict.fromkeys((*request.courses, *goes_with)):
        if row := courses.get(course):
            held_by = [plan for plan in staying if course in courses_of[plan]]
            intent, reason = _fate(
                request,
                row["enrollment_status"],
                named=course in named,
                cascades=request.api_cascade and course in goes_with,
                held_by=held_by,
            )
            along = request.cascade or request.keep
            via = goes_with.get(course, 0) if along or course not in named else 0
            pairs.append(Pair(user, COURSE, course, intent, seen_course(row, held_by if via else ()), reason, via))
        elif course in named:
            pairs.append(Pair(user, COURSE, course, Intent.ABSENT, ""))
    return pairs


def _fate(request: Request, status: str, *, named: bool, cascades: bool, held_by: Sequence[int]) -> tuple[Intent, str]:
    """What becomes of an enrollment in a course, and why it stays, or may."""
    holder = f"learning plan {held_by[0]} contains it" if held_by else ""
    if status in request.keep:
        return Intent.KEEP, f"{status}: --keep"
    if cascades and not held_by:
        return Intent.CASCADE, ""
    if named:
        return Intent.REMOVE, holder
    if cascades:
        return Intent.EITHER, holder
    if request.keep:
        return (Intent.KEEP if held_by else Intent.REMOVE), holder
    return Intent.KEEP, "no --cascade"
