"""A world, a call, an answer and readings for the tests of the judge."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mock_lms_contracts.exchange import Answer
from mock_lms_contracts.model import Call, Fact, Layer, World
from mock_lms_contracts.views import Reading

from tests.contracts.facts import course, plan

ANA, BEN, CY, NOBODY = 7, 107, 1007, 99
ONE, TWO, NOWHERE = 12, 70, 98
PLAN = 12
"""A plan's id, which is a course's, too."""

HELD: Mapping[Fact, object] = {
    course(ONE, ANA): "subscribed",
    course(ONE, BEN): "completed",
    course(TWO, ANA): "completed",
    plan(PLAN, ANA): True,
}
WORLD = World(frozenset({ANA, BEN, CY}), frozenset({ONE, TWO}), {PLAN: (TWO,)}, HELD)


def answer(data: Any, status: int = 200) -> Answer:
    text = json.dumps({"data": data, "version": "1.0.0"})
    return Answer(status, {"Content-Type": "application/json"}, text)


PART = Call((ANA, CY), (ONE,))
RIGHT: dict[str, list[Any]] = {"un_enrolled": [ANA], "errors": ["user 1007 is not in course 12"]}
CALL = Call((ANA,), (ONE,))
AFTER = {fact: value for fact, value in HELD.items() if fact != course(ONE, ANA)}


def reading(view: str, shown: Mapping[Fact, object], *users: int) -> Reading:
    return Reading(view, shown, lambda fact: fact.user in users and fact.layer in {Layer.COURSE, Layer.PLAN})


def without(*facts: Fact) -> dict[Fact, object]:
    return {fact: value for fact, value in AFTER.items() if fact not in facts}
