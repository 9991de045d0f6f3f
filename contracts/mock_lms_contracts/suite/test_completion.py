"""completion: what becomes of progress and completions. Seen from outside: who left is enrolled again, and read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from mock_lms_contracts.adapters import World
from mock_lms_contracts.lab import Done, Lab, enrollments, held
from mock_lms_contracts.scenario import Scenario, everybody

USERS, COURSES = 7, 3
LEAVING, NEW = 3, 6
"""The first three leave the first course, with a status each; the seventh was never in it."""

WITHOUT_ONE = {pair: how for pair, how in everybody(USERS, COURSES).items() if pair != (NEW, 0)}
WORLD = Scenario(USERS, COURSES, enrollments=WITHOUT_ONE)

Told = Mapping[str, Any]


def left(lab: Lab, world: World, *, reset: bool = False) -> Done:
    """The first three leave the first course; at least two of them had begun it."""
    done = lab.bulk_unenroll(world, world.ids.users[:LEAVING], world.ids.courses[:1], reset_tracks=reset)
    wanted = held(done.before, enrollments("course", world.ids.users[:LEAVING], world.ids.courses[:1]))
    lab.given(len(wanted) == LEAVING and wanted <= done.effect.lost, "the users did not leave the course")
    statuses = {done.before.held[enrollment]["status"] for enrollment in wanted}
    lab.given(len(statuses) == LEAVING, "the users have not got a status each")
    return done


def back(lab: Lab, world: World, before: Done) -> tuple[dict[int, Told], dict[int, Told], Told]:
    """They are enrolled again, beside one who is new. How it was with who had begun, how it is, and with who is new."""
    course, new = world.ids.courses[0], world.ids.users[NEW]
    users = world.ids.users[:LEAVING]
    done = lab.enroll(world, [*users, new], [course])
    wanted = enrollments("course", [*users, new], [course])
    lab.given(wanted <= done.effect.gained, "enrolling again did not work")
    fresh = done.after.held["course", course, new]
    was = {user: before.before.held["course", course, user] for user in users}
    begun = [user for user in users if was[user]["status"] != fresh["status"]]
    lab.given(len(begun) == LEAVING - 1, "who had begun cannot be told from who is new")
    return {user: was[user] for user in begun}, {user: done.after.held["course", course, user] for user in begun}, fresh


@pytest.mark.requirement("COMPLETION-KEEP-1")
def test_who_leaves_without_reset_tracks_and_is_enrolled_again_has_a_defined_status(lab: Lab) -> None:
    world = lab.world(WORLD)
    was, now, fresh = back(lab, world, left(lab, world))
    if now == was:
        lab.found("restore")
        return
    anew = dict.fromkeys(was, fresh)
    lab.require(
        now == anew, "It is neither as it was nor as if it had never been.", {"restore": was, "discard": anew}, now
    )
    lab.found("discard")


@pytest.mark.requirement("COMPLETION-RESET-1")
def test_who_leaves_with_reset_tracks_and_is_enrolled_again_starts_anew(lab: Lab) -> None:
    world = lab.world(WORLD)
    was, now, fresh = back(lab, world, left(lab, world, reset=True))
    anew = dict.fromkeys(was, fresh)
    lab.require(now == anew, "Who comes back after a reset is not as one who is new.", anew, now)
