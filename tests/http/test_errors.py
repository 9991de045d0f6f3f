"""How the server says no: statuses, the envelope, what it keeps to itself, and which hosts it answers for."""

from __future__ import annotations

import logging
from typing import Any, NoReturn

import pytest

from mock_lms.services import catalog, oauth2, people
from mock_lms.services import unenroll as unenroll_service
from tests.support import contract
from tests.support.answers import concrete, envelope
from tests.support.lms import BULK, Lms
from tests.support.oauth2 import PASSWORD, ask
from tests.support.small import one

SESSION = "/manage/v1/user/session"
WITH_BODY = [
    (method, concrete(path))
    for method, path in contract.operations()
    if method != "GET" and not path.startswith("/oauth2")
]


@pytest.fixture
def limited(lms: Lms) -> Lms:
    """A server that takes bodies of 1,000 bytes."""
    lms.serve(largest_body=1000)
    return lms


def reads_body(method: str, path: str) -> bool:
    operation = contract.operation_of(method, path)
    return operation is not None and "requestBody" in operation


@pytest.mark.parametrize(("method", "path"), [each for each in WITH_BODY if reads_body(*each)])
def test_a_body_over_the_limit_is_a_413_and_changes_nothing(limited: Lms, method: str, path: str) -> None:
    before = limited.everything()
    raw = b'{"x": "' + b"y" * 1000 + b'"}'
    limited.call(method, path, raw=raw, status=413)
    assert "1,000" in envelope(limited, 413, "Request Entity Too Large")
    assert limited.everything() == before


def test_a_body_just_below_the_limit_is_read(limited: Lms) -> None:
    body = b'{"user_ids": [13001], "course_ids": [206], "x": "'
    raw = body + b"y" * (1000 - len(body) - 2) + b'"}'
    assert len(raw) == 1000
    limited.call("POST", BULK, raw=raw)


def test_a_token_request_over_the_limit_is_a_413_in_oauths_own_words(limited: Lms) -> None:
    refusal = ask(limited, **PASSWORD, x="y" * 1000, status=413)
    assert refusal["error"] == "invalid_request"


def test_whoever_has_no_token_is_told_so_before_the_body_is_read(limited: Lms) -> None:
    limited.call("POST", BULK, raw=b"y" * 2000, token=None, status=401)


@pytest.mark.parametrize(("method", "path"), [each for each in WITH_BODY if reads_body(*each)])
def test_a_body_that_is_no_json_by_its_type_and_by_itself_is_a_415_and_changes_nothing(
    lms: Lms, method: str, path: str
) -> None:
    before = lms.everything()
    for content_type in ("text/plain", "text/json", "multipart/form-data; boundary=x", "application/xml"):
        lms.call(method, path, raw=b"user_ids[]=13001", content_type=content_type, status=415)
        assert "application/json" in envelope(lms, 415, "Unsupported Media Type")
    assert lms.everything() == before


@pytest.mark.parametrize(("method", "path"), [each for each in WITH_BODY if reads_body(*each)])
def test_broken_json_is_a_400_that_says_where_and_changes_nothing(lms: Lms, method: str, path: str) -> None:
    before = lms.everything()
    lms.call(method, path, raw=b'{"user_ids": [1,],}', status=400)
    message = envelope(lms, 400, "Bad Request")
    assert "format error" in message
    assert "line 1" in message
    for raw in (b"[" * 5000, b'{"a": 1} x', b'{"a": \xff}', b'"\\ud800"', b'{"a": 1e999}', b"\xef\xbb\xbf{}"):
        lms.call(method, path, raw=raw, status=None)
        assert lms.last.status_code < 500
    assert lms.everything() == before


@pytest.mark.parametrize("content_type", ["application/json", "application/json; charset=utf-8", "APPLICATION/JSON"])
def test_json_may_say_its_character_set(lms: Lms, content_type: str) -> None:
    lms.call("POST", one(206, 13001), raw=b"{}", content_type=content_type)


def test_many_mistakes_are_not_all_listed(lms: Lms) -> None:
    body: dict[str, Any] = {"user_ids": ["x" * 500] * 1000, "course_ids": [201]}
    refusal = lms.call("POST", BULK, body, status=400)
    assert len(refusal["message"]) == 21
    assert refusal["message"][-1] == "... and more."
    assert max(map(len, refusal["message"])) < 200


# --- failures


class Boom(Exception):
    """What must not be told to anybody."""


def fail(*_: object, **__: object) -> NoReturn:
    raise Boom("the secret is 42")


@pytest.mark.parametrize(
    ("module", "name", "method", "path"),
    [
        (people, "list_users", "GET", "/manage/v1/user"),
        (unenroll_service, "unenroll", "DELETE", one(201, 13001)),
        (catalog, "create_user", "POST", "/manage/v1/user"),
        (oauth2, "get_session", "GET", SESSION),
    ],
)
def test_a_failure_tells_nothing_but_that_it_is_one(
    lms: Lms,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    module: Any,
    name: str,
    method: str,
    path: str,
) -> None:
    monkeypatch.setattr(module, name, fail)
    with caplog.at_level(logging.ERROR):
        headers = {"Authorization": f"Bearer {lms.token}"}
        data = {"json": {"username": "x"}} if method == "POST" else {}
        lms.last = lms.http.open(path, method=method, headers=headers, **data)  # type: ignore[arg-type]
    message = envelope(lms, 500, "Internal Server Error")
    assert "42" not in lms.last.text
    assert "Boom" not in lms.last.text
    assert "Traceback" not in message
    assert "the secret is 42" in caplog.text, "the log says it"
    monkeypatch.undo()
    lms.call("GET", SESSION)


@pytest.mark.both_databases
def test_a_failure_in_the_middle_of_an_act_takes_it_back(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    before = lms.everything()
    monkeypatch.setattr("mock_lms.storage.outbox.record", fail)
    answer = lms.http.delete(
        BULK,
        json={"user_ids": [13001], "course_ids": [201], "learningplan_ids": [31], "reset_tracks": True},
        headers={"Authorization": f"Bearer {lms.token}"},
    )
    assert answer.status_code == 500
    assert lms.everything() == before


def test_a_failure_of_the_token_call_speaks_oauth(lms: Lms, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(oauth2, "find_client", fail)
    answer = lms.http.post("/oauth2/token", data=PASSWORD)
    assert answer.status_code == 500
    assert answer.get_json()["error"] == "server_error"
    assert "42" not in answer.text
