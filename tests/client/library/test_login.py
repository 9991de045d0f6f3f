"""Tokens: where the client gets them, when, and what becomes of a call that has none."""

from __future__ import annotations

import time as real_time
from collections.abc import Callable

import pytest
from mock_lms_client import ApiError, Client, Refused, Unreachable

from mock_lms.testing import MockTenant
from tests.client.harness.scripted import HALF, LOST, Says, Scripted, grants, refuses
from tests.client.harness.time import Time

NewClient = Callable[..., Client]

APP = {"client_id": "app", "client_secret": "s3cret"}
PERSON = {**APP, "username": "ana", "password": "pa55word"}
TOKEN, SESSION = "POST /oauth2/token", "GET /manage/v1/user/session"
NO_GRANT = Says(400, {"error": "invalid_grant", "error_description": "The refresh token is used up."})


def grants_asked(server: Scripted) -> list[str]:
    return [each.form["grant_type"] for each in server.heard if each.path == "/oauth2/token"]


def test_a_person_logs_in_once_for_many_calls(server: Scripted, new_client: NewClient) -> None:
    server.says(grants("one"), Says(), Says())
    client = new_client(**PERSON)
    assert server.calls == []
    client.get_session()
    client.get_session()
    assert server.calls == [TOKEN, SESSION, SESSION]
    assert server.heard[0].form == {"grant_type": "password", **PERSON}
    assert [each.authorization for each in server.heard] == [None, "Bearer one", "Bearer one"]


def test_an_application_logs_in_with_its_own_credentials(server: Scripted, new_client: NewClient) -> None:
    server.says(grants("one"), Says())
    new_client(**APP).get_session()
    assert server.heard[0].form == {"grant_type": "client_credentials", **APP}


def test_a_given_token_is_all_that_is_used(server: Scripted, new_client: NewClient) -> None:
    server.says(refuses(401))
    with pytest.raises(Refused, match=r"401 .*The token is missing or expired"):
        new_client(token="mine", **PERSON).get_session()
    assert server.calls == [SESSION]
    assert server.heard[0].authorization == "Bearer mine"


def test_who_has_nothing_is_told_so(server: Scripted) -> None:
    server.says(refuses(401))
    with server.client(token=None) as client, pytest.raises(Refused, match="The token is missing or expired"):
        client.get_session()
    assert server.heard[0].authorization is None


@pytest.mark.parametrize("expires_in", [3600, 30, 1])
def test_a_token_is_replaced_before_its_end_and_not_much_before(
    server: Scripted, new_client: NewClient, time: Time, expires_in: int
) -> None:
    server.says(grants("one", "again", expires_in), Says(), Says(), grants("two"), Says())
    client = new_client(**PERSON)
    client.get_session()
    time.now += expires_in / 2 - 0.1
    client.get_session()
    time.now += expires_in / 2
    client.get_session()
    assert server.calls == [TOKEN, SESSION, SESSION, TOKEN, SESSION]
    assert server.heard[3].form == {"grant_type": "refresh_token", "refresh_token": "again", **APP}
    assert server.heard[4].authorization == "Bearer two"


def test_a_401_brings_a_new_token_and_the_call_is_repeated_even_a_write(
    server: Scripted, new_client: NewClient
) -> None:
    server.says(grants("one", "again"), refuses(401), grants("two", "and again"), Says(body={"data": {"id_course": 7}}))
    assert new_client(**PERSON).create_course("A") == {"id_course": 7}
    assert grants_asked(server) == ["password", "refresh_token"]
    assert [each.authorization for each in server.heard if "courses" in each.path] == ["Bearer one", "Bearer two"]


def test_a_second_401_is_the_end(server: Scripted, new_client: NewClient) -> None:
    server.says(grants("one"), refuses(401), grants("two"), refuses(401))
    with pytest.raises(Refused) as caught:
        new_client(**PERSON).get_session()
    assert (caught.value.status, caught.value.operation) == (401, "get_session")
    assert len(server.heard) == 4


