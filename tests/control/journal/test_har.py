"""The journal as HAR 1.2: every field that the format requires is there, and of its type."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mock_lms.control.journal import Entry
from mock_lms.control.journal.har import har

NUMBER = (int, float)
REQUIRED: dict[str, dict[str, Any]] = {
    "log": {"version": str, "creator": dict, "entries": list},
    "creator": {"name": str, "version": str},
    "entry": {
        "startedDateTime": str, "time": NUMBER, "request": dict, "response": dict, "cache": dict, "timings": dict,
    },
    "request": {
        "method": str, "url": str, "httpVersion": str, "cookies": list, "headers": list, "queryString": list,
        "headersSize": NUMBER, "bodySize": NUMBER,
    },
    "response": {
        "status": NUMBER, "statusText": str, "httpVersion": str, "cookies": list, "headers": list, "content": dict,
        "redirectURL": str, "headersSize": NUMBER, "bodySize": NUMBER,
    },
    "postData": {"mimeType": str, "text": str},
    "content": {"size": NUMBER, "mimeType": str},
    "timings": {"send": NUMBER, "wait": NUMBER, "receive": NUMBER},
    "pair": {"name": str, "value": str},
}  # fmt: skip
"""http://www.softwareishard.com/blog/har-12-spec/: all that is not optional, object by object."""

OPTIONAL: dict[str, dict[str, Any]] = {
    "log": {"pages": list},
    "entry": {"comment": str},
    "request": {"postData": dict},
    "response": {"comment": str},
    "postData": {"comment": str},
    "content": {"text": str, "comment": str},
}


def complaints(kind: str, found: dict[str, Any]) -> list[str]:
    """What is missing in the object, of a wrong type, or not of the format; and so on inwards."""
    known = REQUIRED[kind] | OPTIONAL.get(kind, {})
    wrong = [f"{kind}: no {name}" for name in REQUIRED[kind].keys() - found.keys()]
    wrong += [f"{kind}: unknown {name}" for name in found.keys() - known.keys()]
    wrong += [f"{kind}: {name}" for name, of in known.items() if name in found and not isinstance(found[name], of)]
    if wrong:
        return wrong
    objects = ("creator", "request", "response", "postData", "content", "timings")
    inner = [(name, found[name]) for name in objects if name in found]
    inner += [("entry", entry) for entry in found.get("entries", ())]
    inner += [("pair", pair) for name in ("headers", "queryString") for pair in found.get(name, ())]
    return [complaint for name, value in inner for complaint in complaints(name, value)]


def entry(**changes: Any) -> Entry:
    return {
        "id": 17,
        "at": "2026-03-01T12:00:00.000Z",
        "milliseconds": 3.2,
        "method": "DELETE",
        "path": "/learn/v1/enrollments",
        "query": "page=1&user_id%5B%5D=1&user_id%5B%5D=2",
        "operation": "bulk_unenroll",
        "user_id": 1,
        "status": 200,
        "fault": None,
        "users": 2,
        "request": {"headers": {"content-type": "application/json"}, "body": '{"user_ids":[1,2]}', "body_bytes": 18},
        "answer": {"headers": {"content-type": "application/json"}, "body": '{"data":{}}', "body_bytes": 11},
        **changes,
    }


NOTHING: dict[str, Any] = {"headers": {}, "body": None, "body_bytes": 0}
DROPPED = entry(status=None, fault="drop", answer=NOTHING)


def made(entries: list[Entry], base_url: str = "http://127.0.0.1:8080") -> dict[str, Any]:
    written: dict[str, Any] = json.loads(b"".join(har(entries, base_url, "0.1.0")))
    return written


def only(found: Entry) -> dict[str, Any]:
    log = made([found], "http://127.0.0.1:8080/")["log"]
    (written,) = log["entries"]
    return dict(written)


@pytest.mark.parametrize(
    "found",
    [
        entry(),
        DROPPED,
        entry(request=NOTHING, query=""),
        entry(operation=None, status=404, user_id=None, users=None),
        entry(status=302, answer={"headers": {"location": "/cb?code=***"}, "body": None, "body_bytes": 0}),
        entry(status=599, milliseconds=0),
    ],
)
def test_every_required_field_is_there_and_none_that_is_unknown(found: Entry) -> None:
    whole = made([found, found])
    assert list(whole) == ["log"]
    assert complaints("log", whole["log"]) == []
    assert len(whole["log"]["entries"]) == 2


