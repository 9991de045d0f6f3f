"""The tenant's time."""

from __future__ import annotations

from flask import Response

from mock_lms.control.blueprint import bp
from mock_lms.control.clock import service
from mock_lms.control.requests import ControlBody, Moment, Seconds, load
from mock_lms.http.call import tenant, tenants
from mock_lms.http.requests import json_response
from mock_lms.services import clocks

MOST_SECONDS = 315_360_000
"""Of one step: ten years."""


class SetClock(ControlBody):
    frozen_at = Moment(required=True, allow_none=True)


class Advance(ControlBody):
    seconds = Seconds(
        MOST_SECONDS,
        above=True,
        required=True,
        error_messages={"range": "a number above 0 and up to {most:,} is needed: the clock goes forward only."},
    )


@bp.get("/clock")
def get_clock() -> Response:
    return json_response(clocks.get_clock(tenant()))


@bp.put("/clock")
def set_clock() -> Response:
    return json_response(service.set_clock(tenants(), tenant(), **load(SetClock)))


@bp.post("/clock/advance")
def advance_clock() -> Response:
    return json_response(service.advance_clock(tenants(), tenant(), **load(Advance)))
