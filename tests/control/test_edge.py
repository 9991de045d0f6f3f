"""Which tenant is meant: by path, by header, by host; and that everything is that tenant's own."""

from __future__ import annotations

import io
from typing import Any

import pytest
from werkzeug.datastructures import Headers
from werkzeug.test import EnvironBuilder

from mock_lms.control import watch
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


def test_the_contract_is_the_same_under_every_name(two: Lms) -> None:
    assert two.http.get("/t/acme/openapi.yaml").data == two.http.get("/openapi.yaml").data


def test_the_api_browser_of_a_path_is_the_one_of_its_host(two: Lms) -> None:
    for path in ("/", "/api-browser/", "/api-browser/index.html"):
        answer = two.http.get(f"/t/acme{path}", headers={"Host": "127.0.0.1:8080"})
        assert (answer.status_code, answer.location) == (302, "http://acme.localhost:8080/api-browser/")
    page = two.http.get("/api-browser/", headers={"Host": "acme.localhost"})
    assert page.status_code == 200


def test_what_fails_before_the_application_is_a_500_in_the_vendors_envelope_and_in_the_log(
    two: Lms, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object) -> None:
        raise OSError("the disk is full")

    monkeypatch.setattr(watch, "note", fail)
    answer = ask(two, "", {})
    assert answer.status_code == 500
    assert answer.get_json()["name"] == "Internal Server Error"
    assert "the disk is full" in caplog.text
    monkeypatch.undo()
    assert ask(two, "", {}).status_code == 200


def test_a_tenant_that_is_dropped_while_its_call_waits_harms_nobody(two: Lms) -> None:
    control = {"Authorization": f"Bearer {CREDENTIALS.control_token}"}
    rule = {"action": "delay", "seconds": 0.01, "operation": "get_session"}
    two.http.put("/t/acme/_mock/faults", json={"rules": [rule]}, headers=control)
    token = token_of(two, "/t/acme", {})
    headers = {"Authorization": f"Bearer {token}"}
    steps = two.edge.handle(EnvironBuilder(f"/t/acme{WHO}", headers=Headers(headers)).get_environ() | EMPTY)
    assert next(steps) == 0.01
    two.tenants.drop("acme")
    with pytest.raises(StopIteration) as ended:
        next(steps)
    assert ended.value.value.code == 200
    assert ask(two, "", {}).status_code == 200
    assert ask(two, "/t/acme", {}).status_code == 404
