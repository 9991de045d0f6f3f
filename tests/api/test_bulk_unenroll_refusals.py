"""DELETE /learn/v1/enrollments with what cannot be meant: refused, by name, and nothing is changed."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.lms import BULK, Lms


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "user_ids"),
        ({"user_ids": [11]}, "course_ids"),
        ({"user_ids": [11], "course_ids": []}, "course_ids"),
        ({"user_ids": [11], "course_ids": [0], "learningplan_ids": ["0"]}, "course_ids"),
        ({"user_ids": [], "course_ids": [21]}, "user_ids"),
        ({"course_ids": [21]}, "user_ids"),
        ({"user_ids": None, "course_ids": [21]}, "user_ids"),
        ({"user_ids": 11, "course_ids": [21]}, "user_ids"),
        ({"user_ids": "11", "course_ids": [21]}, "user_ids"),
        ({"user_ids": [0], "course_ids": [21]}, "user_ids.0"),
        ({"user_ids": [11, True], "course_ids": [21]}, "user_ids.1"),
        ({"user_ids": [11, 1.5], "course_ids": [21]}, "user_ids.1"),
        ({"user_ids": [-11], "course_ids": [21]}, "user_ids.0"),
        ({"user_ids": [1_000_000_000_000_000], "course_ids": [21]}, "user_ids.0"),
        ({"user_ids": [18446744073709551616], "course_ids": [21]}, "user_ids.0"),
        ({"user_ids": ["011"], "course_ids": [21]}, "user_ids.0"),
        ({"user_ids": ["\u0661\u0661"], "course_ids": [21]}, "user_ids.0"),
        ({"user_ids": [" 11"], "course_ids": [21]}, "user_ids.0"),
        ({"user_ids": ["1_1"], "course_ids": [21]}, "user_ids.0"),
        ({"user_ids": [[11]], "course_ids": [21]}, "user_ids.0"),
        ({"user_ids": [11], "course_ids": [21, None]}, "course_ids.1"),
        ({"user_ids": [11], "learningplan_ids": {"0": 31}}, "learningplan_ids"),
        ({"user_ids": [11], "course_ids": [21], "reset_tracks": "true"}, "reset_tracks"),
        ({"user_ids": [11], "course_ids": [21], "reset_tracks": 1}, "reset_tracks"),
        ({"user_ids": [11], "course_ids": [21], "delete_issued_certificates": None}, "delete_issued_certificates"),
        ({"user_ids": [11], "course_ids": list(range(1, 1002))}, "course_ids"),
    ],
)
def test_what_makes_no_sense_is_refused_by_its_fields_name_and_changes_nothing(
    small: Lms, body: dict[str, Any], field: str
) -> None:
    before = small.everything()
    refusal = small.call("DELETE", BULK, body, status=400)
    assert any(message.startswith(field) for message in refusal["message"]), refusal
    assert small.everything() == before


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b"user_ids",
        b'{"user_ids": [11,], "course_ids": [21]}',
        b'{"user_ids": [11], "course_ids": [21]',
        b'{"user_ids": [NaN], "course_ids": [21]}',
        b'\xff\xfe{"user_ids": [11]}',
    ],
)
def test_a_body_that_is_no_json_object_is_refused_and_changes_nothing(small: Lms, raw: bytes) -> None:
    before = small.everything()
    refusal = small.call("DELETE", BULK, raw=raw, status=400)
    assert refusal["message"][0].startswith("body")
    assert small.everything() == before
