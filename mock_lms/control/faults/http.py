"""Having calls go wrong."""

from __future__ import annotations

import orjson
from flask import Response, current_app
from marshmallow import fields

from mock_lms.control.blueprint import bp
from mock_lms.control.faults import profiles, rules
from mock_lms.control.requests import ControlBody, load
from mock_lms.domain.errors import InvalidRequest
from mock_lms.http.call import tenant
from mock_lms.http.operations import operations_of
from mock_lms.http.requests import json_response
from mock_lms.storage import state


class SetFaults(ControlBody):
    rules = fields.Raw()
    profile = fields.Raw()
    seed = fields.Raw()


@bp.get("/faults")
def list_faults() -> Response:
    with tenant().control.look() as transaction:
        rows = state.fault_counts(transaction)
    shown = [{"rule": orjson.loads(rule), "seen": seen, "fired": fired} for _, rule, seen, fired in rows]
    return json_response({"faults": shown})


@bp.put("/faults")
def set_faults() -> Response:
    given = load(SetFaults)
    if ("rules" in given) == ("profile" in given):
        raise InvalidRequest("rules, profile", "one of the two is needed.")
    if "seed" in given and "profile" not in given:
        raise InvalidRequest("seed", "it is a profile's; a rule has one of its own.")
    if "profile" in given:
        given["rules"] = profiles.profile(given["profile"], given.get("seed", 0))
    loaded = rules.load(given["rules"], operations_of(current_app))
    with tenant().control.begin() as transaction:
        state.put_faults(transaction, [orjson.dumps(rules.dump(rule)).decode() for rule in loaded])
    return list_faults()


@bp.delete("/faults")
def clear_faults() -> Response:
    with tenant().control.begin() as transaction:
        state.put_faults(transaction, [])
    return list_faults()


@bp.get("/fault-profiles")
def list_fault_profiles() -> Response:
    ready = [
        {"name": name, "rehearses": each.rehearses, "rules": list(each.rules)}
        for name, each in profiles.PROFILES.items()
    ]
    actions = [
        {"name": name, "meaning": each.meaning, "needs": list(each.needs), "takes": list(each.takes)}
        for name, each in rules.ACTIONS.items()
    ]
    return json_response({"profiles": ready, "actions": actions})
