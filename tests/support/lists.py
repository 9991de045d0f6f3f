"""Every list of the contract: its path, what identifies an item, and what it can be sorted by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from tests.support import contract

PLANS = "/learningplan/v1/learningplans"

KEYS: Mapping[str, tuple[str, ...]] = {
    "/learn/v1/enrollments": ("type", "id", "user_id"),
    "/learn/v1/courses": ("id_course",),
    "/learn/v1/lp": ("id",),
    "/course/v1/courses": ("id",),
    "/course/v1/courses/enrollments": ("course_id", "user_id"),
    PLANS: ("learning_plan_id",),
    f"{PLANS}/31/courses": ("id",),
    f"{PLANS}/enrollments": ("learning_plan_id", "user_id"),
    f"{PLANS}/31/courses/enrollments": ("course_id", "user_id"),
    "/manage/v1/user": ("user_id",),
}
"""The lists of the demo tenant, and the fields that make an item unlike every other one."""


def parameters(path: str) -> dict[str, dict[str, Any]]:
    """The query parameters that the contract gives the list, by name."""
    operation = contract.operation_of("GET", path)
    assert operation is not None
    return {each["name"]: contract.resolved(each["schema"]) for each in operation["parameters"]}


SORTS = [(path, attribute) for path in KEYS for attribute in parameters(path).get("sort_attr", {}).get("enum", ())]

WITH_CURSOR = [path for path in KEYS if "cursor" in parameters(path)]


def key(path: str, item: Mapping[str, Any]) -> tuple[Any, ...]:
    """What identifies the item."""
    return tuple(item[name] for name in KEYS[path])
