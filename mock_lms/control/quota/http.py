"""Limiting the calls."""

from __future__ import annotations

from flask import Response
from marshmallow import fields

from mock_lms.control.blueprint import bp
from mock_lms.control.quota import service
from mock_lms.control.requests import ControlBody, load
from mock_lms.http.call import tenant
from mock_lms.http.requests import json_response


class SetQuota(ControlBody):
    calls = fields.Raw()
    seconds = fields.Raw()
    retry_after = fields.Raw()


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
