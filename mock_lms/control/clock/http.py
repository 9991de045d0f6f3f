"""The tenant's time."""

from __future__ import annotations

import math

from flask import Response
from marshmallow import fields

from mock_lms.control.blueprint import bp
from mock_lms.control.requests import ControlBody, load, moment
from mock_lms.domain.errors import InvalidRequest
from mock_lms.http.call import tenant
from mock_lms.http.requests import json_response
from mock_lms.services import clocks

MOST_SECONDS = 315_360_000
"""Of one step: ten years."""


class SetClock(ControlBody):
    frozen_at = fields.String(required=True, allow_none=True)


class Advance(ControlBody):
    seconds = fields.Raw(required=True)


@bp.get("/clock")
def get_clock() -> Response:
    return json_response(clocks.get_clock(tenant()))


@bp.put("/clock")
def set_clock() -> Response:
    return json_response(clocks.set_clock(tenant(), frozen_at=moment(load(SetClock)["frozen_at"], "frozen_at")))


@bp.post("/clock/advance")
def advance_clock() -> Response:
    seconds = load(Advance)["seconds"]
    if type(seconds) not in {int, float} or not math.isfinite(seconds) or not 0 < seconds <= MOST_SECONDS:
        raise InvalidRequest(
            "seconds", f"a number above 0 and up to {MOST_SECONDS:,} is needed: the clock goes forward only."
        )
    return json_response(clocks.advance_clock(tenant(), seconds))
