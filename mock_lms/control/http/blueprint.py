"""The one blueprint of the control API; each module beside this one adds its operations to it."""

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
    return Path(__file__).parents[1].joinpath("openapi.yaml").read_bytes()
