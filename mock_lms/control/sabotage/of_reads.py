"""Sabotages of reads: lists that are stale, that hide, filter or page wrongly, and that learners must not read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

import orjson

from mock_lms.api import paging
from mock_lms.control.sabotage.registry import Part, Target, wrong
from mock_lms.control.sabotage.views import (
    COURSE_LIST,
    MIXED_LIST,
    PLAN_COURSE_LIST,
    PLAN_LIST,
    RECORD,
    View,
    filters,
    queries,
    stale,
)
from mock_lms.control.sabotage.wire import Environ, data, method, responses
from mock_lms.domain.enrollments import Status
from mock_lms.domain.errors import UsernameTaken
from mock_lms.http.requests import VERSION
from mock_lms.services import catalog, lists
from mock_lms.services.lists import Page, Query
from mock_lms.services.oauth2 import Actor
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog as stored

EMPTY: dict[str, Any] = {"items": [], "count": 0, "has_more_data": False, "total_count": 0}
SYNONYMS = {"subscribed", "not_started"}
IN_BRACKETS = {"user_id", "course_id", "id_user", "id_course", "learning_plan_id", "id_learning_plan"}


def _stale_reads(target: Target) -> None:
    seen: dict[str, tuple[str, bytes]] = {}
    address: list[str] = []

    def concerns(environ: Environ) -> bool:
        address[:] = [f"{environ['PATH_INFO']}?{environ['QUERY_STRING']}"]
        return bool(environ["REQUEST_METHOD"] == "GET" and "enrollments" in environ["PATH_INFO"])

    responses(concerns, lambda status, body: seen.setdefault(address[0], (status, body)))(target)


def _page_2_repeats_page_1(target: Target) -> None:
    def other(application: Any, environ: Environ, start_response: Any) -> Any:
        parameters = [(name, "1" if name == "page" else v) for name, v in parse_qsl(environ["QUERY_STRING"])]
        return application({**environ, "QUERY_STRING": urlencode(parameters)}, start_response)

    target.around(target.app, "wsgi_app", other)


def _without_plans(target: Target) -> None:
    def other(function: Any, *args: Any) -> tuple[Page, Page]:
        of_courses, of_plans = function(*args)
        return of_courses, replace(of_plans, rows=[], total=0)

    target.around(lists, MIXED_LIST.function, other)


def _needs_brackets(target: Target) -> None:
    def other(application: Any, environ: Environ, start_response: Any) -> Any:
        kept = environ["QUERY_STRING"]
        if method("GET")(environ):
            pairs = parse_qsl(kept)
            kept = urlencode([(name, value) for name, value in pairs if name.endswith("[]") or name not in IN_BRACKETS])
        return application({**environ, "QUERY_STRING": kept}, start_response)

    target.around(target.app, "wsgi_app", other)


def _knows_enrolled_only(target: Target) -> None:
    def other(application: Any, environ: Environ, start_response: Any) -> Any:
        if COURSE_LIST.is_read(environ):
            pairs = parse_qsl(environ["QUERY_STRING"])
            known = [(name, "to_confirm" if value in SYNONYMS else value) for name, value in pairs]
            environ = {**environ, "QUERY_STRING": urlencode(known)}
        return application(environ, start_response)

    target.around(target.app, "wsgi_app", other)


def _instead_of_404(view: View, shown: Any) -> Part:
    """What does not exist is read as if it did."""
    empty = orjson.dumps({"data": shown, "version": VERSION})
    return responses(
        view.is_read, lambda status, body: ("200 OK", empty) if status.startswith("404") else (status, body)
    )


def _gives_the_old_user(target: Target) -> None:
    def other(function: Any, tenant: Tenant, values: Any) -> int:
        try:
            return int(function(tenant, values))
        except UsernameTaken:
            with tenant.database.begin() as transaction:
                return stored.user_id(transaction, values["username"]) or 0

    target.around(catalog, "create_user", other)


def _learners_see_everybody(target: Target) -> None:
    def other(function: Any, tenant: Tenant, query: Query, actor: Actor) -> Any:
        return function(tenant, query, replace(actor, level="superadmin"))

    target.around(lists, MIXED_LIST.function, other)


def _last_page_without_end(target: Target) -> None:
    def other(function: Any, tenant: Tenant, query: Query) -> Page:
        page: Page = function(tenant, query)
        if not page.rows and page.total:
            page = function(tenant, replace(query, offset=(page.total - 1) // query.limit * query.limit))
        return page

    target.around(lists, COURSE_LIST.function, other)


def _ten(query: Query) -> Query:
    return replace(query, limit=10, offset=query.offset // query.limit * 10) if query.limit else query


def _says(of_page: Callable[[dict[str, Any]], dict[str, Any]]) -> Part:
    """Changes what every page says about itself."""
    return data(method("GET"), lambda page: page | of_page(page) if "items" in page else page)


def _not(*hidden: Status) -> Any:
    return lambda statuses: statuses or [status.value for status in Status if status not in hidden]


wrong(
    "stale views",
    stale_reads=("a read shows what was written before it", _stale_reads),
    course_list_by_user_is_stale=(
        "the list of a user's courses shows what was written before it",
        stale(COURSE_LIST, by="user_id"),
    ),
    mixed_list_is_stale=("the list of courses and plans shows what was written before it", stale(MIXED_LIST)),
    record_is_stale=("the record of an enrollment shows what was written before it", stale(RECORD)),
    plan_list_is_stale=("the list of plan enrollments shows what was written before it", stale(PLAN_LIST)),
    plan_course_list_is_stale=(
        "the list of a plan's course enrollments shows what was written before it",
        stale(PLAN_COURSE_LIST),
    ),
    total_is_stale=("total_count counts what there is now", stale(COURSE_LIST, part="total_count")),
)

wrong(
    "filters",
    ignores_the_user_filter=("a list by user shows nobody else", filters(COURSE_LIST, "users", lambda _: None)),
    ignores_the_course_filter=(
        "a list by course shows no other course",
        filters(COURSE_LIST, "courses", lambda _: None),
    ),
    ignores_the_status_filter=(
        "a list by status shows no other status",
        filters(COURSE_LIST, "statuses", lambda _: None),
    ),
    filters_by_the_first_user=(
        "a list by users shows each of them",
        filters(COURSE_LIST, "users", lambda ids: ids[:1]),
    ),
    ignores_the_level_filter=("a list by level shows no other level", filters(COURSE_LIST, "levels", lambda _: None)),
    ignores_the_plan_filter=("a list by plan shows no other plan", filters(PLAN_LIST, "plans", lambda _: None)),
    plan_list_ignores_the_status=(
        "the list of plan enrollments by status shows no other status",
        filters(PLAN_LIST, "statuses", lambda _: None),
    ),
    plan_course_list_ignores_the_user=(
        "the list of a plan's course enrollments by user shows nobody else",
        filters(PLAN_COURSE_LIST, "users", lambda _: None),
    ),
    mixed_list_ignores_the_user=(
        "the list of courses and plans by user shows nobody else",
        filters(MIXED_LIST, "users", lambda _: None),
    ),
    mixed_list_ignores_the_status=(
        "the list of courses and plans by status shows no other status",
        filters(MIXED_LIST, "statuses", lambda _: None),
    ),
    mixed_list_ignores_the_type=(
        "the list of courses and plans by type shows no other type",
        filters(MIXED_LIST, "types", lambda _: None),
    ),
    filters_know_one_word_for_not_begun=(
        "a list by status takes subscribed, enrolled and not_started for the same",
        _knows_enrolled_only,
    ),
    filters_need_brackets=("a filter may be written with or without brackets", _needs_brackets),
)

wrong(
    "views",
    hides_completed=("a list has the completed, too", filters(COURSE_LIST, "statuses", _not(Status.COMPLETED))),
    mixed_list_hides_plans=("the list of courses and plans has the plans", _without_plans),
    record_says_not_begun=(
        "the record says how far the user came",
        data(RECORD.is_read, lambda shown: {"records": shown["records"] | {"status": 0}}),
    ),
)

wrong(
    "ids and names",
    unknown_plan_is_an_empty_list=(
        "the enrollments in the courses of a plan that does not exist are 404, not an empty list",
        _instead_of_404(PLAN_COURSE_LIST, EMPTY),
    ),
    record_of_the_unknown_is_empty=(
        "the record of an enrollment of an unknown user or course is 404, not an empty one",
        _instead_of_404(RECORD, {"records": []}),
    ),
    taken_username_gives_the_old_user=("a taken username is refused, and gives no user", _gives_the_old_user),
)

wrong(
    "pages",
    page_2_repeats_page_1=("no page repeats another", _page_2_repeats_page_1),
    order_changes_between_pages=(
        "every page has the same order",
        queries(COURSE_LIST, lambda query: replace(query, descending=query.descending != (query.offset > 0))),
    ),
    pages_miss_their_last_item=(
        "a page has its last item",
        queries(COURSE_LIST, lambda query: replace(query, limit=query.limit - 1)),
    ),
    page_size_is_ignored=("a page has as many items as were asked for", queries(COURSE_LIST, _ten)),
    last_page_without_end=("a page beyond the last is empty", _last_page_without_end),
    page_of_a_thousand=(
        "no page has more than 200 items",
        lambda target: target.replace(paging, "LARGEST_PAGE", 1_000),
    ),
    never_more_data=(
        "has_more_data says that there are more pages",
        _says(lambda _: {"has_more_data": False}),
    ),
    always_more_data=(
        "has_more_data says which page is the last",
        _says(lambda _: {"has_more_data": True}),
    ),
    total_of_the_page=(
        "total_count counts every page",
        _says(lambda page: {"total_count": len(page["items"])}),
    ),
)

wrong(
    "access",
    learners_see_everybody=("a learner sees nobody else's enrollments", _learners_see_everybody),
)
