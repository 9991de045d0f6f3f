"""Registering keys, with which programs ask for tokens in place of a secret."""

from __future__ import annotations

from flask import Response

from mock_lms.control.blueprint import bp
from mock_lms.control.keys import service
from mock_lms.control.requests import ControlBody, load
from mock_lms.domain.values import MAX_KEY
from mock_lms.http.call import tenant
from mock_lms.http.fields import Text
from mock_lms.http.requests import json_response


class RegisterKey(ControlBody):
    client_id = Text("ClientId", least=1, most=100, required=True)
    public_key = Text(most=MAX_KEY, required=True)


@bp.get("/keys")
def list_keys() -> Response:
    return json_response({"keys": service.list_keys(tenant())})


@bp.put("/keys")
def register_key() -> Response:
    return json_response(service.register_key(tenant(), **load(RegisterKey)))


@bp.delete("/keys/<client_id>")
def drop_key(client_id: str) -> Response:
    service.drop_key(tenant(), client_id)
    return json_response({"dropped": client_id})
