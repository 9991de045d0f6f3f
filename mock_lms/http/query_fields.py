"""Fields of a query: a value arrives as the text of a URL, or as JSON from the body of a GET."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from marshmallow import ValidationError, missing

from mock_lms.http import strictness
from mock_lms.http.fields import (
    MAX_ID,
    Choice,
    JsonField,
    JsonSchema,
    Text,
    component,
    first_of,
    id_of,
    number_in_url,
    shown,
    whole_number,
)

MOST_VALUES = 10_000
"""Of one parameter. No address can hold as many; the JSON body of a GET could hold millions."""

NO_NUMBER = -1
"""What no row has, where a filter's words stand for numbers."""

_TEXT = Text()
_NEGATIVE = re.compile(r"-[0-9]+(?:\.0+)?", re.ASCII)


def _ignores() -> bool:
    return strictness.current().unknown_values == "ignore"


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
                item = self.item.deserialize(value)
                if item is not missing:
                    loaded[item] = None
            except ValidationError as error:
                yield index, error.messages


def _count(values: Sequence[Any], *, commas: bool) -> int:
    if not commas or len(values) > MOST_VALUES:
        return len(values)
    return len(values) + sum(value.count(",") for value in values if isinstance(value, str))


class Word(Choice):
    """A word to filter by, as the component `named`. An unknown one finds nothing, an empty one is no filter.

    A strict tenant refuses both.
    """

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if _ignores():
            value = str(value) if type(value) is int else value
            if not value and isinstance(value, str):
                return missing
            if not isinstance(value, str) or value not in self.words:
                text = _TEXT.deserialize(value)
                return NO_NUMBER if self._stands_for_numbers else text
        return super()._deserialize(value, attr, data, **kwargs)

    @property
    def _stands_for_numbers(self) -> bool:
        return isinstance(self.words, Mapping) and isinstance(next(iter(self.words.values())), int)


class Setting(Choice):
    """A word that says how to list, not what. An unknown one counts as none; a strict tenant refuses it."""

    def json_schema(self) -> JsonSchema:
        return {"anyOf": [super().json_schema(), component("Text")]}

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        if _ignores():
            value = _TEXT.deserialize(value).lower()
            if value not in self.words:
                return missing
        return super()._deserialize(value, attr, data, **kwargs)


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


class PageNumber(QueryNumber):
    """The number of a page, or its size. One below `low` counts as none; a strict tenant refuses it."""

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        if _ignores():
            text = value if isinstance(value, str) else str(whole_number(value))
            number = number_in_url(text)
            if _NEGATIVE.fullmatch(text) or (number is not None and number < self.low):
                return int(self.load_default)
        return super()._deserialize(value, attr, data, **kwargs)


class QueryId(JsonField):
    def json_schema(self) -> JsonSchema:
        return component("Id")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> int:
        number = id_of(number_in_url(value) if isinstance(value, str) else value)
        if number is None:
            raise ValidationError(f"{shown(value)} is no id: a whole number from 1 to {MAX_ID}.")
        return number


class QueryFlag(JsonField):
    """True or false. Another word counts as none; a strict tenant refuses it."""

    WORDS = {"0": False, "1": True, "false": False, "true": True}

    def json_schema(self) -> JsonSchema:
        return component("QueryFlag")

    def _deserialize(self, value: Any, attr: str | None, data: Mapping[str, Any] | None, **kwargs: Any) -> Any:
        word = str(value).lower() if isinstance(value, (bool, int)) else value
        if _ignores():
            word = _TEXT.deserialize(word).lower()
            return self.WORDS.get(word, self.load_default)
        if not isinstance(word, str) or word not in self.WORDS:
            raise ValidationError(f"{shown(value)} is none of {', '.join(self.WORDS)}.")
        return self.WORDS[word]
