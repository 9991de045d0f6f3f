"""Additional fields in a seed file: those that there are, and their values in an entry."""

from __future__ import annotations

import json
from collections.abc import Sequence

from sqlalchemy import Table

from mock_lms.domain.values import FIELD_TYPES, MAX_LONG_TEXT
from mock_lms.seeds.nodes import Node, shown
from mock_lms.seeds.values import Reader, Record, choice, new_id, record, text, texts, truth
from mock_lms.storage import tables


class Fields:
    """The additional fields of a file. Their ids are of one kind, whatever they are fields of."""

    def __init__(self, rows: dict[Table, list[Record]]) -> None:
        self._rows = rows[tables.fields]
        self._lines: dict[int, int] = {}
        self._options: dict[tuple[str, int], list[str]] = {}

    def read(self, subject: str, entries: Sequence[Node]) -> None:
        """The fields of users, of courses or of enrollments, in their order."""
        required = {"id": new_id("field", self._lines), "title": text(1)}
        optional = {"type": choice(FIELD_TYPES), "options": texts, "mandatory": truth}
        for position, entry in enumerate(entries, 1):
            field = record(entry, required, optional)
            field["type"] = field["type"] or "textfield"
            options = field["options"] or []
            if bool(options) != (field["type"] == "dropdown"):
                raise entry.refuse("a dropdown has options, and no other field has")
            self._options[subject, field["id"]] = options
            field |= {"options": json.dumps(options), "mandatory": field["mandatory"] or 0}
            self._rows.append({"subject": subject, **field, "position": position})

    def values(self, subject: str) -> Reader:
        """Reads a mapping from the ids of the subject's fields to their values, as pairs."""

        def read(node: Node) -> list[tuple[int, str]]:
            if not isinstance(node.value, dict):
                raise node.refuse("this must be a mapping from a field's id to its value")
            pairs = []
            for key, child in node.value.items():
                # a number as ids are written: two spellings of one would be two values of a field
                field = int(key) if key.isascii() and key.isdecimal() and key[0] != "0" else 0
                options = self._options.get((subject, field))
                if options is None:
                    raise child.refuse(f"there is no {subject} field {shown(key)} in this file")
                value = choice(options)(child) if options else text(most=MAX_LONG_TEXT)(child)
                pairs.append((field, value))
            return pairs

        return read
