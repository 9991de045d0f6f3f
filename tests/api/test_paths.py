"""Paths, methods, ids in paths, and the hosts that the server answers for."""

from __future__ import annotations

import re

import pytest

from tests.support import contract
from tests.support.answers import concrete, envelope
from tests.support.lists import KEYS
from tests.support.lms import BULK, Lms
from tests.support.oauth2 import PASSWORD
from tests.support.small import one

SESSION = "/manage/v1/user/session"
ALL_METHODS = ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS")


@pytest.mark.parametrize(
    "path",
    [
        "/nothing",
        "/learn/v1",
        "/learn/v1/",
        "/learn/v2/enrollments",
        "/learn/v1/enrollments/",
        "/learn/v1/enrollments/201",
        "/learn/v1/enrollments/201/13001/",
        "/learn/v1/enrollments/201/13001/x",
        "/LEARN/v1/enrollments",
        "/course/v1/courses/201/nothing",
        "/learningplan/v1/learningplans/31/nothing",
        "/%00",
        "/<script>",
        "/_mock/nothing",
        "/" + "x" * 3000,
    ],
)
def test_an_unknown_path_is_a_404_with_or_without_a_token(lms: Lms, path: str) -> None:
    for token in ("", None):
        for method in ("GET", "POST", "DELETE"):
            lms.call(method, path, token=token, status=None)
            envelope(lms, 404, "Not Found", code=4040)


@pytest.mark.parametrize(
    ("path", "thing"),
    [
        ("/learn/v1/enrollments/999/13001", "course"),
        ("/learn/v1/enrollments/201/999999", "user"),
        ("/learningplan/v1/learningplans/99/courses", "learning plan"),
        ("/learn/v1/enrollments?cursor=bm90aGluZw", "cursor"),
    ],
)
def test_the_404_of_a_missing_thing_is_told_from_that_of_a_missing_operation(lms: Lms, path: str, thing: str) -> None:
    lms.call("GET", path, status=404)
    message = envelope(lms, 404, "Not Found")
    assert thing in message.lower()
    assert "There is no" not in message
    assert "/" not in message


def methods() -> dict[str, set[str]]:
    """The methods that the contract gives each path; and those of a path that it fits, as `field` stands for an id."""
    found: dict[str, set[str]] = {}
    for method, path in contract.operations():
        found.setdefault(path, set()).add(method)
    for path, fitting in found.items():
        for other, has in found.items():
            users = re.sub(r"/(user|lp)/{\w+}", r"/\1/[^/a-z][^/]*", other)  # a word is no id there
            if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", users), path):
                fitting.update(has)
    return found


@pytest.mark.parametrize("path", methods())
def test_a_method_that_a_path_does_not_have_is_a_405_that_says_which_it_has(lms: Lms, path: str) -> None:
    has = methods()[path]
    before = lms.everything(but=("journal",))
    for method in (*ALL_METHODS, "TRACE", "NONSENSE"):
        if method in has:
            continue
        answer = lms.http.open(concrete(path), method=method, headers={"Authorization": f"Bearer {lms.token}"})
        assert answer.status_code == 405
        allowed = answer.headers["Allow"].split(", ")
        assert set(allowed) - {"HEAD"} == has
        assert allowed == sorted(allowed)  # werkzeug has a set of them, whose order is another in each process
        assert answer.is_json
    assert lms.everything(but=("journal",)) == before


@pytest.mark.parametrize("path", [*KEYS, SESSION, one(201, 13001), "/openapi.yaml"])
def test_head_answers_what_get_does_without_the_body(lms: Lms, path: str) -> None:
    headers = {"Authorization": f"Bearer {lms.token}"}
    get, head = lms.http.get(path, headers=headers), lms.http.head(path, headers=headers)
    assert (head.status_code, head.data) == (get.status_code, b"") == (200, b"")
    assert head.content_type == get.content_type
    assert head.headers["Content-Length"] == str(len(get.data))


