"""One thing, several names: what the vendor's services call statuses and levels. The domain has one name for each.

Source: docebo-api.md 9.
"""

from __future__ import annotations

import re
from functools import lru_cache

from mock_lms.domain.enrollments import Level, Status

LEARN = {status.value: status.value for status in Status}
"""The learn service's names are the domain's."""

COURSE = LEARN | {Status.SUBSCRIBED.value: "enrolled"}
LEARNING_PLAN = {"subscribed": "not_started", "in_progress": "in_progress", "completed": "completed"}

STATUS_NUMBER = {
    "subscribed": 0,
    "in_progress": 1,
    "completed": 2,
    "suspended": 3,
    "overbooking": 4,
    "to_confirm": -1,
    "waiting": -2,
}

_NOT_STARTED = {"not_started": "subscribed", "subscribed": "subscribed", "enrolled": "subscribed"}
STATUS_BY_NAME = _NOT_STARTED | {status.value: status.value for status in Status if status is not Status.SUBSCRIBED}
"""In a filter every service's name for a status works with every service."""

PLAN_STATUS_BY_NAME = _NOT_STARTED | {"in_progress": "in_progress", "completed": "completed"}

LEVEL_NAME = {level.value: level.name.lower() for level in Level}
LEVEL_BY_NAME = {
    "ghost": Level.GHOST,
    "guest": Level.GUEST,
    "student": Level.STUDENT,
    "learner": Level.STUDENT,
    "tutor": Level.TUTOR,
    "mentor": Level.MENTOR,
    "instructor": Level.INSTRUCTOR,
    "coach": Level.INSTRUCTOR,
    "administrator": Level.ADMINISTRATOR,
}

_WORD = re.compile(r"\w+")


@lru_cache(maxsize=4096)
def slug(name: str) -> str:
    """The name as a part of an address: `fire-safety`."""
    return "-".join(_WORD.findall(name.lower()))


USER_LEVEL_BY_NAME = dict.fromkeys(("superadmin", "super_admin", "godadmin"), "superadmin") | {"user": "user"}
"""Source: what-clients-call.md 2.10."""

USER_LEVEL_BY_CODE = {"6": "user"}
"""The one that a program is known to send (what-clients-call.md 2.5)."""
