"""A GET is a GET whatever body it has, and no call's body may come encoded. Types are in `test_content_types.py`."""

from __future__ import annotations

import gzip

import pytest

from tests.support import contract
from tests.support.answers import concrete
from tests.support.lms import BULK, Lms

COURSES = "/learn/v1/courses?page_size=2"
FORM = "application/x-www-form-urlencoded"
OTHERS = [
    (b"nonsense=2&[]=3&=", FORM),
    (b"page=2", "text/plain"),
    (b"{}", "text/plain"),
    (b"[]", "application/json"),
    (b"null", "application/json"),
    (b'"page"', "application/json"),
    (b"<x/>", "application/xml"),
    (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
    (b"\xff\x00", ""),
]
GETS = [
    concrete(path)
    for method, path in contract.operations()
    if method == "GET" and "oauth2" not in path and "{hash}" not in path and "/export" not in path
]


@pytest.mark.parametrize("path", GETS)
def test_any_other_body_of_a_get_is_ignored(lms: Lms, path: str) -> None:
    plain = lms.call("GET", path)
    for raw, content_type in OTHERS:
        assert lms.call("GET", path, raw=raw, content_type=content_type) == plain, (raw, content_type)


def test_a_json_object_still_names_parameters_and_broken_json_is_told(lms: Lms) -> None:
    assert lms.get(COURSES, raw=b'{"page": 2}')["current_page"] == 2
    refusal = lms.call("GET", COURSES, raw=b'{"page": 2', status=400)
    assert "not JSON" in refusal["message"][0]


OPERATIONS = [(method, concrete(path)) for method, path in contract.operations()]


@pytest.mark.parametrize(("method", "path"), OPERATIONS)
@pytest.mark.parametrize("encoding", ["gzip", "br", "identity, gzip", "GZIP"])
def test_an_encoded_body_is_a_415_that_names_the_header(lms: Lms, method: str, path: str, encoding: str) -> None:
    before = lms.everything()
    raw = gzip.compress(b'{"user_ids": [13001], "course_ids": [201]}')
    for body in (raw, b"{}"):
        refusal = lms.call(method, path, raw=body, headers={"Content-Encoding": encoding}, status=415)
        assert "Content-Encoding" in str(refusal)
    assert lms.everything() == before


def test_identity_is_no_encoding_and_without_a_body_nothing_is_encoded(lms: Lms) -> None:
    body = {"user_ids": [13001], "course_ids": [201]}
    lms.call("DELETE", BULK, body, headers={"Content-Encoding": "identity"})
    lms.call("GET", COURSES, headers={"Content-Encoding": "gzip"})


@pytest.mark.parametrize("path", ["/reset", "/snapshots/x/file", "/journal/search"])
def test_an_encoded_body_controls_nothing(lms: Lms, path: str) -> None:
    before = lms.everything(but=())
    method = "PUT" if path.endswith("file") else "POST"
    refusal = lms.mock(method, path, raw=gzip.compress(b"{}"), headers={"Content-Encoding": "gzip"}, status=415)
    assert "Content-Encoding" in refusal["message"][0]
    assert lms.everything(but=()) == before
