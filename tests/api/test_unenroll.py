"""DELETE /learn/v1/enrollments/{course_id}/{user_id} (`unenroll`): one user, one course, all flags false."""

from __future__ import annotations

import pytest

from mock_lms.storage.tables import certificates, tracks
from tests.conftest import NewLms
from tests.support.lms import Lms
from tests.support.small import enrollment_ids, happened, one, progress

pytestmark = pytest.mark.both_databases


def test_the_answer_is_the_own_id_that_the_enrollment_had(small: Lms) -> None:
    ids = enrollment_ids(small)
    for course, user in ((21, 13), (21, 11), (22, 12)):
        assert small.call("DELETE", one(course, user))["data"] == {"deleted_enrollment": ids[course, user]}
    assert len({ids[pair] for pair in ids}) == len(ids)


def test_the_id_stays_the_same_through_updates_and_is_another_after_enrolling_again(small: Lms) -> None:
    first = enrollment_ids(small)[22, 11]
    small.call("PUT", one(22, 11), {"status": 2, "level": 4})
    assert small.call("DELETE", one(22, 11))["data"]["deleted_enrollment"] == first
    small.call("POST", one(22, 11))
    assert small.call("DELETE", one(22, 11))["data"]["deleted_enrollment"] != first


def test_only_that_enrollment_goes_and_the_learning_plans_stay(small: Lms) -> None:
    pairs, members = small.pairs(), small.members()
    small.call("DELETE", one(21, 11))
    assert pairs - small.pairs() == {(21, 11)}
    assert small.members() == members


def test_tracking_and_certificates_stay(small: Lms) -> None:
    before = small.rows(tracks), small.rows(certificates)
    shown = progress(small, 21, 11)
    small.call("DELETE", one(21, 11))
    assert (small.rows(tracks), small.rows(certificates)) == before
    small.call("POST", one(21, 11))
    assert progress(small, 21, 11) == shown == ("completed", 80, "2026-02-01 10:00:00", 600)


def test_flags_of_the_bulk_call_are_ignored_here(small: Lms) -> None:
    before = small.rows(tracks), small.rows(certificates)
    small.call("DELETE", one(21, 11) + "?reset_tracks=1", {"reset_tracks": True, "delete_issued_certificates": True})
    assert (small.rows(tracks), small.rows(certificates)) == before


@pytest.mark.parametrize(
    ("course", "user", "problem"),
    [
        (21, 14, "User 14 is not enrolled in course 21."),
        (24, 13, "User 13 is not enrolled in course 24."),
        (21, 99, "User 99 does not exist."),
        (99, 11, "There is no course 99."),
        (31, 11, "There is no course 31."),
    ],
)
def test_where_there_is_no_enrollment_it_is_a_404(small: Lms, course: int, user: int, problem: str) -> None:
    before = small.everything()
    refusal = small.call("DELETE", one(course, user), status=404)
    assert refusal == {"name": "Not Found", "message": [problem], "code": 404, "status": 404}
    assert small.everything() == before


def test_the_second_time_it_is_a_404(small: Lms) -> None:
    small.call("DELETE", one(21, 11))
    small.call("DELETE", one(21, 11), status=404)
    assert len(happened(small)) == 1


def test_where_there_is_no_enrollment_it_is_a_zero_if_the_policy_says_so(new_lms: NewLms, seed_file: str) -> None:
    lms = new_lms(seed=seed_file, policy="unenroll_missing=zero")
    before = lms.everything()
    assert lms.call("DELETE", one(21, 14))["data"] == {"deleted_enrollment": 0}
    assert lms.everything() == before
    assert lms.call("DELETE", one(21, 11))["data"]["deleted_enrollment"] > 0


def test_a_course_of_a_learning_plan_of_the_user_is_refused_if_the_policy_says_so(
    new_lms: NewLms, seed_file: str
) -> None:
    lms = new_lms(seed=seed_file, policy="course_in_plan=refuse")
    before = lms.everything()
    refusal = lms.call("DELETE", one(21, 11), status=400)
    assert "plan" in refusal["message"][0]
    assert lms.everything() == before
    lms.call("DELETE", one(21, 13))  # is in no plan
    lms.call("DELETE", one(24, 11))  # no plan contains it
    lms.bulk_unenroll([11], learningplan_ids=[31])
    lms.call("DELETE", one(21, 11))
    lms.call("DELETE", one(22, 11), status=400)  # plan 32 contains it too


def test_one_event_that_is_no_batch(small: Lms) -> None:
    small.call("DELETE", one(21, 11))
    assert happened(small) == [("course.enrollment.deleted", 11, 21, 0)]


def test_a_learner_may_not_even_leave_by_themselves(lms: Lms) -> None:
    before = lms.everything()
    lms.call("DELETE", one(201, 13002), token=lms.log_in("mei.chen", "learner-demo"), status=403)
    assert lms.everything() == before


@pytest.mark.parametrize("spelling", ["/learn/v1/enrollments/21/11", "/learn/v1/enrollments/21.0/11.0"])
def test_whole_numbers_in_the_path_are_ids(small: Lms, spelling: str) -> None:
    small.call("DELETE", spelling)
    assert (21, 11) not in small.pairs()
