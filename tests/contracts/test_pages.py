"""How a list is read whose pages say what is not the case, or nothing of themselves: to its end, and it has one."""

from __future__ import annotations

import itertools
import json
from typing import Any

import pytest
from mock_lms_contracts import pages
from mock_lms_contracts import target as target_module
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import Finding, HarnessError

from tests.contracts.scripted import Script, says

LIST = "/course/v1/courses/enrollments"
ROWS = [{"user_id": 1}, {"user_id": 2}]
ABSENT = object()


def page(items: Any, more: Any, **totals: Any) -> Any:
    told = {} if more is ABSENT else {"has_more_data": more}
    return says(200, json.dumps({"data": {"items": items, **told, **totals}}).encode())


def read(script: Script, *plays: Any) -> tuple[list[Any], list[str]]:
    """The items, and what was odd."""
    script.plays = [*plays]
    target = Target(script.url, "a-token")
    items = target.items(LIST)
    assert {(oddity.requirement, oddity.operation) for oddity in target.oddities} <= {
        ("READ-PAGES-2", "list_course_enrollments")
    }
    return items, [oddity.message for oddity in target.oddities]


@pytest.mark.parametrize("totals", [{}, {"total_count": 99, "total_page_count": 7, "count": "many"}])
def test_totals_are_not_needed_to_read_a_list(script: Script, totals: dict[str, Any]) -> None:
    assert read(script, page(ROWS[:1], True, **totals), page(ROWS[1:], False, **totals)) == (ROWS, [])


def test_without_has_more_data_a_list_ends_with_an_empty_page_or_one_that_was_there(script: Script) -> None:
    first, second = page(ROWS[:1], ABSENT), page(ROWS[1:], None)
    assert read(script, first, second, page([], ABSENT)) == (ROWS, [])
    assert read(script, first, second) == (ROWS, [])


@pytest.mark.parametrize(
    ("yes", "no", "said"),
    [
        ("true", "false", ["the text 'true'", "the text 'false'"]),
        (1, 0, ["1", "0"]),
        ("True", " FALSE", ["the text 'True'", "the text ' FALSE'"]),
    ],
)
def test_has_more_data_as_a_text_or_a_number_is_read_and_noted(
    script: Script, yes: object, no: object, said: list[str]
) -> None:
    items, odd = read(script, page(ROWS[:1], yes), page(ROWS[1:], no))
    assert items == ROWS
    assert odd == [f"has_more_data is {text}, not a boolean." for text in said]


def test_has_more_data_that_says_nothing_is_noted_and_hides_no_page(script: Script) -> None:
    items, odd = read(script, page(ROWS[:1], ["?"]), page(ROWS[1:], ["?"]), page([], ["?"]))
    assert items == ROWS
    assert odd == ["has_more_data is ['?'], not a boolean."]


def test_an_empty_page_ends_a_list_that_says_that_there_is_more(script: Script) -> None:
    items, odd = read(script, page(ROWS, True), page([], True))
    assert (items, odd) == (ROWS, ["Page 2 is empty, but its has_more_data says that there is more."])
    assert len(script.seen) == 2


@pytest.mark.parametrize("more", [True, False])
def test_a_page_that_was_there_before_is_a_finding_unless_it_is_read_to_clean_up(script: Script, more: bool) -> None:
    one, other = page(ROWS[:1], True), page(ROWS[1:], True)
    with pytest.raises(Finding, match="page 3 repeats page 1") as found:
        read(script, one, other, page(ROWS[:1], more))
    assert found.value.requirement == "READ-PAGES-1"
    script.plays = [one, other, page(ROWS[:1], more)]
    assert Target(script.url, lenient=True).items(LIST) == ROWS


def test_what_is_odd_in_every_call_is_noted_once(script: Script) -> None:
    script.plays = [page([], True)]
    target = Target(script.url)
    for _ in range(5):
        target.items(LIST)
    assert len(target.oddities) == 1
    assert target.at(token="another").oddities is target.oddities


def test_a_server_that_says_something_else_each_time_does_not_fill_the_memory(
    script: Script, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(target_module, "MOST_ODDITIES", 3)
    target = Target(script.url)
    script.plays = [page([], number) for number in range(2, 7)]
    for _ in range(5):
        target.items(LIST)
    assert len(target.oddities) == 3


def test_a_list_of_ever_new_pages_is_given_up(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    numbers = itertools.count()

    def another(handler: Any) -> None:
        page([{"user_id": next(numbers)}], True)(handler)

    script.plays = [another]
    target = Target(script.url)
    monkeypatch.setattr(pages, "MOST_PAGES", 5)
    with pytest.raises(Finding, match="after 5 pages the list has not ended") as found:
        target.items(LIST)
    assert found.value.requirement == "READ-PAGES-2"
    assert len(script.seen) == 5


@pytest.mark.parametrize("content", [b"{}", b'{"data": {"items": {}}}', b"[]"])
def test_what_is_no_list_is_a_finding(script: Script, content: bytes) -> None:
    script.plays = [says(200, content)]
    with pytest.raises(Finding, match="has no list") as found:
        Target(script.url).items(LIST)
    assert found.value.requirement == "READ-LIST-1"


def test_what_is_no_json_is_our_trouble(script: Script) -> None:
    script.plays = [says(200, b"no")]
    with pytest.raises(HarnessError, match="200 no"):
        Target(script.url).items(LIST)
