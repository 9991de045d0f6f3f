"""How a command ends."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of `mock-lms-client`."""

    AS_PLANNED = 0
    UNREADABLE = 1
    NOTHING_DONE = 2
    """Usage, too: 2 as in `mock-lms` and `mock-lms-contracts`."""

    PARTIAL = 3
    GUARDED = 4
    UNKNOWN = 5
    INTERRUPTED = 130


class Stopped(Exception):
    """The command ends here. One line: what is the case, and what to do next."""

    def __init__(self, message: str, code: Exit = Exit.UNREADABLE) -> None:
        super().__init__(message)
        self.code = code
