"""Facts for tests of the model, the judge and what reads them."""

from __future__ import annotations

from mock_lms_contracts.model import Fact, Layer


def course(target: int, user: int) -> Fact:
    return Fact(Layer.COURSE, target, user)


def plan(target: int, user: int) -> Fact:
    return Fact(Layer.PLAN, target, user)
