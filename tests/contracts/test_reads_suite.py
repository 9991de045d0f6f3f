"""reads: a list that is wrong in one thing is found out by the requirement that says so."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from mock_lms_contracts import lists
from mock_lms_contracts.exchange import Answer
from mock_lms_contracts.requirements import find, select
from mock_lms_contracts.run import Options, run
from mock_lms_contracts.target import Target, log_in
from mock_lms_contracts.verdicts import NotClaimed, Verdict

from tests.contracts.driver import LOGIN, Mock, broken
from tests.contracts.wrong import Query, wrong

COURSES, PLANS, MIXED = (
    "/course/v1/courses/enrollments",
    "/learningplan/v1/learningplans/enrollments",
    "/learn/v1/enrollments",
)
Data = dict[str, Any]
Change = Callable[[str, Query, Data], None]


def number(query: Query, name: str) -> int:
    return int(dict(query).get(name, 1))


def said(mock: Mock, *names: str) -> set[str]:
    """Which of these do not hold."""
    return broken(mock.check(mock.tenant(), [find(name) for name in names]))


@pytest.mark.parametrize(
    ("path", "parameter", "requirement"),
    [
        (COURSES, "user_id", "READ-FILTER-1"),
        (COURSES, "course_id", "READ-FILTER-1"),
        (COURSES, "enrollment_status", "READ-FILTER-2"),
        (MIXED, "id_user", "READ-FILTER-3"),
        (MIXED, "id_course", "READ-FILTER-3"),
        (MIXED, "id_learning_plan", "READ-FILTER-3"),
        (MIXED, "status", "READ-FILTER-4"),
        (PLANS, "learning_plan_id", "READ-FILTER-5"),
        (PLANS, "user_id", "READ-FILTER-5"),
        (PLANS, "enrollment_status", "READ-FILTER-6"),
        ("/courses/enrollments", "user_id", "READ-FILTER-7"),
        ("/courses/enrollments", "enrollment_status", "READ-FILTER-7"),
        (COURSES, "enrollment_level", "READ-FILTER-8"),
        (MIXED, "level", "READ-FILTER-8"),
        (MIXED, "type", "READ-FILTER-10"),
    ],
)
def test_a_filter_that_does_not_filter_is_found(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, path: str, parameter: str, requirement: str
) -> None:
    def ask(_: str, to: str, query: Query, body: Any) -> tuple[Query, Any]:
        here = to == path or (path == "/courses/enrollments" and to.endswith(path) and to != COURSES)
        return [pair for pair in query if not here or pair[0].split("[")[0] != parameter], body

    wrong(monkeypatch, ask)
    assert said(mock, requirement) == {requirement}


def test_what_the_self_check_sees_of_a_filter_is_a_finding_whatever_was_asked_for(mock: Mock) -> None:
    tenant = mock.tenant(sabotage="ignores_the_course_filter", seed="demo")  # in which there are others, too
    url, login = f"{mock.ready['url']}/t/{tenant}", {name: str(mock.ready[name]) for name in LOGIN}
    form = {"grant_type": "password", **login}
    outcome = run(Options(base_url=url, requirements=(find("ROBUST-BODY-1"),), token=log_in(url, form), login=form))
    assert broken(outcome) == {"READ-FILTER-1"}
    assert {result.verdict for result in outcome.results} == {Verdict.FAIL, Verdict.PASS}
    assert outcome.exit_code == 1


def test_a_filter_that_takes_the_first_of_several_values_only_is_found(
    mock: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(_: str, to: str, query: Query, body: Any) -> tuple[Query, Any]:
        return (list(dict(reversed(query)).items()) if to == MIXED else query), body

    wrong(monkeypatch, ask)
    assert "READ-FILTER-3" in said(mock, "READ-FILTER-3")


def test_a_filter_that_knows_one_spelling_only_is_found(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(_: str, to: str, query: Query, body: Any) -> tuple[Query, Any]:
        return [pair for pair in query if to != COURSES or pair[0].endswith("[]") or "_id" not in pair[0]], body

    wrong(monkeypatch, ask)
    assert said(mock, "READ-FILTER-9", "READ-FILTER-1") == {"READ-FILTER-9"}


def test_a_filter_on_an_unknown_id_that_is_taken_for_none_is_found(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    def ask(_: str, __: str, query: Query, body: Any) -> tuple[Query, Any]:
        return [pair for pair in query if pair[1] != lists.UNKNOWN], body

    wrong(monkeypatch, ask)
    assert said(mock, "READ-FILTER-5") == {"READ-FILTER-5"}


@pytest.mark.parametrize(
    ("path", "refused"),
    [
        (COURSES, "subscribed"),
        (COURSES, "not_started"),
        (MIXED, "enrolled"),
    ],
)
def test_a_word_for_not_begun_may_be_refused_and_may_not_be_taken_for_another(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, path: str, refused: str
) -> None:
    with monkeypatch.context() as patched:
        answering(patched, lambda at, query: Answer(400, {}, "") if at == path and refused in query.values() else None)
        assert said(mock, "READ-FILTER-11") == set()

    def ask(_: str, to: str, query: Query, body: Any) -> tuple[Query, Any]:
        other = {refused: "completed"} if to == path else {}
        return [(name, other.get(value, value)) for name, value in query], body

    wrong(monkeypatch, ask)
    assert said(mock, "READ-FILTER-11") == {"READ-FILTER-11"}


def answering(monkeypatch: pytest.MonkeyPatch, instead: Callable[[str, dict[str, Any]], Answer | None]) -> None:
    """Some reads are answered with something else, by path and query."""
    call = Target.call

    def other(self: Target, method: str, path: str, *arguments: Any, **options: Any) -> Answer:
        answer = call(self, method, path, *arguments, **options)
        return instead(path, dict(options.get("query") or {})) or answer

    monkeypatch.setattr(Target, "call", other)


@pytest.mark.parametrize(
    ("part", "status", "verdict"),
    [
        (f"{MIXED}/{lists.UNKNOWN}/", 200, Verdict.FAIL),
        (f"/{lists.UNKNOWN}", 400, Verdict.FAIL),
        (f"/{lists.UNKNOWN}/courses", 200, Verdict.FAIL),
        (f"/{lists.UNKNOWN}/courses/enrollments", 200, Verdict.FAIL),
        ("/", 404, Verdict.SKIPPED),
    ],
)
def test_a_read_of_what_does_not_exist_is_404_if_it_is_served_at_all(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, part: str, status: int, verdict: Verdict
) -> None:
    with_ids = re.compile(rf"{MIXED}/\d+/\d+|/learningplan/v1/learningplans/\d+/courses(/enrollments)?")

    def instead(path: str, _: dict[str, Any]) -> Answer | None:
        return Answer(status, {}, "{}") if with_ids.fullmatch(path) and part in path else None

    answering(monkeypatch, instead)
    (result,) = mock.check(mock.tenant(), [find("READ-MISSING-1")]).results
    assert result.verdict is verdict


def hide(path: str) -> Change:
    """Of more than five rows, the last is hidden."""

    def change(to: str, _: Query, data: Data) -> None:
        if to.endswith(path) and len(data.get("items", ())) > 5:
            data["items"].pop()

    return change


def hide_from_users(to: str, query: Query, data: Data) -> None:
    if to == PLANS and {name for name, _ in query} == {"user_id[]", "page", "page_size"}:
        data["items"] = data["items"][:1]


def all_are_new(to: str, _: Query, data: Data) -> None:
    for row in data.get("items", ()) if to == MIXED else ():
        row["status"] = "subscribed"


def record_is_completed(_: str, __: Query, data: Data) -> None:
    if "records" in data:
        data["records"]["status"] = 2


def repeat(to: str, query: Query, data: Data) -> None:
    """In pages of one, the last is the first of all."""
    if to == PLANS and number(query, "page_size") == 1 and not data["has_more_data"] and data["items"]:
        data["items"][0]["user_id"] = 1


def full_means_more(_: str, query: Query, data: Data) -> None:
    if "items" in data and len(data["items"]) < 200:
        data["has_more_data"] = len(data["items"]) == number(query, "page_size")


def count_pages_down(_: str, query: Query, data: Data) -> None:
    if "total_page_count" in data:
        data["total_page_count"] = max(1, data["total_count"] // number(query, "page_size"))


def count_the_page(_: str, __: Query, data: Data) -> None:
    if "total_count" in data:
        data["total_count"] = len(data["items"])


def more_beyond(_: str, query: Query, data: Data) -> None:
    if data.get("items") == [] and number(query, "page") > 1:
        data["has_more_data"] = True


@pytest.mark.parametrize(
    ("change", "requirement"),
    [
        (hide(COURSES), "READ-LIST-1"),
        (hide(PLANS), "READ-LIST-1"),
        (hide(MIXED), "READ-LIST-1"),
        (hide("/courses/enrollments"), "READ-LIST-1"),
        (hide_from_users, "READ-VIEWS-1"),
        (all_are_new, "READ-VIEWS-1"),
        (record_is_completed, "READ-VIEWS-2"),
        (repeat, "READ-PAGES-1"),
        (full_means_more, "READ-PAGES-2"),
        (count_pages_down, "READ-PAGES-2"),
        (count_the_page, "READ-PAGES-2"),
        (more_beyond, "READ-PAGES-4"),
    ],
)
def test_a_list_that_is_wrong_in_one_thing_is_found(
    mock: Mock, monkeypatch: pytest.MonkeyPatch, change: Change, requirement: str
) -> None:
    wrong(monkeypatch, say=lambda _, path, query, data: change(path, query, data))
    assert requirement in said(mock, requirement)


def test_a_page_that_is_larger_than_200_is_found(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    def say(_: str, path: str, query: Query, data: Data) -> None:
        if path == COURSES and number(query, "page_size") > 200:
            data["items"] = data["items"] + data["items"][:6] if number(query, "page") == 1 else []

    wrong(monkeypatch, say=say)
    assert said(mock, "READ-PAGES-3") == {"READ-PAGES-3"}


def test_totals_that_are_absent_are_not_claimed(mock: Mock, monkeypatch: pytest.MonkeyPatch) -> None:
    def say(_: str, __: str, ___: Query, data: Data) -> None:
        for name in ("total_count", "count", "total_page_count", "current_page", "cursor", "has_more_data"):
            data.pop(name, None)

    wrong(monkeypatch, say=say)
    outcome = mock.check(mock.tenant(), select(["reads"]))
    told = {result.requirement: result.verdict for result in outcome.results}
    assert told.pop("READ-PAGES-2") is Verdict.SKIPPED
    assert set(told.values()) == {Verdict.PASS}


def test_a_list_that_is_not_served_is_left_out_and_the_rest_is_checked(
    mock: Mock, monkeypatch: pytest.MonkeyPatch
) -> None:
    page = lists.as_page

    def missing(listing: lists.EnrollmentList, answer: Answer) -> lists.Page:
        if listing.name == lists.OF_A_PLANS_COURSES.name:
            raise NotClaimed(listing.name)
        return page(listing, answer)

    monkeypatch.setattr(lists, "as_page", missing)
    outcome = mock.check(mock.tenant(), select(["reads"]))
    told = {result.requirement: result.verdict for result in outcome.results}
    assert told.pop("READ-FILTER-7") is Verdict.SKIPPED
    assert set(told.values()) == {Verdict.PASS}
