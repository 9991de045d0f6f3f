"""What was called."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import version
from itertools import islice
from typing import Any

import orjson
from flask import Response, current_app, request
from marshmallow import Schema, fields

from mock_lms.control.blueprint import bp
from mock_lms.control.journal import Entry, entry_of, near
from mock_lms.control.journal.har import har
from mock_lms.control.journal.match import Match
from mock_lms.control.journal.verify import verify
from mock_lms.control.requests import ControlBody, load
from mock_lms.domain.errors import InvalidRequest, JournalIncomplete
from mock_lms.domain.values import MAX_NUMBER
from mock_lms.http.call import Waiting, call, tenant
from mock_lms.http.fields import number_in_url, whole_number
from mock_lms.http.operations import operations_of
from mock_lms.http.requests import json_response, query
from mock_lms.http.streaming import listed, streamed
from mock_lms.storage import journal, state
from mock_lms.storage.database import Transaction

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
    last_ones = bool(_number(asked, "last", 0, 1))
    control = tenant().control
    with control.look() as transaction:
        evicted, last = journal.ends(transaction)
    since = max(since, evicted)
    if last_ones:
        since = max(since, last - limit)  # ids have no gaps
    return _shown(journal.live_entries(control, since, min(last, since + limit)), evicted, last)


@bp.delete("/journal")
def clear_journal() -> Response:
    with tenant().control.begin() as transaction:
        state.clear(transaction, ["journal"])
    return _shown(iter(()), 0, 0)


@bp.post("/journal/search")
def search_journal() -> Response:
    asked = load(SearchJournal)
    since, limit = _number(asked, "since"), _number(asked, "limit", 1, journal.KEPT)
    match = Match.of(asked["match"], operations_of(current_app))
    control = tenant().control
    with control.look() as transaction:
        evicted, last = journal.ends(transaction)
    rows = journal.live_entries(control, max(since, evicted), last)
    return _shown(islice((row for row in rows if match.matches(entry_of(row))), limit), evicted, last)


def _shown(rows: Iterable[tuple[int, str]], evicted: int, last: int) -> Response:
    # each is stored as it is shown, but for its id
    entries = (f'{{"id":{number},{entry[1:]}'.encode() for number, entry in rows)
    return streamed(listed(b'{"entries":[', entries, b'],"evicted":%d,"last":%d}' % (evicted, last)))


@bp.post("/journal/verify")
def verify_journal() -> Response:
    return json_response(_verdict(load(VerifyJournal))[0])


@bp.post("/journal/wait")
def wait_for_calls() -> Response:
    asked = load(WaitForCalls)
    seconds = asked["seconds"]
    if type(seconds) not in {int, float} or not math.isfinite(seconds) or not 0 <= seconds <= LONGEST_WAIT:
        raise InvalidRequest("seconds", f"a number from 0 to {LONGEST_WAIT} is needed.")
    verdict, seen = _verdict(asked)
    control = tenant().control

    def has_grown() -> bool:
        with control.look() as transaction:
            return journal.last(transaction) != seen

    call().waiting = None if verdict["verified"] else Waiting(seconds, has_grown)
    return json_response(verdict)


def _verdict(asked: Mapping[str, Any]) -> tuple[dict[str, Any], int]:
    """The verdict, and the last call that it is about.

    Raises `JournalIncomplete` where calls are gone that would have to be looked at.
    """
    since = _number(asked, "since")
    with tenant().control.read() as transaction:
        evicted, last = journal.ends(transaction)
        if evicted > since:
            raise JournalIncomplete(since, evicted)
        failures = verify(_Calls(transaction, since, last), asked["expectations"], operations_of(current_app))
    shown = [each.as_json() for each in failures]
    return {"verified": not failures, "calls": max(0, last - since), "failures": shown}, last


@dataclass(frozen=True, slots=True)
class _Calls:
    """The calls of the journal, as often as one goes through them."""

    transaction: Transaction
    since: int
    last: int

    def __iter__(self) -> Iterator[Entry]:
        return map(entry_of, journal.entries(self.transaction, self.since, self.last))


@bp.get("/journal/near-misses")
def list_near_misses() -> Response:
    known = set(operations_of(current_app))
    operations = [
        (method, rule.rule.replace("<", "{").replace(">", "}"), rule.endpoint.partition(".")[2])
        for rule in current_app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if rule.endpoint.partition(".")[2] in known
    ]
    with tenant().control.read() as transaction:
        rows = journal.entries(transaction, 0, journal.last(transaction), missed=True)
        missed = near.from_entries(map(entry_of, rows), operations)
    return streamed(listed(b'{"near_misses":[', (orjson.dumps(each.as_json()) for each in missed), b"]}"))


@bp.get("/journal.har")
def export_journal() -> Response:
    control, address = tenant().control, request.host_url.rstrip("/") + tenant().path
    with control.look() as transaction:
        evicted, last = journal.ends(transaction)
    return streamed(har(map(entry_of, journal.live_entries(control, evicted, last)), address, version("mock-lms")))


def _number(asked: Mapping[str, Any], name: str, low: int = 0, high: int = MAX_NUMBER) -> int:
    """A whole number of the query or the body; 2.0 is 2. Raises `InvalidRequest`."""
    value = asked[name]
    number = number_in_url(value) if isinstance(value, str) else whole_number(value)
    if number is None or not low <= number <= high:
        raise InvalidRequest(name, f"a whole number from {low} to {high} is needed.")
    return number