@pytest.mark.parametrize("kind", ["entry", "request", "response", "content", "timings", "postData"])
def test_the_check_itself_notices_what_is_missing(kind: str) -> None:
    for name in REQUIRED[kind]:
        written = only(entry())
        holder = {
            "entry": written,
            "request": written["request"],
            "response": written["response"],
            "content": written["response"]["content"],
            "timings": written["timings"],
            "postData": written["request"]["postData"],
        }[kind]
        del holder[name]
        assert complaints("entry", written) == [f"{kind}: no {name}"]


def test_no_calls_are_an_empty_log() -> None:
    log = made([])["log"]
    assert complaints("log", log) == []
    assert log["creator"] == {"name": "mock-lms", "version": "0.1.0"}
    assert (log["version"], log["entries"]) == ("1.2", [])


def test_the_request_is_written_as_it_was() -> None:
    request = only(entry())["request"]
    assert request["method"] == "DELETE"
    assert request["url"] == "http://127.0.0.1:8080/learn/v1/enrollments?page=1&user_id%5B%5D=1&user_id%5B%5D=2"
    assert request["queryString"] == [
        {"name": "page", "value": "1"},
        {"name": "user_id[]", "value": "1"},
        {"name": "user_id[]", "value": "2"},
    ]
    assert request["headers"] == [{"name": "content-type", "value": "application/json"}]
    assert request["postData"] == {"mimeType": "application/json", "text": '{"user_ids":[1,2]}'}
    assert request["bodySize"] == 18


def test_an_empty_parameter_is_one() -> None:
    assert only(entry(query="search_text="))["request"]["queryString"] == [{"name": "search_text", "value": ""}]


def test_an_address_has_no_letters_that_addresses_have_not() -> None:
    url = only(entry(path="/learn/v1/é b", query='x="é"'))["request"]["url"]
    assert url == "http://127.0.0.1:8080/learn/v1/%C3%A9%20b?x=%22%C3%A9%22"
    assert only(entry(path="/x/%C3%A9:1", query=""))["request"]["url"] == "http://127.0.0.1:8080/x/%C3%A9:1"


def test_a_request_without_a_body_has_no_post_data() -> None:
    assert "postData" not in only(entry(request=NOTHING))["request"]


def test_the_answer_is_written_as_it_was() -> None:
    response = only(entry(status=404))["response"]
    assert (response["status"], response["statusText"]) == (404, "Not Found")
    assert response["content"] == {"size": 11, "mimeType": "application/json", "text": '{"data":{}}'}
    assert response["bodySize"] == 11
    assert response["redirectURL"] == ""


def test_a_redirect_names_its_target() -> None:
    answer = {"headers": {"location": "/cb?code=***"}, "body": None, "body_bytes": 0}
    assert only(entry(status=302, answer=answer))["response"]["redirectURL"] == "/cb?code=***"


def test_a_call_without_an_answer_has_status_0_and_says_so() -> None:
    written = only(DROPPED)
    assert (written["response"]["status"], written["response"]["bodySize"]) == (0, -1)
    assert written["response"]["comment"] == "no answer was sent"
    assert written["comment"] == "call 17: bulk_unenroll; fault drop"


def test_an_answer_that_was_lost_is_not_shown() -> None:
    lost = entry(status=None, fault="lost_answer")
    assert only(lost)["response"] == only(DROPPED)["response"]


def test_the_time_is_the_sum_of_the_timings() -> None:
    written = only(entry())
    assert written["time"] == sum(written["timings"].values()) == 3.2
    assert written["startedDateTime"] == "2026-03-01T12:00:00.000Z"


def test_no_time_is_negative_though_the_clock_was_set_back() -> None:
    written = only(entry(milliseconds=-60_000.0))
    assert written["time"] == written["timings"]["wait"] == 0


def test_a_body_that_is_not_whole_says_so() -> None:
    cut = {"headers": {}, "body": '{"us', "body_bytes": 2000}
    written = only(entry(request=cut, answer=cut))
    for text in (written["request"]["postData"], written["response"]["content"]):
        assert text["comment"] == "4 bytes kept of 2000: secrets are hidden, long bodies cut"


def test_a_whole_body_with_letters_of_two_bytes_says_nothing() -> None:
    whole = {"headers": {}, "body": '"é"', "body_bytes": 4}
    assert "comment" not in only(entry(answer=whole))["response"]["content"]
