"""The JWT bearer grant: a program signs what it is, and is given a token of the user that it names."""

from __future__ import annotations

import time
from typing import Any

import pytest

from mock_lms.storage.control_tables import client_keys, oauth_tokens
from tests.support.keys import CLIENT, GRANT, assertion, private, public, signed_with_the_public_key, unsigned
from tests.support.lms import CREDENTIALS, Lms
from tests.support.oauth2 import ask, works


@pytest.fixture
def lms(small: Lms) -> Lms:
    """The small tenant, with the program's key."""
    small.mock("PUT", "/keys", {"client_id": CLIENT, "public_key": public()})
    return small


def exchange(lms: Lms, token: str, *, status: int = 200, **more: Any) -> Any:
    return ask(lms, status=status, grant_type=GRANT, assertion=token, **more)


@pytest.mark.both_databases
def test_an_assertion_gives_a_token_of_the_user_whom_it_names(lms: Lms) -> None:
    answer = exchange(lms, assertion(sub="a"))
    assert (answer["token_type"], answer["expires_in"], answer["scope"]) == ("Bearer", 3600, "api")
    assert "refresh_token" not in answer
    session = lms.call("GET", "/manage/v1/user/session", token=answer["access_token"])["data"]
    assert session["username"] == "a"


def test_the_superadmin_can_be_named_too(lms: Lms) -> None:
    assert works(lms, exchange(lms, assertion())["access_token"])


@pytest.mark.parametrize("audience", ["localhost", ["elsewhere.example", "localhost"]])
def test_the_audience_is_the_domain_without_its_scheme(lms: Lms, audience: Any) -> None:
    exchange(lms, assertion(aud=audience))


def test_the_audience_may_have_the_tenants_path(lms: Lms) -> None:
    answer = lms.http.post(
        "/t/default/oauth2/token", data={"grant_type": GRANT, "assertion": assertion(aud="localhost/t/default")}
    )
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    "named",
    [{"client_id": CLIENT}, {"client_id": CLIENT, "client_secret": "of which the mock knows nothing"}],
    ids=["id", "secret"],
)
def test_a_program_may_name_itself_beside_the_assertion(lms: Lms, named: dict[str, Any]) -> None:
    exchange(lms, assertion(), **named)


def test_the_servers_own_client_may_have_a_key_and_then_its_secret_counts_where_it_is_sent(lms: Lms) -> None:
    lms.mock("PUT", "/keys", {"client_id": CREDENTIALS.client_id, "public_key": public()})
    token = assertion(iss=CREDENTIALS.client_id)
    exchange(lms, token)
    exchange(lms, token, client_id=CREDENTIALS.client_id, client_secret=CREDENTIALS.client_secret)
    refusal = exchange(lms, token, client_id=CREDENTIALS.client_id, client_secret="wrong", status=401)
    assert refusal["error"] == "invalid_client"


WRONG = {
    "of a client without a key": lambda: assertion(iss="stranger"),
    "whose issuer is no text": lambda: assertion(iss=7),
    "without an issuer": lambda: assertion(iss=None),
    "signed by another key": lambda: assertion(signed_by="stranger"),
    "signed with the public key as a secret": signed_with_the_public_key,
    "signed by nobody": unsigned,
    "signed with another algorithm": lambda: assertion(alg="RS512"),
    "for another domain": lambda: assertion(aud="acme.example"),
    "for the address with its scheme": lambda: assertion(aud="http://localhost"),
    "for nobody": lambda: assertion(aud=None),
    "that has expired": lambda: assertion(exp=int(time.time()) - 120),
    "that never expires": lambda: assertion(exp=None),
    "that expires at a word": lambda: assertion(exp="soon"),
    "that is of tomorrow": lambda: assertion(iat=int(time.time()) + 86_400),
    "about an unknown user": lambda: assertion(sub="nobody"),
    "about a user who is not active": lambda: assertion(sub="gone"),
    "about nobody": lambda: assertion(sub=None),
    "about a number": lambda: assertion(sub=1),
    "about NUL": lambda: assertion(sub="a\0"),
    "cut off": lambda: assertion()[:-9],
    "without a signature": lambda: assertion().rpartition(".")[0],
    "that is a word": lambda: "assertion",
    "that is no ASCII": lambda: "ä.ö.ü",
    "with a header that is no JSON": lambda: "e30x." + assertion().partition(".")[2],
    "with an empty header": lambda: "e30." + assertion().partition(".")[2],
}


