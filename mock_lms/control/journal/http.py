"""What was called."""

from __future__ import annotations

from importlib.metadata import version

import orjson
from flask import Response, current_app, request

from mock_lms.control.blueprint import bp
from mock_lms.control.journal import service
from mock_lms.control.requests import ControlBody, Json, QueryWholeNumber, Seconds, load
from mock_lms.http.call import Waiting, call, tenant
from mock_lms.http.fields import component
from mock_lms.http.operations import operations_of, routes_of
from mock_lms.http.requests import json_response, query
from mock_lms.http.streaming import listed, streamed

LONGEST_WAIT = 300


class ListJournal(ControlBody):
    since = QueryWholeNumber(0, load_default=0)
    limit = QueryWholeNumber(1, service.LONGEST_PAGE, load_default=100)
    last = QueryWholeNumber(0, 1, load_default=0)


class ListMisses(ControlBody):
    since = QueryWholeNumber(0, load_default=0)


class SearchJournal(ControlBody):
    match = Json(component("Match"), load_default=dict)
    since = QueryWholeNumber(0, load_default=0)
    limit = QueryWholeNumber(1, service.LONGEST_PAGE, load_default=100)


class VerifyJournal(ControlBody):
    expectations = Json(component("Expectations"), required=True)
    since = QueryWholeNumber(0, load_default=0)


class WaitForCalls(VerifyJournal):
    seconds = Seconds(LONGEST_WAIT, load_default=10)


@bp.get("/journal")
def list_journal() -> Response:
    return _shown(service.list_journal(tenant(), **query(ListJournal)))


@bp.delete("/journal")
def clear_journal() -> Response:
    return _shown(service.clear_journal(tenant()))


@bp.post("/journal/search")
def search_journal() -> Response:
    return _shown(service.search_journal(tenant(), operations_of(current_app), **load(SearchJournal)))


def _shown(page: service.Page) -> Response:
    # each is stored as it is shown, but for its id
    entries = (f'{{"id":{number},{entry[1:]}'.encode() for number, entry in page.rows)
    return streamed(listed(b'{"entries":[', entries, b'],"evicted":%d,"last":%d}' % (page.evicted, page.last)))


@bp.post("/journal/verify")
def verify_journal() -> Response:
    return json_response(service.verify_journal(tenant(), operations_of(current_app), **load(VerifyJournal)))


@bp.post("/journal/wait")
def wait_for_calls() -> Response:
    body = load(WaitForCalls)
    seconds = body.pop("seconds")
    verdict, has_grown = service.wait_for_calls(tenant(), operations_of(current_app), **body)
    call().waiting = None if verdict["verified"] else Waiting(seconds, has_grown)
    return json_response(verdict)


@bp.get("/journal/misses")
def list_misses() -> Response:
    misses, evicted = service.list_misses(tenant(), routes_of(current_app), **query(ListMisses))
    return streamed(
        listed(b'{"misses":[', (orjson.dumps(miss.as_json()) for miss in misses), b'],"evicted":%d}' % evicted)
    )


@bp.get("/journal.har")
def export_journal() -> Response:
    address = request.host_url.rstrip("/") + tenant().path
    return streamed(service.export_journal(tenant(), address, version("mock-lms")))
