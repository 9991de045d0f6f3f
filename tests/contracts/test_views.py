"""What each view shows of a neighborhood, and of what it must have shown everything."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from mock_lms_contracts import views
from mock_lms_contracts.adapters.capabilities import OPERATIONS
from mock_lms_contracts.adapters.wire import WireAdapter
from mock_lms_contracts.exchange import Answer
from mock_lms_contracts.judge import compare
from mock_lms_contracts.model import Fact, Layer
from mock_lms_contracts.oracle import AT_ONCE, COURSES, MIXED, PLANS, id_in
from mock_lms_contracts.scenario import COMPLETED, IN_PROGRESS, SUBSCRIBED, Ids, Scenario
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import Finding
from mock_lms_contracts.views import PLAN_COURSES, UNTOLD, Neighborhood, Reading

from tests.contracts.answering import answering
from tests.contracts.independent.server import Desk

ANA, BEN, CY = range(3)
HELD = {(ANA, 0): COMPLETED, (ANA, 1): SUBSCRIBED, (BEN, 0): IN_PROGRESS}
SCENARIO = Scenario(3, 2, ((0, 1), (1,)), HELD, frozenset({(ANA, 0), (BEN, 1)}))
SERVED = tuple({*OPERATIONS} - {"plan_course_list"})


@pytest.fixture(scope="module")
def world(desk: Desk) -> Iterator[tuple[Target, Ids]]:
    adapter = WireAdapter(f"{desk.url}/state")
    prepared = adapter.prepare(Target(desk.url), SCENARIO, "seen")
    yield prepared.target, prepared.ids
    adapter.clean(prepared)


def facts(ids: Ids) -> dict[Fact, object]:
    """All that is held."""
    held: dict[Fact, object] = {
        Fact(Layer.COURSE, ids.courses[course], ids.users[user]): status for (user, course), status in HELD.items()
    }
    return held | {Fact(Layer.PLAN, ids.plans[plan], ids.users[user]): True for user, plan in SCENARIO.memberships}


def everywhere(ids: Ids, *records: Fact) -> Neighborhood:
    return Neighborhood(ids.users, ids.courses, ids.plans, records)


def of_layer(held: Mapping[Fact, object], *layers: Layer) -> dict[Fact, object]:
    return {fact: value for fact, value in held.items() if fact.layer in layers}


def listing(*items: Mapping[str, Any]) -> Answer:
    body = {"data": {"items": items, "has_more_data": False, "total_count": len(items)}}
    return Answer(200, {}, json.dumps(body))


def by_name(readings: list[Reading]) -> dict[str, Reading]:
    return {reading.view: reading for reading in readings}


def test_each_view_shows_what_is_held_and_covers_its_own_layers(world: tuple[Target, Ids]) -> None:
    target, ids = world
    held = facts(ids)
    readings = by_name(views.read(target, everywhere(ids), SERVED))
    courses, plans = of_layer(held, Layer.COURSE), of_layer(held, Layer.PLAN)
    shown = {
        "the course list by course": courses,
        "the course list by user": courses,
        "the plan list by plan": plans,
        "the plan list by user": plans,
        "the list of all enrollments": held,
    }
    assert {name: reading.shown for name, reading in readings.items()} == shown
    for name, reading in readings.items():
        assert {fact for fact in held if reading.covers(fact)} == shown[name].keys()
        assert not reading.covers(Fact(Layer.TRACKING, ids.courses[0], ids.users[ANA]))
    assert compare([*readings.values()], held).agreed == {}


def test_a_view_covers_what_its_filter_names_and_no_more(world: tuple[Target, Ids]) -> None:
    target, ids = world
    around = Neighborhood(ids.users[:1], ids.courses[1:], ids.plans[:1])
    readings = by_name(views.read(target, around, SERVED))
    covered = {name: {*filter(reading.covers, facts(ids))} for name, reading in readings.items()}
    ana_in = {course: Fact(Layer.COURSE, ids.courses[course], ids.users[ANA]) for course in (0, 1)}
    ana_in_plan = Fact(Layer.PLAN, ids.plans[0], ids.users[ANA])
    assert covered == {
        "the course list by course": {ana_in[1]},
        "the course list by user": {*ana_in.values()},
        "the plan list by plan": {ana_in_plan},
        "the plan list by user": {ana_in_plan},
        "the list of all enrollments": {*ana_in.values(), ana_in_plan},
    }
    assert {name: {*reading.shown} for name, reading in readings.items()} == covered


def test_only_claimed_views_are_read_and_none_of_nothing(world: tuple[Target, Ids]) -> None:
    target, ids = world
    assert by_name(views.read(target, everywhere(ids), ["mixed_list"])).keys() == {"the list of all enrollments"}
    nowhere = Neighborhood(ids.users, (), ())
    by_user = {"the course list by user", "the plan list by user"}
    assert by_name(views.read(target, nowhere, ["course_list", "plan_list", "plan_course_list", "record"])).keys() == (
        by_user
    )


def test_in_turns_every_view_is_read_once_in_three_and_those_by_user_always(world: tuple[Target, Ids]) -> None:
    target, ids = world
    claimed = ["course_list", "plan_list", "mixed_list", "record"]
    around = everywhere(ids, Fact(Layer.COURSE, ids.courses[0], ids.users[0]))
    all_of_them = Counter(by_name(views.read(target, around, claimed)).keys())
    turns = [Counter(by_name(views.read(target, around, claimed, turn)).keys()) for turn in range(3)]
    by_user = {"the course list by user", "the plan list by user"}
    assert all(by_user <= turn.keys() < all_of_them.keys() for turn in turns)
    times: Counter[str] = sum(turns, Counter())
    assert {name: times[name] for name in all_of_them} == {name: 3 if name in by_user else 1 for name in all_of_them}
    assert by_name(views.read(target, around, ["mixed_list"], 0)).keys() == {"the list of all enrollments"}


def hiding(hidden: Fact, path: str, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Has one list hide the row of a fact where it is filtered by `name`."""
    call = Target.call

    def changed(self: Target, method: str, at: str, *arguments: Any, **options: Any) -> Answer:
        answer = call(self, method, at, *arguments, **options)
        if at != path or not any(key == f"{name}[]" for key, _ in options.get("query") or ()):
            return answer
        rows = [
            row
            for row in answer.data["items"]
            if hidden.user != row["user_id"]
            or hidden.target not in {row.get("id"), row.get("course_id"), row.get("learning_plan_id")}
        ]
        return listing(*rows)

    monkeypatch.setattr(Target, "call", changed)


