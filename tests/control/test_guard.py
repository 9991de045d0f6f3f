"""The control API is safe to leave on: refused calls have no effect, and say nothing."""

from __future__ import annotations

import pytest

from tests.support.lms import CREDENTIALS, Lms

PATHS = ["/_mock/learners/13001", "/_mock/learners?user_id[]=13001", "/_mock/openapi.yaml"]
TOKEN = CREDENTIALS.control_token


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("token", ["", "wrong", TOKEN + "x", TOKEN[:-1], "ü"])
def test_without_the_control_token_nothing_is_said(lms: Lms, path: str, token: str) -> None:
    headers = {"Authorization": f"Bearer {token}".encode().decode("latin-1")}
    refusal = lms.call("GET", path, token=None, headers=headers, status=401)
    assert refusal["message"] == ["The control token is missing or wrong. The server prints it when it starts."]


@pytest.mark.parametrize("path", PATHS)
def test_a_superadmins_token_does_not_control_the_mock(lms: Lms, path: str) -> None:
    lms.call("GET", path, status=401)


def test_the_control_token_is_no_token_of_the_vendors_api(lms: Lms) -> None:
    lms.call("GET", "/manage/v1/user", token=TOKEN, status=401)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "header",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://localhost:1"},
        {"Origin": "https://localhost"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": ""},
    ],
)
def test_a_page_of_another_origin_is_refused_though_it_has_the_token(
    lms: Lms, path: str, header: dict[str, str]
) -> None:
    lms.call("GET", path, token=TOKEN, headers=header, status=403)


@pytest.mark.parametrize(
    "header", [{"Origin": "http://localhost"}, {"Sec-Fetch-Site": "same-origin"}, {"Sec-Fetch-Site": "none"}]
)
def test_a_page_of_the_mock_itself_is_let_in(lms: Lms, header: dict[str, str]) -> None:
    lms.call("GET", PATHS[0], token=TOKEN, headers=header)


@pytest.mark.parametrize("path", PATHS)
def test_a_host_that_is_not_this_machines_is_refused(lms: Lms, path: str) -> None:
    lms.call("GET", path, token=TOKEN, headers={"Host": "evil.example"}, status=403)


@pytest.mark.parametrize("path", PATHS)
def test_no_page_is_told_that_it_may_read_the_answer(lms: Lms, path: str) -> None:
    lms.call("GET", path, token=TOKEN, headers={"Origin": "http://localhost"})
    assert not [name for name, _ in lms.last.headers if name.lower().startswith("access-control-")]


def test_a_server_that_was_given_no_control_token_lets_nobody_in(lms: Lms) -> None:
    lms.app.config["CONTROL_TOKEN_HASH"] = ""
    for token in ("", TOKEN, "anything"):
        headers = {"Authorization": f"Bearer {token}"}
        lms.call("GET", PATHS[0], token=None, headers=headers, status=401)
