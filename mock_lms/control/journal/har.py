"""The journal as an HTTP Archive, which browsers and proxies open.

Source: HAR 1.2, http://www.softwareishard.com/blog/har-12-spec/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, quote

import orjson

from mock_lms.control.journal import Entry

UNKNOWN = -1
HTTP = "HTTP/1.1"
UNQUOTED = "/%:@!$&'()*+,;=~"


def har(entries: Iterable[Entry], base_url: str, version: str) -> Iterator[bytes]:
    """The entries as a HAR 1.2 log, in pieces of JSON: never more than one entry at a time. `version` is the mock's."""
    creator = orjson.dumps({"name": "mock-lms", "version": version})
    yield b'{"log":{"version":"1.2","creator":' + creator + b',"pages":[],"entries":['
    comma = b""
    for entry in entries:
        yield comma + orjson.dumps(_entry(entry, base_url.rstrip("/")))
        comma = b","
    yield b"]}}"


def _entry(entry: Entry, base_url: str) -> dict[str, Any]:
    took = max(0, entry["milliseconds"])  # the tenant's clock may have been set back meanwhile
    about = [f"call {entry['id']}: {entry['operation'] or 'no operation'}"]
    if entry["fault"] is not None:
        about.append(f"fault {entry['fault']}")
    return {
        "startedDateTime": entry["at"],
        "time": took,
        "request": _request(entry, base_url),
        "response": _response(entry),
        "cache": {},
        "timings": {"send": 0, "wait": took, "receive": 0},
        "comment": "; ".join(about),
    }


def _request(entry: Entry, base_url: str) -> dict[str, Any]:
    sent = entry["request"]
    query = f"?{quote(entry['query'], safe=UNQUOTED + '?[]')}" if entry["query"] else ""
    request = {
        "method": entry["method"],
        "url": base_url + quote(entry["path"], safe=UNQUOTED) + query,
        "httpVersion": HTTP,
        "cookies": [],
        "headers": _named(sent["headers"].items()),
        "queryString": _named(parse_qsl(entry["query"], keep_blank_values=True)),
        "headersSize": UNKNOWN,
        "bodySize": sent["body_bytes"],
    }
    if sent["body"] is not None:
        mimetype = sent["headers"].get("content-type", "")
        request["postData"] = {"mimeType": mimetype, "text": sent["body"], **_kept(sent)}
    return request


def _response(entry: Entry) -> dict[str, Any]:
    answered = entry["status"] is not None
    answer = entry["answer"] if answered else {"headers": {}, "body": None, "body_bytes": 0}
    content = {"size": answer["body_bytes"], "mimeType": answer["headers"].get("content-type", "")}
    if answer["body"] is not None:
        content |= {"text": answer["body"], **_kept(answer)}
    response = {
        "status": entry["status"] or 0,
        "statusText": _phrase(entry["status"]),
        "httpVersion": HTTP,
        "cookies": [],
        "headers": _named(answer["headers"].items()),
        "content": content,
        "redirectURL": answer["headers"].get("location", ""),
        "headersSize": UNKNOWN,
        "bodySize": answer["body_bytes"] if answered else UNKNOWN,
    }
    return response if answered else {**response, "comment": "no answer was sent"}


def _named(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in pairs]


def _phrase(status: int | None) -> str:
    return HTTPStatus(status).phrase if status in set(HTTPStatus) else ""


def _kept(message: Mapping[str, Any]) -> dict[str, str]:
    """A comment on a body that is not what was sent."""
    kept, whole = len(message["body"].encode()), message["body_bytes"]
    return {} if kept == whole else {"comment": f"{kept} bytes kept of {whole}: secrets are hidden, long bodies cut"}
