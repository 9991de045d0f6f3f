"""What a refusal says: what is the case, and what helps."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mock_lms.domain import errors

LONG = "x" * 101

# functions, so that the test makes the errors: `make mutants` says nothing of what runs while tests are collected
SENTENCES: dict[str, Callable[[], errors.LmsError]] = {
    "user_ids.3: is no id.": lambda: errors.InvalidRequest("user_ids.3", "is no id."),
    "user_ids: 1,001 users are more than the 1,000 of one call. Send them in batches.": (
        lambda: errors.TooManyUsers(1_001, 1_000)
    ),
    "course_ids, learningplan_ids: at least one course or learning plan is needed.": errors.NoTarget,
    "course_id: a learning plan of user 11 contains course 21. Leave the plan first.": (
        lambda: errors.HeldByLearningPlan(11, 21)
    ),
    "The access token is missing or not good. POST /oauth2/token gives one; it works for an hour.": errors.InvalidToken,
    "The control token is missing or wrong. The server prints it when it starts.": errors.InvalidControlToken,
    "A page of another origin (https://a.test) may not control the mock.": lambda: errors.ForeignPage("https://a.test"),
    "This call needs a superadmin's token.": errors.NotAllowed,
    "User 11 does not exist.": lambda: errors.UserNotFound(11),
    "Course 21 does not exist.": lambda: errors.CourseNotFound(21),
    "Learning plan 31 does not exist.": lambda: errors.LearningPlanNotFound(31),
    "Group 7 does not exist.": lambda: errors.GroupNotFound(7),
    "User 11 is not enrolled in course 21.": lambda: errors.NotEnrolled(11, 21),
    "No list gave this cursor. A list gives one when it is asked with get_cursor=1.": errors.CursorNotFound,
    "There is no tenant acme.": lambda: errors.TenantNotFound("acme"),
    "There is no snapshot monday.": lambda: errors.SnapshotNotFound("monday"),
    "There is a user ana already.": lambda: errors.UsernameTaken("ana"),
    "There is a tenant acme already.": lambda: errors.TenantExists("acme"),
    "The journal no longer has calls 5 to 9, so nothing can be said. Verify more often, with `since` the last call of "
    "the time before; or clear the journal first.": lambda: errors.JournalIncomplete(since=4, evicted=9),
    "The body is larger than the 65,536 bytes that are taken. Send less at a time.": lambda: errors.BodyTooLarge(
        65_536
    ),
    "Content-Encoding: 'gzip' is not decoded here. Send the body as it is, without this header.": (
        lambda: errors.EncodedBody("gzip")
    ),
    "8 calls wait in this worker, which is as many as may. Call again when some have ended.": (
        lambda: errors.TooManyWaiting(8)
    ),
    "Down for maintenance.": lambda: errors.Injected(503, "Down for maintenance."),
    "Too many calls. Retry-After says when to come back.": lambda: errors.QuotaExceeded("7"),
    "The host 'a.test' is not served here. Use localhost, an address, or the name in --host; or start the server with "
    "--allow-host and this name, without the port.": lambda: errors.HostNotServed("a.test"),
    "The disk under the mock fails (EIO). Nothing was changed. Look at the disk, then call again.": (
        lambda: errors.StorageFailed("EIO")
    ),
    "The disk under the mock is full (ENOSPC). The call may have been carried out in part. Make room, then look before "
    "you repeat it.": lambda: errors.DiskFull("ENOSPC", may_be_in_part=True),
}


@pytest.mark.parametrize("sentence", SENTENCES)
def test_a_refusal_says_what_is_the_case_and_what_helps(sentence: str) -> None:
    assert str(SENTENCES[sentence]()) == sentence


def test_a_callers_text_is_cut_before_it_is_repeated() -> None:
    assert str(errors.TenantNotFound(LONG)) == f"There is no tenant {'x' * 100}."
    assert str(errors.SnapshotNotFound(LONG)) == f"There is no snapshot {'x' * 100}."
    assert f"({'x' * 100})" in str(errors.ForeignPage(LONG))
    assert f"'{'x' * 100}'" in str(errors.HostNotServed(LONG))
    assert f"'{'x' * 60}'" in str(errors.EncodedBody(LONG))


def test_a_refusal_carries_what_the_answer_is_made_of() -> None:
    assert errors.NoTarget().field == "course_ids, learningplan_ids"
    assert (errors.TenantNotFound(LONG).name, errors.TenantExists("acme").name) == (LONG, "acme")
    assert errors.StorageFailed("EIO").reason == "EIO"
    injected = errors.Injected(503, "Down.", "5")
    assert (injected.status, injected.retry_after) == (503, "5")
    quota = errors.QuotaExceeded("Sun, 01 Mar 2026 12:00:07 GMT", "Sun, 01 Mar 2026 12:00:00 GMT")
    assert (quota.status, quota.retry_after) == (429, "Sun, 01 Mar 2026 12:00:07 GMT")
    assert quota.date == "Sun, 01 Mar 2026 12:00:00 GMT"
