"""DELETE /learn/v1/enrollments, rule by rule, over HTTP on both databases."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.storage.tables import certificates, outbox, tracks
from tests.conftest import NewLms
from tests.support.lms import BULK, Lms

pytestmark = pytest.mark.both_databases

CASCADE = {"cascade_unenroll_from_courses_in_selected_learning_plan": True}


def names(errors: list[str], *words: object) -> bool:
    """Whether one of the errors has all of the words."""
    return any(all(str(word) in error for word in words) for error in errors)


def test_every_listed_user_leaves_every_listed_course_and_nobody_else_does(small: Lms) -> None:
    before, members = small.pairs(), small.members()
    answer = small.bulk_unenroll([11, 13], course_ids=[21, 24])
    assert answer["un_enrolled"] == [11, 13]
    assert before - small.pairs() == {(21, 11), (24, 11), (21, 13)}
    assert small.members() == members


def test_each_failing_pair_has_an_error_with_user_target_and_reason_and_stops_nobody(small: Lms) -> None:
    answer = small.bulk_unenroll([14, 99, 11], course_ids=[21, 77], learningplan_ids=[31, 88])
    assert answer["un_enrolled"] == [11]
    errors = answer["errors"]
    assert len(errors) == 3 * 4 - 2
    assert names(errors, "User 14", "not enrolled", "course 21")
    assert names(errors, "User 99", "does not exist", "course 21")
    assert names(errors, "User 11", "course 77", "does not exist")
    assert names(errors, "User 14", "not enrolled", "learning plan 31")
    assert names(errors, "User 11", "learning plan 88", "does not exist")
    assert (21, 11) not in small.pairs()
    assert (31, 11) not in small.members()


def test_un_enrolled_keeps_the_order_of_the_request_and_names_each_user_once(small: Lms) -> None:
    answer = small.bulk_unenroll([13, "11", 12, 11, 13.0], course_ids=[21, 22, 21])
    assert answer["un_enrolled"] == [13, 11, 12]
    assert answer["errors"] == ["User 13 is not enrolled in course 22."]


def test_a_thousand_users_pass(small: Lms) -> None:
    answer = small.bulk_unenroll([11, *range(2000, 2999)], course_ids=[21])
    assert answer["un_enrolled"] == [11]
    assert len(answer["errors"]) == 999


def test_a_thousand_and_one_users_are_refused_and_nothing_changes(small: Lms) -> None:
    before = small.everything()
    refusal = small.bulk_unenroll([11, *range(2000, 3000)], course_ids=[21], status=400)
    assert "1,001" in refusal["message"][0]
    assert small.everything() == before


def test_a_user_named_twice_counts_once_towards_the_cap(small: Lms) -> None:
    assert small.bulk_unenroll([11, 11, *range(2000, 2999)], course_ids=[21])["un_enrolled"] == [11]


def test_over_the_cap_the_rest_is_left_alone_if_the_policy_truncates(new_lms: NewLms, seed_file: str) -> None:
    lms = new_lms(seed=seed_file, policy="over_cap=truncate")
    answer = lms.bulk_unenroll([11, *range(2000, 2999), 13], course_ids=[21])
    assert answer["un_enrolled"] == [11]
    assert (21, 13) in lms.pairs()
    assert len(answer["errors"]) == 999


@pytest.mark.parametrize("zero", [0, "0", 0.0])
def test_the_guides_placeholder_is_ignored(small: Lms, zero: object) -> None:
    answer = small.bulk_unenroll([11], course_ids=[zero], learningplan_ids=[31])
    assert answer == {"un_enrolled": [11], "errors": []}


def test_the_placeholder_is_reported_if_the_policy_says_so(new_lms: NewLms, seed_file: str) -> None:
    lms = new_lms(seed=seed_file, policy="placeholder_zero=report")
    answer = lms.bulk_unenroll([11], course_ids=[0], learningplan_ids=[31])
    assert answer["un_enrolled"] == [11]
    assert names(answer["errors"], "User 11", "course 0")


def test_numeric_strings_and_whole_floats_are_ids(small: Lms) -> None:
    answer = small.bulk_unenroll(["11", 13.0], course_ids=["21"], learningplan_ids=[31.0])
    assert answer["un_enrolled"] == [11, 13]
    assert answer["errors"] == ["User 13 is not enrolled in learning plan 31."]


def test_names_that_the_call_does_not_know_are_ignored(small: Lms) -> None:
    assert small.bulk_unenroll([11], course_ids=[21], dry_run=True)["un_enrolled"] == [11]
    assert (21, 11) not in small.pairs()


# --- cascade


def test_without_the_cascade_the_courses_stay(small: Lms) -> None:
    before = small.pairs()
    assert small.bulk_unenroll([11, 12], learningplan_ids=[31]) == {"un_enrolled": [11, 12], "errors": []}
    assert small.members() == {(32, 11)}
    assert small.pairs() == before


def test_the_cascade_leaves_the_plans_courses_whatever_their_status(small: Lms) -> None:
    before = small.pairs()
    assert small.bulk_unenroll([12], learningplan_ids=[31], **CASCADE)["errors"] == []
    assert before - small.pairs() == {(21, 12), (22, 12)}


def test_a_shared_course_survives_the_cascade(small: Lms) -> None:
    before = small.pairs()
    small.bulk_unenroll([11], learningplan_ids=[31], **CASCADE)
    assert before - small.pairs() == {(21, 11)}


def test_a_shared_course_goes_too_if_the_policy_says_so(new_lms: NewLms, seed_file: str) -> None:
    lms = new_lms(seed=seed_file, policy="shared_courses=remove")
    before = lms.pairs()
    lms.bulk_unenroll([11], learningplan_ids=[31], **CASCADE)
    assert before - lms.pairs() == {(21, 11), (22, 11)}


def test_a_course_shared_by_two_plans_goes_when_both_are_left(small: Lms) -> None:
    before = small.pairs()
    small.bulk_unenroll([11], learningplan_ids=[31, 32], **CASCADE)
    assert before - small.pairs() == {(21, 11), (22, 11), (23, 11)}


def test_a_plans_course_that_the_user_does_not_hold_is_no_error(small: Lms) -> None:
    small.bulk_unenroll([12], course_ids=[22])
    answer = small.bulk_unenroll([12], learningplan_ids=[31], **CASCADE)
    assert answer == {"un_enrolled": [12], "errors": []}


def test_who_is_not_in_the_plan_loses_none_of_its_courses(small: Lms) -> None:
    answer = small.bulk_unenroll([13], learningplan_ids=[31], **CASCADE)
    assert answer == {"un_enrolled": [], "errors": ["User 13 is not enrolled in learning plan 31."]}
    assert (21, 13) in small.pairs()


def test_a_course_goes_though_a_plan_contains_it(small: Lms) -> None:
    assert small.bulk_unenroll([12], course_ids=[21]) == {"un_enrolled": [12], "errors": []}
    assert (21, 12) not in small.pairs()


def test_a_course_that_a_plan_contains_stays_if_the_policy_refuses(new_lms: NewLms, seed_file: str) -> None:
    lms = new_lms(seed=seed_file, policy="course_in_plan=refuse")
    answer = lms.bulk_unenroll([12, 13], course_ids=[21])
    assert answer["un_enrolled"] == [13]
    assert names(answer["errors"], "User 12", "course 21", "learning plan")
    assert lms.bulk_unenroll([12], course_ids=[21], learningplan_ids=[31])["errors"] == []


# --- tracking and certificates


def record(lms: Lms, course: int, user: int) -> Any:
    return lms.get(f"/learn/v1/enrollments/{course}/{user}")["records"]


def shown(lms: Lms, course: int, user: int) -> tuple[Any, ...]:
    (row,) = lms.items(f"/course/v1/courses/enrollments?course_id[]={course}&user_id[]={user}")
    return tuple(row[f"enrollment_{name}"] for name in ("status", "score", "completion_date", "time_spent"))


def test_enrolling_again_brings_the_completion_back(small: Lms) -> None:
    before = shown(small, 21, 11)
    assert before == ("completed", 80, "2026-02-01 10:00:00", 600)
    small.bulk_unenroll([11], course_ids=[21])
    small.call("POST", "/learn/v1/enrollments/21/11")
    assert shown(small, 21, 11) == before
    assert record(small, 21, 11)["status"] == 2


def test_after_a_reset_the_learner_starts_anew(small: Lms) -> None:
    small.bulk_unenroll([11], course_ids=[21], reset_tracks=True)
    small.call("POST", "/learn/v1/enrollments/21/11")
    assert shown(small, 21, 11) == ("enrolled", None, None, 0)
    assert record(small, 21, 11)["status"] == 0


def test_the_reset_reaches_the_cascaded_courses_and_nothing_else(small: Lms) -> None:
    before = set(small.rows(tracks))
    small.bulk_unenroll([12], learningplan_ids=[31], reset_tracks=True, **CASCADE)
    gone = before - set(small.rows(tracks))
    assert {row[:2] for row in gone} == {(22, 12)}


def test_a_plan_left_without_cascade_keeps_the_tracking_of_its_courses(small: Lms) -> None:
    before = small.rows(tracks)
    small.bulk_unenroll([11, 12], learningplan_ids=[31], reset_tracks=True)
    assert small.rows(tracks) == before


def test_if_the_policy_discards_nothing_comes_back(new_lms: NewLms, seed_file: str) -> None:
    lms = new_lms(seed=seed_file, policy="reenrollment=discard")
    lms.bulk_unenroll([11], course_ids=[21])
    lms.call("POST", "/learn/v1/enrollments/21/11")
    assert shown(lms, 21, 11) == ("enrolled", None, None, 0)


def test_certificates_stay_unless_they_are_to_go(small: Lms) -> None:
    before = small.rows(certificates)
    small.bulk_unenroll([11, 12, 13], course_ids=[21, 22], learningplan_ids=[31], reset_tracks=True, **CASCADE)
    assert small.rows(certificates) == before


def complete_the_first_plan(lms: Lms) -> None:
    """User 11 gets the certificates of course 22 and of plan 31."""
    lms.call("PUT", f"{BULK}/22/11", {"status": 2})
    assert {(11, 22, None), (11, None, 31)} <= {(row.user, row.course, row.plan) for row in _certificates(lms)}


def test_only_these_users_certificates_of_these_courses_go(small: Lms) -> None:
    complete_the_first_plan(small)
    small.bulk_unenroll([11], course_ids=[21], delete_issued_certificates=True)
    held = {(row.user, row.course, row.plan) for row in _certificates(small)}
    assert held == {(12, 22, None), (13, 21, None), (11, 22, None), (11, None, 31)}


def test_the_plans_certificate_and_those_of_its_cascaded_courses_go_too(small: Lms) -> None:
    complete_the_first_plan(small)
    small.bulk_unenroll([11, 12], learningplan_ids=[31], delete_issued_certificates=True, **CASCADE)
    held = {(row.user, row.course, row.plan) for row in _certificates(small)}
    assert held == {(13, 21, None), (11, 22, None)}  # course 22 stays with the second plan


class _Certificate:
    def __init__(self, row: Any) -> None:
        _, self.user, self.course, self.plan, *_ = row


def _certificates(lms: Lms) -> list[_Certificate]:
    return [_Certificate(row) for row in lms.rows(certificates)]


def test_a_failing_pair_keeps_its_tracking_and_certificates(small: Lms) -> None:
    small.bulk_unenroll([11], course_ids=[21])
    before = small.everything()
    everything = {"reset_tracks": True, "delete_issued_certificates": True}
    answer = small.bulk_unenroll([11], course_ids=[21], **everything)
    assert answer == {"un_enrolled": [], "errors": ["User 11 is not enrolled in course 21."]}
    assert small.everything() == before


def test_calling_again_reports_every_pair_and_changes_nothing(small: Lms) -> None:
    body: dict[str, Any] = {"course_ids": [21, 24], "learningplan_ids": [31], **CASCADE}
    small.bulk_unenroll([11, 12], **body)
    before = small.everything()
    answer = small.bulk_unenroll([11, 12], **body)
    assert answer["un_enrolled"] == []
    assert len(answer["errors"]) == 2 * 3
    assert all("not enrolled" in error for error in answer["errors"])
    assert small.everything() == before


# --- the rest


def test_errors_are_objects_if_the_policy_says_so(new_lms: NewLms, seed_file: str) -> None:
    lms = new_lms(seed=seed_file, policy="errors_style=objects")
    answer = lms.bulk_unenroll([14], course_ids=[21], learningplan_ids=[31])
    assert [{**error, "message": ""} for error in answer["errors"]] == [
        {"user_id": 14, "course_id": 21, "message": ""},
        {"user_id": 14, "learning_plan_id": 31, "message": ""},
    ]


def test_an_event_is_written_for_each_plan_and_course_that_a_user_left(small: Lms) -> None:
    small.bulk_unenroll([11, 12, 14], learningplan_ids=[31], **CASCADE)
    rows = [
        (name, user, course, plan, actor, batch) for _, name, _, user, course, plan, actor, batch in small.rows(outbox)
    ]
    deleted = "course.enrollment.deleted"
    assert sorted(rows, key=str) == sorted(
        [
            ("learningplan.enrollment.deleted", 11, None, 31, 1, 1),
            ("learningplan.enrollment.deleted", 12, None, 31, 1, 1),
            (deleted, 11, 21, None, 1, 1),
            (deleted, 12, 21, None, 1, 1),
            (deleted, 12, 22, None, 1, 1),
        ],
        key=str,
    )


def test_a_learner_may_not_unenroll_anybody(new_lms: NewLms) -> None:
    lms = new_lms()
    token = lms.log_in("mei.chen", "learner-demo")
    before = lms.everything()
    lms.call("DELETE", BULK, {"user_ids": [13001], "course_ids": [201]}, token=token, status=403)
    assert lms.everything() == before


@pytest.mark.parametrize("token", [None, "wrong", "ü"])
def test_without_a_good_token_nothing_happens(small: Lms, token: str | None) -> None:
    before = small.everything()
    body = {"user_ids": [11], "course_ids": [21]}
    headers = {"Authorization": f"Bearer {token}".encode().decode("latin-1")} if token else {}
    refusal = small.call("DELETE", BULK, body, token=None, headers=headers, status=401)
    assert refusal["status"] == 401
    assert small.everything() == before


def test_the_guides_example_gives_the_guides_answer(lms: Lms) -> None:
    answer = lms.bulk_unenroll(
        [13001, 13002, 13003],
        course_ids=[0],
        learningplan_ids=[31],
        reset_tracks=False,
        cascade_unenroll_from_courses_in_selected_learning_plan=False,
        delete_issued_certificates=False,
    )
    assert answer == {
        "un_enrolled": [13001, 13002],
        "errors": ["User 13003 is not enrolled in learning plan 31."],
    }
