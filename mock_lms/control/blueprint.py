"""The one blueprint of the control API; the views of each feature add their operations to it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from flask import Blueprint, Response

from mock_lms.control import guard

bp = Blueprint("control", __name__, url_prefix="/_mock")
bp.before_request(guard.enter)


@bp.get("/openapi.yaml")
def openapi_yaml() -> Response:
    return Response(_contract(), mimetype="application/yaml")


@cache
def _contract() -> bytes:
    return Path(__file__).with_name("openapi.yaml").read_bytes()
