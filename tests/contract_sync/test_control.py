"""The control API's own contract and what is served under /_mock say the same."""

from __future__ import annotations

import inspect
import re
from dataclasses import fields
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from marshmallow import Schema, missing

from mock_lms.app import create_app
from mock_lms.config import Config
from mock_lms.control import http
from mock_lms.control.faults import rules
from mock_lms.control.http import diffs, journal
from mock_lms.control.journal import match, verify
from mock_lms.control.journal.entry import BODY
from mock_lms.control.quota import bucket
from mock_lms.control.requests import ControlBody
from mock_lms.control.sabotage import known
from mock_lms.control.snapshots.service import LONGEST
from mock_lms.edge import waiting
from mock_lms.http.fields import JsonField
from mock_lms.http.operations import operations_of
from mock_lms.policy import switches
from mock_lms.services import clocks
from mock_lms.services.tenant import Access
from mock_lms.services.tenants import NAME, Tenants
from mock_lms.storage import journal as stored
from mock_lms.storage.control_tables import SCOPES
from mock_lms.storage.learners import LAYERS
from mock_lms.storage.store.sqlite import SqliteStore
from tests.support.contract import CONTROL, contract, operations, validator

ACCESS = Access("", "", "")
APP = create_app(Config(database="", access=ACCESS), Tenants(SqliteStore(Path()), ACCESS))
OPERATIONS = operations(CONTROL)
FEATURES = Path(http.__file__).parent
SERVICES = [
    clocks,
    *(import_module(f"mock_lms.control.{file.parent.name}.service") for file in FEATURES.glob("*/service.py")),
]
COMPONENTS = contract(CONTROL)["components"]["schemas"]
QUERIES: dict[str, Any] = {
    "diff": diffs.Compare,
    "diff_csv": diffs.Compare,
    "diff_text": diffs.Compare,
    "list_journal": journal.ListJournal,
    "list_misses": journal.ListMisses,
    "list_learners": http.inspect.ListLearners,
}
BODIES = [
    cls
    for module in vars(http).values()
    if inspect.ismodule(module)
    for cls in vars(module).values()
    if inspect.isclass(cls) and issubclass(cls, ControlBody) and cls.__name__ in COMPONENTS
]


def test_the_server_has_exactly_the_contracts_operations() -> None:
    documented = {
        (method, re.sub(r"\{(\w+)\}", r"<\1>", path), f"control.{operation['operationId']}")
        for (method, path), operation in OPERATIONS.items()
    }
    served = {
        (method, rule.rule, rule.endpoint)
        for rule in APP.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
        if rule.endpoint.startswith("control.")
    }
    assert served == documented


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation["operationId"])
def test_each_operation_has_a_service_of_its_name(operation: dict[str, Any]) -> None:
    name = operation["operationId"]
    if name in {"diff_csv", "diff_text", "openapi_yaml"}:
        return  # the first two show what diff shows, and the last is a file
    assert any(callable(getattr(service, name, None)) for service in SERVICES)


@pytest.mark.parametrize("cls", BODIES, ids=lambda cls: cls.__name__)
def test_a_bodys_class_has_its_components_fields(cls: type[ControlBody]) -> None:
    component: dict[str, Any] = COMPONENTS[cls.__name__]
    fields = cls._declared_fields
    assert set(fields) == set(component["properties"])
    assert {name for name, field in fields.items() if field.required} == set(component.get("required", ()))
    assert component["additionalProperties"] is False


def bare(schema: dict[str, Any]) -> dict[str, Any]:
    """What a schema says of a value: an enumeration of whole numbers by its ends, no description, no default."""
    kept = {name: value for name, value in schema.items() if name not in {"description", "default"}}
    if kept.get("type") == "integer" and "enum" in kept:
        numbers = kept.pop("enum")
        kept |= {"minimum": min(numbers), "maximum": max(numbers)}
    return kept


def own_fields(cls: type[ControlBody]) -> dict[str, JsonField]:
    """Those of its fields that only the control API has."""
    return {
        name: field
        for name, field in cls._declared_fields.items()
        if isinstance(field, JsonField) and type(field).__module__.startswith("mock_lms.control.")
    }


