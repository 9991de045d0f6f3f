"""quota: what happens over the limit of calls. An adapter sets a small one: nobody makes a thousand calls for this."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from http import HTTPStatus

import pytest

from mock_lms_contracts.adapters import World
from mock_lms_contracts.lab import BULK, Lab
from mock_lms_contracts.oracle import COURSES, between
from mock_lms_contracts.scenario import Scenario, everybody
from mock_lms_contracts.target import Answer
from mock_lms_contracts.verdicts import Finding

CALLS, SECONDS = 2, 2
NONE = 1_000_000
"""Calls a second: no limit."""

TRIES = 10 * CALLS
LONGEST = 20
"""Seconds that a check waits."""


def over_the_limit(lab: Lab, world: World) -> None:
    """Reads until it is refused."""
    lab.limit(world, CALLS, SECONDS)
    statuses = []
    for _ in range(TRIES):
        statuses.append(world.target.call("GET", COURSES, patient=False).status)
        if statuses[-1] == HTTPStatus.TOO_MANY_REQUESTS:
            return
    lab.require(condition=False, message=f"{TRIES} calls are taken where {CALLS} may be.", expected=429, seen=statuses)


def unenroll(world: World) -> Answer:
    body = {"user_ids": world.ids.users[:1], "course_ids": world.ids.courses[:1]}
    return world.target.call("DELETE", BULK, body, patient=False)


def wait_of(answer: Answer) -> float | None:
    """The seconds of Retry-After; a date is reckoned by the server's own clock. None where it is neither."""
    value = answer.headers.get("Retry-After", "").strip()
    if value.isdecimal():
        return float(value)
    try:
        moments = [parsedate_to_datetime(text) for text in (value, answer.headers.get("Date", ""))]
    except (TypeError, ValueError):
        return None
    return max(0.0, (moments[0] - moments[1]).total_seconds())


@pytest.mark.requirement("QUOTA-LIMIT-1")
def test_over_the_limit_a_call_is_429_and_changes_nothing(lab: Lab) -> None:
    world = lab.world(Scenario(3, 2, enrollments=everybody(3, 2)))
    before = lab.observe(world)
    over_the_limit(lab, world)
    answer = unenroll(world)
    lab.limit(world, NONE, 1)
    effect = between(before, lab.observe(world))
    lab.require(
        answer.status == HTTPStatus.TOO_MANY_REQUESTS,
        f"Over the limit, the answer is {answer.status}.",
        429,
        answer.status,
    )
    lab.require(not effect.size, "A call that was refused changed something.", [], sorted(effect.lost))
    done = lab.bulk_unenroll(world, world.ids.users[:1], world.ids.courses[:1])
    if not done.effect.lost:
        raise Finding("Under the limit the same call does nothing either.", requirement="UNENROLL-EFFECT-1")


@pytest.mark.requirement("QUOTA-RETRY-1")
def test_who_comes_back_after_retry_after_is_not_refused(lab: Lab) -> None:
    world = lab.world(Scenario(3, 2, enrollments=everybody(3, 2)))
    before = lab.observe(world)
    over_the_limit(lab, world)
    refused = unenroll(world)
    if refused.status != HTTPStatus.TOO_MANY_REQUESTS:
        raise Finding("A call over the limit is not refused.", 429, refused.status, "QUOTA-LIMIT-1")
    seconds = wait_of(refused)
    lab.require(seconds is not None, "The refusal has no Retry-After that says when to come back.", "Retry-After", None)
    lab.given((seconds or 0) <= LONGEST, f"Retry-After is longer than the {LONGEST} s that we wait")
    time.sleep(seconds or 0)
    answer = unenroll(world)
    lab.limit(world, NONE, 1)
    effect = between(before, lab.observe(world))
    lab.effects += effect.size
    lab.require(
        answer.status != HTTPStatus.TOO_MANY_REQUESTS,
        f"Refused again, {seconds} s after being told to come back in {seconds} s.",
        "not 429",
        answer.status,
    )
    lab.require(effect.lost, "The call that was not refused any more did nothing.", 1, 0)
