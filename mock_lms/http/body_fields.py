"""Fields that few bodies have: a single id, and rows that are read one by one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import Schema, ValidationError

from mock_lms.http.fields import MAX_ID, JsonField, JsonSchema, component, first_of, id_of, shown


class Id(JsonField):
    """One id."""

    def json_schema(self) -> JsonSchema:
        return component("Id")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        number = id_of(value)
        if number is None:
            raise ValidationError(f"{shown(value)} is no id: a whole number from 1 to {MAX_ID}.")
        return number


class Cell(JsonField):
    """Any JSON value, as it came: of a row that is read elsewhere."""

    def __init__(self) -> None:
        super().__init__(allow_none=True)

    def json_schema(self) -> JsonSchema:
        return component("Cell")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        return value


class Items(JsonField):
    """A list of at most `most` JSON objects, as they came. `schema` says what such an object may hold."""

    def __init__(self, schema: type[Schema], *, most: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.item, self.most = schema, most

    def json_schema(self) -> JsonSchema:
        return {"type": "array", "maxItems": self.most, "items": component(self.item.__name__)}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, list):
            raise ValidationError(f"{shown(value)} is no list.")
        if len(value) > self.most:
            raise ValidationError(f"{len(value):,} items are more than the {self.most:,} of one call.")
        wrong = (
            (index, ["a JSON object is needed."]) for index, item in enumerate(value) if not isinstance(item, dict)
        )
        if errors := first_of(wrong):
            raise ValidationError(errors)
        return value
