"""The operations of the service *learn*."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response

from mock_lms.api import vocabulary
from mock_lms.api.learn import schemas
from mock_lms.api.paging import Asked, page_of, paged
from mock_lms.domain.enroll import Decision as EnrollDecision
from mock_lms.domain.enroll import Terms
from mock_lms.domain.enrollments import UsersById
from mock_lms.domain.errors import NotEnrolled
from mock_lms.domain.unenroll import Failure, Request, Target
from mock_lms.domain.update import Change
from mock_lms.domain.update import Decision as UpdateDecision
from mock_lms.http.call import actor, tenant
from mock_lms.http.requests import envelope, load
from mock_lms.services import catalog, lists
from mock_lms.services import enroll as enroll_service
from mock_lms.services import unenroll as unenroll_service
from mock_lms.services import update as update_service

bp = Blueprint("learn", __name__, url_prefix="/learn/v1")


@bp.delete("/enrollments")
def bulk_unenroll() -> Response:
    decision = unenroll_service.bulk_unenroll(tenant(), Request(**load(schemas.BulkUnenroll)), actor().user_id)
    error_of = str if tenant().policy.errors_style == "strings" else _failure
    errors = [error_of(failure) for failure in decision.failures]
    return envelope(schemas.BulkUnenrollResult.of({"un_enrolled": decision.un_enrolled, "errors": errors}))


def _failure(failure: Failure) -> dict[str, Any]:
    key = "course_id" if failure.target is Target.COURSE else "learning_plan_id"
    return {"user_id": failure.user_id, key: failure.target_id, "message": str(failure)}


@bp.get("/enrollments")
def list_enrollments() -> Response:
    asked = Asked(schemas.ListEnrollments)
    of_courses, of_plans = _halves(asked)
    courses, plans = lists.list_enrollments(tenant(), of_courses, of_plans)
    items = schemas.Enrollment.of_rows(courses.names, courses.rows) if courses.rows else []
    if plans.rows:
        items += schemas.Enrollment.of_rows(plans.names, plans.rows)
    return paged(asked, items, courses.total + plans.total, links=[])


def _halves(asked: Asked) -> tuple[lists.Query | None, lists.Query | None]:
    """The list has two halves, course and learning plan enrollments; a filter on one leaves the other out."""
    given = asked.filters
    both = {name: given.get(name) for name in ("users", "statuses", "updated_from", "updated_to")}
    both["search"] = given.get("search_text") or given.get("search")
    if not actor().is_superadmin:
        both["users"] = [actor().user_id]
    types = given.get("types") or []
    names_courses = given.get("courses") or given.get("course_codes")
    names_plans = given.get("plans") or given.get("plan_codes")
    course_types = [kind for kind in types if kind != "learning_plan"]
    of_courses = asked.query(
        **both,
        courses=given.get("courses"),
        codes=given.get("course_codes"),
        types=course_types,
        levels=[int(given["level"])] if given.get("level") else None,
        outside_plans=given.get("exclude_courses_in_lp") or None,
    )
    of_plans = asked.query(**both, plans=given.get("plans"), codes=given.get("plan_codes"))
    wants_courses = (names_courses or not names_plans) and (course_types or not types)
    wants_plans = (names_plans or not names_courses) and ("learning_plan" in types or not types)
    wants_plans = wants_plans and not given.get("level")
    return (of_courses if wants_courses else None), (of_plans if wants_plans else None)


@bp.post("/enrollments")
def bulk_enroll() -> Response:
    body = load(schemas.BulkEnroll)
    user_ids, course_ids, atomic = body.pop("user_ids"), body.pop("course_ids"), body.pop("atomic")
    terms = Terms(**body)
    return _enrolled(enroll_service.bulk_enroll(tenant(), user_ids, course_ids, terms, actor().user_id, atomic=atomic))


@bp.post("/enrollments/<course_id>/<user_id>")
def enroll(course_id: int, user_id: int) -> Response:
    terms = Terms(**load(schemas.Enroll, required=False))
    return _enrolled(enroll_service.enroll(tenant(), course_id, user_id, terms, actor().user_id))


def _enrolled(decision: EnrollDecision) -> Response:
    enrolled = _pairs(decision.courses, "id_course", "id_user", waiting=False)
    buckets: dict[str, Any] = {
        "existing_enrollments": _pairs(decision.existing, "id_course", "id_user"),
        "invalid_users": list(decision.unknown_users),
        "invalid_courses": list(decision.unknown_courses),
    }
    buckets = {name: entries for name, entries in buckets.items() if entries}
    style = tenant().policy.enroll_errors
    if style == "echo":
        buckets["enrolled"] = enrolled
    errors: Any = [buckets] if buckets else []
    if style == "object" and buckets:
        errors = buckets
    return envelope(schemas.EnrollResult.of({"enrolled": enrolled, "errors": errors}))


def _pairs(users_by_course: UsersById, course: str, user: str, **more: Any) -> list[dict[str, Any]]:
    return [
        {user: user_id, course: course_id, **more}
        for course_id, users in users_by_course.items()
        for user_id in sorted(users)
    ]


@bp.put("/enrollments")
def bulk_update_enrollments() -> Response:
    body = load(schemas.BulkUpdateEnrollments)
    old = body.pop("user_id", None), body.pop("course_id", None)
    new = body.pop("user_ids", None), body.pop("course_ids", None)
    user_ids, course_ids = new if all(new) else old
    change = Change(**body)
    return _updated(update_service.bulk_update_enrollments(tenant(), user_ids, course_ids, change, actor().user_id))


@bp.put("/enrollments/<course_id>/<user_id>")
def update_enrollment(course_id: int, user_id: int) -> Response:
    change = Change(**load(schemas.UpdateEnrollment))
    return _updated(update_service.update_enrollment(tenant(), course_id, user_id, change, actor().user_id))


def _updated(decision: UpdateDecision) -> Response:
    missing = [{"course_id": course, "user_id": user} for course, user in decision.missing]
    not_updated = [{"invalid_enrollments": missing}] if missing else []
    updated = _pairs(decision.updated, "course_id", "user_id")
    return envelope(schemas.UpdateResult.of({"updated": updated, "not_updated": not_updated}))


@bp.get("/enrollments/<course_id>/<user_id>")
def get_enrollment(course_id: int, user_id: int) -> Response:
    if not actor().is_superadmin and actor().user_id != user_id:
        raise NotEnrolled(user_id, course_id)
    record = lists.get_enrollment(tenant(), course_id, user_id) | {"enrollment_fields": []}
    if tenant().policy.record_status == "integer":
        record["status"] = vocabulary.STATUS_NUMBER[record["status"]]
    return envelope({"records": schemas.EnrollmentRecord.of(record)})


@bp.delete("/enrollments/<course_id>/<user_id>")
def unenroll(course_id: int, user_id: int) -> Response:
    deleted = unenroll_service.unenroll(tenant(), course_id, user_id, actor().user_id)
    return envelope(schemas.UnenrollResult.of({"deleted_enrollment": deleted}))


@bp.get("/courses")
def list_learn_courses() -> Response:
    asked = Asked(schemas.ListLearnCourses)
    return page_of(schemas.LearnCourse, asked, lists.list_learn_courses(tenant(), asked.query()))


@bp.post("/courses")
def create_course() -> Response:
    created = catalog.create_course(tenant(), load(schemas.CreateCourse))
    return envelope(schemas.CreatedCourse.of({"id_course": created}))


@bp.get("/lp")
def list_lp() -> Response:
    asked = Asked(schemas.ListLp)
    return page_of(schemas.Lp, asked, lists.list_lp(tenant(), asked.query()))
