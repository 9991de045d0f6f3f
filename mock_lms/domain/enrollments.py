"""The values that every act on enrollments speaks of.

Enrollment, tracking and certificate are separate layers. The enrollment says that a user is in a course, how, since
when, and whether somebody holds it back. The tracking says how far the user came, and outlives the enrollment. The
status that an LMS shows follows from the two: the hold where there is one, else the progress, else `SUBSCRIBED`.

Acts work on sets, not on pairs: `{course id: the users concerned}`. A thousand users in ten courses are ten entries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from enum import IntEnum, StrEnum
from typing import TypeAlias

UsersById: TypeAlias = Mapping[int, Set[int]]
"""The users of each course, or of each learning plan."""


class Status(StrEnum):
    """The one status of an enrollment. Services of the vendor give it other names; `api/` translates."""

    SUBSCRIBED = "subscribed"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"
    SUSPENDED = "suspended"
    WAITING = "waiting"
    TO_CONFIRM = "to_confirm"
    OVERBOOKING = "overbooking"


PROGRESS = frozenset({Status.SUBSCRIBED, Status.IN_PROGRESS, Status.COMPLETED})
"""What tracking knows. Every other status is a hold, and belongs to the enrollment."""


class Level(IntEnum):
    """What a user is in a course. 3, 4 and 6 are well documented, the others less (docebo-api.md 9)."""

    GHOST = 1
    GUEST = 2
    STUDENT = 3
    TUTOR = 4
    MENTOR = 5
    INSTRUCTOR = 6
    ADMINISTRATOR = 7


def distinct(ids: Iterable[int]) -> tuple[int, ...]:
    """`ids` without repetitions, in their order."""
    return tuple(dict.fromkeys(ids))


def in_order(users: Set[int], order: Sequence[int]) -> tuple[int, ...]:
    """`users` in the order in which the request named them."""
    return tuple(user for user in order if user in users)
