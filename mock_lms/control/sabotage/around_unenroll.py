"""Sabotages of the bulk unenrollment: around its rules, its service, and what it stores."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from sqlalchemy import bindparam, delete, select, update

from mock_lms.control.sabotage.registry import Target, sabotage
from mock_lms.domain import unenroll
from mock_lms.domain.enrollments import UsersById
from mock_lms.domain.unenroll import Decision, Facts, Reason, Request
from mock_lms.policy import Policy
from mock_lms.services import unenroll as service
from mock_lms.services.tenant import Tenant
from mock_lms.storage import enrollments as stored
from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.elements import among
from mock_lms.storage.tables import certificates, course_enrollments, learning_plan_enrollments, tracks

Planned = Callable[[Request, Facts, Policy], Decision]


def _requests(target: Target, change: Callable[[Request], Request]) -> None:
    """The service goes on with another request than the one that was made."""

    def other(function: Callable[[Request, Policy], Request], request: Request, policy: Policy) -> Request:
        return change(function(request, policy))

    target.around(service, "prepare", other)


def _decisions(target: Target, change: Callable[[Decision, Request, Facts], Decision]) -> None:
    """What is carried out, and answered, is another decision."""

    def other(function: Planned, request: Request, facts: Facts, policy: Policy) -> Decision:
        return change(function(request, facts, policy), request, facts)

    target.around(service, "decide", other)


def _answers(target: Target, change: Callable[[Decision, Request], Decision]) -> None:
    """What is answered is another decision than the one that was carried out."""

    def other(function: Any, tenant: Tenant, request: Request, actor_id: int) -> Decision:
        return change(function(tenant, request, actor_id), unenroll.prepare(request, tenant.policy))

    target.around(service, "bulk_unenroll", other)


@sabotage("more than 1,000 users are refused")
def no_cap(target: Target) -> None:
    target.replace(unenroll, "USER_CAP", 10**9)


@sabotage("1,000 users are taken")
def cap_at_999(target: Target) -> None:
    target.replace(unenroll, "USER_CAP", 999)


@sabotage("the last of 1,000 users is unenrolled like the first")
def drops_the_thousandth(target: Target) -> None:
    _requests(target, lambda request: replace(request, user_ids=request.user_ids[:999]))


_EMPTY = Statement(delete(course_enrollments).where(among(course_enrollments.c.course_id, "ids")))
_STRIP = Statement(delete(course_enrollments).where(among(course_enrollments.c.user_id, "users")))


@sabotage("only the listed users leave a course")
def empties_the_course(target: Target) -> None:
    def other(_: Any, transaction: Transaction, courses: UsersById) -> None:
        transaction.run(_EMPTY, ids=transaction.ids(courses.keys()))

    target.around(stored, "unenroll", other)


@sabotage("users leave only the listed courses")
def ignores_the_course_list(target: Target) -> None:
    def other(_: Any, transaction: Transaction, courses: UsersById) -> None:
        transaction.run(_STRIP, users=transaction.ids(frozenset().union(*courses.values())))

    target.around(stored, "unenroll", other)


@sabotage("every listed user leaves every listed course")
def first_pair_only(target: Target) -> None:
    def other(function: Any, transaction: Transaction, courses: UsersById) -> None:
        for course, users in list(courses.items())[:1]:
            function(transaction, {course: {min(users)}})

    target.around(stored, "unenroll", other)


@sabotage("un_enrolled names only who lost something")
def counts_requested(target: Target) -> None:
    _answers(target, lambda decision, request: replace(decision, un_enrolled=tuple(request.user_ids)))


@sabotage("every pair that fails has an entry in errors")
def swallows_errors(target: Target) -> None:
    _answers(target, lambda decision, _: replace(decision, failures=()))


@sabotage("an unknown user is an error")
def unknown_users_succeed(target: Target) -> None:
    def change(decision: Decision, request: Request) -> Decision:
        kept = tuple(each for each in decision.failures if each.reason is not Reason.UNKNOWN_USER)
        unknown = {each.user_id for each in decision.failures} - {each.user_id for each in kept}
        seen = unknown.union(decision.un_enrolled)
        return replace(decision, failures=kept, un_enrolled=tuple(u for u in request.user_ids if u in seen))

    _answers(target, change)


@sabotage("one bad pair never stops the others")
def one_bad_pair_aborts_all(target: Target) -> None:
    def change(decision: Decision, _: Request, __: Facts) -> Decision:
        return Decision({}, {}, {}, (), decision.failures) if decision.failures else decision

    _decisions(target, change)


@sabotage("a call happens whole or not at all")
def half_then_500(target: Target) -> None:
    def other(function: Any, tenant: Tenant, request: Request, actor_id: int) -> Decision:
        request = unenroll.prepare(request, tenant.policy)
        half = max(1, len(request.user_ids) // 2)
        function(tenant, replace(request, user_ids=request.user_ids[:half]), actor_id)
        raise RuntimeError("sabotage: half of the users are gone")

    target.around(service, "bulk_unenroll", other)


@sabotage("what is answered was done")
def does_nothing(target: Target) -> None:
    def other(_: Any, tenant: Tenant, request: Request, __: int) -> Decision:
        request = unenroll.prepare(request, tenant.policy)
        with tenant.database.read() as transaction:
            return unenroll.decide(request, service.unenroll_facts(transaction, request), tenant.policy)

    target.around(service, "bulk_unenroll", other)


@sabotage("calling again is harmless")
def not_idempotent(target: Target) -> None:
    def change(decision: Decision, _: Request) -> Decision:
        if not decision.un_enrolled:
            raise RuntimeError("sabotage: there is nothing to remove")
        return decision

    _answers(target, change)


# --- cascade


@sabotage("without the cascade a plan's courses stay")
def always_cascades(target: Target) -> None:
    _requests(target, lambda request: replace(request, cascade=True))


@sabotage("with the cascade a plan's courses go")
def never_cascades(target: Target) -> None:
    _requests(target, lambda request: replace(request, cascade=False))


@sabotage("the cascade spares a course that another of the user's plans contains")
def cascades_into_shared_courses(target: Target) -> None:
    def other(function: Planned, request: Request, facts: Facts, policy: Policy) -> Decision:
        return function(request, facts, replace(policy, shared_courses="remove"))

    target.around(service, "decide", other)


_COMPLETED = Statement(
    select(tracks.c.course_id, tracks.c.user_id).where(among(tracks.c.course_id, "ids"), tracks.c.status == "completed")
)


@sabotage("the cascade removes whatever the status")
def cascade_spares_completed(target: Target) -> None:
    def other(function: Any, transaction: Transaction, courses: UsersById) -> None:
        done = set(transaction.rows(_COMPLETED, ids=transaction.ids(courses.keys())))
        left = {course: {u for u in users if (course, u) not in done} for course, users in courses.items()}
        function(transaction, {course: users for course, users in left.items() if users})

    target.around(stored, "unenroll", other)


@sabotage("whoever leaves a plan is not in it any more")
def keeps_the_plan_row(target: Target) -> None:
    target.replace(stored, "leave", lambda *_: None)


@sabotage("leaving one plan leaves no other")
def leaves_every_plan(target: Target) -> None:
    everywhere = Statement(delete(learning_plan_enrollments).where(among(learning_plan_enrollments.c.user_id, "users")))

    def other(_: Any, transaction: Transaction, plans: UsersById) -> None:
        transaction.run(everywhere, users=transaction.ids(frozenset().union(*plans.values())))

    target.around(stored, "leave", other)


# --- tracking and certificates


@sabotage("without reset_tracks the tracking stays")
def wipes_tracks_unasked(target: Target) -> None:
    _requests(target, lambda request: replace(request, reset_tracks=True))


@sabotage("with reset_tracks the tracking goes")
def keeps_tracks(target: Target) -> None:
    _requests(target, lambda request: replace(request, reset_tracks=False))


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


@sabotage("after a reset the learner starts anew")
def resurrects_after_reset(target: Target) -> None:
    def hide(_: Any, transaction: Transaction, courses: UsersById) -> None:
        for course, users in courses.items():
            transaction.run(_HIDE, ids=transaction.ids([course]), users=transaction.ids(users))

    def show(function: Any, transaction: Transaction, courses: UsersById, *given: Any, **named: Any) -> None:
        function(transaction, courses, *given, **named)
        for course, users in courses.items():
            transaction.run(_SHOW, course=course, users=transaction.ids([-user for user in users]))

    target.around(stored, "wipe_tracks", hide)
    target.around(stored, "enroll", show)


@sabotage("without the flag certificates stay")
def deletes_certificates_unasked(target: Target) -> None:
    _requests(target, lambda request: replace(request, delete_certificates=True))


@sabotage("with the flag certificates go")
def keeps_certificates(target: Target) -> None:
    _requests(target, lambda request: replace(request, delete_certificates=False))


@sabotage("only these users' certificates go")
def deletes_others_certificates(target: Target) -> None:
    def other(_: Any, transaction: Transaction, key: str, ids: UsersById) -> None:
        everybodys = Statement(delete(certificates).where(among(certificates.c[key], "ids")))
        transaction.run(everybodys, ids=transaction.ids(ids.keys()))

    target.around(stored, "revoke_certificates", other)
