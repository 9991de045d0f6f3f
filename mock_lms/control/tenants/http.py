"""Making tenants and taking them away."""

from __future__ import annotations

import math
from typing import Any

from flask import Response
from marshmallow import fields

from mock_lms.control.blueprint import bp
from mock_lms.control.requests import ControlBody, load, moment
from mock_lms.control.tenants import service
from mock_lms.domain.errors import InvalidRequest
from mock_lms.http.call import Waiting, call, tenants
from mock_lms.http.fields import Choice, Text, whole_number
from mock_lms.http.requests import json_response
from mock_lms.services.tenant import Tenant

LARGEST = {"users": 1_000_000, "courses": 100_000, "plans": 100_000}
"""Of the seed scale."""

MOST = 10_000_000  # characters; the length of a body is bounded before


class CreateTenant(ControlBody):
    name = Text()
    seed = Choice(("demo", "empty", "scale"))
    contents = Text(most=MOST)
    users = fields.Raw()
    courses = fields.Raw()
    plans = fields.Raw()
    policy = fields.Raw(load_default=dict)
    frozen_at = Text()
    sabotage = Text(load_default="")


@bp.get("/tenants")
def list_tenants() -> Response:
    return json_response({"tenants": service.list_tenants(tenants())})


@bp.post("/tenants")
def create_tenant() -> Response:
    current = call()
    if current.work is None:
        made = service.create_tenant(tenants(), **_body())
        if isinstance(made, Tenant):
            return json_response(service.described(made))
        current.work = made
    elif current.work.has_ended():
        current.waiting = None
        return json_response(service.described(service.planted(tenants(), current.work)))
    current.waiting = Waiting(math.inf, current.work.has_ended)
    return json_response({})


@bp.get("/tenants/<name>")
def get_tenant(name: str) -> Response:
    return json_response(service.get_tenant(tenants(), name))


@bp.delete("/tenants/<name>")
def drop_tenant(name: str) -> Response:
    service.drop_tenant(tenants(), name)
    return json_response({"dropped": name})


def _body() -> dict[str, Any]:
    body = load(CreateTenant)
    body["frozen_at"] = moment(body.get("frozen_at"), "frozen_at")
    for name, largest in LARGEST.items():
        if name in body:
            number = whole_number(body[name])
            if number is None or not 1 <= number <= largest:
                raise InvalidRequest(name, f"a whole number from 1 to {largest:,} is needed.")
            body[name] = number
    if not isinstance(body["policy"], dict):
        raise InvalidRequest("policy", "an object is needed, of names and values.")
    return body
