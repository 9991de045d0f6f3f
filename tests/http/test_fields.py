"""A field accepts just what its JSON Schema does: two pictures of one thing, held against each other."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from marshmallow import ValidationError

from mock_lms.http.fields import MAX_ID, JsonField
from tests.support.contract import validator
from tests.support.schemas import BODIES

FIELDS = {
    f"{cls.__name__}.{name}": field
    for cls in BODIES
    for name, field in cls._declared_fields.items()
    if isinstance(field, JsonField)
}

texts = st.text(max_size=12) | st.from_regex(r"[0-9]{1,17}", fullmatch=True) | st.sampled_from(["\x00", "x" * 256])
dates = st.from_regex(r"[0-9]{4}-[01][0-9]-[0-3][0-9]( [0-2][0-9]:[0-6][0-9]:[0-6][0-9])?", fullmatch=True)
words = st.sampled_from(["mandatory", "elearning", "published", "user", "subscribed", "3", "-2", "7", "0", "08"])
numbers = (
    st.integers(-3, 10)
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.integers(-3, 10).map(float)
    | st.sampled_from([MAX_ID, MAX_ID + 1, 1e6, 1e6 + 1])
)
scalars = st.none() | st.booleans() | numbers | texts | dates | words
values = (
    scalars | st.lists(scalars, max_size=4) | st.dictionaries(st.sampled_from(["user_ids", "x"]), scalars, max_size=2)
)


@pytest.mark.parametrize("name", FIELDS)
@given(value=values)
@example(value="2024-02-29")
@example(value="2023-02-29")
@example(value="2026-04-31 00:00:00")
@example(value="2026-01-01T00:00:00")
@example(value="٣")
@example(value=[1, "2", 3.0])
@example(value=[0])
@example(value=[True])
def test_a_field_accepts_just_what_its_schema_does(name: str, value: Any) -> None:
    field = FIELDS[name]
    try:
        field.deserialize(value)
    except ValidationError:
        accepted = False
    else:
        accepted = True
    assert accepted == validator(field.json_schema()).is_valid(value)