@pytest.mark.parametrize(
    ("view", "path", "name", "layer"),
    [
        ("the course list by course", COURSES, "course_id", Layer.COURSE),
        ("the course list by user", COURSES, "user_id", Layer.COURSE),
        ("the plan list by plan", PLANS, "learning_plan_id", Layer.PLAN),
        ("the plan list by user", PLANS, "user_id", Layer.PLAN),
        ("the list of all enrollments", MIXED, "id_user", Layer.COURSE),
        ("the list of all enrollments", MIXED, "id_user", Layer.PLAN),
    ],
)
def test_a_row_that_one_view_hides_is_its_own_fault(
    world: tuple[Target, Ids], monkeypatch: pytest.MonkeyPatch, view: str, path: str, name: str, layer: Layer
) -> None:
    target, ids = world
    held = facts(ids)
    hidden = next(fact for fact in held if fact.layer is layer)
    hiding(hidden, path, name, monkeypatch)
    seen = compare(views.read(target, everywhere(ids), SERVED), held)
    assert seen.agreed == {}
    assert seen.by_view == {view: {hidden: None}}


# --- the courses of a plan


def test_the_list_of_a_plans_courses_covers_those_whom_it_shows(
    world: tuple[Target, Ids], monkeypatch: pytest.MonkeyPatch
) -> None:
    target, ids = world
    plan, courses = ids.plans[0], ids.courses
    row = {"course_id": courses[0], "user_id": ids.users[ANA], "enrollment_status": "completed"}
    path = PLAN_COURSES.format(plan)
    answering(monkeypatch, lambda _, at: listing(row) if at == path else None)
    around = Neighborhood(ids.users, (), (), plan_courses={plan: courses})
    (reading,) = views.read(target, around, ["plan_course_list"])
    assert reading.view == f"the course list of plan {plan}"
    assert reading.shown == {Fact(Layer.COURSE, courses[0], ids.users[ANA]): "completed"}
    held = facts(ids)
    assert {fact for fact in held if reading.covers(fact)} == {
        Fact(Layer.COURSE, course, ids.users[ANA]) for course in courses
    }


