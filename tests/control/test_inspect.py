"""GET /_mock/learners: everything that is held, by layer."""

from __future__ import annotations

from typing import Any

import pytest

from tests.conftest import NewLms
from tests.support import contract
from tests.support.lms import BULK, CREDENTIALS, Lms


def look(lms: Lms, path: str, *, status: int = 200) -> Any:
    return lms.call("GET", f"/_mock/{path}", token=CREDENTIALS.control_token, status=status)


@pytest.mark.both_databases
def test_every_layer_of_a_learner_is_shown(lms: Lms) -> None:
    found = look(lms, "learners/13001")
    assert found["user_id"] == 13001
    shown = {(row["course_id"], row["user_id"]) for row in lms.items("/course/v1/courses/enrollments?user_id[]=13001")}
    assert {(row["course_id"], 13001) for row in found["enrollments"]} == shown
    assert {row["learning_plan_id"] for row in found["learning_plans"]} == {
        p for p, user in lms.members() if user == 13001
    }
    completed = next(row for row in found["tracking"] if row["course_id"] == 201)
    assert (completed["status"], completed["score"], completed["time_spent"]) == ("completed", 92, 2700)
    assert any(row["course_id"] == 201 for row in found["certificates"])


@pytest.mark.both_databases
def test_what_an_unenrollment_leaves_behind_is_shown_though_no_enrollment_is_there(lms: Lms) -> None:
    before = look(lms, "learners/13001")
    lms.bulk_unenroll([13001], course_ids=[201])
    after = look(lms, "learners/13001")
    assert {row["course_id"] for row in before["enrollments"]} - {row["course_id"] for row in after["enrollments"]} == {
        201
    }
    assert {**after, "enrollments": None} == {**before, "enrollments": None}


@pytest.mark.both_databases
def test_a_reset_and_the_deletion_of_certificates_are_seen_in_their_layers(lms: Lms) -> None:
    body = {"user_ids": [13001], "course_ids": [201], "reset_tracks": True, "delete_issued_certificates": True}
    lms.call("DELETE", BULK, body)
    after = look(lms, "learners/13001")
    for layer in ("enrollments", "tracking", "certificates"):
        assert 201 not in {row["course_id"] for row in after[layer]}


@pytest.mark.both_databases
def test_many_are_shown_in_the_order_asked_for_and_the_unknown_named(lms: Lms) -> None:
    found = look(lms, "learners?user_id[]=13008&user_id[]=99&user_id[]=13001&user_id[]=13008")
    assert [each["user_id"] for each in found["learners"]] == [13008, 13001]
    assert found["unknown"] == [99]
    assert found["learners"] == [look(lms, "learners/13008"), look(lms, "learners/13001")]


def test_a_user_with_nothing_has_empty_layers(lms: Lms) -> None:
    found = look(lms, "learners/13012")
    assert found == {"user_id": 13012, "enrollments": [], "tracking": [], "certificates": [], "learning_plans": []}


@pytest.mark.parametrize(("path", "status"), [("learners/99", 404), ("learners/x", 400), ("learners", 400)])
def test_what_cannot_be_looked_at_is_refused(lms: Lms, path: str, status: int) -> None:
    look(lms, path, status=status)


def test_more_than_a_thousand_at_once_are_refused(lms: Lms) -> None:
    look(lms, "learners?" + "&".join(f"user_id[]={user}" for user in range(1, 1002)), status=400)


@pytest.mark.both_databases
def test_a_duplicate_layer_of_another_user_is_not_shown(new_lms: NewLms) -> None:
    lms = new_lms()
    everybody = look(lms, "learners?" + "&".join(f"user_id[]={user}" for user in range(13001, 13013)))
    enrollments = {(row["course_id"], each["user_id"]) for each in everybody["learners"] for row in each["enrollments"]}
    assert enrollments == lms.pairs()
    assert sum(len(each["enrollments"]) for each in everybody["learners"]) == len(enrollments)


def test_the_contract_has_exactly_the_routes_of_the_control_api(lms: Lms) -> None:
    documented = {
        (method, path.replace("{", "<").replace("}", ">"), f"control.{operation['operationId']}")
        for (method, path), operation in contract.operations(contract.CONTROL).items()
    }
    served = {
        (method, rule.rule, rule.endpoint)
        for rule in lms.app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
        if rule.rule.startswith("/_mock")
    }
    assert served == documented


def test_the_example_of_the_contract_is_what_the_demo_answers(lms: Lms) -> None:
    operation = contract.operations(contract.CONTROL)["GET", "/_mock/learners/{user_id}"]
    example = operation["responses"]["200"]["content"]["application/json"]["example"]
    assert look(lms, f"learners/{example['user_id']}") == example


def test_no_component_of_the_control_api_hides_one_of_the_vendors() -> None:
    ours = contract.contract(contract.CONTROL)["components"]
    vendors = contract.contract()["components"]
    for kind, named in ours.items():
        assert not named.keys() & vendors.get(kind, {}).keys()


@pytest.mark.both_databases
def test_a_layer_is_in_the_order_of_its_ids_not_of_its_making(lms: Lms) -> None:
    for course in (206, 201, 204):
        lms.call("POST", f"{BULK}/{course}/13012")
    assert [row["course_id"] for row in look(lms, "learners/13012")["enrollments"]] == [201, 204, 206]
