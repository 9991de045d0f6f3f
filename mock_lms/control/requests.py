"""What a request of the control API brings. Unlike the vendor's, it holds nothing that is not known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, pre_load

from mock_lms.clock import FORMAT
from mock_lms.domain.values import MAX_NUMBER, is_date_time
from mock_lms.http.fields import JsonField, JsonSchema, component, first_of, number_in_url, shown, whole_number
from mock_lms.http.requests import json_object
from mock_lms.services import clocks
from mock_lms.storage.control_tables import SCOPES

EARLIEST = "1000"  # years before have three digits where they are written


class ControlBody(Schema):
    """A JSON object, or the parameters of a query. An unknown name is an error."""

    class Meta:
        unknown = EXCLUDE

    @pre_load
    def _refuse_unknown(self, data: Any, **_: Any) -> Any:
        """Raises `ValidationError`. Marshmallow's own RAISE makes an error of each name, however many there are."""
        if unknown := first_of((name, ["there is no such field."]) for name in data if name not in self.fields):
            raise ValidationError({shown(name)[1:-1]: problem for name, problem in unknown.items()})
        return data


def load(schema: type[ControlBody]) -> dict[str, Any]:
    """The request's body; none is an empty object. Raises `InvalidRequest`, marshmallow's `ValidationError`."""
    loaded: dict[str, Any] = schema().load(json_object() or {})
    return loaded


# --- fields that only the control API has


class Json(JsonField):
    """JSON that a pure module of the feature reads, and refuses. The contract says of it what `schema` says."""

    def __init__(self, schema: JsonSchema, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.schema = schema

    def json_schema(self) -> JsonSchema:
        return self.schema


class WholeNumber(JsonField):
    """A whole number from `low` to `high`; 2.0 is 2."""

    default_error_messages = {"range": "a whole number from {low} to {high:,} is needed."}

    def __init__(self, low: int, high: int = MAX_NUMBER, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.low, self.high = low, high

    def json_schema(self) -> JsonSchema:
        return {"type": "integer", "minimum": self.low, "maximum": self.high}

    def number(self, value: Any) -> int | None:
        """The number that the value is; None for what is none."""
        return whole_number(value)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        number = self.number(value)
        if number is None or not self.low <= number <= self.high:
            raise self.make_error("range", low=self.low, high=self.high)
        return number


class QueryWholeNumber(WholeNumber):
    """The same, also as the text of a URL."""

    default_error_messages = {"range": "a whole number from {low} to {high} is needed."}

    def number(self, value: Any) -> int | None:
        return number_in_url(value) if isinstance(value, str) else whole_number(value)


class Seconds(JsonField):
    """A finite number of seconds from 0 to `most`; with `above`, more than 0."""

    default_error_messages = {"range": "a number from 0 to {most:,} is needed."}

    def __init__(self, most: int, *, above: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.most, self.above = most, above

    def json_schema(self) -> JsonSchema:
        return {"type": "number", "exclusiveMinimum" if self.above else "minimum": 0, "maximum": self.most}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        is_number = type(value) in {int, float} and math.isfinite(value)
        if not is_number or not 0 <= value <= self.most or (self.above and value == 0):
            raise self.make_error("range", most=self.most)
        return value  # type: ignore[no-any-return]


class Moment(JsonField):
    """`YYYY-MM-DD HH:MM:SS`, UTC, of a year that has four digits for some time to come."""

    def json_schema(self) -> JsonSchema:
        moment = component("FrozenAt")
        return {"anyOf": [{"type": "null"}, moment]} if self.allow_none else moment

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> datetime:
        if not isinstance(value, str):
            raise ValidationError(f"{shown(value)} is no text.")
        if not is_date_time(value) or not EARLIEST <= value[:4] < f"{clocks.LATEST.year}":
            raise ValidationError(f"{value[:60]!r} is no moment like 2026-03-01 12:00:00 (UTC).")
        return datetime.strptime(value, FORMAT).replace(tzinfo=UTC)


class Scopes(JsonField):
    """What of a tenant is meant: at least one of its scopes, each once."""

    def json_schema(self) -> JsonSchema:
        return component("Scopes")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[str]:
        if not isinstance(value, list) or not value or any(scope not in SCOPES for scope in value):
            raise ValidationError(f"a list of some of {', '.join(SCOPES)} is needed.")
        if len(set(value)) < len(value):
            raise ValidationError("one of them is here twice.")
        return value
