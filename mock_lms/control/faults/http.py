"""Having calls go wrong."""

from __future__ import annotations

from flask import Response, current_app

from mock_lms.control.blueprint import bp
from mock_lms.control.faults import service
from mock_lms.control.faults.profiles import MOST_SEED, PROFILES
from mock_lms.control.faults.rules import MOST_RULES
from mock_lms.control.requests import ControlBody, Json, load
from mock_lms.http.call import tenant
from mock_lms.http.fields import component
from mock_lms.http.operations import operations_of
from mock_lms.http.requests import json_response


class SetFaults(ControlBody):
    rules = Json({"type": "array", "maxItems": MOST_RULES, "items": component("FaultRule")})
    profile = Json({"type": "string", "enum": list(PROFILES)})
    seed = Json({"type": "integer", "minimum": 0, "maximum": MOST_SEED})


@bp.get("/faults")
def list_faults() -> Response:
    return json_response({"faults": service.list_faults(tenant())})


@bp.put("/faults")
def set_faults() -> Response:
    return json_response({"faults": service.set_faults(tenant(), operations_of(current_app), **load(SetFaults))})


@bp.delete("/faults")
def clear_faults() -> Response:
    return json_response({"faults": service.clear_faults(tenant())})


@bp.get("/fault-profiles")
def list_fault_profiles() -> Response:
    return json_response(service.list_fault_profiles())
