"""Which tenant is meant: by path, by header, by host; and that everything is that tenant's own."""

from __future__ import annotations

import io
import re
from types import ModuleType
from typing import Any

import orjson
import pytest
import yaml
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder, run_wsgi_app

from mock_lms.control.faults import service as faults
from mock_lms.control.journal import service as journal
from mock_lms.control.quota import service as quota
from mock_lms.edge.edge import Edge
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import Superseded
from tests.support.lms import BULK, CREDENTIALS, Lms

WHO = "/manage/v1/user/session"
EMPTY = {"wsgi.input": io.BytesIO()}
NAMINGS: list[Any] = [
    pytest.param("/t/acme", {}, id="path"),
    pytest.param("", {"X-Mock-LMS-Tenant": "acme"}, id="header"),
    pytest.param("", {"Host": "acme.localhost"}, id="host"),
    pytest.param("", {"Host": "ACME.localhost:8080"}, id="host with port"),
    pytest.param("/t/acme", {"Host": "acme.localhost", "X-Mock-LMS-Tenant": "acme"}, id="all three"),
]


@pytest.fixture
def two(lms: Lms) -> Lms:
    """Beside the tenant there is `acme`."""
    lms.tenants.create("acme")
    return lms


def ask(lms: Lms, prefix: str, headers: dict[str, str], method: str = "GET", path: str = WHO, **more: Any) -> Any:
    token = more.pop("token", lms.token)
    return lms.http.open(
        f"{prefix}{path}", method=method, headers={"Authorization": f"Bearer {token}", **headers}, **more
    )


def token_of(lms: Lms, prefix: str, headers: dict[str, str]) -> str:
    names = ("client_id", "client_secret", "username", "password")
    form = {"grant_type": "password"} | {name: getattr(CREDENTIALS, name) for name in names}
    answer = lms.http.post(f"{prefix}/oauth2/token", data=form, headers=headers)
    return str(answer.get_json()["access_token"])


@pytest.mark.parametrize(("prefix", "headers"), NAMINGS)
def test_a_request_names_its_tenant_and_a_token_is_good_there_only(
    two: Lms, prefix: str, headers: dict[str, str]
) -> None:
    token = token_of(two, prefix, headers)
    assert ask(two, prefix, headers, token=token).status_code == 200
    assert ask(two, prefix, headers).status_code == 401
    assert ask(two, "", {}, token=token).status_code == 401
    body = {"user_ids": [13001], "course_ids": [201]}
    assert ask(two, prefix, headers, "DELETE", BULK, token=token, json=body).status_code == 200
    assert (201, 13001) in two.pairs()
    shown = ask(two, prefix, headers, path=f"{BULK}/201/13001", token=token)
    assert shown.status_code == 404


def test_who_names_nobody_means_the_default(two: Lms) -> None:
    assert ask(two, "/t/default", {}).status_code == 200
    assert ask(two, "", {"Host": "127.0.0.1:8080"}).status_code == 200


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("prefix", "headers"),
    [
        ("/t/nobody", {}),
        ("", {"X-Mock-LMS-Tenant": "nobody"}),
        ("", {"Host": "nobody.localhost"}),
        ("/t/..", {}),
        ("/t/A", {}),
        ("/t/", {}),
        ("", {"X-Mock-LMS-Tenant": "../acme"}),
        ("", {"Host": "a.b.localhost"}),
    ],
)
def test_a_tenant_that_does_not_exist_is_a_404_in_the_vendors_envelope(
    two: Lms, prefix: str, headers: dict[str, str]
) -> None:
    answer = ask(two, prefix, headers)
    assert answer.status_code == 404
    assert answer.get_json()["status"] == 404
    assert two.tenants.names() == ["acme", "default"]


def test_two_names_for_one_call_are_refused(two: Lms) -> None:
    answer = ask(two, "/t/acme", {"X-Mock-LMS-Tenant": "default"})
    assert answer.status_code == 400
    assert "one tenant" in answer.get_json()["message"][0]


