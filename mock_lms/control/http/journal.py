"""What was called."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from importlib.metadata import version
from typing import Any

from flask import Response, current_app, request
from marshmallow import Schema, fields

from mock_lms.api.auth import tenant
from mock_lms.api.call import call
from mock_lms.api.requests import json_response, query
from mock_lms.control.edge import operations_of
from mock_lms.control.http.blueprint import bp
from mock_lms.control.http.bodies import ControlBody, explained, load
from mock_lms.control.journal import near
from mock_lms.control.journal.har import har
from mock_lms.control.journal.match import Match, UnusableMatch
from mock_lms.control.journal.verify import UnusableExpectation, verify
from mock_lms.control.watch import entry_of
from mock_lms.domain.errors import InvalidRequest, JournalIncomplete
from mock_lms.storage import journal, state

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
    since, limit = _number(asked, "since"), _number(asked, "limit", 1, journal.KEPT)
    last = bool(_number(asked, "last", 0, 1))
    with tenant().control.read() as session:
        return _shown(journal.ends(session), journal.entries(session, since, limit, last=last))


@bp.delete("/journal")
def clear_journal() -> Response:
    with tenant().control.begin() as session:
        state.clear(session, ["journal"])
        return _shown(journal.ends(session), [])


@bp.post("/journal/search")
def search_journal() -> Response:
    asked = load(SearchJournal)
    since, limit = _number(asked, "since"), _number(asked, "limit", 1, journal.KEPT)
    with explained(UnusableMatch):
        match = Match.of(asked["match"], operations_of(current_app))
    with tenant().control.read() as session:
        found = [row for row in journal.entries(session, since) if match.matches(entry_of(row))]
        return _shown(journal.ends(session), found[:limit])


def _shown(ends: tuple[int, int], rows: Sequence[tuple[Any, ...]]) -> Response:
    evicted, last = ends
    return json_response({"entries": [entry_of(row) for row in rows], "evicted": evicted, "last": last})


@bp.post("/journal/verify")
def verify_journal() -> Response:
    return json_response(_verdict(load(VerifyJournal)))


@bp.post("/journal/wait")
def wait_for_calls() -> Response:
    asked = load(WaitForCalls)
    seconds = asked["seconds"]
    if type(seconds) not in {int, float} or not math.isfinite(seconds) or not 0 <= seconds <= LONGEST_WAIT:
        raise InvalidRequest("seconds", f"a number from 0 to {LONGEST_WAIT} is needed.")
    verdict = _verdict(asked)
    call().pending = 0 if verdict["verified"] else seconds
    return json_response(verdict)


def _verdict(asked: Mapping[str, Any]) -> dict[str, Any]:
    """Raises `JournalIncomplete` where calls are gone that would have to be looked at."""
    since = _number(asked, "since")
    with tenant().control.read() as session:
        evicted, _ = journal.ends(session)
        if evicted > since:
            raise JournalIncomplete(since, evicted)
        entries = [entry_of(row) for row in journal.entries(session, since)]
    with explained(UnusableExpectation):
        failures = verify(entries, asked["expectations"], operations_of(current_app))
    return {"verified": not failures, "calls": len(entries), "failures": [each.as_json() for each in failures]}


@bp.get("/journal/near-misses")
def list_near_misses() -> Response:
    known = set(operations_of(current_app))
    operations = [
        (method, rule.rule.replace("<", "{").replace(">", "}"), rule.endpoint.partition(".")[2])
        for rule in current_app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.endpoint.partition(".")[2] in known
    ]
    with tenant().control.read() as session:
        rows = journal.entries(session, 0)
    missed = near.from_entries([entry_of(row) for row in rows], operations)
    return json_response({"near_misses": [each.as_json() for each in missed]})


@bp.get("/journal.har")
def export_journal() -> Response:
    with tenant().control.read() as session:
        rows = journal.entries(session, 0)
    return json_response(har(map(entry_of, rows), request.host_url.rstrip("/") + tenant().path, version("mock-lms")))


def _number(asked: Mapping[str, Any], name: str, low: int = 0, high: int = 999_999_999_999_999) -> int:
    """A whole number of the query or the body. Raises `InvalidRequest`."""
    value = asked[name]
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= len(str(high)):
        value = int(value)
    if type(value) is not int or not low <= value <= high:
        raise InvalidRequest(name, f"a whole number from {low} to {high} is needed.")
    return value
