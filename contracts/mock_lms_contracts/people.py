"""The world that checks of enrolling and updating share. Each check has its own users and must change no others."""

from __future__ import annotations

import json
import re
from http import HTTPStatus
from typing import Any

from mock_lms_contracts.adapters import World
from mock_lms_contracts.fault import NOT_SERVED, fault
from mock_lms_contracts.lab import Done, Lab
from mock_lms_contracts.scenario import COMPLETED, IN_PROGRESS, SUBSCRIBED, Scenario
from mock_lms_contracts.verdicts import Finding, NotClaimed

PEOPLE: dict[str, tuple[str, ...]] = {
    "SINGLE-ENROLL-1": ("",),
    "SINGLE-UPDATE-1": (SUBSCRIBED,),
    "ENROLL-ERRORS-2": ("", ""),
    "ENROLL-REPEAT-1": (COMPLETED, IN_PROGRESS, ""),
    "ENROLL-BACK-1": (IN_PROGRESS, SUBSCRIBED),
    "UPDATE-STATUS-1": (SUBSCRIBED, IN_PROGRESS, IN_PROGRESS),
    "UPDATE-STATUS-2": (SUBSCRIBED, SUBSCRIBED),
    "UPDATE-VALUES-1": (IN_PROGRESS,),
    "UPDATE-FIELDS-1": (COMPLETED,),
    "UPDATE-MISSING-1": (SUBSCRIBED, ""),
    "BATCH-ROWS-1": ("", ""),
    "BATCH-EFFECT-1": ("", ""),
    "BATCH-NAMES-1": ("",),
    "BATCH-LEAVE-1": (SUBSCRIBED, SUBSCRIBED, SUBSCRIBED),
    "BATCH-STATUS-1": ("",),
    "SINGLE-PATH-1": (SUBSCRIBED, SUBSCRIBED),
    "USER-TAKEN-1": (SUBSCRIBED,),
}
"""By requirement, its users' statuses in the first course; empty if not enrolled. All are new in the second course."""

_ALL = [(requirement, status) for requirement, statuses in PEOPLE.items() for status in statuses]
SCENARIO = Scenario(
    len(_ALL),
    2,
    enrollments={
        **{(user, 0): status for user, (_, status) in enumerate(_ALL) if status},
        **{(user, 1): SUBSCRIBED for user in range(len(_ALL))},
    },
)


def people_of(lab: Lab, world: World) -> list[int]:
    """The users of the requirement that is being checked."""
    return [user for user, (of, _) in zip(world.ids.users, _ALL, strict=True) if of == lab.requirement.id]


def right(lab: Lab, world: World, method: str, path: str, body: Any = None) -> Done:
    """Makes a right call, whose answer must be 200, or for POST 201, and returns what it did.

    Raises `NotClaimed` if the target does not serve the operation, `Finding` if the call fails.
    """
    done = lab.act(world, method, path, body)
    status = done.answer.status
    if status >= HTTPStatus.BAD_REQUEST and done.effect.size:
        raise Finding(f"A call is answered with {status}, but changed something.", "nothing", str(done.effect))
    if status in NOT_SERVED:
        raise NotClaimed(f"the target does not serve {method} {path} ({status})")
    if status >= HTTPStatus.BAD_REQUEST:
        raise fault(method, path, done.answer)
    good = {HTTPStatus.OK, HTTPStatus.CREATED} if method == "POST" else {HTTPStatus.OK}
    lab.require(status in good, f"The answer is {status}, not 200.", 200, status)
    return done


def names(said: Any, *ids: int) -> bool:
    """Whether a value contains each of the ids as a whole number: E1007 does not contain 7."""
    text = json.dumps(said)
    return all(re.search(rf"(?<![\w.-]){number}(?![\w-]|\.\d)", text) for number in ids)