# --- single records


def record(status: int, records: Any) -> Callable[[str, str], Answer]:
    return lambda _, __: Answer(status, {}, json.dumps({"data": {"records": records}}))


def test_a_record_shows_its_enrollment_alone(world: tuple[Target, Ids]) -> None:
    target, ids = world
    there, gone = (Fact(Layer.COURSE, ids.courses[0], ids.users[user]) for user in (ANA, CY))
    readings = views.read(target, Neighborhood(ids.users, (), (), (there, gone)), ["record"])
    assert [(reading.shown, reading.covers(there), reading.covers(gone)) for reading in readings] == [
        ({there: "completed"}, True, False),
        ({}, False, True),
    ]


@pytest.mark.parametrize(
    ("status", "records", "shown"),
    [
        (200, {"status": "2"}, "completed"),
        (200, {"status": None}, UNTOLD),
        (200, {"id": 1}, UNTOLD),
        (200, {}, None),
        (200, [], None),
        (404, {"status": "2"}, None),
    ],
)
def test_a_record_is_there_if_it_says_something(
    monkeypatch: pytest.MonkeyPatch, status: int, records: Any, shown: object
) -> None:
    answering(monkeypatch, record(status, records))
    fact = Fact(Layer.COURSE, 11, 1)
    (reading,) = views.read(Target(""), Neighborhood((1,), (), (), (fact,)), ["record"])
    assert reading.shown.get(fact) == shown


def test_a_record_that_cannot_be_read_says_nothing_and_of_many_some_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    records = tuple(Fact(Layer.COURSE, 11, user) for user in range(1, views.RECORDS + 3))
    calls = answering(monkeypatch, record(403, {"status": "2"}))
    assert views.read(Target(""), Neighborhood((1,), (), (), records), ["record"]) == []
    assert [path for _, path in calls] == [f"{MIXED}/11/{user}" for user in range(1, views.RECORDS + 1)]


# --- values


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ("enrolled", SUBSCRIBED),
        ("not_started", SUBSCRIBED),
        (0, SUBSCRIBED),
        ("0", SUBSCRIBED),
        (1, IN_PROGRESS),
        ("completed", COMPLETED),
        (-2, "waiting"),
        ("suspended", "suspended"),
        ("odd", "odd"),
        (None, UNTOLD),
    ],
)
def test_a_status_has_its_usual_name_in_every_view(told: object, status: object) -> None:
    assert views.status(told) == status


@pytest.mark.parametrize("row", [{}, {"user_id": None}, {"user_id": "ana"}, {"user_id": [7]}])
def test_a_row_without_a_usable_id_cannot_be_observed(row: dict[str, Any]) -> None:
    with pytest.raises(Finding, match="no usable user_id") as found:
        id_in(row, "user_id")
    assert found.value.requirement == "READ-LIST-1"


def test_ids_are_asked_for_in_portions_and_texts_count_as_numbers(monkeypatch: pytest.MonkeyPatch) -> None:
    users = tuple(range(1, AT_ONCE + 2))
    calls = answering(monkeypatch, lambda *_: listing({"course_id": "11", "user_id": "1", "enrollment_status": "1"}))
    (reading, _) = views.read(Target(""), Neighborhood(users, (11,), ()), ["course_list"])
    assert reading.shown == {Fact(Layer.COURSE, 11, 1): IN_PROGRESS}
    assert len(calls) == 1 + 2  # one course; users in two portions


@pytest.mark.parametrize(
    ("data", "told"), [({"total_count": 3}, 3), ({"total_count": "3"}, None), ({}, None), ([], None)]
)
def test_a_total_is_what_the_list_says_and_none_where_it_says_none(
    monkeypatch: pytest.MonkeyPatch, data: Any, told: int | None
) -> None:
    answering(monkeypatch, lambda *_: Answer(200, {}, json.dumps({"data": data})))
    assert views.total(Target(""), COURSES, "course_id[]", [1, 2]) == told
