"""Finds, for each pair, what the errors of an answer say about it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from mock_lms_client.unenroll.journal import Entry
from mock_lms_client.unenroll.tables import one_line

NOT_ABOUT_PAIRS = frozenset({401, 403, 404, 405, 408, 421, 425, 429})
"""Statuses that say nothing about the users and targets of a call: the next call would be refused as well."""

NO_REASON = "the server gave no reason"


class PairErrors:
    """The errors of an answer, by whom they are about. They are sentences or objects (docebo-api.md 2.3)."""

    def __init__(self, errors: Iterable[object]) -> None:
        self._by_number: dict[int, list[tuple[frozenset[int], str]]] = {}
        for error in errors:
            if isinstance(error, Mapping):
                ids = {id_in(error[key]) for key in ("user_id", "course_id", "learning_plan_id") if error.get(key)}
                text = str(error.get("message") or "")
                self._add(ids, text, [id_in(error.get("user_id"))])
            else:
                ids = set(map(int, re.findall(r"[0-9]{1,15}", str(error))))
                self._add(ids, str(error), ids)

    def _add(self, ids: set[int], text: str, about: Iterable[int]) -> None:
        for number in about:
            self._by_number.setdefault(number, []).append((frozenset(ids), one_line(text) or NO_REASON))

    def of(self, entry: Entry) -> str:
        """Returns the error that names this user and target, else one that names the user alone, else ''."""
        about = self._by_number.get(entry.pair.user_id, [])
        for ids, text in about:
            if entry.pair.target_id in ids:
                return text
        return next((text for ids, text in about if ids == {entry.pair.user_id}), "")


def id_in(value: object) -> int:
    """An id, which a server may write as text; 0 for what is none."""
    return int(str(value)) if re.fullmatch("[0-9]{1,15}", str(value), re.ASCII) else 0
