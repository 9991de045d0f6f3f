"""What was called."""

from __future__ import annotations

import math
from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

import orjson
from flask import Response, current_app, request
from marshmallow import Schema, fields

from mock_lms.control.blueprint import bp
from mock_lms.control.journal import service
from mock_lms.control.requests import ControlBody, load
from mock_lms.domain.errors import InvalidRequest
from mock_lms.domain.values import MAX_NUMBER
from mock_lms.http.call import Waiting, call, tenant
from mock_lms.http.fields import number_in_url, whole_number
from mock_lms.http.operations import operations_of
from mock_lms.http.requests import json_response, query
from mock_lms.http.streaming import listed, streamed

LONGEST_WAIT = 300


class ListJournal(Schema):
    since = fields.Raw(load_default=0)
    limit = fields.Raw(load_default=100)
    last = fields.Raw(load_default=0)


class SearchJournal(ControlBody):
    match = fields.Raw(load_default=dict)
    since = fields.Raw(load_default=0)
    limit = fields.Raw(load_default=100)


class VerifyJournal(ControlBody):
    expectations = fields.Raw(required=True)
    since = fields.Raw(load_default=0)


class WaitForCalls(VerifyJournal):
    seconds = fields.Raw(load_default=10)


@bp.get("/journal")
def list_journal() -> Response:
    asked = query(ListJournal)
    since, limit = _number(asked, "since"), _number(asked, "limit", 1, service.LONGEST_PAGE)
    last = bool(_number(asked, "last", 0, 1))
    return _shown(service.list_journal(tenant(), since=since, limit=limit, last=last))


@bp.delete("/journal")
def clear_journal() -> Response:
    return _shown(service.clear_journal(tenant()))


@bp.post("/journal/search")
def search_journal() -> Response:
    asked = load(SearchJournal)
    since, limit = _number(asked, "since"), _number(asked, "limit", 1, service.LONGEST_PAGE)
    operations = operations_of(current_app)
    return _shown(service.search_journal(tenant(), operations, match=asked["match"], since=since, limit=limit))


def _shown(page: service.Page) -> Response:
    # each is stored as it is shown, but for its id
    entries = (f'{{"id":{number},{entry[1:]}'.encode() for number, entry in page.rows)
    return streamed(listed(b'{"entries":[', entries, b'],"evicted":%d,"last":%d}' % (page.evicted, page.last)))


@bp.post("/journal/verify")
def verify_journal() -> Response:
    asked = load(VerifyJournal)
    since, operations = _number(asked, "since"), operations_of(current_app)
    return json_response(service.verify_journal(tenant(), operations, expectations=asked["expectations"], since=since))


@bp.post("/journal/wait")
def wait_for_calls() -> Response:
    asked = load(WaitForCalls)
    seconds = asked["seconds"]
    if type(seconds) not in {int, float} or not math.isfinite(seconds) or not 0 <= seconds <= LONGEST_WAIT:
        raise InvalidRequest("seconds", f"a number from 0 to {LONGEST_WAIT} is needed.")
    since, operations = _number(asked, "since"), operations_of(current_app)
    verdict, has_grown = service.wait_for_calls(tenant(), operations, expectations=asked["expectations"], since=since)
    call().waiting = None if verdict["verified"] else Waiting(seconds, has_grown)
    return json_response(verdict)


@bp.get("/journal/near-misses")
def list_near_misses() -> Response:
    misses = service.list_near_misses(tenant(), _routes())
    return streamed(listed(b'{"near_misses":[', (orjson.dumps(miss.as_json()) for miss in misses), b"]}"))


def _routes() -> list[tuple[str, str, str]]:
    """Method, path template and operationId of every operation of the vendor's contract."""
    operations = set(operations_of(current_app))
    return [
        (method, rule.rule.replace("<", "{").replace(">", "}"), operation)
        for rule in current_app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if (operation := rule.endpoint.partition(".")[2]) in operations
    ]


@bp.get("/journal.har")
def export_journal() -> Response:
    address = request.host_url.rstrip("/") + tenant().path
    return streamed(service.export_journal(tenant(), address, version("mock-lms")))


def _number(asked: Mapping[str, Any], name: str, low: int = 0, high: int = MAX_NUMBER) -> int:
    """A whole number of the query or the body; 2.0 is 2. Raises `InvalidRequest`."""
    value = asked[name]
    number = number_in_url(value) if isinstance(value, str) else whole_number(value)
    if number is None or not low <= number <= high:
        raise InvalidRequest(name, f"a whole number from {low} to {high} is needed.")
    return number