@pytest.mark.both_databases
def test_everything_is_the_tenants_own(two: Lms) -> None:
    token = token_of(two, "/t/acme", {})
    control = {"Authorization": f"Bearer {CREDENTIALS.control_token}"}
    for path, body in (
        ("clock", {"frozen_at": "2031-01-01 00:00:00"}),
        ("faults", {"rules": [{"action": "status", "status": 503, "operation": "list_users"}]}),
        ("quota", {"calls": 1, "seconds": 3_600}),
    ):
        assert two.http.put(f"/t/acme/_mock/{path}", json=body, headers=control).status_code == 200
    token = token_of(two, "/t/acme", {})
    assert ask(two, "/t/acme", {}, token=token).status_code == 429
    assert two.mock("GET", "/clock")["now"] == "2026-03-01 12:00:00"
    assert two.mock("GET", "/faults") == {"faults": []}
    assert two.mock("GET", "/quota") == {"quota": None}
    assert [each["operation"] for each in two.mock("GET", "/journal")["entries"]] == ["issue_token"]
    two.get("/manage/v1/user")
    noted = two.http.get("/_mock/journal", headers={**control, "X-Mock-LMS-Tenant": "acme"}).get_json()["entries"]
    assert [each["status"] for each in noted] == [200, 200, 429]


def test_a_foreign_host_is_refused_before_anything_is_noted(two: Lms) -> None:
    before = two.mock("GET", "/journal")["last"]
    assert ask(two, "", {"Host": "evil.example"}).status_code == 403
    assert ask(two, "/t/acme", {"Host": "evil.example"}).status_code == 403
    assert two.mock("GET", "/journal")["last"] == before


def test_the_contract_is_the_same_under_every_name_but_for_the_addresses_in_it(two: Lms) -> None:
    ours = two.http.get("/openapi.yaml").data
    assert two.http.get("/openapi.yaml", headers={"Host": "acme.localhost"}).data == ours
    for name in ("yaml", "json"):
        theirs = two.http.get(f"/t/acme/openapi.{name}").text
        document = yaml.safe_load(theirs)
        assert document["servers"][0]["url"] == "/t/acme"
        flow = document["components"]["securitySchemes"]["oauth2"]["flows"]["authorizationCode"]
        assert (flow["authorizationUrl"], flow["tokenUrl"]) == ("/t/acme/oauth2/authorize", "/t/acme/oauth2/token")
        flow |= {"authorizationUrl": "/oauth2/authorize", "tokenUrl": "/oauth2/token"}
        document["servers"][0]["url"] = "/"
        assert document == yaml.safe_load(ours)


def test_the_api_browser_is_served_under_a_tenants_own_path(two: Lms) -> None:
    for path in ("", "/", "/api-browser", "/api-browser/index.html"):
        answer = two.http.get(f"/t/acme{path}", headers={"Host": "192.0.2.5:8080"})
        assert (answer.status_code, answer.location, answer.data) == (302, "/t/acme/api-browser/", b"")
    page = two.http.get("/t/acme/api-browser/", headers={"Host": "192.0.2.5:8080"})
    assert page.status_code == 200
    named = re.findall(r'(?:src|href)="([^"]+)"', page.text)
    assert named
    for name in named:
        assert two.http.get(f"/t/acme/api-browser/{name}").status_code == 200
    assert 'name="viewport"' in page.text


@pytest.mark.parametrize(
    "path", ["//learn/v1/courses", "/learn//v1/courses", "/learn/v1//courses", "//_mock/clock", "/_mock//clock"]
)
def test_a_doubled_slash_is_a_404_in_the_envelope(two: Lms, path: str) -> None:
    for prefix in ("", "/t/acme"):
        environ = EnvironBuilder().get_environ() | {"PATH_INFO": f"{prefix}{path}"}
        parts, status, _ = run_wsgi_app(two.edge, environ)
        assert status.startswith("404")
        assert "doubled" in orjson.loads(b"".join(parts))["message"][0]


@pytest.mark.both_databases
@pytest.mark.parametrize(("service", "failing"), [(quota, "over_quota"), (faults, "acting_rule")])
def test_what_fails_before_a_call_is_answered_is_logged_once_and_noted(
    two: Lms, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, service: ModuleType, failing: str
) -> None:
    two.mock("PUT", "/quota", {"calls": 500})
    two.mock("PUT", "/faults", {"rules": [{"action": "drop", "nth": 50}]})

    def fail(*_: object) -> None:
        raise ValueError("a defect")

    monkeypatch.setattr(service, failing, fail)
    answer = ask(two, "", {}, path="/manage/v1/user?search_text=Łódź")
    assert (answer.status_code, answer.get_json()["name"]) == (500, "Internal Server Error")
    assert len([record for record in caplog.records if record.levelname == "ERROR"]) == 1
    monkeypatch.undo()
    (entry,) = two.mock("GET", "/journal?last=1&limit=1")["entries"]
    assert (entry["status"], entry["operation"], entry["path"]) == (500, "list_users", "/manage/v1/user")


