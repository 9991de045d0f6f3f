"""Finds out which operations a target does not serve, if nobody claims any: it tries each with a right call.

It never tries the bulk unenrollment, and keeps one list, since without these there is nothing to check.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from mock_lms_contracts.adapters import Adapter
from mock_lms_contracts.adapters.capabilities import LISTS
from mock_lms_contracts.scenario import SUBSCRIBED, Scenario
from mock_lms_contracts.target import Answer, Target
from mock_lms_contracts.verdicts import HarnessError

ENROLLMENTS = "/learn/v1/enrollments"
READS = {
    "course_list": "/course/v1/courses/enrollments",
    "plan_list": "/learningplan/v1/learningplans/enrollments",
    "mixed_list": ENROLLMENTS,
    "plan_course_list": "/learningplan/v1/learningplans/1999999999/courses/enrollments",
}
NOWHERE = "/learn/v1/no-such-operation"
NOT_SERVED = {HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}


def lacking(adapter: Adapter, target: Target, name: str, *, read_only: bool = False) -> dict[str, str]:
    """The assumed operations that are not served, each with the evidence. Raises `HarnessError`.

    The evidence is 405, 501, or the same 404 as for an unknown path; another 404 may be a mistake of the server.
    """
    assumed = adapter.claims().assumed
    if not assumed:
        return {}
    if read_only:
        return _lacking_lists(target, assumed)
    world = adapter.prepare(target, Scenario(2, 1, enrollments={(0, 0): SUBSCRIBED}), f"{name}-tried")
    try:  # the target of the world, which may have its own address and token
        absent = _lacking_lists(world.target, assumed)
        tried = _Tried(world.target)
        for operation, method, path, body in _calls(*world.ids.users, *world.ids.courses):
            if operation in assumed:
                tried.note(operation, method, path, _answer(world.target, method, path, body))
    finally:
        adapter.clean(world)
    target.calls.clear()
    return absent | tried.absent


def _lacking_lists(target: Target, assumed: frozenset[str]) -> dict[str, str]:
    tried = _Tried(target)
    for operation in READS.keys() & assumed:
        tried.note(
            operation, "GET", READS[operation], _answer(target, "GET", READS[operation], query=[("page_size", 1)])
        )
    if tried.absent.keys() >= set(LISTS):
        return {operation: why for operation, why in tried.absent.items() if operation not in LISTS}
    return tried.absent


@dataclass(slots=True)
class _Tried:
    """The operations of one target that were tried."""

    target: Target
    absent: dict[str, str] = field(default_factory=dict)
    nowhere: tuple[int, str] | None = field(init=False)
    """The answer to an unknown path."""

    def __post_init__(self) -> None:
        unknown = _answer(self.target, "GET", NOWHERE, valid=False)
        self.nowhere = _shape("GET", NOWHERE, unknown) if unknown else None

    def note(self, operation: str, method: str, path: str, answer: Answer | None) -> None:
        if answer is None:
            return
        same = answer.status == HTTPStatus.NOT_FOUND and _shape(method, path, answer) == self.nowhere
        if same or answer.status in NOT_SERVED:
            where = re.sub("/[0-9]+", "/{id}", path)
            self.absent[operation] = f"{method} {where} is answered with {answer.status}"


def _answer(target: Target, method: str, path: str, body: Any = None, **options: Any) -> Answer | None:
    """The answer, or None if there is none, which the checks will judge."""
    try:
        return target.call(method, path, body, **options)
    except HarnessError:
        return None


def _calls(enrolled: int, other: int, course: int) -> Iterator[tuple[str, str, str, dict[str, object] | None]]:
    one = f"{ENROLLMENTS}/{course}/{enrolled}"
    yield "record", "GET", one, None
    yield "update", "PUT", ENROLLMENTS, {"user_ids": [enrolled], "course_ids": [course], "status": 1}
    yield "enroll", "POST", ENROLLMENTS, {"user_ids": [other], "course_ids": [course]}
    yield "single_unenroll", "DELETE", one, None


def _shape(method: str, path: str, answer: Answer) -> tuple[int, str]:
    """The answer without the method, the path and the numbers of the call, to compare it with others."""
    text = answer.text.replace(path, "").replace(method, "")
    return answer.status, re.sub("[0-9]+", "0", text)