@pytest.mark.parametrize("make", WRONG.values(), ids=WRONG)
def test_a_wrong_assertion_is_an_invalid_grant_and_issues_nothing(lms: Lms, make: Any) -> None:
    before = lms.rows(oauth_tokens)
    refusal = exchange(lms, make(), status=400)
    assert refusal["error"] == "invalid_grant"
    assert refusal["error_description"]
    assert lms.rows(oauth_tokens) == before


def test_without_an_assertion_the_request_is_invalid(lms: Lms) -> None:
    assert ask(lms, status=400, grant_type=GRANT)["error"] == "invalid_request"
    assert ask(lms, status=400, grant_type=GRANT, assertion="")["error"] == "invalid_request"


def test_a_key_that_was_dropped_opens_nothing(lms: Lms) -> None:
    lms.mock("DELETE", f"/keys/{CLIENT}")
    assert exchange(lms, assertion(), status=400)["error"] == "invalid_grant"


def test_the_journal_does_not_keep_the_assertion(lms: Lms) -> None:
    token = assertion()
    exchange(lms, token)
    (entry,) = lms.mock("GET", "/journal?last=1&limit=1")["entries"]
    assert entry["operation"] == "issue_token"
    assert token.rpartition(".")[2] not in str(entry)


# --- the keys


@pytest.mark.both_databases
def test_keys_are_listed_replaced_and_dropped(lms: Lms) -> None:
    other = public("stranger")
    assert lms.mock("PUT", "/keys", {"client_id": "another", "public_key": other})["client_id"] == "another"
    lms.mock("PUT", "/keys", {"client_id": CLIENT, "public_key": other})
    assert lms.mock("GET", "/keys")["keys"] == [
        {"client_id": "another", "public_key": other},
        {"client_id": CLIENT, "public_key": other},
    ]
    assert lms.mock("DELETE", "/keys/another") == {"dropped": "another"}
    assert lms.mock("DELETE", "/keys/another", status=404)["message"] == ["There is no key of a client another."]
    assert [row[0] for row in lms.rows(client_keys)] == [CLIENT]


@pytest.mark.both_databases
def test_a_key_outlives_a_reset_and_a_fork_has_it(lms: Lms) -> None:
    lms.mock("POST", "/reset", {})
    exchange(lms, assertion())
    lms.mock("POST", "/fork", {"name": "twin"})
    answer = lms.http.post("/t/twin/oauth2/token", data={"grant_type": GRANT, "assertion": assertion()})
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "client_id"),
        ({"client_id": CLIENT}, "public_key"),
        ({"client_id": "", "public_key": "x"}, "client_id"),
        ({"client_id": "a/b", "public_key": "x"}, "client_id"),
        ({"client_id": CLIENT, "public_key": "no key"}, "public_key"),
        (
            {"client_id": CLIENT, "public_key": "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"},
            "public_key",
        ),
        ({"client_id": CLIENT, "public_key": "x" * 10_001}, "public_key"),
    ],
)
def test_what_is_no_key_is_refused_and_the_field_is_named(lms: Lms, body: dict[str, str], named: str) -> None:
    before = lms.rows(client_keys)
    refusal = lms.mock("PUT", "/keys", body, status=400)
    assert any(message.startswith(f"{named}: ") for message in refusal["message"])
    assert lms.rows(client_keys) == before


def test_a_private_key_and_a_short_one_are_refused_with_what_to_do(lms: Lms) -> None:
    (message,) = lms.mock("PUT", "/keys", {"client_id": CLIENT, "public_key": private()}, status=400)["message"]
    assert "register the public one" in message
    short = {"client_id": CLIENT, "public_key": public("short", 1_024)}
    (message,) = lms.mock("PUT", "/keys", short, status=400)["message"]
    assert "2,048" in message
