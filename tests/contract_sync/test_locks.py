"""openapi.yaml and the server say the same: routes, schemas, refusals, evidence."""

from __future__ import annotations

import inspect
import json
import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType
from typing import Any

import pytest
from marshmallow import Schema

from mock_lms import api, services
from mock_lms.api.answers import Answer
from mock_lms.app import create_app
from mock_lms.config import Config
from mock_lms.domain import errors
from mock_lms.domain.unenroll import USER_CAP
from mock_lms.http import errors as http_errors
from mock_lms.http.fields import LEVELS, MAX_ID, MAX_ITEMS, STATUSES, JsonField, Value
from mock_lms.http.moments import ISO_FORM
from mock_lms.policy import Policy, switches
from mock_lms.services.tenant import Access
from mock_lms.services.tenants import Tenants
from mock_lms.storage.store.sqlite import SqliteStore
from tests.support.contract import contract, operations, resolved, validator, words
from tests.support.schemas import ANSWERS, BODIES, CLASSES, QUERIES, SCHEMAS, classes_of

ACCESS = Access("", "", "")
APP = create_app(Config(database="", access=ACCESS), Tenants(SqliteStore(Path()), ACCESS))
NOT_IN_THE_CONTRACT = {"docs", "control"}  # the last has one of its own

OPERATIONS = list(operations().items())
FILES = {"get_report_results"}
"""Operations whose answer is a file."""

IDS = [operation["operationId"] for _, operation in OPERATIONS]
COMPONENTS = contract()["components"]["schemas"]


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def bare(schema: Any) -> Any:
    """A schema without what is only for readers."""
    if isinstance(schema, dict):
        # a property may be called description; a description is a text
        kept = {key: value for key, value in schema.items() if not (key == "description" and isinstance(value, str))}
        return {key: bare(value) for key, value in kept.items() if key != "examples"}
    if isinstance(schema, list):
        return [bare(item) for item in schema]
    return schema


def described(cls: type[Schema]) -> dict[str, Any]:
    """The class as JSON Schema; a field that is none of ours is an error."""
    fields: dict[str, Any] = cls._declared_fields
    for name, field in fields.items():
        assert isinstance(field, JsonField), f"{cls.__name__}.{name} is a field whose schema nobody knows"
    schema: dict[str, Any] = {"type": "object"}
    required = [name for name, field in fields.items() if field.required]
    if required:
        schema["required"] = required
    schema["properties"] = {field.data_key or name: field.json_schema() for name, field in fields.items()}
    return schema | getattr(cls, "rule", {})


# --- 1: routes


def test_the_server_has_exactly_the_contracts_operations() -> None:
    documented = {
        (method, re.sub(r"\{(\w+)\}", r"<\1>", path), f"{operation['tags'][0]}.{operation['operationId']}")
        for (method, path), operation in OPERATIONS
    }
    served = {
        (method, rule.rule.replace("<no_word:", "<"), rule.endpoint)
        for rule in APP.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD"}
        if rule.endpoint.split(".")[0] not in NOT_IN_THE_CONTRACT
    }
    assert served == documented


WITHOUT_SERVICE = {
    "issue_token": "is Authlib's",
    "show_login": "is Authlib's",
    "submit_login": "is Authlib's",
    "list_microservices": "is about the contract, and no tenant's",
}


@pytest.mark.parametrize("name", [name for name in IDS if name not in WITHOUT_SERVICE])
def test_each_operation_has_a_service_of_its_name(name: str) -> None:
    modules = [import_module(f"mock_lms.services.{module.name}") for module in iter_modules(services.__path__)]
    assert any(callable(getattr(module, name, None)) for module in modules)


# --- 2: schemas


def test_every_folder_of_schemas_is_a_tag_of_the_contract() -> None:
    assert {path.parent.name for path in Path(api.__file__).parent.glob("*/schemas.py")} == SCHEMAS.keys()


def test_a_tag_without_schemas_is_an_error() -> None:
    with pytest.raises(AssertionError, match="learn: no schema"):
        classes_of(ModuleType("learn"))


def test_each_schema_is_a_body_an_answer_or_a_query() -> None:
    assert sorted(map(id, CLASSES)) == sorted(map(id, [*BODIES, *ANSWERS, *QUERIES, Answer]))


@pytest.mark.parametrize("cls", BODIES, ids=lambda cls: cls.__name__)
def test_a_bodys_class_is_its_component(cls: type[Schema]) -> None:
    component = bare(COMPONENTS[cls.__name__])
    schema = described(cls)
    assert schema.pop("required", []) == component.pop("required", [])
    assert schema == component


@pytest.mark.parametrize("cls", ANSWERS, ids=lambda cls: cls.__name__)
def test_an_answers_class_is_its_component(cls: type[Schema]) -> None:
    component = bare(COMPONENTS[cls.__name__])
    component.pop("required", None)  # what others must answer; ours answers all of it
    assert described(cls) == component
    assert all(isinstance(field, Value) for field in cls._declared_fields.values())


