"""Calls that wait until something is the case: asked again whenever it may be, and only then."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from mock_lms.domain.errors import TooManyWaiting
from mock_lms.edge.answer import Answer, Steps
from mock_lms.http.call import KEY, Call, Waiting
from mock_lms.services.tenants import Superseded

PAUSE = 0.05  # seconds between two looks
REST = 4
"""So many times what it took to ask again in vain is waited before the next time: the worker has others to answer."""

MOST = 64
"""Calls that wait in a worker at once."""


class WaitingRoom:
    """Where the calls of a worker wait."""

    def __init__(self) -> None:
        self._count = 0

    def answer(self, call: Call, ask: Callable[[], Answer]) -> Steps:
        """Asks again until nothing is waited for or the time is up. To give up, close the steps."""
        answer = ask()
        if call.waiting is None:
            return answer
        if self._count == MOST:
            call.refusal, call.waiting = TooManyWaiting(MOST), None
            return ask()
        until = time.monotonic() + call.waiting.seconds
        pause = PAUSE
        self._count += 1
        try:
            while call.waiting is not None and (left := until - time.monotonic()) > 0:
                yield min(pause, left)
                began = time.monotonic()
                if began >= until or _may_be_there(call.waiting):
                    call.tenant = None  # it may have been dropped
                    answer = ask()
                    pause = max(PAUSE, REST * self._count * (time.monotonic() - began))
        finally:
            self._count -= 1
        return answer


def _may_be_there(waiting: Waiting) -> bool:
    try:
        return waiting.may_be_there()
    except Superseded:  # so asking again will say
        return True


def is_waiting(environ: dict[str, Any]) -> bool:
    """Whether the call does nothing but wait, which is over when its client is gone."""
    call: Call = environ[KEY]
    return call.waiting is not None
