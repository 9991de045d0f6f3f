"""How a command ends."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of `mock-lms-client`."""

    AS_PLANNED = 0
    USAGE = 1
    NOTHING_DONE = 2
    PARTIAL = 3
    GUARDED = 4
    UNKNOWN = 5
    INTERRUPTED = 130


class Stopped(Exception):
    """The command ends here. One line: what is the case, and what to do next."""

    def __init__(self, message: str, code: Exit = Exit.USAGE) -> None:
        super().__init__(message)
        self.code = code
