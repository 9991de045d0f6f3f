"""Sabotages of enrolling, updating and enrolling again."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, null, select, update

from mock_lms.control.sabotage.registry import Part, Target, wrong
from mock_lms.control.sabotage.unenrollments import instead
from mock_lms.domain import enroll
from mock_lms.domain import update as updating
from mock_lms.domain.enrollments import Status, UsersById
from mock_lms.domain.errors import NotEnrolled
from mock_lms.services import enroll as enroll_service
from mock_lms.services import learning_plans as plan_service
from mock_lms.services import unenroll as unenroll_service
from mock_lms.services import update as update_service
from mock_lms.services.tenant import Tenant
from mock_lms.storage import enrollments as stored
from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.elements import among
from mock_lms.storage.tables import course_enrollments, tracks

# --- enrolling


def _enrolls(change: Callable[[enroll.Decision, list[int]], enroll.Decision]) -> Part:
    """Changes the decision that is carried out and answered. `change` gets the decision and the users."""

    def commit(target: Target) -> None:
        def other(function: Any, user_ids: Iterable[int], *args: Any, **kwargs: Any) -> enroll.Decision:
            return change(function(user_ids, *args, **kwargs), list(user_ids))

        target.around(enroll_service, "decide", other)

    return commit


def _without_the_last(decision: enroll.Decision, user_ids: list[int]) -> enroll.Decision:
    left = {course: who - set(user_ids[-1:]) for course, who in decision.courses.items()} if user_ids[1:] else {}
    return replace(decision, courses={course: who for course, who in left.items() if who} or decision.courses)


def _reset_existing(target: Target) -> None:
    existing: list[UsersById] = []

    def decide(function: Any, *args: Any, **kwargs: Any) -> enroll.Decision:
        decision: enroll.Decision = function(*args, **kwargs)
        existing[:] = [decision.existing]
        return decision

    def enroll_in_courses(function: Any, tenant: Tenant, transaction: Transaction, *args: Any) -> None:
        stored.wipe_tracks(transaction, existing.pop())
        function(tenant, transaction, *args)

    target.around(enroll_service, "decide", decide)
    target.around(enroll_service, "enroll_in_courses", enroll_in_courses)


def _answers_and_stores_nothing(target: Target) -> None:
    singly: list[bool] = []

    def enroll_one(function: Any, *args: Any) -> enroll.Decision:
        singly.append(True)
        try:
            decision: enroll.Decision = function(*args)
        finally:
            singly.clear()
        return decision

    def enroll_in_courses(function: Any, *args: Any) -> None:
        if not singly:
            function(*args)

    target.around(enroll_service, "enroll", enroll_one)
    target.around(enroll_service, "enroll_in_courses", enroll_in_courses)


def _plan_enrolls_in_one(target: Target) -> None:
    def other(function: Any, tenant: Tenant, transaction: Transaction, courses: UsersById, *args: Any) -> None:
        function(tenant, transaction, dict(list(courses.items())[:1]), *args)

    target.around(plan_service, "enroll_in_courses", other)


wrong(
    "enrolling",
    enroll_ignores_the_last_user=("who is listed last is enrolled, too", _enrolls(_without_the_last)),
    enroll_stops_for_existing=(
        "who is enrolled already never stops the others",
        _enrolls(lambda decision, _: replace(decision, courses={}) if decision.existing else decision),
    ),
    enroll_hides_what_is_unknown=(
        "enrolling names the users and courses that do not exist",
        _enrolls(lambda decision, _: replace(decision, unknown_users=(), unknown_courses=())),
    ),
    single_enrollment_is_not_stored=("a user who is enrolled singly is in the course", _answers_and_stores_nothing),
    enrolling_twice_resets=("enrolling who is enrolled changes nothing", _reset_existing),
    plan_enrolls_in_one_course=("enrolling in a plan enrolls in all of its courses, or none", _plan_enrolls_in_one),
)

# --- updating

_EVERYBODY = Statement(
    select(course_enrollments.c.user_id).where(course_enrollments.c.course_id == bindparam("course"))
)


def _updates(change: Callable[[Transaction, UsersById], UsersById]) -> Part:
    """Updates other enrollments than the decision and the answer say."""

    def other(function: Any, transaction: Transaction, courses: UsersById, *args: Any, **kwargs: Any) -> None:
        function(transaction, change(transaction, courses), *args, **kwargs)

    def commit(target: Target) -> None:
        for function in ("update_enrollments", "update_tracks"):
            target.around(stored, function, other)

    return commit


def _everybody(transaction: Transaction, courses: UsersById) -> UsersById:
    return {course: {row[0] for row in transaction.rows(_EVERYBODY, course=course)} for course in courses}


def _decides(
    of: Callable[[updating.Change], updating.Change] = lambda change: change,
    into: Callable[[updating.Decision, updating.Change], updating.Decision] = lambda decision, _: decision,
) -> Part:
    """An update is decided of another change, or into another decision."""

    def commit(target: Target) -> None:
        def other(function: Any, users_: Any, courses: Any, change: updating.Change, *args: Any) -> updating.Decision:
            return into(function(users_, courses, of(change), *args), change)

        target.around(update_service, "decide", other)

    return commit


def _in_progress_instead_of(status: Status) -> Part:
    return _decides(lambda change: replace(change, status=Status.IN_PROGRESS) if change.status is status else change)


def _clears_the_score(decision: updating.Decision, change: updating.Change) -> updating.Decision:
    return replace(decision, tracking={**decision.tracking, "score": change.score})


def _keeps_the_date(decision: updating.Decision, change: updating.Change) -> updating.Decision:
    if change.status is Status.COMPLETED:
        return decision
    tracking = {name: value for name, value in decision.tracking.items() if name != "completed_at"}
    return replace(decision, tracking=tracking)


wrong(
    "updating",
    updates_everybody=("an update changes nobody but the listed users", _updates(_everybody)),
    updates_the_first_course_only=(
        "an update changes every listed course",
        _updates(lambda _, courses: dict(list(courses.items())[:1])),
    ),
    completed_is_stored_as_in_progress=(
        "who is updated to completed is completed",
        _in_progress_instead_of(Status.COMPLETED),
    ),
    suspended_is_stored_as_in_progress=(
        "who is updated to suspended is suspended",
        _in_progress_instead_of(Status.SUSPENDED),
    ),
    update_ignores_the_score=(
        "an update sets the score that it sends",
        _decides(of=lambda change: replace(change, score=None)),
    ),
    update_clears_what_is_not_sent=("an update leaves what it does not send", _decides(into=_clears_the_score)),
    update_hides_who_is_not_enrolled=(
        "an update names who is not enrolled",
        _decides(into=lambda decision, _: replace(decision, missing=())),
    ),
    going_back_keeps_the_completion_date=(
        "who has not completed a course any more has no completion date",
        _decides(into=_keeps_the_date),
    ),
)

# --- enrolling again

_HIDE = Statement(
    update(tracks)
    .where(among(tracks.c.course_id, "ids"), among(tracks.c.user_id, "users"))
    .values(user_id=-tracks.c.user_id)
)
_SHOW = Statement(
    update(tracks)
    .where(tracks.c.course_id == bindparam("course"), among(tracks.c.user_id, "users"))
    .values(user_id=-tracks.c.user_id)
)


def _resurrect(target: Target) -> None:
    def hide(_: Any, transaction: Transaction, courses: UsersById) -> None:
        for course, who in courses.items():
            transaction.run(_HIDE, ids=transaction.ids([course]), users=transaction.ids(who))

    def show(function: Any, transaction: Transaction, courses: UsersById, *args: Any, **kwargs: Any) -> None:
        function(transaction, courses, *args, **kwargs)
        for course, who in courses.items():
            transaction.run(_SHOW, course=course, users=transaction.ids([-user for user in who]))

    target.around(stored, "wipe_tracks", hide)
    target.around(stored, "enroll", show)


ANEW = {
    "status": "subscribed",
    "first_access_at": None,
    "last_access_at": None,
    "completed_at": None,
    "score": None,
    "time_spent": 0,
}


def _sql(value: object) -> object:
    return null() if value is None else value


def _blanks(function: str, *columns: str) -> Part:
    """Resets these columns of the tracking after `function` of `storage.enrollments`, or instead of `wipe_tracks`."""
    of_pairs = among(tracks.c.course_id, "ids"), among(tracks.c.user_id, "users")
    blank = Statement(update(tracks).where(*of_pairs).values({column: _sql(ANEW[column]) for column in columns}))

    def other(right: Any, transaction: Transaction, courses: UsersById, *args: Any, **kwargs: Any) -> None:
        if function != "wipe_tracks":
            right(transaction, courses, *args, **kwargs)
        for course, who in courses.items():
            transaction.run(blank, ids=transaction.ids([course]), users=transaction.ids(who))

    return instead(function, other)


def _resets_all_but(column: str) -> Part:
    return _blanks("wipe_tracks", *(name for name in ANEW if name != column))


def _refuse_who_left(target: Target) -> None:
    left: set[tuple[int, int]] = set()

    def unenroll(function: Any, transaction: Transaction, courses: UsersById) -> None:
        function(transaction, courses)
        left.update((course, user) for course, who in courses.items() for user in who)

    def decide(function: Any, *args: Any, **kwargs: Any) -> enroll.Decision:
        decision: enroll.Decision = function(*args, **kwargs)
        refused = {course: {user for user in who if (course, user) in left} for course, who in decision.courses.items()}
        courses = {course: who - refused[course] for course, who in decision.courses.items()}
        existing = {course: who for course, who in refused.items() if who}
        return replace(
            decision,
            courses={course: who for course, who in courses.items() if who},
            existing={**decision.existing, **existing},
        )

    target.around(stored, "unenroll", unenroll)
    target.around(enroll_service, "decide", decide)


wrong(
    "enrolling again",
    resurrects_after_reset=("after a reset the learner starts anew", _resurrect),
    reset_keeps_the_completion_date=("a reset forgets the completion date", _resets_all_but("completed_at")),
    enrolling_again_loses_the_score=("enrolling again restores the score with the status", _blanks("enroll", "score")),
    enrolling_again_is_an_error=("who left can be enrolled again", _refuse_who_left),
)

# --- the single unenrollment of who is not enrolled


def _missing(target: Target) -> None:
    def other(function: Any, *args: Any) -> int:
        try:
            return int(function(*args))
        except NotEnrolled:
            return 1

    target.around(unenroll_service, "unenroll", other)


wrong(
    "one by one",
    single_claims_who_is_not_enrolled=("the single unenrollment says where there is nothing to remove", _missing),
)
