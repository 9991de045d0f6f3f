"""Doing what is due."""

from __future__ import annotations

from flask import Response

from mock_lms.control.background import service
from mock_lms.control.blueprint import bp
from mock_lms.http.call import tenant, tenants
from mock_lms.http.requests import json_response


@bp.post("/run-due")
def run_due() -> Response:
    return json_response(service.run_due(tenants(), tenant()))
