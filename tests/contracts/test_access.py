"""A token that expires in the midst of a run is followed by another, however the server says so."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from mock_lms_contracts.access import Access, TokenExpired
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import HarnessError

from tests.contracts.scripted import Handler, Script, says

LIST = "/course/v1/courses/enrollments"
USER = "/manage/v1/user"
LOGIN = {"grant_type": "password"}
REFUSALS = {
    401: b"",
    403: b'{"name": "Forbidden", "message": ["The access token provided has expired"]}',
    400: b'{"error": "invalid_token"}',
}


class Tokens:
    """Each is good for so many calls; the server gives `names` in turn."""

    def __init__(
        self, script: Script, good: int, status: int = 401, names: Callable[[int], str] = "t{}".format
    ) -> None:
        self.script, self.good, self.status, self.names = script, good, status, names
        self.given, self.used, self.refused = 0, dict[str, int](), 0
        script.plays = [self.play]

    def play(self, handler: Handler) -> None:
        method, path, bearer = self.script.seen[-1]
        if path == "/oauth2/token":
            self.given += 1
            self.used.pop(f"Bearer {self.names(self.given)}", None)
            says(200, json.dumps({"access_token": self.names(self.given)}).encode())(handler)
            return
        self.used[bearer or ""] = self.used.get(bearer or "", 0) + 1
        if self.used[bearer or ""] > self.good:
            self.refused += 1
            says(self.status, REFUSALS[self.status])(handler)
        else:
            says(200 if method == "GET" else 201, b'{"data": {"user_id": 1}}')(handler)


def target(script: Script, login: dict[str, str] | None) -> Target:
    return Target(script.url, "t0", access=Access(login, script.url, f"{script.url}{LIST}"))


@pytest.mark.parametrize("status", REFUSALS)
def test_a_run_of_writes_outlives_any_number_of_tokens(script: Script, status: int) -> None:
    tokens, at = Tokens(script, 3, status), target(script, LOGIN)
    assert {at.call("POST", USER, {"username": f"u{number}"}).status for number in range(20)} == {201}
    assert tokens.given > 5
    assert at.bearer == f"t{tokens.given}"
    assert at.tokens == [f"t{number}" for number in range(tokens.given + 1)]


def test_a_server_may_give_the_same_token_again(script: Script) -> None:
    Tokens(script, 3, names=lambda _: "t0")
    at = target(script, LOGIN)
    assert {at.call("GET", LIST).status for _ in range(10)} == {200}


@pytest.mark.parametrize("status", REFUSALS)
def test_without_credentials_it_is_said_at_the_first_refusal_and_nothing_more_is_asked(
    script: Script, status: int
) -> None:
    tokens, at = Tokens(script, 3, status), target(script, {})
    for _ in range(3):
        at.call("GET", LIST)
    for caller in (at, at, at.at(f"{script.url}/world")):
        with pytest.raises(TokenExpired):
            caller.call("GET", LIST)
    assert tokens.given == 0
    assert tokens.refused == 2, "the call, and the read that shows that it is the token"


def test_a_new_token_that_is_refused_too_is_named(script: Script) -> None:
    Tokens(script, 0)
    with pytest.raises(HarnessError, match="the server issues a new token, but answers 401 to it, too"):
        target(script, LOGIN).call("GET", LIST)


def test_a_refusal_of_one_operation_is_the_targets_answer(script: Script) -> None:
    for status, body in REFUSALS.items():
        script.seen.clear()

        def play(handler: Handler, status: int = status, body: bytes = body) -> None:
            (says(200) if script.seen[-1][0] == "GET" else says(status, body))(handler)

        script.plays = [play]
        assert target(script, LOGIN).call("POST", USER, {"username": "u"}).status == status
        assert [method for method, _, _ in script.seen] == ["POST", "GET"]


def test_a_world_at_an_address_of_its_own_with_the_runs_token_gets_the_runs_next_one(script: Script) -> None:
    tokens, at = Tokens(script, 2), target(script, LOGIN)
    known, world = at.access.known, at.at(f"{script.url}/t/1")
    assert {world.call("GET", LIST).status for _ in range(5)} == {200}
    assert tokens.given
    assert at.bearer == world.bearer
    assert at.access.known == known, "the world may be ended before the token is"
    assert {path for _, path, _ in script.seen if "oauth2" in path} == {"/oauth2/token"}


def test_a_world_with_a_token_of_its_own_gets_another_only_where_its_adapter_says_with_what(script: Script) -> None:
    Tokens(script, 2)
    at = target(script, LOGIN)
    alone, renewed = at.at(token="w"), at.at(token="v", login={"grant_type": "password"})
    assert [alone.call("GET", LIST).status for _ in range(3)] == [200, 200, 401]
    assert [renewed.call("GET", LIST).status for _ in range(3)] == [200, 200, 200]
