"""Every list of the contract: its path, what identifies an item, and what it can be sorted by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from tests.support import contract
from tests.support.lms import BULK, Lms

PLANS = "/learningplan/v1/learningplans"

KEYS: Mapping[str, tuple[str, ...]] = {
    "/learn/v1/enrollments": ("type", "id", "user_id"),
    "/learn/v1/courses": ("id_course",),
    "/learn/v1/lp": ("id",),
    "/learn/v1/courses/field": ("id",),
    "/learn/v1/courses/201/los": ("id_org",),
    "/learn/v1/courses/201/by_category": ("id_course",),
    "/learn/v1/catalog": ("catalogue_id",),
    "/learn/v1/catalog/3": ("item_type", "item_id"),
    "/learn/v1/categories": ("id",),
    "/learn/v1/certification": ("id_cert",),
    "/course/v1/courses": ("id",),
    "/course/v1/courses/201/enrollments": ("course_id", "user_id"),
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


SORTS = [(path, attribute) for path in KEYS for attribute in contract.words(parameters(path).get("sort_attr", {}))]


def key(path: str, item: Mapping[str, Any]) -> tuple[Any, ...]:
    """What identifies the item."""
    return tuple(item[name] for name in KEYS[path])


class At(NamedTuple):
    """An enrollment: in a `course` or a `plan`, the id of that, and the user's."""

    kind: str
    target: int
    user: int


def found(lms: Lms, query: str, **options: Any) -> set[At]:
    """What `list_enrollments` lists: (course or plan, its id, user)."""
    rows = lms.items(f"{BULK}?{query}", **options)
    kinds = {"learning_plan": "plan"}
    items = [At(kinds.get(row["type"], "course"), row["id"], row["user_id"]) for row in rows]
    assert len(items) == len(set(items))
    return set(items)


def everything(lms: Lms) -> set[At]:
    return {At("course", *pair) for pair in lms.pairs()} | {At("plan", *pair) for pair in lms.members()}


def page(lms: Lms, path: str, number: object = 1, size: object = 3, more: str = "") -> dict[str, Any]:
    data: dict[str, Any] = lms.get(f"{path}?page={number}&page_size={size}{more}")
    return data


def pages(lms: Lms, path: str, size: int, more: str = "") -> list[dict[str, Any]]:
    """The items of all pages, by following `has_more_data`."""
    found: list[dict[str, Any]] = []
    number = 1
    while True:
        data = page(lms, path, number, size, more)
        found += data["items"]
        if not data["has_more_data"]:
            return found
        number += 1
