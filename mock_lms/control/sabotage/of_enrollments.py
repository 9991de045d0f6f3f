"""Sabotages of what an unenrollment removes: courses, plans, the cascade, tracking and certificates."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sqlalchemy import delete, select

from mock_lms.control.sabotage import scopes as on
from mock_lms.control.sabotage.registry import Target, wrong
from mock_lms.control.sabotage.scopes import COURSE_CERTIFICATES, COURSES, PLAN_CERTIFICATES, PLANS, TRACKING
from mock_lms.control.sabotage.unenrollments import enrolls_who_fails, instead, requests, spares, takes
from mock_lms.domain.enrollments import UsersById
from mock_lms.domain.unenroll import Decision, Facts, Request
from mock_lms.policy import Policy
from mock_lms.services import unenroll as service
from mock_lms.storage.database import Statement, Transaction
from mock_lms.storage.elements import among
from mock_lms.storage.tables import certificates, course_enrollments, learning_plan_enrollments, tracks

_EMPTY = Statement(delete(course_enrollments).where(among(course_enrollments.c.course_id, "ids")))
_STRIP = Statement(delete(course_enrollments).where(among(course_enrollments.c.user_id, "users")))
_LEAVE_ALL = Statement(delete(learning_plan_enrollments).where(among(learning_plan_enrollments.c.user_id, "users")))
_COMPLETED = Statement(
    select(tracks.c.course_id, tracks.c.user_id).where(among(tracks.c.course_id, "ids"), tracks.c.status == "completed")
)


def _empty(_: Any, transaction: Transaction, courses: UsersById) -> None:
    transaction.run(_EMPTY, ids=transaction.ids(courses.keys()))


def _strip(_: Any, transaction: Transaction, courses: UsersById) -> None:
    transaction.run(_STRIP, users=transaction.ids(frozenset().union(*courses.values())))


def _first_pair(function: Any, transaction: Transaction, courses: UsersById) -> None:
    for course, users in list(courses.items())[:1]:
        function(transaction, {course: {min(users)}})


def _leave_all(_: Any, transaction: Transaction, plans: UsersById) -> None:
    transaction.run(_LEAVE_ALL, users=transaction.ids(frozenset().union(*plans.values())))


def _spare_completed(function: Any, transaction: Transaction, courses: UsersById) -> None:
    done = set(transaction.rows(_COMPLETED, ids=transaction.ids(courses.keys())))
    left = {course: {u for u in users if (course, u) not in done} for course, users in courses.items()}
    function(transaction, {course: users for course, users in left.items() if users})


def _cascade_into_shared_courses(target: Target) -> None:
    def other(function: Any, request: Request, facts: Facts, policy: Policy) -> Decision:
        decision: Decision = function(request, facts, replace(policy, shared_courses="remove"))
        return decision

    target.around(service, "decide", other)


def _revoke_everybodys(_: Any, transaction: Transaction, key: str, ids: UsersById) -> None:
    everybodys = Statement(delete(certificates).where(among(certificates.c[key], "ids")))
    transaction.run(everybodys, ids=transaction.ids(ids.keys()))


wrong(
    "courses",
    empties_the_course=("only the listed users leave a course", instead("unenroll", _empty)),
    ignores_the_course_list=("users leave only the listed courses", instead("unenroll", _strip)),
    first_pair_only=("every listed user leaves every listed course", instead("unenroll", _first_pair)),
    keeps_courses_beyond_ten=("the eleventh listed course is left like the first", spares(COURSES, on.BEYOND_TEN)),
    keeps_the_last_user=("who is listed last leaves like the others", spares(COURSES, on.BULK & on.LAST_NAMED)),
    keeps_who_is_named_twice=("who is named twice leaves like the others", spares(COURSES, on.NAMED_TWICE)),
    keeps_members_of_two_plans=(
        "a listed course is left also by who is in two plans",
        spares(COURSES, on.LISTED & on.MEMBER_OF_TWO_PLANS),
    ),
    keeps_listed_completed=(
        "a listed course is left also by who has completed it",
        spares(COURSES, on.LISTED & on.COMPLETED),
    ),
    keeps_suspended=("a course is left also by who is suspended in it", spares(COURSES, on.SUSPENDED)),
    keeps_waiting=("a course is left also by who is waiting for it", spares(COURSES, on.WAITING)),
    keeps_courses_beside_plans=(
        "a listed course is left also where plans are listed beside it",
        spares(COURSES, on.LISTED & on.TOGETHER),
    ),
    enrolls_who_is_not_enrolled=("who is not in a course is not put into it", enrolls_who_fails),
    takes_similar_users=(
        "a user stays whose id merely stands in the digits of listed ones",
        takes(COURSES, on.LISTED & on.SIMILAR_USER),
    ),
    takes_courses_numbered_as_plans=(
        "the id of a listed plan says nothing of the course with the same id",
        takes(COURSES, on.NAMED & on.NUMBERED_AS_A_PLAN),
    ),
)

wrong(
    "plans",
    keeps_the_plan_row=("whoever leaves a plan is not in it any more", instead("leave", lambda *_: None)),
    leaves_every_plan=("leaving one plan leaves no other", instead("leave", _leave_all)),
    keeps_plans_but_the_first=("every listed plan is left, not the first only", spares(PLANS, ~on.FIRST)),
    keeps_plans_beside_courses=(
        "a listed plan is left also where courses are listed beside it",
        spares(PLANS, on.TOGETHER),
    ),
    keeps_plans_of_who_is_in_two=(
        "a listed plan is left also by who is in another one",
        spares(PLANS, on.MEMBER_OF_TWO_PLANS),
    ),
    empties_the_plan=("only the listed users leave a plan", takes(PLANS, on.LISTED & ~on.NAMED)),
)

wrong(
    "cascade",
    always_cascades=("without the cascade a plan's courses stay", requests(lambda r: replace(r, cascade=True))),
    never_cascades=("with the cascade a plan's courses go", requests(lambda r: replace(r, cascade=False))),
    cascades_into_shared_courses=(
        "the cascade spares a course that another of the user's plans contains",
        _cascade_into_shared_courses,
    ),
    cascade_spares_completed=("the cascade removes whatever the status", instead("unenroll", _spare_completed)),
    cascades_subscribed_only=(
        "the cascade removes also what was begun",
        spares(COURSES, on.CASCADED & ~on.SUBSCRIBED),
    ),
    cascades_the_first_plan_only=(
        "the cascade concerns every listed plan",
        spares(COURSES, on.CASCADED & ~on.THROUGH_THE_FIRST_PLAN),
    ),
    cascades_ten_courses=(
        "the cascade concerns the eleventh course of a plan, too",
        spares(COURSES, on.CASCADED & on.BEYOND_TEN_OF_ITS_PLAN),
    ),
    cascades_without_courses_only=(
        "the cascade works also where courses are listed beside the plans",
        spares(COURSES, on.CASCADED & on.TOGETHER),
    ),
    cascade_spares_courses_of_others=(
        "the cascade spares a course only for a plan that the user is in",
        spares(COURSES, on.CASCADED & on.OF_ANY_OTHER_PLAN),
    ),
    cascade_spares_courses_left_twice=(
        "the cascade removes a course of two plans that are both left",
        spares(COURSES, on.CASCADED & on.OF_TWO_PLANS_LEFT),
    ),
    cascades_for_who_is_no_member=(
        "the cascade takes no course of a plan from who is not in the plan",
        takes(COURSES, on.IF_CASCADE & on.NAMED & on.OF_A_LISTED_PLAN & ~on.OF_A_PLAN_OF_THE_USER),
    ),
    cascades_through_plans_that_stay=(
        "the cascade takes only the courses of the listed plans",
        takes(COURSES, on.IF_CASCADE & on.NAMED & on.OF_A_PLAN_OF_THE_USER & ~on.OF_A_LISTED_PLAN),
    ),
    cascades_from_course_to_course=(
        "a listed course brings no other course of its plan with it",
        takes(COURSES, on.IF_CASCADE & on.NAMED & on.BESIDE_A_LISTED_COURSE & ~on.OF_A_LISTED_PLAN),
    ),
    cascade_empties_the_courses=(
        "the cascade takes a plan's courses from the listed users only",
        takes(COURSES, on.IF_CASCADE & ~on.NAMED & on.OF_A_LISTED_PLAN),
    ),
    cascades_from_course_to_plan=(
        "with the cascade a listed course takes nobody out of a plan",
        takes(PLANS, on.IF_CASCADE & on.NAMED & ~on.LISTED & on.HOLDS_A_COURSE_THAT_GOES),
    ),
)

wrong(
    "tracking",
    wipes_tracks_unasked=("without reset_tracks the tracking stays", requests(lambda r: replace(r, reset_tracks=True))),
    keeps_tracks=("with reset_tracks the tracking goes", requests(lambda r: replace(r, reset_tracks=False))),
    resets_the_first_course_only=("reset_tracks concerns every course that is left", spares(TRACKING, ~on.FIRST)),
    resets_no_cascaded_course=("reset_tracks concerns the cascaded courses, too", spares(TRACKING, on.CASCADED)),
    resets_everybody=(
        "only the listed users' tracking goes",
        takes(TRACKING, on.IF_RESET & on.LISTED & ~on.NAMED),
    ),
    resets_every_course_of_the_user=(
        "the tracking of courses that are not left stays",
        takes(TRACKING, on.IF_RESET & on.NAMED & ~on.LISTED & ~on.LEAVING & ~on.OF_A_LISTED_PLAN),
    ),
    resets_courses_that_stay=(
        "the tracking of a plan's courses stays where the cascade is off",
        takes(TRACKING, on.IF_RESET & on.NAMED & ~on.IF_CASCADE & on.OF_A_LISTED_PLAN & ~on.LEAVING),
    ),
    resets_who_was_not_enrolled=(
        "the tracking stays of who was not enrolled any more",
        takes(TRACKING, on.IF_RESET & on.NAMED & on.LISTED & ~on.LEAVING),
    ),
    cascade_wipes_tracks_unasked=(
        "the cascade alone resets no tracking",
        takes(TRACKING, on.CASCADED & ~on.IF_RESET),
    ),
)

wrong(
    "certificates",
    deletes_certificates_unasked=(
        "without the flag certificates stay",
        requests(lambda r: replace(r, delete_certificates=True)),
    ),
    keeps_certificates=("with the flag certificates go", requests(lambda r: replace(r, delete_certificates=False))),
    deletes_others_certificates=(
        "only these users' certificates go",
        instead("revoke_certificates", _revoke_everybodys),
    ),
    keeps_plan_certificates=(
        "with the flag the certificates of the plans go, too",
        spares(PLAN_CERTIFICATES, on.EVERYTHING),
    ),
    keeps_certificates_of_the_cascade=(
        "with the flag the certificates of cascaded courses go, too",
        spares(COURSE_CERTIFICATES, on.CASCADED),
    ),
    deletes_plan_certificates_unasked=(
        "without the flag the certificates of plans stay",
        takes(PLAN_CERTIFICATES, on.LEAVING & ~on.IF_CERTIFICATES),
    ),
    cascade_deletes_certificates=(
        "the cascade alone deletes no certificate",
        takes(COURSE_CERTIFICATES, on.CASCADED & ~on.IF_CERTIFICATES),
    ),
    reset_deletes_certificates=(
        "reset_tracks alone deletes no certificate",
        takes(COURSE_CERTIFICATES, on.LEAVING & on.IF_RESET & ~on.IF_CERTIFICATES),
    ),
    deletes_others_plan_certificates=(
        "only these users' certificates of a plan go",
        takes(PLAN_CERTIFICATES, on.IF_CERTIFICATES & on.LISTED & ~on.NAMED),
    ),
    deletes_certificates_of_other_courses=(
        "the certificates of courses that are not left stay",
        takes(COURSE_CERTIFICATES, on.IF_CERTIFICATES & on.NAMED & ~on.LEAVING & ~on.LISTED),
    ),
)

wrong(
    "one by one",
    single_takes_every_course=(
        "the single unenrollment takes one course, and no other",
        takes(COURSES, ~on.BULK & on.NAMED),
    ),
    single_wipes_tracks=("the single unenrollment leaves the tracking alone", takes(TRACKING, ~on.BULK & on.LEAVING)),
)