@pytest.mark.parametrize("failing", ["_ask", "flush"])
@pytest.mark.parametrize("path", [WHO, "/_mock/clock", "/", "/nowhere"])
def test_the_last_resort_does_not_fail(
    two: Lms, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, failing: str, path: str
) -> None:
    def fail(*_: object) -> None:
        raise RecursionError

    monkeypatch.setattr(Edge, failing, fail)
    answer = ask(two, "", {}, path=path)
    if failing == "_ask" or path.startswith("/_mock"):
        assert (answer.status_code, answer.get_json()["status"]) == (500, 500)
        assert len(caplog.records) == 1


def test_what_fails_at_the_head_is_a_500_and_noted(two: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mock_lms.edge.admission.declared", lambda _: 1 / 0)
    assert two.http.post(BULK, data=b"x").status_code == 500
    monkeypatch.undo()
    (entry,) = two.mock("GET", "/journal?last=1&limit=1")["entries"]
    assert (entry["status"], entry["path"]) == (500, BULK)


def test_what_fails_before_the_application_is_a_500_in_the_vendors_envelope_and_in_the_log(
    two: Lms, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(journal, "note", fail)
    answer = ask(two, "", {})
    assert answer.status_code == 500
    assert answer.get_json()["name"] == "Internal Server Error"
    assert "the disk is full" in caplog.text
    monkeypatch.undo()
    assert ask(two, "", {}).status_code == 200


@pytest.mark.both_databases
def test_a_tenant_that_is_dropped_while_its_call_waits_harms_nobody(two: Lms) -> None:
    control = {"Authorization": f"Bearer {CREDENTIALS.control_token}"}
    rule = {"action": "delay", "seconds": 0.01, "operation": "get_session"}
    two.http.put("/t/acme/_mock/faults", json={"rules": [rule]}, headers=control)
    token = token_of(two, "/t/acme", {})
    headers = {"Authorization": f"Bearer {token}"}
    environ = EnvironBuilder(f"/t/acme{WHO}", headers=Headers(headers)).get_environ() | EMPTY
    two.edge.admit(environ)
    steps = two.edge.handle(environ)
    assert next(steps) == 0.01
    two.tenants.drop("acme")
    with pytest.raises(StopIteration) as ended:
        next(steps)
    assert ended.value.value.code == 200
    assert ask(two, "", {}).status_code == 200
    assert ask(two, "/t/acme", {}).status_code == 404


@pytest.mark.parametrize(
    ("method", "path", "most"),
    [
        ("PUT", "/_mock/snapshots/one/file", 2_000),
        ("PUT", "/t/acme/_mock/snapshots/one/file", 2_000),
        ("POST", "/_mock/reset", 1_000),
        ("PUT", "/learn/v1/_mock/snapshots/one/file", 1_000),
        ("PUT", "/t/acme/learn/_mock/snapshots/one/file", 1_000),
        ("DELETE", BULK, 1_000),
    ],
)
def test_only_an_upload_may_be_larger_than_a_body_and_only_with_the_token(
    two: Lms, method: str, path: str, most: int
) -> None:
    two.serve(largest_body=1_000, largest_upload=2_000)

    def admitted(size: int, token: str) -> int:
        sent = {"HTTP_AUTHORIZATION": f"Bearer {token}", "CONTENT_LENGTH": str(size)}
        return two.edge.admit(EnvironBuilder(path, method=method).get_environ() | sent)

    token = two.token if path == BULK else CREDENTIALS.control_token
    assert admitted(most, token) == most
    assert admitted(most + 1, token) == 0
    assert admitted(1 if "learn" not in path else most + 1, "wrong") == 0


LARGE_BODY = {"user_ids": [13001], "learningplan_ids": [31], "more": "x" * 70_000}
"""So large that the token is looked at before it is read."""


@pytest.mark.both_databases
def test_a_large_body_comes_in_though_the_tenant_is_just_being_replaced(
    two: Lms, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, failures = two.edge.tenants.open, iter(range(3))

    def replaced(name: str) -> Tenant:
        if next(failures, None) is not None:
            raise Superseded
        return real(name)

    monkeypatch.setattr(two.edge.tenants, "open", replaced)
    assert two.call("DELETE", "/learn/v1/enrollments", LARGE_BODY)["data"]["un_enrolled"] == [13001]


def test_a_tenant_is_named_as_it_was_asked_for(two: Lms) -> None:
    answer = ask(two, "/t/\u0142", {})
    assert (answer.status_code, answer.get_json()["message"]) == (404, ["There is no tenant \u0142."])
