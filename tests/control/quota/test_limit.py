"""Limits as JSON, and what is none."""

from __future__ import annotations

import json
import math
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_lms.control.quota.bucket import FORMS, MOST, Form, Limit
from mock_lms.domain.errors import InvalidRequest

limits = st.builds(
    Limit,
    calls=st.integers(1, MOST["calls"]),
    seconds=st.integers(1, MOST["seconds"]),
    form=st.sampled_from(get_args(Form)),
)


@given(limits)
def test_a_limit_survives_storage(limit: Limit) -> None:
    assert Limit.of(json.loads(json.dumps(limit.dump()))) == limit


def test_what_is_not_given_is_as_the_vendor_documents_it() -> None:
    assert Limit.of({}) == Limit(1_000, 3_600, "seconds")
    assert Limit.of({"calls": 5, "retry_after": "date"}) == Limit(5, 3_600, "date")
    assert set(FORMS) == set(get_args(Form))


def test_whole_floats_are_whole_numbers_as_in_json_schema() -> None:
    assert Limit.of({"calls": 2.0}).dump() == {"calls": 2, "seconds": 3_600, "retry_after": "seconds"}


@pytest.mark.parametrize("given", [None, 1, True, "1000", [], [1000, 3600]])
def test_a_quota_is_an_object(given: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"^quota: this must be an object with calls, seconds and retry_after$"):
        Limit.of(given)


@pytest.mark.parametrize("key", ["calls", "seconds"])
@pytest.mark.parametrize("value", [0, -1, True, None, "5", 1.5, math.nan, math.inf, [], {}, 10**400])
def test_what_is_no_whole_number_is_refused(key: str, value: Any) -> None:
    with pytest.raises(InvalidRequest, match=rf"^quota\.{key}: this must be a whole number from 1 to {MOST[key]:,}$"):
        Limit.of({key: value})


@pytest.mark.parametrize("key", ["calls", "seconds"])
def test_the_most_is_the_most(key: str) -> None:
    assert Limit.of({key: MOST[key]}).dump()[key] == MOST[key]
    with pytest.raises(InvalidRequest, match=f"{MOST[key]:,}"):
        Limit.of({key: MOST[key] + 1})


@pytest.mark.parametrize("form", [None, "", "Date", 1, True, ["date"], {}])
def test_an_unknown_form_is_told_those_that_there_are(form: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"^quota\.retry_after: this must be one of seconds, date$"):
        Limit.of({"retry_after": form})


@pytest.mark.parametrize("key", ["form", "per", "x" * 1_000, "a\nb", 1, "\ud800"])
def test_an_unknown_key_is_told_those_that_there_are(key: Any) -> None:
    with pytest.raises(
        InvalidRequest, match=r"^quota: .* is no key; there are calls, seconds and retry_after$"
    ) as said:
        Limit.of({key: 1})
    assert str(said.value).isprintable()
    assert len(str(said.value)) < 200
