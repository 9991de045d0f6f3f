"""Making tenants and taking them away."""

from __future__ import annotations

import math

from flask import Response

from mock_lms.control.blueprint import bp
from mock_lms.control.requests import ControlBody, Json, Moment, WholeNumber, load
from mock_lms.control.tenants import service
from mock_lms.http.call import Waiting, call, tenants
from mock_lms.http.fields import Choice, Text, component
from mock_lms.http.requests import json_response
from mock_lms.services.tenant import Tenant

MOST = 10_000_000  # characters; the length of a body is bounded before


class CreateTenant(ControlBody):
    name = Text("MockName")
    seed = Choice(("demo", "empty", "scale"))
    contents = Text(most=MOST)
    users = WholeNumber(1, 1_000_000)
    courses = WholeNumber(1, 100_000)
    plans = WholeNumber(1, 100_000)
    policy = Json(component("MockPolicy"))
    frozen_at = Moment()
    sabotage = Text()


@bp.get("/tenants")
def list_tenants() -> Response:
    return json_response({"tenants": service.list_tenants(tenants())})


@bp.post("/tenants")
def create_tenant() -> Response:
    current = call()
    if current.work is None:
        made = service.create_tenant(tenants(), **load(CreateTenant))
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
