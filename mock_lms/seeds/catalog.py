"""What a seed file says about courses: where they are filed and offered, what is in them, how they are tagged."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from sqlalchemy import Table

from mock_lms.domain.values import LEARNING_OBJECT_TYPES, MAX_LONG_TEXT, VALID_UNITS
from mock_lms.seeds.fields import Fields
from mock_lms.seeds.nodes import Node
from mock_lms.seeds.values import (
    Reader,
    Record,
    amount,
    choice,
    items,
    known,
    new_id,
    number,
    once,
    record,
    text,
    texts,
)
from mock_lms.storage import tables

_TAGS = {"channels": "channel", "skills": "skill", "content_partners": "content_partner", "visibility": "visibility"}
_DESCRIBED: dict[str, Reader] = {"code": text(), "description": text(most=MAX_LONG_TEXT)}


class Catalog:
    """The rows around courses. A section is read by the method of its name."""

    def __init__(
        self,
        rows: dict[Table, list[Record]],
        fields: Fields,
        course: Callable[[Node], int],
        plan: Callable[[Node], int],
    ) -> None:
        self._rows = rows
        self._course, self._plan = course, plan
        self._categories: dict[int, int] = {}
        self.of_course: dict[str, Reader] = {
            "language": text(1),
            "duration": number("number of seconds"),
            "category": known("category", self._categories),
            "credits": amount("number of credits"),
            "price": amount("price"),
            "rating": amount("rating", least=1, most=5),
            "fields": fields.values("course"),
            **dict.fromkeys(_TAGS, texts),
        }
        """What may be said of a course beside its name and the like."""

    def complete(self, course: Record) -> Record:
        """The course's row: what is kept in other tables goes there, and what was not said gets its default."""
        for name, kind in _TAGS.items():
            for tag in course.pop(name) or ():
                self._rows[tables.course_tags].append({"course_id": course["id"], "kind": kind, "tag": tag})
        for field, value in course.pop("fields") or ():
            row = {"course_id": course["id"], "field_id": field, "value": value}
            self._rows[tables.course_field_values].append(row)
        course["category_id"] = course.pop("category")
        course["language"] = course["language"] or "en"
        return course | {name: course[name] or 0 for name in ("duration", "credits", "price")}

    def categories(self, entries: Sequence[Node], _: str) -> None:
        required = {"id": new_id("category", self._categories), "name": text(1)}
        for entry in entries:
            # not itself: its id is known only when it was read
            parent = known("category", frozenset(self._categories))
            category = record(entry, required, {"code": text(), "parent": parent})
            category |= {"code": category["code"] or "", "parent_id": category.pop("parent")}
            self._rows[tables.categories].append(category)

    def catalogs(self, entries: Sequence[Node], since: str) -> None:
        lines: dict[int, int] = {}
        required = {"id": new_id("catalog", lines), "name": text(1)}
        for entry in entries:
            catalog = record(entry, required, {**_DESCRIBED, "courses": items, "learning_plans": items})
            courses, plans = catalog.pop("courses") or (), catalog.pop("learning_plans") or ()
            offered: dict[object, int] = {}
            for position, node in enumerate((*courses, *plans), 1):
                course = self._course(node) if position <= len(courses) else None
                plan = self._plan(node) if course is None else None
                item = f"course {course}" if plan is None else f"learning plan {plan}"
                once(node, offered, item, f"the catalog has {item}")
                row = {"catalog_id": catalog["id"], "position": position}
                self._rows[tables.catalog_items].append(row | {"course_id": course, "learning_plan_id": plan})
            self._rows[tables.catalogs].append(_described(catalog, since))

    def learning_objects(self, entries: Sequence[Node], _: str) -> None:
        lines: dict[int, int] = {}
        positions: dict[int, int] = {}
        required = {
            "id": new_id("learning object", lines),
            "course": self._course,
            "title": text(1),
            "type": choice(LEARNING_OBJECT_TYPES),
        }
        for entry in entries:
            learning_object = record(entry, required, {})
            course = learning_object.pop("course")
            positions[course] = positions.get(course, 0) + 1
            row = learning_object | {"course_id": course, "position": positions[course]}
            self._rows[tables.learning_objects].append(row)

    def certifications(self, entries: Sequence[Node], since: str) -> None:
        lines: dict[int, int] = {}
        required = {"id": new_id("certification", lines), "title": text(1)}
        validity = {"valid_for": number("number of units"), "valid_unit": choice(VALID_UNITS)}
        for entry in entries:
            row = record(entry, required, {**_DESCRIBED, **validity})
            row |= {"valid_for": row["valid_for"] or 0, "valid_unit": row["valid_unit"] or "year"}
            self._rows[tables.certifications].append(_described(row, since))

    def locations(self, entries: Sequence[Node], _: str) -> None:
        lines: dict[int, int] = {}
        for entry in entries:
            required = {"id": new_id("location", lines), "name": text(1)}
            location = record(entry, required, {"address": text(most=MAX_LONG_TEXT)})
            self._rows[tables.locations].append(location | {"address": location["address"] or ""})


def _described(row: Record, since: str) -> Record:
    dates = {"created_at": since, "updated_at": since}
    return row | {"code": row["code"] or "", "description": row["description"] or "", **dates}
