"""The environment that every request becomes, whoever serves, and the body that it gets, whole or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.domain.errors import BodyTooLarge, InvalidRequest
from mock_lms.edge.environ import as_latin, as_text, declared, deliver, environ_of
from mock_lms.http.call import KEY
from mock_lms.testing import MockLMS


def made(*fields: tuple[str, str | None], path: str = "/", query: str = "", **more: Any) -> dict[str, Any]:
    return environ_of("GET", path, query, [("Host", "a"), *fields], server="127.0.0.1:1", client="127.0.0.1:2", **more)


@pytest.mark.parametrize("text", ["", "plain", "é", "Łódź", "日本語 🎓", "\u2028\x00"])
def test_any_text_of_a_path_or_query_comes_through(text: str) -> None:
    environ = made(path=f"/{text}", query=text)
    for name in ("PATH_INFO", "QUERY_STRING"):
        environ[name].encode("latin-1")  # as PEP 3333 has it
    assert (as_text(environ["PATH_INFO"]), as_text(environ["QUERY_STRING"])) == (f"/{text}", text)


def test_a_surrogate_does_not_make_it_fail() -> None:
    assert as_text(as_latin("\udcff")) == "?"


def test_a_header_that_decides_nothing_is_joined_and_left_out_where_it_is_not_ascii() -> None:
    environ = made(("Accept", "a"), ("Accept", "b"), ("User-Agent", None), ("X-Name", "é"), ("X_Other", "c"))
    assert environ["HTTP_ACCEPT"] == "a, b"
    assert not {"HTTP_USER_AGENT", "HTTP_X_NAME", "HTTP_X_OTHER"} & environ.keys()
    assert environ[KEY].refusal is None


@pytest.mark.parametrize("name", ["Host", "X-Mock-LMS-Tenant", "Authorization", "Content-Type", "Content-Length"])
def test_a_header_that_decides_is_named_where_it_is_not_clear(name: str) -> None:
    for fields in ([(name, "a"), (name, "a")], [(name, None)], [(name, "é")]):
        refusal = environ_of("GET", "/", "", [*fields], server="a:1", client="a:2")[KEY].refusal
        assert isinstance(refusal, InvalidRequest)
        assert refusal.field == name
    if "-" in name:
        assert made((name.replace("-", "_"), "a"))[KEY].refusal is not None


def body_of(environ: dict[str, Any], body: bytes, **more: Any) -> tuple[bytes, Any]:
    deliver(environ, body, most=10, **more)
    return environ["wsgi.input"].getvalue(), environ[KEY].refusal


def test_a_body_is_delivered_whole_or_not_at_all() -> None:
    assert body_of(made(("Content-Length", "3")), b"abc") == (b"abc", None)
    assert body_of(made(("Transfer-Encoding", "chunked")), b"abc") == (b"abc", None)
    for environ, body, whole in (
        (made(("Content-Length", "4")), b"abc", True),
        (made(("Content-Length", "2")), b"abc", True),
        (made(("Transfer-Encoding", "chunked")), b"abc", False),
    ):
        kept, refusal = body_of(environ, body, whole=whole)
        assert kept == b""
        assert "broke off" in str(refusal)
    kept, refusal = body_of(made(("Transfer-Encoding", "chunked")), b"x" * 11)
    assert (kept, type(refusal)) == (b"", BodyTooLarge)


@pytest.mark.parametrize("length", ["-1", "+1", "1e3", "1,1", "٣", " ", "x"])
def test_a_length_that_is_no_number_is_refused(length: str) -> None:
    with pytest.raises(InvalidRequest, match="Content-Length"):
        declared({"CONTENT_LENGTH": length})


def test_in_this_process_a_body_that_is_shorter_than_it_says_is_refused_too() -> None:
    import requests

    with MockLMS() as lms, lms.session() as session:
        address = f"{lms.url}/_mock/reset"
        asked = requests.Request("POST", address, json={"scopes": ["data"]})
        prepared = session.prepare_request(asked)
        prepared.headers.update({"Authorization": f"Bearer {lms.control_token}", "Content-Length": "100"})
        answer = session.send(prepared)
        assert (answer.status_code, "broke off" in answer.text) == (400, True)
        found = session.get(f"{lms.url}/manage/v1/user?search_text=Łódź", headers={"X-Mock-LMS-Tenant": "ł".encode()})
        assert found.status_code == 400
