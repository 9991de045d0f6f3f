"""The list of services, and the contract as Swagger 2.0."""

from __future__ import annotations

from copy import deepcopy
from typing import Any
from urllib.parse import urlsplit

import pytest
from openapi_spec_validator import OpenAPIV2SpecValidator

from mock_lms.api import swagger
from tests.support.contract import contract, operations, resolved
from tests.support.lms import Lms

SERVICES = swagger.services(contract())
OPERATIONS = {(method, path) for method, path in operations() if not path.startswith("/oauth2/")}


def converted(service: str) -> dict[str, Any]:
    return swagger.document(contract(), service, "http://localhost")


def problems(document: dict[str, Any]) -> list[str]:
    return [error.message for error in OpenAPIV2SpecValidator(document).iter_errors()]


def test_every_service_is_listed_with_a_document_that_is_read_without_a_token(lms: Lms) -> None:
    listed = lms.get("/manage/v1/site/microservices")
    assert [service["app"] for service in listed] == SERVICES
    for service in listed:
        document = lms.http.get(urlsplit(service["url"]).path).get_json()
        assert document == converted(service["app"])


def test_a_tenants_documents_are_under_its_own_path(lms: Lms) -> None:
    root = f"/t/{lms.name}"
    listed = lms.get(f"{root}/manage/v1/site/microservices")
    assert {urlsplit(service["url"]).path for service in listed} == {f"{root}/swagger/{name}.json" for name in SERVICES}
    document = lms.http.get(urlsplit(listed[0]["url"]).path).get_json()
    assert document["basePath"] == f"{root}/learn/v1"
    assert document["securityDefinitions"]["oauth2"]["tokenUrl"] == f"http://localhost{root}/oauth2/token"


def test_a_service_that_there_is_not_has_no_document(lms: Lms) -> None:
    for name in ("oauth2", "nothing", ""):
        assert lms.http.get(f"/swagger/{name}.json").status_code == 404


@pytest.mark.parametrize("service", SERVICES)
def test_a_document_is_swagger_2(service: str) -> None:
    assert problems(converted(service)) == []


@pytest.mark.parametrize(
    ("path", "wrong"),
    [
        ("info", None),
        ("paths./user.get.responses", {}),
        ("paths./user.get.parameters", [{"name": "x", "in": "query", "type": "null"}]),
        ("definitions.User.properties.email", {"type": "nonsense"}),
    ],
)
def test_the_checker_tells_what_is_no_swagger_2(path: str, wrong: Any) -> None:
    document = deepcopy(converted("manage"))
    node = document
    *above, last = path.split(".")
    for name in above:
        node = node[name]
    node[last] = wrong
    assert problems(document)


def test_the_documents_have_every_operation_of_the_contract_once() -> None:
    found = [
        (method.upper(), f"/{service}/v1{path}")
        for service in SERVICES
        for path, item in converted(service)["paths"].items()
        for method in item
    ]
    assert len(found) == len(set(found))
    assert set(found) == OPERATIONS


@pytest.mark.parametrize(("method", "path"), sorted(OPERATIONS))
def test_an_operation_keeps_its_parameters_body_and_answers(method: str, path: str) -> None:
    service = path.split("/")[1]
    operation = operations()[method, path]
    found = converted(service)["paths"][path.removeprefix(f"/{service}/v1")][method.lower()]
    assert found["operationId"] == operation["operationId"]
    assert found["x-evidence"] == operation["x-evidence"]
    assert found["responses"].keys() == operation["responses"].keys()
    named = [(parameter["name"], parameter["in"]) for parameter in found["parameters"]]
    assert named == [(parameter["name"], parameter["in"]) for parameter in operation["parameters"]] + (
        [("body", "body")] if "requestBody" in operation else []
    )
    for parameter, own in zip(found["parameters"], operation["parameters"], strict=False):
        is_array = resolved(own["schema"]).get("type") == "array"
        assert (parameter["type"] == "array") == is_array == (parameter.get("collectionFormat") == "multi")


def test_what_may_be_null_says_so_in_the_way_of_swagger_2() -> None:
    properties = converted("course")["definitions"]["CourseEnrollment"]["properties"]
    assert properties["enrollment_created_by"] == {"type": "integer", "x-nullable": True}
    assert properties["user_id"] == {"type": "integer"}


def test_a_document_defines_what_it_names_and_nothing_else() -> None:
    learn, manage = (converted(service)["definitions"].keys() for service in ("learn", "manage"))
    assert {"LearnCourseView", "CourseTreeNode", "Error"} <= learn
    assert "LearnCourseView" not in manage
