"""Reading what is the case."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from hypothesis import given
from hypothesis import strategies as st
from mock_lms_client import ListChanged
from mock_lms_client.unenroll.observe import ATTEMPTS, Observer, chunks

from tests.client.conftest import NewStage
from tests.client.harness.between import Around, Send
from tests.client.harness.seeds import people, small
from tests.client.harness.stage import Stage

USERS = people(10_001, 150)


@pytest.fixture
def stage(new_stage: NewStage) -> Stage:
    return new_stage(seed=small(USERS))


@given(st.lists(st.integers()), st.integers(1, 9))
def test_chunks_are_all_items_in_order_and_none_is_too_long(items: list[int], size: int) -> None:
    found = [*chunks(iter(items), size)]
    assert [each for some in found for each in some] == items
    assert all(len(some) == size for some in found[:-1])
    assert all(1 <= len(some) <= size for some in found)


def test_a_look_finds_the_courses_asked_for_and_every_learning_plan(stage: Stage) -> None:
    seen = Observer(stage.client()).look(USERS, {201, 209})
    assert seen.courses.keys() == {(user, course) for user in USERS for course in (201, 209)}
    assert seen.plans.keys() == {(user, 31) for user in USERS} | {(user, 32) for user in USERS if user % 3 == 0}


def test_a_look_at_some_learning_plans_finds_no_others(stage: Stage) -> None:
    assert Observer(stage.client()).look(USERS[:9], (), [32]).plans.keys() == {
        (user, 32) for user in USERS[:9] if user % 3 == 0
    }


def test_where_no_course_and_no_plan_is_asked_for_nobody_is_called(stage: Stage) -> None:
    client = stage.client()
    stage.lms.control.clear_journal()
    seen = Observer(client).look(USERS, (), ())
    assert (seen.courses, seen.plans, stage.calls()) == ({}, {}, [])


def test_a_row_that_is_there_twice_hides_one_that_is_missing_and_the_list_is_read_again(stage: Stage) -> None:
    repeated = 0

    def around(request: requests.PreparedRequest, send: Send) -> requests.Response:
        nonlocal repeated
        answer = send()
        if "/courses/enrollments" in str(request.url) and repeated < 2:
            repeated += 1
            content = json.loads(answer.content)
            items = content["data"]["items"]
            items[-1] = items[0]  # the total is right all the same
            answer._content = json.dumps(content).encode()
        return answer

    seen = Observer(stage.client(around=around)).look(USERS, {201}, ())
    assert seen.courses.keys() == {(user, 201) for user in USERS}
    assert repeated == 2


def page_of(query: str) -> list[str] | None:
    return parse_qs(query).get("page")


def once_per_page(stage: Stage, times: int, act: Callable[[int], object]) -> Around:
    """Does something before the second page of a list, so many times."""
    done = 0

    def around(request: requests.PreparedRequest, send: Send) -> requests.Response:
        nonlocal done
        if page_of(urlsplit(str(request.url)).query) == ["2"] and done < times:
            done += 1
            act(done)
        return send()

    return around


def test_a_list_that_changes_between_two_pages_is_read_again(stage: Stage) -> None:
    other = stage.client()
    client = stage.client(around=once_per_page(stage, 1, lambda _: other.unenroll(201, USERS[0])))
    seen = Observer(client).look(USERS, {201, 202})
    assert seen.courses.keys() == {(u, c) for u in USERS for c in (201, 202)} - {(USERS[0], 201)}


def test_a_list_that_always_changes_is_an_error_in_the_end_and_no_half_of_it(stage: Stage) -> None:
    other = stage.client()
    client = stage.client(around=once_per_page(stage, 99, lambda number: other.unenroll(201, USERS[number])))
    with pytest.raises(ListChanged):
        Observer(client).look(USERS, {201, 202})
    pages = [page_of(each["query"]) for each in stage.calls(operation="list_course_enrollments")]
    assert pages.count(["1"]) == ATTEMPTS


def test_the_courses_of_a_learning_plan_are_asked_for_once(stage: Stage) -> None:
    observer = Observer(stage.client())
    assert observer.courses_of(31) == observer.courses_of(31) == {201: "Course 201", 202: "Course 202"}
    assert len(stage.calls(operation="list_learning_plan_courses")) == 1


def test_holding_are_those_of_the_plans_that_contain_the_course(stage: Stage) -> None:
    observer = Observer(stage.client())
    assert observer.holding(201, [31, 32]) == [31]
    assert observer.holding(202, [32, 31]) == [32, 31]
    assert observer.holding(209, [31, 32]) == []
