"""auth: who may call."""

from __future__ import annotations

from http import HTTPStatus

import pytest

from mock_lms_contracts.adapters import World
from mock_lms_contracts.lab import BULK, Lab, enrollments, held
from mock_lms_contracts.oracle import COURSES
from mock_lms_contracts.scenario import Scenario, everybody

WORLD = Scenario(4, 2, enrollments=everybody(4, 2))
NOT_ISSUED = "5" * 40


def refused(lab: Lab, world: World, token: str, whose: str) -> None:
    """With this token a read and a write are 401 and change nothing; with ours, they work."""
    users, courses = world.ids.users[:2], world.ids.courses[:1]
    body = {"user_ids": users, "course_ids": courses}
    read = world.target.call("GET", COURSES, token=token).status
    lab.require(read == HTTPStatus.UNAUTHORIZED, f"A read {whose} is answered with {read}.", 401, read)
    done = lab.act(world, "DELETE", BULK, body, token=token)
    lab.require_lost(done, (), f"A call {whose} changes nothing.")
    status = done.answer.status
    lab.require(status == HTTPStatus.UNAUTHORIZED, f"A call {whose} is answered with {status}.", 401, status)
    ours = lab.act(world, "DELETE", BULK, body)
    lab.given(
        held(ours.before, enrollments("course", users, courses)) == ours.effect.lost, "our own token does nothing"
    )
    again = lab.enroll(world, users, courses)
    lab.given(again.effect.gained == ours.effect.lost, "who was taken out cannot be enrolled again")


@pytest.mark.requirement("AUTH-TOKEN-1")
def test_without_a_token_or_with_one_that_nobody_issued_a_call_is_401_and_changes_nothing(lab: Lab) -> None:
    world = lab.world(WORLD)
    refused(lab, world, "", "without a token")
    refused(lab, world, NOT_ISSUED, "with a token that nobody issued")


@pytest.mark.requirement("AUTH-TOKEN-2")
def test_a_token_of_another_tenant_is_401_and_changes_nothing(lab: Lab) -> None:
    world = lab.world(WORLD)
    token = lab.adapter.other_token(world)
    lab.given(token not in {"", world.target.token}, "the adapter gave our own token, or none")
    refused(lab, world, token, "with another tenant's token")
