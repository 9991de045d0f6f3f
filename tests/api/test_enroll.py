"""Enrolling in courses, in bulk (`bulk_enroll`) and one by one (`enroll`)."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.storage.tables import course_enrollments
from tests.conftest import NewLms
from tests.support.lms import BULK, Lms
from tests.support.small import NOW, enroll, enrollment_ids, happened, one, progress, shown

CREATED = "course.enrollment.created"
EXISTING = {"existing_enrollments": [{"id_user": 11, "id_course": 21}]}
DONE_BEFORE = ("completed", 81, "2026-02-04 10:00:00", 500)
ANEW = ("enrolled", None, None, 0)


def pairs(entries: list[dict[str, Any]]) -> list[tuple[int, int]]:
    return [(entry["id_course"], entry["id_user"]) for entry in entries]


# --- who enters what


@pytest.mark.both_databases
def test_every_user_enters_every_course(small: Lms) -> None:
    before = small.pairs()
    answer = enroll(small, [13, 14], [22, 23])
    new = {(22, 13), (22, 14), (23, 13), (23, 14)}
    assert answer["errors"] == []
    assert sorted(pairs(answer["enrolled"])) == sorted(new)
    assert {entry["waiting"] for entry in answer["enrolled"]} == {False}
    assert small.pairs() == before | new


@pytest.mark.both_databases
def test_what_fails_is_sorted_into_buckets_and_does_not_stop_the_rest(small: Lms) -> None:
    before = small.pairs()
    answer = enroll(small, [11, 98, 14, 97], [21, 77, 22, 78])
    assert sorted(pairs(answer["enrolled"])) == [(21, 14), (22, 14)]
    (errors,) = answer["errors"]
    assert errors["invalid_users"] == [98, 97]
    assert errors["invalid_courses"] == [77, 78]
    assert sorted(pairs(errors["existing_enrollments"])) == [(21, 11), (22, 11)]
    assert small.pairs() == before | {(21, 14), (22, 14)}


def test_an_empty_bucket_is_not_in_the_answer(small: Lms) -> None:
    assert enroll(small, [11], [21])["errors"] == [EXISTING]
    assert enroll(small, [99], [21])["errors"] == [{"invalid_users": [99]}]
    assert enroll(small, [11], [99])["errors"] == [{"invalid_courses": [99]}]


@pytest.mark.both_databases
def test_who_is_enrolled_already_keeps_that_enrollment_as_it_is(small: Lms) -> None:
    before = small.rows(course_enrollments)
    enroll(small, [11], [21, 22], level=4, date_begin_validity="2026-05-01")
    assert small.rows(course_enrollments) == before


@pytest.mark.both_databases
def test_a_repeated_id_counts_once(small: Lms) -> None:
    answer = enroll(small, [14, "14", 14.0, 99, 99], [21, "21", 77, 77])
    assert pairs(answer["enrolled"]) == [(21, 14)]
    assert answer["errors"] == [{"invalid_users": [99], "invalid_courses": [77]}]
    assert [row[1] for row in small.rows(course_enrollments)].count(14) == 1


def test_a_deactivated_user_can_be_enrolled(small: Lms) -> None:
    enroll(small, [15], [21])
    assert (21, 15) in small.pairs()


@pytest.mark.both_databases
def test_a_thousand_users_enter_and_one_more_is_refused(small: Lms) -> None:
    answer = enroll(small, [14, *range(2000, 2999)], [21])
    assert pairs(answer["enrolled"]) == [(21, 14)]
    assert len(answer["errors"][0]["invalid_users"]) == 999
    before = small.everything()
    enroll(small, [13, *range(2000, 3000)], [22], status=400)
    assert small.everything() == before


@pytest.mark.both_databases
def test_an_enrollment_knows_who_made_it_and_when(small: Lms) -> None:
    enroll(small, [14], [21])
    row = shown(small, 21, 14)
    assert (row["created_by"], row["created_at"], row["date_last_updated"]) == (1, NOW, NOW)


# --- atomic


@pytest.mark.both_databases
@pytest.mark.parametrize(("users", "courses"), [([14, 11], [21]), ([14, 99], [21]), ([14], [21, 99])])
def test_an_atomic_enrollment_enrolls_nobody_if_anything_fails(
    small: Lms, users: list[int], courses: list[int]
) -> None:
    before = small.everything()
    answer = enroll(small, users, courses, atomic_enrollment=True)
    assert answer["enrolled"] == []
    assert answer["errors"] != []
    assert small.everything() == before


@pytest.mark.both_databases
def test_an_atomic_enrollment_enrolls_everybody_if_nothing_fails(small: Lms) -> None:
    answer = enroll(small, [13, 14], [22, 23], atomic_enrollment=True)
    assert (len(answer["enrolled"]), answer["errors"]) == (4, [])
    assert {(22, 13), (22, 14), (23, 13), (23, 14)} <= small.pairs()


# --- the form of errors


@pytest.mark.parametrize(
    ("policy", "when_all_succeed", "when_some_fail"),
    [
        ("list", [], [EXISTING]),
        ("object", [], EXISTING),
        (
            "echo",
            [{"enrolled": [{"id_user": 14, "id_course": 21, "waiting": False}]}],
            [EXISTING | {"enrolled": [{"id_user": 14, "id_course": 21, "waiting": False}]}],
        ),
        ("strings", [], ["User 11 is enrolled in course 21 already."]),
    ],
)
def test_errors_take_the_form_that_the_policy_says(
    new_lms: NewLms, seed_file: str, policy: str, when_all_succeed: object, when_some_fail: object
) -> None:
    lms = new_lms(seed=seed_file, policy=f"enroll_errors={policy}")
    assert enroll(lms, [14], [21])["errors"] == when_all_succeed
    lms.call("DELETE", one(21, 14))
    assert enroll(lms, [11, 14], [21])["errors"] == when_some_fail
    lms.call("DELETE", one(21, 14))
    assert lms.call("POST", one(21, 14))["data"]["errors"] == when_all_succeed


def test_a_sentence_names_everything_that_failed(new_lms: NewLms, seed_file: str) -> None:
    lms = new_lms(seed=seed_file, policy="enroll_errors=strings")
    assert enroll(lms, [11, 98, 99], [21, 97])["errors"] == [
        "User 11 is enrolled in course 21 already.",
        "There is no user 98.",
        "There is no user 99.",
        "There is no course 97.",
    ]


# --- one by one


@pytest.mark.parametrize("raw", [None, b"", b"{}", b'{"unknown": 1}'])
def test_the_body_of_a_single_enrollment_may_be_left_out(small: Lms, raw: bytes | None) -> None:
    answer = small.call("POST", one(21, 14), raw=raw)["data"]
    assert answer == {"enrolled": [{"id_user": 14, "id_course": 21, "waiting": False}], "errors": []}
    assert shown(small, 21, 14)["level"] == "student"


@pytest.mark.parametrize("raw", [b"null", b"[]", b"{", b'"3"'])
def test_a_body_that_is_no_object_is_refused_though_it_may_be_left_out(small: Lms, raw: bytes) -> None:
    small.call("POST", one(21, 14), raw=raw, status=400)
    assert (21, 14) not in small.pairs()


@pytest.mark.both_databases
@pytest.mark.parametrize(
    ("course", "user", "missing"), [(21, 99, "user 99"), (99, 11, "course 99"), (31, 11, "course 31")]
)
def test_the_single_form_answers_404_for_who_or_what_does_not_exist(
    small: Lms, course: int, user: int, missing: str
) -> None:
    before = small.everything()
    assert missing in small.call("POST", one(course, user), status=404)["message"][0].lower()
    assert small.everything() == before


@pytest.mark.both_databases
def test_the_single_form_lists_an_enrollment_that_is_there_already(small: Lms) -> None:
    before = small.everything()
    assert small.call("POST", one(21, 11))["data"] == {"enrolled": [], "errors": [EXISTING]}
    assert small.everything() == before


# --- tracking, ids, events


@pytest.mark.both_databases
def test_tracking_that_was_left_behind_comes_back(small: Lms) -> None:
    enroll(small, [13, 14], [24])
    assert progress(small, 24, 13) == DONE_BEFORE
    assert progress(small, 24, 14) == ANEW


@pytest.mark.both_databases
def test_tracking_that_was_left_behind_is_gone_if_the_policy_discards_it(new_lms: NewLms, seed_file: str) -> None:
    lms = new_lms(seed=seed_file, policy="reenrollment=discard")
    enroll(lms, [13], [24])
    assert progress(lms, 24, 13) == ANEW
    enroll(lms, [11], [21])
    assert progress(lms, 21, 11)[0] == "completed", "who is enrolled already loses nothing"


@pytest.mark.both_databases
def test_an_id_of_an_enrollment_is_never_given_twice(small: Lms) -> None:
    before = enrollment_ids(small)
    small.bulk_unenroll([11, 12, 13], course_ids=[21, 22, 23, 24])
    enroll(small, [11, 12, 13, 14], [21, 22])
    after = list(enrollment_ids(small).values())
    assert len(after) == len(set(after)) == 8
    assert not set(after) & set(before.values())


@pytest.mark.both_databases
def test_a_bulk_enrollment_writes_one_event_for_each_new_pair(small: Lms) -> None:
    enroll(small, [11, 14, 99], [21, 23])
    assert happened(small) == [(CREATED, 14, 21, 1), (CREATED, 14, 23, 1)]


def test_a_single_enrollment_is_no_batch(small: Lms) -> None:
    small.call("POST", one(21, 14))
    small.call("POST", one(21, 14))
    assert happened(small) == [(CREATED, 14, 21, 0)]


@pytest.mark.parametrize("path", [BULK, one(202, 13002)])
def test_a_learner_may_not_enroll_anybody(lms: Lms, path: str) -> None:
    before = lms.everything()
    token = lms.log_in("mei.chen", "learner-demo")
    lms.call("POST", path, {"user_ids": [13002], "course_ids": [206]}, token=token, status=403)
    assert lms.everything() == before
