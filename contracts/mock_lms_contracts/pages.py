"""Reads a list page after page to its end, whatever it says about that, and notes what it says wrongly."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from mock_lms_contracts.contract import operation_of
from mock_lms_contracts.exchange import Answer
from mock_lms_contracts.fault import fault
from mock_lms_contracts.verdicts import Finding

MOST_PAGES = 1_000
PAGES = "READ-PAGES-2"
"""The requirement about what a list says about its pages."""

WORDS = {"true": True, "1": True, "false": False, "0": False}


@dataclass(frozen=True, slots=True)
class Oddity:
    """A mistake in a list whose meaning is clear all the same. It is a finding of this requirement."""

    requirement: str
    operation: str
    page: int
    message: str


def items_of(
    path: str, read: Callable[[int], Answer], note: Callable[[Oddity], None], *, lenient: bool = False
) -> Iterator[dict[str, Any]]:
    """The items of all pages; `read` takes the number of a page.

    An empty page ends a list. A repeated page does, too, if `lenient`, or if pages do not say whether there are more.
    Raises `HarnessError` if the list is not served, and `Finding` if it is no list, repeats a page or never ends.
    """
    operation = operation_of("GET", path)
    name = operation.id if operation else path
    pages: dict[str, int] = {}
    for page in range(1, MOST_PAGES + 1):
        answer = read(page)
        data = answer.data
        items = data.get("items") if isinstance(data, dict) else None
        if answer.status != HTTPStatus.OK or answer.json is None:
            raise fault("GET", path, answer)
        if not isinstance(items, list):
            raise Finding(f"The answer to GET {path} has no list.", "data.items", answer.text[:200], "READ-LIST-1")
        told = data.get("has_more_data")
        more = told if isinstance(told, bool) else WORDS.get(str(told).strip().lower())
        if told is not None and not isinstance(told, bool):
            said = f"the text {told!r}" if isinstance(told, str) else repr(told)
            note(Oddity(PAGES, name, page, f"has_more_data is {said:.80}, not a boolean."))
        if not items:
            if more:
                note(Oddity(PAGES, name, page, f"Page {page} is empty, but its has_more_data says that there is more."))
            return
        contents = json.dumps(items, sort_keys=True)
        before = pages.setdefault(contents, page)
        if before != page:
            if more is not None and not lenient:
                said = f"GET {path}: page {page} repeats page {before}, so the list cannot be read."
                raise Finding(said, requirement="READ-PAGES-1")
            return
        yield from items
        if more is False:
            return
    raise Finding(f"GET {path}: after {MOST_PAGES:,} pages the list has not ended.", requirement=PAGES)
