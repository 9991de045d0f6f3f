"""Fields of a query: a value arrives as the text of a URL, or as JSON from the body of a GET."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marshmallow import ValidationError

from mock_lms.http.fields import (
    MAX_ID,
    Choice,
    JsonField,
    JsonSchema,
    component,
    first_of,
    id_of,
    number_in_url,
    shown,
    whole_number,
)

MOST_VALUES = 10_000
"""Of one parameter. No address can hold as many; the JSON body of a GET could hold millions."""


class Array(JsonField):
    """Many values of one kind; `x[]=1&x[]=2`, `x[0]=1` and `x=1` in a URL, and `x=1,2` for words.

    A value that is repeated is loaded once, since the filter means the same.
    """

    def __init__(self, item: JsonField, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.item = item

    def json_schema(self) -> JsonSchema:
        return {"type": "array", "items": self.item.json_schema()}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> list[Any]:
        values = value if isinstance(value, list) else [value]
        commas = isinstance(self.item, Choice)
        if _count(values, commas=commas) > MOST_VALUES:
            raise ValidationError(f"more than {MOST_VALUES:,} values are more than a parameter may have.")
        if commas:
            values = [word for v in values for word in (v.split(",") if isinstance(v, str) else [v])]
        loaded: dict[Any, None] = {}
        wrong = first_of(self._load(values, loaded))
        if wrong:
            raise ValidationError(wrong)
        return list(loaded)

    def _load(self, values: Sequence[Any], loaded: dict[Any, None]) -> Iterator[tuple[int, Any]]:
        """Puts the values that can be loaded into `loaded`, and yields the index and the error of every other one."""
        for index, value in enumerate(values):
            try:
                loaded[self.item.deserialize(value)] = None
            except ValidationError as error:
                yield index, error.messages


def _count(values: Sequence[Any], *, commas: bool) -> int:
    if not commas or len(values) > MOST_VALUES:
        return len(values)
    return len(values) + sum(value.count(",") for value in values if isinstance(value, str))


class QueryNumber(JsonField):
    """A whole number from `low`, as the component `named`."""

    def __init__(self, named: str, low: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.named, self.low = named, low

    def json_schema(self) -> JsonSchema:
        return component(self.named)

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        number = number_in_url(value) if isinstance(value, str) else whole_number(value)
        if number is None or not self.low <= number <= MAX_ID:
            raise ValidationError(f"{shown(value)} is no whole number from {self.low}.")
        return number


class QueryId(JsonField):
    def json_schema(self) -> JsonSchema:
        return component("Id")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        number = id_of(number_in_url(value) if isinstance(value, str) else value)
        if number is None:
            raise ValidationError(f"{shown(value)} is no id: a whole number from 1 to {MAX_ID}.")
        return number


class QueryFlag(JsonField):
    WORDS = {"0": False, "1": True, "false": False, "true": True}

    def json_schema(self) -> JsonSchema:
        return component("QueryFlag")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> bool:
        word = str(value).lower() if isinstance(value, (bool, int)) else value
        if not isinstance(word, str) or word not in self.WORDS:
            raise ValidationError(f"{shown(value)} is none of {', '.join(self.WORDS)}.")
        return self.WORDS[word]
