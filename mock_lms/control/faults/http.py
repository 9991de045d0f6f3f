"""Having calls go wrong."""

from __future__ import annotations

from flask import Response, current_app
from marshmallow import fields

from mock_lms.control.blueprint import bp
from mock_lms.control.faults import service
from mock_lms.control.requests import ControlBody, load
from mock_lms.http.call import tenant
from mock_lms.http.operations import operations_of
from mock_lms.http.requests import json_response


class SetFaults(ControlBody):
    rules = fields.Raw()
    profile = fields.Raw()
    seed = fields.Raw()


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
