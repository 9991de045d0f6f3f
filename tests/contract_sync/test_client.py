"""The client's methods and types are those of openapi.yaml, and no others."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import suppress
from types import NoneType, UnionType
from typing import Any, NotRequired, Required, TypeVar, Union, get_args, get_origin, get_type_hints, is_typeddict

import pytest
from mock_lms_client import ApiError, Client, Listing, types

from mock_lms.testing import MockLMS
from tests.support.contract import contract, operations, resolved, words

COMPONENTS = contract()["components"]["schemas"]
OPERATIONS = {operation["operationId"]: operation for operation in operations().values()}
METHODS = {name: getattr(Client, name) for name in dir(Client) if not name.startswith("_")}

OTHER_METHODS = {"close"}

LEFT_OUT = {(name, "page") for name in OPERATIONS}
"""A parameter that a method does not take: the page is the Listing's business."""

LEFT_OUT |= {
    ("bulk_update_enrollments", "user_id"),
    ("bulk_update_enrollments", "course_id"),
    ("create_user", "userid"),
}
"""Of the two spellings the other one."""

REQUIRED = {
    ("bulk_update_enrollments", "user_ids"),
    ("bulk_update_enrollments", "course_ids"),
    ("create_user", "username"),
    ("bulk_enroll", "user_ids"),  # an empty list, where groups or branches are given
}
"""What the contract says by a `oneOf` or `anyOf` of the spellings."""

DEFAULTED = {("show_login", "response_type"), ("submit_login", "response_type")}
"""Required, but there is only one thing to say."""

FLATTENED = {"LearningPlanItems", "LearningPlanOptions"}
"""Parts of a body of which the methods take what is in them."""

NO_TYPES = {
    "Error": "is raised",
    "OAuth2Error": "is raised",
    "Moment": "is a name for texts",
    "Version": "is in the envelope, which the client opens",
    "ExtraData": "is in the envelope",
    "Links": "is in the envelope",
}

# --- methods


def test_the_client_has_a_method_for_each_operation_and_no_other() -> None:
    assert set(METHODS) - OTHER_METHODS == set(OPERATIONS)


def documented(name: str) -> dict[str, tuple[dict[str, Any], bool]]:
    """What an operation takes: the schema of each parameter, and whether the method must be given it."""
    operation = OPERATIONS[name]
    parameters = {
        parameter["name"].removesuffix("[]"): (parameter["schema"], parameter.get("required", False))
        for parameter in operation["parameters"]
    }
    for media in operation.get("requestBody", {}).get("content", {}).values():
        parameters |= properties(resolved(media["schema"]))
    return {
        key: (schema, (needed or (name, key) in REQUIRED) and (name, key) not in DEFAULTED)
        for key, (schema, needed) in parameters.items()
        if (name, key) not in LEFT_OUT
    }


def properties(schema: dict[str, Any]) -> dict[str, tuple[dict[str, Any], bool]]:
    """The schema of each property of a body, and whether it is required."""
    by_name: dict[str, tuple[dict[str, Any], bool]] = {}
    for name, of_property in schema["properties"].items():
        if of_property.get("$ref", "").rpartition("/")[2] in FLATTENED:
            by_name |= properties(resolved(of_property))
        else:
            by_name[name] = (of_property, name in schema.get("required", ()))
    return by_name


def taken(name: str) -> dict[str, inspect.Parameter]:
    """What a method takes."""
    parameters = inspect.signature(METHODS[name]).parameters
    return {key: parameter for key, parameter in parameters.items() if key != "self"}


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_method_takes_what_its_operation_does(name: str) -> None:
    assert set(taken(name)) == set(documented(name))


@pytest.mark.parametrize("name", OPERATIONS)
def test_what_an_operation_requires_has_no_default(name: str) -> None:
    required = {key for key, (_, needed) in documented(name).items() if needed}
    assert {key for key, parameter in taken(name).items() if parameter.default is parameter.empty} == required
    positional = {key for key, parameter in taken(name).items() if parameter.kind is parameter.POSITIONAL_OR_KEYWORD}
    # a login has too many for anyone to know their order
    assert positional == (set() if name in {"show_login", "submit_login"} else required)


@pytest.mark.parametrize("name", OPERATIONS)
def test_the_ids_of_a_path_are_in_the_contracts_order(name: str) -> None:
    of_path = [parameter["name"] for parameter in OPERATIONS[name]["parameters"] if parameter["in"] == "path"]
    assert [*taken(name)][: len(of_path)] == of_path


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_parameter_is_of_its_schemas_type(name: str) -> None:
    for key, (schema, _) in documented(name).items():
        # the annotation as it is written, since None only says that it may be left out
        assert str(taken(name)[key].annotation).removesuffix(" | None") == written(schema), key


def written(schema: dict[str, Any]) -> str:
    """How the client writes what a schema takes."""
    whole = resolved(schema)
    if whole.get("type") == "object":
        return "Mapping[str, Any]"
    if whole.get("type") == "array":
        return f"Iterable[{written(whole['items'])}]"
    if words(whole) == ["0", "1", "false", "true"]:
        return "bool"
    if {part["type"] for part in map(resolved, whole.get("anyOf", ()))} - {"null"} == {"string"}:
        return "str"  # a word, also one that the contract does not know
    if "anyOf" in whole:
        return "Id" if schema["$ref"].endswith("Id") else "int | str"
    return {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}[whole["type"]]


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_method_returns_what_its_operation_answers(name: str) -> None:
    returned = get_type_hints(METHODS[name])["return"]
    media = OPERATIONS[name]["responses"]["200"]["content"]
    if "application/json" not in media:
        assert returned is (bytes if "text/csv" in media else str)
        return
    answer = media["application/json"]["schema"]
    data = resolved(answer).get("properties", {}).get("data", answer)
    if data.get("type") == "array":
        assert (get_origin(returned), get_args(returned)) == (list, (getattr(types, _component(data["items"])),))
        return
    component = _component(data)
    if component.endswith("ListData"):
        item = COMPONENTS[component]["properties"]["items"]["items"]["$ref"].rpartition("/")[2]
        assert (get_origin(returned), get_args(returned)) == (Listing, (getattr(types, item),))
    else:
        assert returned is getattr(types, component)


