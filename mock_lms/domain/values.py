"""What values there are, wherever they come from: a call, a seed file, a snapshot."""

from __future__ import annotations

import re
from calendar import monthrange
from functools import lru_cache

MAX_NUMBER = 999_999_999_999_999
"""Of an id, and of whatever else is counted: what JavaScript still counts exactly."""

MAX_SCORE = 1_000_000

ASSIGNMENT_TYPES = ("mandatory", "required", "recommended", "optional")
COURSE_TYPES = ("elearning", "classroom", "webinar")
COURSE_STATUSES = ("published", "under_maintenance")
USER_LEVELS = ("superadmin", "user")

FIELD_SUBJECTS = ("user", "course", "enrollment")
FIELD_TYPES = ("textfield", "textarea", "dropdown", "date", "yesno", "country")
TAG_KINDS = ("channel", "skill", "content_partner", "visibility")
VALID_UNITS = ("day", "week", "month", "year")
LEARNING_OBJECT_TYPES = (
    "scormorg",
    "video",
    "tincan",
    "file",
    "htmlpage",
    "test",
    "poll",
    "authoring",
    "deliverable",
    "aicc",
    "elucidat",
    "centralrepo",
    "lectora",
)
"""Source: docebo-api.md 0, spec2017."""

MAX_TEXT = 255  # characters
MAX_LONG_TEXT = 10_000

CLIENT_ID = re.compile(r"[A-Za-z0-9._~:@-]{1,100}", re.ASCII)
MAX_KEY = 10_000  # characters of a public key as PEM; one of 16,384 bits has 2,800

_DATE_TIME = re.compile(r"([0-9]{4})-(0[1-9]|1[0-2])-([0-9]{2}) ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]")


@lru_cache(maxsize=4096)  # a million rows share a few moments
def is_date_time(text: str) -> bool:
    """Whether it is a moment in the vendor's form, `YYYY-MM-DD HH:MM:SS`, on a day that there is."""
    parts = _DATE_TIME.fullmatch(text)
    return parts is not None and 1 <= int(parts[3]) <= monthrange(int(parts[1]), int(parts[2]))[1]
