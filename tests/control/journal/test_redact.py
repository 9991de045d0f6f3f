"""What the journal keeps of a call holds no secret, and all else as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, quote_plus, urlencode

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from mock_lms.control.journal.redact import NOT_KEPT, WORDS, body, headers, is_secret, query

JSON, FORM = "application/json", "application/x-www-form-urlencoded"
SECRET_NAMES = [
    "password", "new_password", "client_secret", "refresh_token", "access_token", "code_verifier", "token", "id_token",
    "userPassword", "PASSWORD", "user[password]", "x-api-token", "secrets",
]  # fmt: skip


def kept(
    text: str, *, path: str = "/learn/v1/enrollments", content_type: str = JSON, limit: int = 10_000
) -> str | None:
    return body(path, content_type, text.encode(), limit)


# --- headers


def test_headers_that_are_not_listed_are_dropped() -> None:
    given = {"Authorization": "Bearer x", "Cookie": "a=b", "X-Api-Key": "k", "Accept": "*/*", "Content-Type": JSON}
    assert headers(given) == {"accept": "*/*", "content-type": JSON}


def test_header_names_are_lower_case_and_sorted() -> None:
    assert list(headers({"User-Agent": "curl", "ALLOW": "GET", "Retry-After": "3"})) == [
        "allow",
        "retry-after",
        "user-agent",
    ]


@pytest.mark.parametrize(
    ("location", "expected"),
    [
        ("http://127.0.0.1:9/cb?code=abcdefgh&state=s", "http://127.0.0.1:9/cb?code=***&state=s"),
        ("/cb#access_token=abcdefgh&expires_in=3600", "/cb#access_token=***&expires_in=3600"),
        ("/cb?code=abcdefgh#token=ijkl", "/cb?code=***#token=***"),
        ("/learn/v1/enrollments/7/11", "/learn/v1/enrollments/7/11"),
        ("/cb?state=s", "/cb?state=s"),
    ],
)
def test_the_code_in_a_location_is_hidden(location: str, expected: str) -> None:
    assert headers({"Location": location}) == {"location": expected}


# --- queries and forms


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ""),
        ("page=1&page_size=200", "page=1&page_size=200"),
        ("user_id%5B%5D=1&user_id[]=2", "user_id%5B%5D=1&user_id[]=2"),
        ("code=abc", "code=***"),
        ("code[]=abc&code[0]=def&x[code]=ghi", "code[]=***&code[0]=***&x[code]=***"),
        ("c%6Fde=abc&p%61ssword=def", "c%6Fde=***&p%61ssword=***"),
        ("token=a&token=b&page=1", "token=***&token=***&page=1"),
        ("code_course[]=A&response_type=code&code_challenge=x", "code_course[]=A&response_type=code&code_challenge=x"),
        ("grant_type=password", "grant_type=password"),
        ("search_text=token", "search_text=token"),
        ("redirect_uri=http%3A%2F%2Fx%2Fcb%3Fcode%3Dabc", "redirect_uri=***"),
        ("x=1;password=abc", "x=***"),
        ("password=ab&cd&page=1", "password=***&***&page=1"),
        ('{"password":"ab=cd",}', NOT_KEPT),
        ('x={"password":"ab&cd=ef"}', NOT_KEPT),
        ("%7B%22password%22%3A%22abc%22%7D", NOT_KEPT),
        ("flag&page=1", "flag&page=1"),
    ],
)  # fmt: skip
def test_a_query_keeps_all_but_its_secrets(text: str, expected: str) -> None:
    assert query(text) == expected
    assert kept(text, content_type=FORM) == (expected or None)


# --- bodies


def test_an_empty_body_is_none() -> None:
    assert body("/x", JSON, b"", 10) is None


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"a\x00b", '{"password": "x"}'.encode("utf-16-le")])
def test_what_is_no_text_is_counted(data: bytes) -> None:
    assert body("/x", JSON, data, 10_000) == f"({len(data)} bytes, not text)"


@pytest.mark.parametrize(
    "text",
    [
        '{ "user_ids" : [1, 2.0, "3"],\n "reset_tracks": false }',
        '{"name": "Jos\\u00e9", "score": 1.50, "big": 123456789012345678901234567890}',
        '{"data": {"items": [{"code": "ONB-1"}]}}',
        '{"name": "Bad Request", "message": ["user.password: it must be a text."], "code": 400, "status": 400}',
        '{"a": "50%41"}',
        '{"user_ids": [1,],}',
        "user_ids=1",
        "nothing of the kind",
    ],
)
def test_what_needs_no_redaction_is_kept_byte_for_byte(text: str) -> None:
    assert kept(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"password": "abc", "page": 1}', {"password": "***", "page": 1}),
        ('{"a": [{"b": {"Client_Secret": ["abc"]}}]}', {"a": [{"b": {"Client_Secret": "***"}}]}),
        ('{"pass\\u0077ord": "abc"}', {"password": "***"}),
        ('{"pass\\u0077ord": 12345678, "token": {"value": "abc"}}', {"password": "***", "token": "***"}),
        ('{"grant_type": "authorization_code", "code": "abc"}', {"grant_type": "authorization_code", "code": "***"}),
        ('{"gr\\u0061nt_type": "x", "code": "abc"}', {"grant_type": "x", "code": "***"}),
        ('{"x": "{\\"password\\": \\"abc\\"}"}', {"x": "***"}),
        ('{"x": "{\\"pass\\\\u0077ord\\": \\"abc\\"}"}', {"x": "***"}),
        ('{"x": "http://a/?p%61ssword=abc"}', {"x": "***"}),
        ('"{\\"password\\": \\"abc\\"}"', "***"),
        ('{"password": "abc", "password": "def"}', {"password": "***"}),
    ],
)  # fmt: skip
def test_secrets_in_json_are_hidden(text: str, expected: Any) -> None:
    for content_type in (JSON, FORM, "", "text/plain", "application/json; charset=utf-8"):
        assert json.loads(kept(text, content_type=content_type) or "") == expected


@pytest.mark.parametrize("path", ["/oauth2/token", "/OAuth2/token", "/oauth/token"])
def test_a_code_is_a_secret_where_oauth_is_spoken(path: str) -> None:
    assert kept('{"code":"abc"}', path=path) == '{"code":"***"}'
    assert kept('{"code":"abc"}') == '{"code":"abc"}'


@pytest.mark.parametrize(
    "text",
    [
        '{"password": "abc",}',
        '{"password": "abc"',
        '{"pass\\u0077ord": "abc",}',
        "password: abc",
        "<password>abc</password>",
        "p%61ssword=abc",
        '{"{\\"password\\": \\"abc\\"}": 1}',
        '{"a": 1} {"token": "abc"}',
        '{"a": ' * 600 + '{"password": "abc"}' + "}" * 600,
        "[" * 2000 + '{"password": "abc"}' + "]" * 2000,
        '\ufeff{"password": "abc"}',
    ],
)
def test_what_can_not_be_read_and_may_hold_a_secret_is_not_kept(text: str) -> None:
    assert kept(text) == NOT_KEPT


@pytest.mark.parametrize("text", ["abc", "<html>", '{"a": 1,}'])
def test_nothing_unreadable_is_kept_of_oauth(text: str) -> None:
    for content_type in (JSON, FORM, "text/html"):
        assert kept(text, path="/oauth2/token", content_type=content_type) == NOT_KEPT


def test_no_multipart_form_is_kept() -> None:
    assert kept('--b\r\nname="file"\r\n\r\nabc', content_type="Multipart/Form-Data; boundary=b") == NOT_KEPT


def test_a_body_is_cut_after_its_secrets_are_hidden() -> None:
    text = '{"password":"' + "s" * 50 + '","page":1}'
    for limit in range(40):
        cut = kept(text, limit=limit)
        assert cut == '{"password":"***","page":1}'[:limit]


def test_a_cut_counts_characters() -> None:
    assert kept('"ééé"', limit=3) == '"éé'


def test_the_notes_are_not_cut() -> None:
    assert kept("password: abc", limit=3) == NOT_KEPT
    assert body("/x", JSON, b"\xff", 3) == "(1 bytes, not text)"


@pytest.mark.parametrize("name", SECRET_NAMES)
def test_a_secret_name_is_known_in_any_spelling(name: str) -> None:
    assert is_secret(name, oauth=False)


@pytest.mark.parametrize("name", ["code_course", "code_challenge", "response_type", "user_ids", "barcode", "decode[]"])
def test_a_name_that_only_resembles_a_secret_is_none(name: str) -> None:
    assert not is_secret(name, oauth=True)


# --- whatever the secret is

names = st.sampled_from(SECRET_NAMES)
secrets = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=2, max_size=30).map("Zq7{}7qZ".format)
plain = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def contents_with(draw: st.DrawFn, secret: str) -> Any:
    """JSON that holds the secret once, as deep as it likes."""
    node: Any = {**draw(st.dictionaries(st.text(max_size=5), plain, max_size=3)), draw(names): secret}
    for _ in range(draw(st.integers(0, 5))):
        node = {"inner": node, "other": draw(plain)} if draw(st.booleans()) else [draw(plain), node]
    return node


def shows(text: str | None) -> bool:
    """Whether either end of a secret is there, however it is written."""
    return text is not None and ("Zq7" in text or "7qZ" in text)


@given(data=st.data(), secret=secrets, limit=st.integers(0, 300), ascii_only=st.booleans())
def test_no_secret_in_json_is_ever_kept(data: st.DataObject, secret: str, limit: int, ascii_only: bool) -> None:
    content = data.draw(contents_with(secret))
    for text in (json.dumps(content, ensure_ascii=ascii_only), json.dumps(content, indent=1)):
        assume(text.count("Zq7") == 1)
        for content_type in (JSON, FORM, "text/plain"):
            for sent in (text, json.dumps(text), json.dumps({"text": json.dumps(text)})):
                assert not shows(kept(sent, content_type=content_type, limit=limit))
                assert not shows(kept(sent, content_type=content_type))


@given(data=st.data(), secret=secrets)
def test_no_secret_in_broken_json_is_ever_kept(data: st.DataObject, secret: str) -> None:
    text = json.dumps(data.draw(contents_with(secret)))
    mark = data.draw(st.sampled_from([at for at, letter in enumerate(text) if letter in '{}[],:"']))
    for broken in (text + ",", text[:-1], text[:mark] + text[mark + 1 :], text[:mark] + "," + text[mark:]):
        for content_type in (JSON, FORM, "text/plain"):
            assert not shows(kept(broken, content_type=content_type))


def percent(name: str, which: Mapping[int, bool]) -> str:
    return "".join(f"%{ord(letter):02x}" if which.get(at) else quote(letter) for at, letter in enumerate(name))


@given(
    name=names | st.just("code"),
    secret=secrets,
    which=st.dictionaries(st.integers(0, 15), st.booleans()),
    others=st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=4),
    at=st.integers(0, 4),
    index=st.sampled_from(["", "[]", "[0]", "%5B%5D"]),
)
def test_no_secret_in_a_form_or_a_query_is_ever_kept(
    name: str, secret: str, which: Mapping[int, bool], others: list[tuple[str, str]], at: int, index: str
) -> None:
    pieces = [urlencode([pair]) for pair in others]
    for value in (quote_plus(secret), quote(secret), secret.replace("%", "%25").replace("&", "%26")):
        text = "&".join([*pieces[:at], f"{percent(name, which)}{index}={value}", *pieces[at:]])
        assert not shows(query(text))
        for content_type in (FORM, JSON, ""):
            for path in ("/oauth2/token", "/learn/v1/enrollments"):
                assert name == "code" or not shows(kept(text, path=path, content_type=content_type))


@given(pairs=st.lists(st.tuples(st.sampled_from(["page", "user_id[]", "search_text"]), st.text(max_size=9))))
def test_a_query_without_secrets_stays_as_it_is(pairs: list[tuple[str, str]]) -> None:
    text = urlencode(pairs)
    assert query(text) == text


@given(content=plain)
def test_json_without_secrets_stays_as_it_is(content: Any) -> None:
    for text in (json.dumps(content), json.dumps(content, indent=2)):
        assume(not any(word in text.lower() for word in WORDS))
        assert kept(text) == text