def test_a_refresh_token_is_used_once(server: Scripted, new_client: NewClient) -> None:
    server.says(grants("one", "again"), refuses(401), grants("two"), Says(), refuses(401), grants("three"), Says())
    client = new_client(**PERSON)
    client.get_session()
    client.get_session()
    assert grants_asked(server) == ["password", "refresh_token", "password"]


@pytest.mark.parametrize("lost", [LOST, HALF, refuses(500), Says(body={}), NO_GRANT], ids=str)
def test_where_a_refresh_brings_nothing_the_client_logs_in_anew(
    server: Scripted, new_client: NewClient, lost: Says
) -> None:
    server.says(grants("one", "again"), refuses(401), lost, grants("two"), Says())
    new_client(**PERSON).get_session()
    assert grants_asked(server) == ["password", "refresh_token", "password"]
    assert server.heard[-1].authorization == "Bearer two"


def test_a_refresh_token_whose_answer_was_lost_is_not_tried_again(server: Scripted, new_client: NewClient) -> None:
    server.says(grants("one", "again"), refuses(401), LOST, refuses(403), grants("two"), Says())
    client = new_client(**PERSON)
    with pytest.raises(Refused):
        client.get_session()
    client.get_session()
    assert grants_asked(server) == ["password", "refresh_token", "password", "password"]


@pytest.mark.parametrize("broken", [LOST, HALF, refuses(503), refuses(429, retry_after="5")], ids=str)
def test_a_login_is_repeated_like_a_read(server: Scripted, new_client: NewClient, broken: Says) -> None:
    server.says(broken, grants("one"), Says())
    new_client(**PERSON).get_session()
    assert grants_asked(server) == ["password", "password"]


@pytest.mark.parametrize("grant", ["refresh_token", "authorization_code"])
def test_what_works_once_is_not_sent_twice(server: Scripted, client: Client, grant: str) -> None:
    server.says(LOST, grants("one"))
    with pytest.raises(Unreachable):
        client.issue_token(grant, refresh_token="again", code="c0de")
    assert len(server.heard) == 1


def test_a_call_that_gets_no_token_is_not_sent(server: Scripted, new_client: NewClient) -> None:
    server.says(*[refuses(500)] * 6)
    with pytest.raises(ApiError) as caught:
        new_client(**PERSON).unenroll(1, 2)
    assert caught.value.operation == "issue_token"
    assert {*server.calls} == {TOKEN}


def test_a_token_of_ones_own_is_not_the_clients(server: Scripted, client: Client) -> None:
    server.says(grants("another"), Says())
    assert client.issue_token("client_credentials", **APP)["access_token"] == "another"
    client.get_session()
    assert [each.authorization for each in server.heard] == [None, "Bearer t0ken"]


@pytest.mark.parametrize(
    "given",
    [
        {"client_id": "app"},
        {"client_secret": "s3cret"},
        {"username": "ana", "password": "pa55word"},
        {**APP, "username": "ana"},
        {"token": "two words"},
        {"token": "new\nline"},
    ],
)
def test_half_of_what_is_needed_is_an_error_that_tells_no_secret(given: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"client_id|token") as caught:
        Client("https://acme.invalid", **given)  # type: ignore[arg-type]
    assert not {"s3cret", "pa55word", "new", "words"} & {*str(caught.value).replace(",", " ").split()}


def test_the_mocks_refresh_tokens_and_expiries_are_survived(
    connect: NewClient, lms: MockTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = connect()
    client.get_session()
    lms.control.set_faults([{"action": "expire_token", "operation": "bulk_unenroll", "nth": 1}])
    assert client.bulk_unenroll([13001], course_ids=[201])["un_enrolled"] == [13001]
    start = real_time.monotonic()
    monkeypatch.setattr(client._login, "_clock", lambda: start + 3550)
    assert client.get_session()["username"] == lms.username
    issued = lms.control.search_journal({"operation": "issue_token"})["entries"]
    assert len(issued) == 3
