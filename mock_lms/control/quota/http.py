"""Limiting the calls."""

from __future__ import annotations

from flask import Response

from mock_lms.control.blueprint import bp
from mock_lms.control.quota import service
from mock_lms.control.quota.bucket import FORMS, MOST
from mock_lms.control.requests import ControlBody, Json, load
from mock_lms.http.call import tenant
from mock_lms.http.requests import json_response


class SetQuota(ControlBody):
    calls = Json({"type": "integer", "minimum": 1, "maximum": MOST["calls"]})
    seconds = Json({"type": "integer", "minimum": 1, "maximum": MOST["seconds"]})
    retry_after = Json({"type": "string", "enum": list(FORMS)})


@bp.get("/quota")
def get_quota() -> Response:
    return json_response({"quota": service.get_quota(tenant())})


@bp.put("/quota")
def set_quota() -> Response:
    return json_response({"quota": service.set_quota(tenant(), load(SetQuota))})


@bp.delete("/quota")
def clear_quota() -> Response:
    service.clear_quota(tenant())
    return json_response({"quota": None})
