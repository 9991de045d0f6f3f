"""A right call of each operation of openapi.yaml, made from its example by filling in ids and names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mock_lms_contracts.contract import METHODS, document, operation_of
from mock_lms_contracts.scenario import Ids

LEFT_OUT = frozenset({"date_expire_validity", "options", "learningplan_ids"})
"""Optional fields that are left out: an end of validity might be in the past, and no call is to leave a plan."""

OLD_NAMES = {"id_lp": "learning_plan", "id_user": "user"}
"""Of ids, in bodies of older calls."""

IN_PATHS = {"course_id": "course", "user_id": "user", "manager_id": "user", "learning_plan_id": "learning_plan"}
"""The ids in paths that every run has. An operation that needs another one, such as a group's, is called by nobody."""

NAMES = frozenset({"username", "name", "title", "code", "email"})
"""Fields that get the run's own names."""


@dataclass(frozen=True, slots=True)
class RightCall:
    """A right call of one operation."""

    operation: str
    method: str
    path: str
    body: Any
    word: str
    """The name of what it creates, if that has one."""

    lists: bool
    """Whether a GET of the same path is a list that can be searched for the word."""

    @property
    def writes(self) -> bool:
        return self.method != "GET"


def right_calls(ids: Ids, word: str) -> Iterator[RightCall]:
    """A right call of each operation that needs a token. Those that write come first.

    Each writing call has its own user; all reads have the last one. Calls name the first course. Only the call that
    adds a course to a plan adds the last course, to the first plan; users join the last plan, so that they do not get
    that course. Without plans, the operations that need one are left out.
    """
    for number, (operation, method, path, entry) in enumerate(_operations()):
        user = ids.users[min(number, len(ids.users) - 1)]
        plan = (ids.plans[-1] if "enroll" in path else ids.plans[0]) if ids.plans else None
        known = {"user": user, "course": ids.courses[0], "learning_plan": plan}
        example = entry.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
        added = {**known, "course": ids.courses[-1]} if "{learning_plan_id}" in path else known
        filled = path
        for name, kind in IN_PATHS.items():
            filled = filled.replace(f"{{{name}}}", str(known[kind]))
        own = f"{word}-{number}"
        body = _filled(example, added, own)
        if "None" in filled or (isinstance(body, dict) and None in body.values()):
            continue
        shown = operation_of("GET", filled)
        lists = shown is not None and any(parameter["name"] == "search_text" for parameter in shown.parameters)
        yield RightCall(operation, method, filled, body, own, lists)


def enrolled_before() -> list[bool]:
    """For each user of the calls, in order, whether they must be enrolled in the first course before."""
    writing = [method for _, method, *_ in _operations() if method != "GET"]
    return [*(method != "POST" for method in writing), True]


def needs_known_ids(path: str) -> bool:
    """Whether a run has every id that the path needs."""
    return set(re.findall(r"{(\w+)}", path)) <= IN_PATHS.keys()


def _operations() -> list[tuple[str, str, str, Mapping[str, Any]]]:
    """Id, method, path and entry of each operation that needs a token. Those that write come first."""
    entries = [
        (item[method]["operationId"], method.upper(), path, item[method])
        for path, item in document()["paths"].items()
        for method in METHODS
        if method in item and item[method].get("security") != [] and needs_known_ids(path)
    ]
    return sorted(entries, key=lambda entry: entry[1] == "GET")


def _filled(value: Any, ids: Mapping[str, Any], word: str, key: str = "") -> Any:
    """The example with the ids and the word filled in. A list of ids gets one id."""
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [_filled(value[0], ids, word)]  # the first row, since others may be there to show what fails
    if isinstance(value, dict):
        return {name: _filled(item, ids, word, name) for name, item in value.items() if name not in LEFT_OUT}
    kind = OLD_NAMES.get(key) or key.removesuffix("s").removesuffix("_id")
    if kind in ids and kind != key:
        return [ids[kind]] if isinstance(value, list) else ids[kind]
    if key == "email":
        return f"{word}@example.com"
    return word if key in NAMES else json.loads(json.dumps(value))