def test_head_needs_a_token_too(lms: Lms) -> None:
    assert lms.http.head(BULK).status_code == 401


# --- ids in the path


@pytest.mark.parametrize("course", ["201", "201.0", "201.000"])
@pytest.mark.parametrize("user", ["13001", "13001.0"])
def test_a_whole_number_in_the_path_is_an_id(lms: Lms, course: str, user: str) -> None:
    assert lms.get(one(course, user))["records"]["id"] == 201


@pytest.mark.parametrize(
    "wrong",
    [
        "abc",
        "-1",
        "0",
        "0.0",
        "1.5",
        "%D9%A2",
        "²",
        "1e3",
        "+1",
        "%201",
        "1%20",
        "0x1",
        "1_0",
        "1000000000000000",
        "9" * 40,
        "1%00",
        "null",
        "201.",
    ],
)
def test_what_is_no_id_in_the_path_is_refused_by_the_parameters_name(lms: Lms, wrong: str) -> None:
    before = lms.everything()
    for path, name in ((one(wrong, 13001), "course_id"), (one(201, wrong), "user_id")):
        for method in ("GET", "POST", "DELETE"):
            lms.call(method, path, status=400)
            assert envelope(lms, 400, "Bad Request").startswith(f"{name}:")
    for method in ("GET", "POST"):
        lms.call(method, f"/learningplan/v1/learningplans/{wrong}/courses", {"course_ids": [201]}, status=400)
    assert lms.everything() == before


def test_an_id_with_leading_zeros_is_none(lms: Lms) -> None:
    lms.call("GET", one("0201", 13001), status=400)


def test_an_id_as_large_as_they_get_is_unknown(lms: Lms) -> None:
    lms.call("GET", one(999_999_999_999_999, 13001), status=404)
    lms.call("POST", one(201, 999_999_999_999_999), status=404)


# --- hosts


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:80",
        "localhost.evil.example",
        "evillocalhost",
        "127.0.0.1.evil.example",
        "",
        "[::1",
        "127.0.0.1@evil.example",
    ],
)
def test_a_foreign_host_is_refused_before_anything_happens(lms: Lms, host: str) -> None:
    before = lms.everything(but=("journal",))
    headers = {"Host": host}
    for method, path in (("DELETE", one(201, 13001)), ("GET", BULK), ("GET", "/nothing")):
        lms.last = lms.http.open(path, method=method, headers={**headers, "Authorization": f"Bearer {lms.token}"})
        assert "host" in envelope(lms, 403, "Forbidden")
    for path in ("/oauth2/token", "/oauth2/authorize"):
        assert lms.http.post(path, data=PASSWORD, headers=headers).status_code == 403
    for path in ("/", "/openapi.yaml", "/openapi.json", "/api-browser/"):
        assert lms.http.get(path, headers=headers).status_code == 403
    assert lms.everything(but=("journal",)) == before


@pytest.mark.parametrize(("method", "path"), [(method, concrete(path)) for method, path in contract.operations()])
def test_the_contract_knows_that_a_foreign_host_is_refused(lms: Lms, method: str, path: str) -> None:
    lms.call(method, path, headers={"Host": "evil.example"}, status=403)


@pytest.mark.parametrize(
    "host",
    [
        "localhost",
        "localhost:8080",
        "127.0.0.1",
        "127.0.0.1:8080",
        "127.9.9.9",
        "[::1]",
        "[::1]:8080",
        "192.168.1.7:80",
        "LOCALHOST",
        "Localhost:8080",
        "default.localhost",
        "Default.Localhost:8080",
    ],
)
def test_this_machines_names_and_any_address_are_served(lms: Lms, host: str) -> None:
    lms.call("GET", SESSION, headers={"Host": host})


def test_the_name_that_is_listened_on_is_served_and_no_other(lms: Lms) -> None:
    lms.serve(host="lms.example")
    lms.call("GET", SESSION, headers={"Host": "lms.example:8080"})
    lms.call("GET", "/nothing", headers={"Host": "other.example"}, status=403)
