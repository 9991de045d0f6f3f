"""Refusals as they are answered, and paths of the contract as they are called."""

from __future__ import annotations

from tests.support.lms import Lms


def envelope(lms: Lms, status: int, name: str, code: int | None = None) -> str:
    """The message of the last answer, the vendor's envelope of this status. Without `code` that is the status."""
    assert lms.last.status_code == status
    assert lms.last.mimetype == "application/json"
    body = lms.last.get_json()
    assert body.keys() == {"name", "message", "code", "status"}
    assert (body["name"], body["code"], body["status"]) == (name, code or status, status)
    (message,) = body["message"]
    return str(message)


def concrete(path: str) -> str:
    path = path.replace("{course_id}/sessions", "204/sessions")  # of a classroom course, since no other has any
    ids = {"course_id": 201, "user_id": 13001, "learning_plan_id": 31, "catalog_id": 3, "survey_id": 7}
    ids |= {"manager_id": 13004, "group_id": 1, "report_id": 1}
    return path.format(**ids, uuid="0" * 32, hash="0" * 32, execution_id="0" * 32, format="csv")