@pytest.mark.parametrize(("key", "operation"), OPERATIONS, ids=IDS)
def test_a_lists_parameters_are_its_query_class(key: tuple[str, str], operation: dict[str, Any]) -> None:
    documented = {
        parameter["name"]: bare(parameter["schema"])
        for parameter in operation["parameters"]
        if parameter["in"] == "query"
    }
    if operation["tags"] == ["oauth2"]:
        return
    name, module = camel(operation["operationId"]), f"mock_lms.api.{operation['tags'][0]}."
    cls = next((cls for cls in QUERIES if cls.__name__ == name and cls.__module__.startswith(module)), None)
    if cls is None:
        assert not documented
        return
    declared: dict[str, Any] = {}
    for name, field in cls._declared_fields.items():
        assert isinstance(field, JsonField)
        schema = field.json_schema()
        declared[f"{name}[]" if schema.get("type") == "array" else name] = schema
    assert declared == documented


def test_numbers_words_and_patterns_are_the_contracts() -> None:
    assert COMPONENTS["Id"]["anyOf"][0]["maximum"] == MAX_ID
    assert COMPONENTS["BulkUnenroll"]["properties"]["user_ids"]["x-max-distinct-items"] == USER_CAP
    assert COMPONENTS["BulkUnenroll"]["properties"]["course_ids"]["maxItems"] == MAX_ITEMS
    assert COMPONENTS["DateTime"]["pattern"] == f"^{ISO_FORM.pattern}$"
    level, status = COMPONENTS["LevelNumber"]["anyOf"][0], COMPONENTS["StatusNumber"]["anyOf"][0]
    assert sorted(LEVELS) == list(range(level["minimum"], level["maximum"] + 1))
    assert sorted(STATUSES) == list(range(status["minimum"], status["maximum"] + 1))


@pytest.mark.parametrize("cls", QUERIES, ids=lambda cls: cls.__name__)
def test_choices_have_the_components_words(cls: type[Schema]) -> None:
    for field in cls._declared_fields.values():
        item: Any = getattr(field, "item", field)
        if getattr(item, "words", None) and item.named:
            assert set(item.words) == set(words(COMPONENTS[item.named]))


# --- 3: refusals


def refusals() -> list[type[errors.LmsError]]:
    refusals = [cls for cls in vars(errors).values() if inspect.isclass(cls) and issubclass(cls, errors.LmsError)]
    return [cls for cls in refusals if cls not in {errors.LmsError, errors.Injected}]  # the last brings its own


@pytest.mark.parametrize("cls", refusals(), ids=lambda cls: cls.__name__)
def test_every_refusal_has_a_status_and_a_place_in_the_tree(cls: type[errors.LmsError]) -> None:
    assert any(parent in http_errors.STATUSES for parent in cls.__mro__)
    assert cls.__name__ in (errors.__doc__ or "")


def test_no_status_is_for_a_refusal_that_does_not_exist() -> None:
    assert set(http_errors.STATUSES) <= set(refusals())


@pytest.mark.parametrize(("key", "operation"), OPERATIONS, ids=IDS)
def test_each_operation_documents_the_refusals_that_it_can_give(
    key: tuple[str, str], operation: dict[str, Any]
) -> None:
    documented = operation["responses"].keys()
    needed = {"403", "429"}
    if operation["tags"] != ["oauth2"]:
        needed.add("401")
        if "requestBody" in operation:
            needed |= {"400", "413", "415"}
        if operation["parameters"]:
            needed.add("400")
    assert needed <= documented


# --- 7: evidence


@pytest.mark.parametrize(("key", "operation"), OPERATIONS, ids=IDS)
def test_each_operation_says_where_it_was_read_and_how_sure_that_is(
    key: tuple[str, str], operation: dict[str, Any]
) -> None:
    evidence = operation["x-evidence"]
    assert evidence["source"]
    assert evidence["confidence"] in {"high", "medium", "low"}
    assert evidence.get("assumed") or evidence["confidence"] != "low"


def test_every_policy_belongs_to_an_operation_or_to_all_and_says_how_sure_its_default_is() -> None:
    named = {name for _, operation in OPERATIONS for name in operation.get("x-policies", ())}
    named |= set(contract()["info"]["x-policies"])  # these belong to all
    assert named == {switch.name for switch in switches()}
    for switch in switches():
        assert switch.source
        assert switch.question
        assert switch.confidence in {"high", "medium", "low"}
        assert len(switch.values) > 1
        assert getattr(Policy(), switch.name) == switch.default


# --- examples


def examples() -> list[Any]:
    params = []
    for _, operation in OPERATIONS:
        name = operation["operationId"]
        for media in operation.get("requestBody", {}).get("content", {}).values():
            if "example" in media:
                params.append(pytest.param(media["schema"], media["example"], id=f"{name} request"))
        for status, response in operation["responses"].items():
            for media in resolved(response).get("content", {}).values():
                if "example" in media:
                    params.append(pytest.param(media["schema"], media["example"], id=f"{name} {status}"))
    return params


@pytest.mark.parametrize(("schema", "example"), examples())
def test_every_example_is_what_its_schema_says(schema: dict[str, Any], example: Any) -> None:
    assert not [error.message for error in validator(schema).iter_errors(example)]


@pytest.mark.parametrize(("key", "operation"), OPERATIONS, ids=IDS)
def test_every_operation_of_the_api_has_examples(key: tuple[str, str], operation: dict[str, Any]) -> None:
    if operation["tags"] == ["oauth2"] or operation["operationId"] in FILES:
        return
    assert "example" in operation["responses"]["200"]["content"]["application/json"]
    for media in operation.get("requestBody", {}).get("content", {}).values():
        assert "example" in media


def test_the_contract_is_json_too() -> None:
    answer = APP.test_client().get("/openapi.json")
    assert json.loads(answer.data) == contract()
