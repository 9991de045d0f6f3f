"""Keys of clients in a seed file."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_lms.storage.control_tables import client_keys
from tests.conftest import NewLms
from tests.support.keys import CLIENT, public
from tests.support.lms import Lms


def contents(*keys: Any) -> str:
    return json.dumps({"users": [{"id": 11, "username": "a"}], "client_keys": [*keys]})


@pytest.mark.both_databases
def test_a_tenant_has_the_keys_of_its_seed_file(new_lms: NewLms) -> None:
    lms = new_lms(seed="empty")
    for name in ("one", "two"):  # the second is a copy of what was planted for the first
        lms.mock(
            "POST", "/tenants", {"name": name, "contents": contents({"client_id": CLIENT, "public_key": public()})}
        )
        lms.name = name
        assert lms.rows(client_keys) == [(CLIENT, public())]


def test_a_tenant_of_another_file_has_none_of_them(new_lms: NewLms) -> None:
    lms = new_lms(seed="empty")
    lms.mock("POST", "/tenants", {"name": "one", "contents": json.dumps({"users": [], "client_keys": None})})
    lms.name = "one"
    assert lms.rows(client_keys) == []


@pytest.mark.parametrize(
    ("keys", "said"),
    [
        ([{"client_id": CLIENT, "public_key": "no key"}], "client_keys.0.public_key: this is no RSA key"),
        ([{"client_id": CLIENT}], "client_keys.0: public_key is missing"),
        ([{"client_id": "a b", "public_key": "x"}], "client_keys.0.client_id: a client's id has"),
        ([7], "client_keys.0: this must be a mapping"),
        ([{"client_id": CLIENT, "public_key": "KEY"}] * 2, "client_keys.1.client_id: there is a key of the client"),
    ],
)
def test_what_is_no_key_is_named_with_its_line(lms: Lms, keys: list[Any], said: str) -> None:
    text = contents(*keys).replace('"KEY"', json.dumps(public()))
    (message,) = lms.mock("POST", "/tenants", {"name": "wrong", "contents": text}, status=400)["message"]
    assert message.startswith("contents: line:1: ")
    assert said in message
