"""Parts that act on reads: on the query of a list, on its filters, and by repeating old answers."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs

import orjson

from mock_lms.control.sabotage.registry import Part, Target
from mock_lms.control.sabotage.wire import Environ, responses
from mock_lms.services import lists
from mock_lms.services.lists import Query


@dataclass(frozen=True)
class View:
    """One view of enrollments: `function` of `services.lists` reads what `path` answers."""

    function: str
    path: str

    def is_read(self, environ: Environ) -> bool:
        return environ["REQUEST_METHOD"] == "GET" and bool(re.fullmatch(self.path, environ["PATH_INFO"]))


COURSE_LIST = View("list_course_enrollments", "/course/v1/courses/enrollments")
MIXED_LIST = View("list_enrollments", "/learn/v1/enrollments")
PLAN_LIST = View("list_learning_plan_enrollments", "/learningplan/v1/learningplans/enrollments")
PLAN_COURSE_LIST = View(
    "list_learning_plan_course_enrollments", "/learningplan/v1/learningplans/[0-9]+/courses/enrollments"
)
RECORD = View("get_enrollment", "/learn/v1/enrollments/[0-9]+/[0-9]+")


def queries(view: View, change: Callable[[Query], Query]) -> Part:
    """Changes the query that a view reads."""

    def commit(target: Target) -> None:
        def other(function: Any, *args: Any) -> Any:
            return function(*(change(value) if isinstance(value, Query) else value for value in args))

        target.around(lists, view.function, other)

    return commit


def filters(view: View, name: str, change: Callable[[Any], Any]) -> Part:
    """Changes the value of a filter. None removes the filter."""
    return queries(
        view, lambda query: replace(query, filters={**query.filters, name: change(query.filters.get(name) or [])})
    )


def stale(view: View, *, by: str = "", part: str = "") -> Part:
    """Repeats the first answer: if given, only to calls with the filter `by` alone, and only the field `part`."""

    def commit(target: Target) -> None:
        seen: dict[str, tuple[str, bytes]] = {}
        address: list[str] = []

        def concerns(environ: Environ) -> bool:
            address[:] = [f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"]
            names = {name.partition("[")[0] for name in parse_qs(environ["QUERY_STRING"])}
            return view.is_read(environ) and (not by or names - {"page", "page_size"} == {by})

        def change(status: str, body: bytes) -> tuple[str, bytes]:
            first = seen.setdefault(address[0], (status, body))
            if not part or not status.startswith("200"):
                return first
            content = orjson.loads(body)
            content["data"][part] = orjson.loads(first[1])["data"][part]
            return status, orjson.dumps(content)

        responses(concerns, change)(target)

    return commit
