"""What goes wrong where a mock is controlled.

ControlError     the mock refused, and nothing was done
  NoMock         what answered is no mock
CallsDiffer      the calls were not what was expected: an AssertionError
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mock_lms.terminal import escaped

Json = dict[str, Any]

SHOWN = 20
"""Ids of calls that a message names at most."""


class ControlError(Exception):
    """The mock refused; nothing was done. One line."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class NoMock(ControlError):
    """What answers at the address is something else."""

    def __init__(self, status: int) -> None:
        super().__init__(status, f"what answers there with status {status} is no mock-lms")


class CallsDiffer(AssertionError):
    """The calls were not what was expected. `verdict` is what the mock found."""

    def __init__(self, verdict: Json) -> None:
        super().__init__(describe(verdict))
        self.verdict = verdict


def describe(verdict: Mapping[str, Any]) -> str:
    """The verdict for people: each expectation that does not hold, and the calls that came near."""
    if verdict["verified"]:
        return f"All of it holds, of {verdict['calls']:,} calls."
    lines = [f"Not the calls that were expected, of {verdict['calls']:,}:"]
    for failure in verdict["failures"]:
        lines.append(f"  expectation {failure['expectation'] + 1}: {failure['message']}")
        if failure["calls"]:
            more = ", ..." if len(failure["calls"]) > SHOWN else ""
            lines.append(f"    calls {', '.join(map(str, failure['calls'][:SHOWN]))}{more}")
        lines += [
            f"    near: call {near['id']}, {near['method']} {near['path']}: {'; '.join(near['differences'])}"
            for near in failure["nearest"]
        ]
    return "\n".join(map(escaped, lines))  # a path may hold what looks like another line


def checked(verdict: Json) -> Json:
    """The verdict, if all holds. Raises `CallsDiffer`."""
    if not verdict["verified"]:
        raise CallsDiffer(verdict)
    return verdict


def refusal(status: int, content: bytes) -> ControlError:
    """What an answer that is none of success says."""
    try:
        return ControlError(status, " ".join(json.loads(content)["message"]))
    except (ValueError, KeyError, TypeError):
        return NoMock(status)
