"""Orders the checks as requirements.yaml has them, so that core comes first."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from mock_lms_contracts.requirements import by_id, profiles

T = TypeVar("T")
POLL = 0.02
"""Seconds between two looks at whose turn it is."""


def in_order(checks: Iterable[T], requirement_of: Callable[[T], str]) -> list[T]:
    """The checks by profile, then by requirement. Checks of unknown requirements come last."""
    profile_order, order = list(profiles()), list(by_id())

    def place(check: T) -> tuple[int, int]:
        name = requirement_of(check)
        if name not in by_id():
            return len(profile_order), 0
        return profile_order.index(by_id()[name].profile), order.index(name)

    return sorted(checks, key=place)


@contextmanager
def turn(folder: Path, profile: str) -> Iterator[None]:
    """Has a check of another profile wait while any process runs a check of the first profile, core.

    Every process runs its checks in order, so no process waits for ever.
    """
    folder.mkdir(exist_ok=True)
    own = folder / str(os.getpid())
    if profile == next(iter(profiles())):
        own.touch()
        try:
            yield
        finally:
            own.unlink(missing_ok=True)
        return
    while any(_is_alive(other) for other in folder.iterdir()):
        time.sleep(POLL)
    yield


def _is_alive(path: Path) -> bool:
    try:
        os.kill(int(path.name), 0)
    except OSError:
        return False  # the process died during its check
    return True
