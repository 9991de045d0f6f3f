"""Marshmallow fields that mean what the contract's types mean, each knowing its own JSON Schema.

Marshmallow's own do not: its Integer takes "1_000" and cuts 1.5 to 1, or, when strict, refuses 1.0, which JSON Schema
counts as an integer; its Boolean takes "yes". One test compares every field's `json_schema` with openapi.yaml, another
sees that a field accepts just what its schema does.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from typing import Any, cast

from marshmallow import Schema, ValidationError, fields

from mock_lms.domain.enrollments import Level, Status
from mock_lms.domain.values import MAX_NUMBER
from mock_lms.http import strictness
from mock_lms.http.moments import ISO_FORM, VENDOR_FORM, in_utc

MAX_ID = MAX_NUMBER
MAX_ITEMS = 1_000

MOST_ERRORS = 20
"""Of one refusal. There is no use in more, and a body of a few megabytes has millions of values that can be wrong."""

JsonSchema = dict[str, Any]

_ID_TEXT = re.compile(r"[1-9][0-9]{0,14}", re.ASCII)
_QUERY_NUMBER = re.compile(r"(0|[1-9][0-9]{0,14})(?:\.0+)?", re.ASCII)
_NUL = "\x00"


def component(name: str) -> JsonSchema:
    """A reference to a component of the contract."""
    return {"$ref": f"#/components/schemas/{name}"}


def whole_number(value: object) -> int | None:
    """The integer that a JSON number is, 2.0 included; None for what is none."""
    if type(value) is int:
        return value
    if type(value) is float and value.is_integer():
        return int(value)
    return None


def whole_numbers(value: Any, levels: int = 2) -> Any:
    """The same, with 2 for 2.0: also in a list, an object, or a list in one."""
    if levels and isinstance(value, list):
        return [whole_numbers(item, levels - 1) for item in value]
    if levels and isinstance(value, dict):
        return {name: whole_numbers(item, levels - 1) for name, item in value.items()}
    number = whole_number(value)
    return value if number is None else number


def id_of(value: object, *, low: int = 1) -> int | None:
    """The id that a JSON value is: an integer, or a string of digits without leading zeros."""
    number = whole_number(value)
    if number is None and isinstance(value, str) and (_ID_TEXT.fullmatch(value) or (low == 0 and value == "0")):
        number = int(value)
    return number if number is not None and low <= number <= MAX_ID else None


def number_in_url(text: str) -> int | None:
    """The number that a part of a path or query is; `2.0` is 2 there too."""
    match = _QUERY_NUMBER.fullmatch(text)
    return int(match[1]) if match else None


def first_of(errors: Iterable[tuple[int | str, Any]]) -> dict[str | int, Any]:
    """The errors by index or name: as many as are shown, and one more where there are others. The rest is not made."""
    return dict(islice(errors, MOST_ERRORS + 1))


class JsonField(fields.Field[Any]):
    """A field that knows its JSON Schema."""

    default_error_messages = {"required": "is missing.", "null": "may not be null."}

    def json_schema(self) -> JsonSchema:
        raise NotImplementedError


class Ids(JsonField):
    """A list of ids; with `placeholder`, 0 is one of them. The error names the position of each that is none."""

    def __init__(self, *, least: int = 0, placeholder: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.least = least
        self.most: int | None = MAX_ITEMS
        self.low = 0 if placeholder else 1

    def json_schema(self) -> JsonSchema:
        schema: JsonSchema = {"type": "array"}
        if self.least:
            schema["minItems"] = self.least
        if self.most is not None:
            schema["maxItems"] = self.most
        return schema | {"items": component("Id" if self.low else "TargetId")}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[int]:
        if not isinstance(value, list):
            raise ValidationError(f"{shown(value)} is no list of ids.")
        if len(value) < self.least:
            raise ValidationError("at least one id is needed.")
        if self.most is not None and len(value) > self.most:
            raise ValidationError(f"{len(value):,} ids are more than the {self.most:,} that a list may hold.")
        low = self.low
        if all(type(item) is int and low <= item <= MAX_ID for item in value):
            return value
        ids = [id_of(item, low=low) for item in value]
        if None in ids:
            wrong = (
                (index, [f"{shown(value[index])} is no id: a whole number from {low} to {MAX_ID}."])
                for index, number in enumerate(ids)
                if number is None
            )
            raise ValidationError(first_of(wrong))
        return cast("list[int]", ids)


class UserIds(Ids):
    """The users of a bulk unenrollment. How many are too many is the domain's business, and a policy's."""

    def __init__(self, *, cap: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.cap = cap
        self.most = None

    def json_schema(self) -> JsonSchema:
        # one who is named twice counts once, so this is no maxItems
        return super().json_schema() | {"x-max-distinct-items": self.cap}


class Flag(JsonField):
    """true or false, and nothing that merely looks like it."""

    def json_schema(self) -> JsonSchema:
        return {"type": "boolean", "default": False}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        if not isinstance(value, bool):
            raise ValidationError(f"{shown(value)} is neither true nor false.")
        return value


class Text(JsonField):
    """Text of the component `named`, of `least` to `most` characters, none of them NUL."""

    def __init__(self, named: str = "Text", *, least: int = 0, most: int = 255, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.named, self.least, self.most = named, least, most

    def json_schema(self) -> JsonSchema:
        return component(self.named)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        if not isinstance(value, str):
            raise ValidationError(f"{shown(value)} is no text.")
        if not self.least <= len(value) <= self.most or _NUL in value:
            raise ValidationError(f"the text must have {self.least} to {self.most} characters, and no NUL.")
        return value


class Choice(JsonField):
    """One of a few words: of a component's, or of an enumeration written in place."""

    def __init__(self, words: Sequence[str] | Mapping[str, Any], named: str | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.words = words
        self.named = named

    def json_schema(self) -> JsonSchema:
        return component(self.named) if self.named else {"type": "string", "enum": list(self.words)}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, str) or value not in self.words:
            raise ValidationError(f"{shown(value)} is none of {', '.join(self.words)}.")
        return self.words[value] if isinstance(self.words, Mapping) else value