@pytest.mark.parametrize("cls", BODIES, ids=lambda cls: cls.__name__)
def test_a_bodys_fields_take_what_the_component_says(cls: type[ControlBody]) -> None:
    properties = COMPONENTS[cls.__name__]["properties"]
    for name, field in own_fields(cls).items():
        assert field.json_schema() == bare(properties[name]), name
        if "default" in properties[name] and field.load_default is not missing:
            assert field.load_default == properties[name]["default"]


@pytest.mark.parametrize("cls", [*BODIES, *QUERIES.values()], ids=lambda cls: cls.__name__)
def test_every_field_knows_its_schema(cls: type[Schema]) -> None:
    assert all(isinstance(field, JsonField) for field in cls._declared_fields.values())


def test_a_querys_fields_take_what_the_parameters_say() -> None:
    documented = {
        operation["operationId"]: {each["name"]: each["schema"] for each in operation["parameters"]}
        for operation in OPERATIONS.values()
        if any(each["in"] == "query" for each in operation.get("parameters", ()))
    }
    assert set(documented) == set(QUERIES)
    for operation, parameters in documented.items():
        cls = QUERIES[operation]
        assert {name.removesuffix("[]") for name in parameters} == set(cls._declared_fields)
        for name, field in own_fields(cls).items():
            assert field.json_schema() == bare(parameters[name]), name
            assert field.load_default == parameters[name]["default"]


def test_there_is_a_class_for_every_body() -> None:
    documented = {
        media["schema"]["$ref"].rpartition("/")[2]
        for operation in OPERATIONS.values()
        for media in operation.get("requestBody", {}).get("content", {}).values()
        if "$ref" in media["schema"]
    }
    assert {cls.__name__ for cls in BODIES} == documented - {"Error"}


def test_numbers_and_words_are_the_contracts() -> None:
    properties = {name: schema.get("properties", {}) for name, schema in COMPONENTS.items()}
    assert COMPONENTS["Scopes"]["items"]["enum"] == list(SCOPES)
    assert COMPONENTS["MockName"]["pattern"] == f"^{NAME.pattern}$"
    assert properties["Change"]["layer"]["enum"] == list(LAYERS)
    assert COMPONENTS["Expectations"]["maxItems"] == verify.MOST
    assert f"no more than {stored.LARGEST // 2**20} MiB" in OPERATIONS["GET", "/_mock/journal"]["description"]
    assert f"most {waiting.MOST} calls wait" in OPERATIONS["POST", "/_mock/journal/wait"]["description"]
    assert f"{BODY:,}" in properties["JournalMessage"]["body"]["description"]
    for name in bucket.MOST:
        assert properties["SetQuota"][name]["default"] == getattr(bucket.Limit(), name)


def test_its_words_are_those_that_there_are() -> None:
    assert COMPONENTS["Operation"]["enum"] == list(operations_of(APP))
    assert COMPONENTS["CreateTenant"]["properties"]["sabotage"]["enum"] == ["", *sorted(known())]
    policy = {name: schema["enum"] for name, schema in COMPONENTS["MockPolicy"]["properties"].items()}
    assert policy == {switch.name: list(switch.values) for switch in switches()}
    assert COMPONENTS["Match"]["properties"]["method"]["enum"] == list(match.METHODS)
    assert COMPONENTS["SnapshotName"]["pattern"] == COMPONENTS["MockName"]["pattern"].replace("28", f"{LONGEST - 2}")


def test_a_fault_rule_has_the_fields_of_its_action() -> None:
    documented = {}
    for variant in COMPONENTS["FaultRule"]["anyOf"]:
        action = variant["properties"]["action"]
        for name in action.get("enum", [action.get("const")]):
            documented[name] = set(variant["required"]), set(variant["properties"])
    of_all = {field.name for field in fields(rules.Rule)} - {"status", "message", "retry_after", "seconds"}
    assert documented == {
        name: ({"action", *action.needs}, {*of_all, *action.needs, *action.takes})
        for name, action in rules.ACTIONS.items()
    }


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation["operationId"])
def test_a_body_may_be_left_out_where_an_empty_one_will_do(operation: dict[str, Any]) -> None:
    schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
    if schema:
        assert operation["requestBody"]["required"] != validator(schema).is_valid({})


@pytest.mark.parametrize("operation", OPERATIONS.values(), ids=lambda operation: operation["operationId"])
def test_each_operation_can_be_refused(operation: dict[str, Any]) -> None:
    assert {"401", "403"} <= operation["responses"].keys()
    if "requestBody" in operation:
        assert {"400", "413", "415"} <= operation["responses"].keys()