def _component(schema: dict[str, Any]) -> str:
    return str(schema["$ref"].rpartition("/")[2])


@pytest.mark.parametrize("name", METHODS)
def test_a_method_says_what_it_does(name: str) -> None:
    assert (METHODS[name].__doc__ or "").strip().endswith(".")


@pytest.mark.parametrize("name", [name for name in OPERATIONS if "page_size" in documented(name)])
def test_the_biggest_pages_are_asked_for(name: str) -> None:
    assert taken(name)["page_size"].default == 200


# --- types


def answered() -> set[str]:
    """The components that are in an answer."""
    names: set[str] = set()

    def look(node: Any) -> None:
        if isinstance(node, dict):
            reference = node.get("$ref", "")
            name = reference.rpartition("/")[2]
            if "/schemas/" in reference:
                if name in names:
                    return
                names.add(name)
            if reference:
                look(resolved(node))
            for child in node.values():
                look(child)
        elif isinstance(node, list):
            for child in node:
                look(child)

    for operation in OPERATIONS.values():
        look(operation["responses"])
    return names


ANSWERED = {name for name in answered() if not name.endswith("List")} - set(NO_TYPES)
LISTS = {name for name in ANSWERED if name.endswith("ListData")}
TYPED = {name: cls for name, cls in vars(types).items() if is_typeddict(cls)}


def test_there_is_a_type_for_each_component_of_an_answer_and_no_other() -> None:
    assert set(TYPED) == (ANSWERED - LISTS) | {"ListData"}


@pytest.mark.parametrize("name", sorted(ANSWERED))
def test_a_type_has_its_components_fields(name: str) -> None:
    component = COMPONENTS[name]
    cls = TYPED["ListData" if name in LISTS else name]
    hints = get_type_hints(cls, include_extras=True)
    if name != "EnrollmentListData" and name in LISTS:
        hints.pop("links")
    assert set(hints) == set(component["properties"])
    assert {each for each, hint in hints.items() if get_origin(hint) is not NotRequired} == set(
        component.get("required", ())
    )
    for each, schema in component["properties"].items():
        if (name in LISTS) and each == "items":
            assert get_args(hints[each]) == (types.T,)
        else:
            assert said(hints[each]) == meant(schema), each


def said(hint: Any) -> Any:
    """A type as the set of what it may be."""
    if get_origin(hint) in {NotRequired, Required}:
        return said(get_args(hint)[0])
    if get_origin(hint) in {Union, UnionType}:
        return frozenset().union(*(said(each) for each in get_args(hint)))
    if get_origin(hint) is list:
        item = get_args(hint)[0]
        return frozenset({("list", frozenset() if item is Any else said(item))})
    assert not isinstance(hint, TypeVar)
    return frozenset({hint.__name__ if is_typeddict(hint) else hint})


def meant(schema: dict[str, Any]) -> Any:
    """A schema as `said` has it."""
    name = schema.get("$ref", "").rpartition("/")[2]
    whole = resolved(schema)
    if whole.get("type") == "object":
        return frozenset({name})
    if "anyOf" in whole:
        return frozenset().union(*(meant(each) for each in whole["anyOf"]))
    if whole.get("type") == "array":
        return frozenset({("list", meant(whole["items"]) if "items" in whole else frozenset())})
    kinds = whole["type"] if isinstance(whole["type"], list) else [whole["type"]]
    return frozenset(KINDS[kind] for kind in kinds)


KINDS = {"string": str, "integer": int, "number": float, "boolean": bool, "null": NoneType}


# --- calls

SOME = {
    "learning_plan_id": 31,
    "id_lp": 31,
    "course_id": 201,
    "user_id": 13001,
    "manager_id": 13004,
    "group_id": 1,
    "id_user": 13001,
    "items": [{"course_id": 201, "user_id": 13001}],
    "catalog_id": 3,
    "survey_id": 7,
    "grant_type": "password",
}


SOME |= {"report_id": 1, "format": "csv"}


@pytest.fixture(scope="module")
def mock() -> Iterator[MockLMS]:
    with MockLMS() as mock:
        yield mock


@pytest.mark.parametrize("name", OPERATIONS)
def test_a_method_calls_its_operation(mock: MockLMS, name: str) -> None:
    """The mock's journal knows by method and path what operation a call was."""
    arguments: dict[str, Any] = {
        key: [13001] if parameter.annotation == "Iterable[Id]" else SOME.get(key, "x")
        for key, parameter in taken(name).items()
        if parameter.default is parameter.empty
    }
    if name == "bulk_unenroll":
        arguments["course_ids"] = [201]
    lms = mock.fork()
    with (
        lms.session() as session,
        Client(lms.url, token=lms.token(), session=session, allow_http=True) as client,
        suppress(ApiError),  # what comes back is not what this is about
    ):
        answer = METHODS[name](client, **arguments)
        if isinstance(answer, Listing):
            answer.complete()
    (entry,) = lms.control.list_journal(last=True, limit=1)["entries"]
    assert entry["operation"] == name
