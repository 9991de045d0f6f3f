"""Making tenants and taking them away, going back, and going two ways from one state."""

from __future__ import annotations

import math
import secrets
from typing import Any

from flask import Response
from marshmallow import fields

from mock_lms.clock import Clock
from mock_lms.control.blueprint import bp
from mock_lms.control.requests import ControlBody, load, moment
from mock_lms.control.sabotage import known
from mock_lms.control.snapshots import service as snapshots
from mock_lms.domain.errors import InvalidRequest
from mock_lms.http.call import Waiting, call, tenant, tenants
from mock_lms.http.fields import Choice, Text, whole_number
from mock_lms.http.requests import json_response
from mock_lms.policy import Policy, UnknownPolicy
from mock_lms.services import clocks
from mock_lms.services.planting import is_large
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import DEFAULT, check_name, size_of
from mock_lms.storage.control_tables import SCOPES

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


class Fork(ControlBody):
    name = Text()
    state = Text(load_default=snapshots.NOW)


class Reset(ControlBody):
    to = Text(load_default="seed")
    scopes = fields.Raw(load_default=list(SCOPES))


@bp.get("/tenants")
def list_tenants() -> Response:
    return json_response({"tenants": tenants().names()})


@bp.post("/tenants")
def create_tenant() -> Response:
    this = call()
    if this.work is None:
        given = load(CreateTenant)
        frozen_at = moment(given.get("frozen_at"), "frozen_at")
        asked: dict[str, Any] = {
            "name": given.get("name", _any_name()),
            "seed": _seed(given),
            "sizes": _sizes(given),
            "policy": _policy(given["policy"]),
            "clock": Clock(frozen_at) if frozen_at else None,
            "sabotage": _sabotage(given["sabotage"]),
            "contents": given.get("contents"),
        }
        planter = tenants().planter
        if planter is None or not is_large(asked["seed"], asked["sizes"], asked["contents"]):
            return json_response(_shown(tenants().create(**asked)))
        tenants().check_new(asked["name"])
        this.work = planter.begin(asked)
    elif this.work.has_ended():
        this.waiting = None
        this.work.check()
        return json_response(_shown(tenants().open(this.work.name)))
    this.waiting = Waiting(math.inf, this.work.has_ended)
    return json_response({})


@bp.get("/tenants/<name>")
def get_tenant(name: str) -> Response:
    return json_response(_shown(tenants().open(check_name(name))))


@bp.delete("/tenants/<name>")
def drop_tenant(name: str) -> Response:
    if check_name(name) == DEFAULT:
        raise InvalidRequest("name", f"the tenant {DEFAULT} is that of calls that name none. It can be reset.")
    tenants().drop(name)
    return json_response({"dropped": name})


@bp.post("/fork")
def fork_tenant() -> Response:
    this = tenant()
    given = load(Fork)
    made = snapshots.fork_tenant(tenants(), this, given.get("name", _any_name()), of=given["state"])
    return json_response(_shown(made))


@bp.post("/reset")
def reset_tenant() -> Response:
    this = tenant()
    given = load(Reset)
    return json_response(snapshots.reset_tenant(tenants(), this, to=given["to"], scopes=_scopes(given["scopes"])))


def _any_name() -> str:
    return f"t-{secrets.token_hex(4)}"


def _shown(tenant: Tenant) -> dict[str, Any]:
    return {
        "name": tenant.name,
        "path": tenant.path,
        "seed": tenant.entries["seed"],
        "made_at": tenant.entries["made_at"],
        "policy": tenant.policy.as_dict(),
        "sabotage": tenant.entries["sabotage"] or None,
        "clock": clocks.get_clock(tenant),
    }


def _seed(given: dict[str, Any]) -> str:
    if "seed" in given and "contents" in given:
        raise InvalidRequest("contents", "they stand in place of a seed. Give one of the two.")
    return str(given.get("seed", "demo"))


def _sizes(given: dict[str, Any]) -> dict[str, int]:
    sizes = {}
    for name, largest in LARGEST.items():
        if name not in given:
            continue
        if given.get("seed") != "scale":
            raise InvalidRequest(name, "this is the size of the seed scale, and the tenant has another.")
        number = whole_number(given[name])
        if number is None or not 1 <= number <= largest:
            raise InvalidRequest(name, f"a whole number from 1 to {largest:,} is needed.")
        sizes[name] = number
    if given.get("seed") != "scale":
        return {}
    return size_of(**sizes)


def _policy(assignments: Any) -> Policy | None:
    """The server's, but for what is assigned; None where nothing is."""
    if not isinstance(assignments, dict):
        raise InvalidRequest("policy", "an object is needed, of names and values.")
    try:
        return (
            tenants().policy.replace(f"{name}={value}" for name, value in assignments.items()) if assignments else None
        )
    except UnknownPolicy as error:
        raise InvalidRequest("policy", str(error)) from None


def _sabotage(name: str) -> str:
    if name and name not in known():
        raise InvalidRequest("sabotage", f"there is no {name!r}; `mock-lms sabotage` lists what there is.")
    return name


def _scopes(scopes: Any) -> list[str]:
    if not isinstance(scopes, list) or not scopes or any(scope not in SCOPES for scope in scopes):
        raise InvalidRequest("scopes", f"a list of some of {', '.join(SCOPES)} is needed.")
    if len(set(scopes)) < len(scopes):
        raise InvalidRequest("scopes", "one of them is here twice.")
    return scopes
