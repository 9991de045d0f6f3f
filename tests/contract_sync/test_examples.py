"""The contract's examples are what the demo tenant answers."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.services import jobs
from tests.conftest import NewLms
from tests.support.contract import operations
from tests.support.lms import (
    CREDENTIALS,
    Lms,
)

PATHS: dict[str, Any] = {"course_id": 201, "user_id": 13001, "learning_plan_id": 31, "catalog_id": 3, "survey_id": 7}
PATHS |= {"report_id": 1, "format": "csv", "manager_id": 13004, "group_id": 1}
PATHS |= {"uuid": "3f0d4c5e-6a1b-4c2d-8e9f-000000000001"}
OTHERS = {
    "delete_course": {"course_id": 206},
    "list_course_sessions": {"course_id": 204},
    "update_course": {"course_id": 206},
    "enroll": {"user_id": 13012},
    "enroll_in_learning_plan": {"user_id": 13003},
    "update_enrollment": {"course_id": 203},
}
FILES = {"get_report_results"}
TEMPLATES = [
    (key, op) for key, op in operations().items() if op["tags"] != ["oauth2"] and op["operationId"] not in FILES
]


@pytest.mark.both_databases
@pytest.mark.parametrize(("key", "operation"), TEMPLATES, ids=[op["operationId"] for _, op in TEMPLATES])
def test_the_demo_answers_the_example(new_lms: NewLms, key: tuple[str, str], operation: dict[str, Any]) -> None:
    method, path = key
    lms = new_lms()
    name = operation["operationId"]
    expected = operation["responses"]["200"]["content"]["application/json"]["example"]
    body = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("example")
    url = path.format(**{**PATHS, **OTHERS.get(name, {}), "hash": _job(lms, name)})
    if name == "log_in":
        body = {**body, "password": CREDENTIALS.password}
    data = expected["data"]
    if isinstance(data, dict) and "current_page_size" in data:
        first = data["items"][0] if data["items"] else {}
        url += f"?page_size={data['current_page_size']}"
        url += "&search_text=ana.silva" if name == "list_users" else ""
        url += "&user_id[]=13012" if not first else ""
        url += "&show_item_list=1&items_per_catalog=1" if name == "list_catalogs" else ""
    answer = lms.call(method, url, body)
    assert _without_uuids(_known(answer)) == _without_uuids(_known(expected))


def _without_uuids(data: Any) -> Any:
    """A user's follows from the whole seed file, and that of a new group is random."""
    if isinstance(data, dict):
        return {name: _without_uuids(value) for name, value in data.items() if name != "uuid"}
    return [_without_uuids(value) for value in data] if isinstance(data, list) else data


def _job(lms: Lms, name: str) -> str:
    """Begins a job if the operation is about one: where it is to be aborted, nobody does it."""
    if name == "abort_job":
        request = {"report": 1, "format": "csv"}
        title = "Export of Users - Courses"
        return jobs.start(lms.tenants, lms.tenant, "report", title, request, author_id=1, total=31).hash
    if name in {"list_jobs", "get_job"}:
        return str(lms.get("/analytics/v1/reports/1/export/csv")["executionId"])
    return ""


def _known(answer: Any) -> Any:
    """What is the same on every run: not the number that an enrollment was given, not a token, and not the
    rows of bigger lists.
    """
    data = answer["data"]
    if isinstance(data, dict):
        for named in [data, *data.get("items", ())]:
            named.update({key: "one of its own" for key in ("hash", "executionId") if key in named})
    if isinstance(data, dict) and "deleted_enrollment" in data:
        return {**answer, "data": {**data, "deleted_enrollment": data["deleted_enrollment"] > 0}}
    if isinstance(data, dict) and "access_token" in data:
        return {**answer, "data": {key: len(value) for key, value in data.items()}}
    return answer