class NumberChoice(JsonField):
    """An enumeration of numbers, as the component `named`; numeric strings count."""

    def __init__(self, numbers: Mapping[int, Any], named: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.numbers, self.named = numbers, named

    def json_schema(self) -> JsonSchema:
        return component(self.named)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        number = whole_number(value)
        if isinstance(value, str):
            number = next((known for known in self.numbers if str(known) == value), None)
        if number not in self.numbers:
            raise ValidationError(f"{shown(value)} is none of {', '.join(map(str, self.numbers))}.")
        return self.numbers[cast("int", number)]


class DateTime(JsonField):
    """A date, with or without a time of day; always loaded with one."""

    def json_schema(self) -> JsonSchema:
        return component("DateTime")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> str:
        form = VENDOR_FORM if strictness.current().dates == "strict" else ISO_FORM
        if not isinstance(value, str) or not form.fullmatch(value):
            raise ValidationError(f"{shown(value)} is no date: YYYY-MM-DD or YYYY-MM-DD HH:MM:SS, UTC.")
        return in_utc(value)


class Score(JsonField):
    HIGHEST = 1_000_000

    def json_schema(self) -> JsonSchema:
        return {"type": "number", "minimum": 0, "maximum": self.HIGHEST}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> float:
        if type(value) not in {int, float} or not 0 <= value <= self.HIGHEST:
            raise ValidationError(f"{shown(value)} is no score: a number from 0 to {self.HIGHEST}.")
        return float(value)


class Part(JsonField):
    """A JSON object inside another one."""

    def __init__(self, schema: type[Schema], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.part = schema

    def json_schema(self) -> JsonSchema:
        return component(self.part.__name__)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if not isinstance(value, dict):
            raise ValidationError(f"{shown(value)} is no JSON object.")
        return self.part().load(value)


class Value(JsonField):
    """What an answer holds: `schema` says its type, `convert` makes it of what the server knows.

    One that is `optional` is left out where the rows do not have it.
    """

    def __init__(
        self,
        schema: JsonSchema | str,
        convert: Callable[[Any], Any] | None = None,
        *,
        of: str | None = None,
        optional: bool = False,
    ) -> None:
        super().__init__(attribute=of)
        self.optional = optional
        self.schema = {"type": schema} if isinstance(schema, str) else schema
        self.convert = convert

    def json_schema(self) -> JsonSchema:
        return self.schema


LEVELS = {level.value: level for level in Level}
STATUSES = {
    0: Status.SUBSCRIBED,
    1: Status.IN_PROGRESS,
    2: Status.COMPLETED,
    3: Status.SUSPENDED,
    4: Status.OVERBOOKING,
    -1: Status.TO_CONFIRM,
    -2: Status.WAITING,
}


SHOWN = 60

_ENCODER = json.JSONEncoder(ensure_ascii=False, default=repr)


def shown(value: object) -> str:
    """The value in a message, as JSON: short, whatever it is. No more of it is written than is shown."""
    if isinstance(value, str):
        value = value[: SHOWN + 1]
    # each piece has a character at least; a list's or an object's first pieces can still hold a long text
    text = "".join(piece[: SHOWN + 1] for piece in islice(_ENCODER.iterencode(value), SHOWN + 1))
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}..."
