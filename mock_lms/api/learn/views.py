"""The operations of the service *learn*."""

from __future__ import annotations

from flask import Blueprint, Response

from mock_lms.api.answers import EnrollInLearningPlanResult
from mock_lms.api.learn import batch, lp_schemas, pending_schemas, results, schemas
from mock_lms.api.paging import PageRequest, page_of
from mock_lms.domain.enroll import Terms, Whom
from mock_lms.domain.unenroll import Request
from mock_lms.domain.update import Change
from mock_lms.http.call import actor, tenant
from mock_lms.http.requests import envelope, load
from mock_lms.services import batch as batch_service
from mock_lms.services import enroll as enroll_service
from mock_lms.services import (
    learning_plans,
    lists,
    people,
)
from mock_lms.services import unenroll as unenroll_service
from mock_lms.services import update as update_service

bp = Blueprint("learn", __name__, url_prefix="/learn/v1")


@bp.delete("/enrollments")
def bulk_unenroll() -> Response:
    request = Request(**load(schemas.BulkUnenroll))
    decision = unenroll_service.bulk_unenroll(tenant(), request, actor().user_id)
    return envelope(results.BulkUnenrollResult.of_decision(decision, tenant().policy))


@bp.get("/enrollments")
def list_enrollments() -> Response:
    request = PageRequest(schemas.ListEnrollments)
    halves = lists.list_enrollments(tenant(), request.query, actor())
    return page_of(schemas.Enrollment, request, *halves, links=[])


@bp.post("/enrollments")
def bulk_enroll() -> Response:
    body = load(schemas.BulkEnroll)
    whom = Whom(body.pop("user_ids"), body.pop("group_ids"), body.pop("branch_ids"))
    course_ids, atomic = body.pop("course_ids"), body.pop("atomic")
    decision = enroll_service.bulk_enroll(tenant(), whom, course_ids, Terms(**body), actor().user_id, atomic=atomic)
    return envelope(results.EnrollResult.of_decision(decision, tenant().policy))


@bp.post("/enrollments/<course_id>/<user_id>")
def enroll(course_id: int, user_id: int) -> Response:
    terms = Terms(**load(schemas.Enroll, required=False))
    decision = enroll_service.enroll(tenant(), course_id, user_id, terms, actor().user_id)
    return envelope(results.EnrollResult.of_decision(decision, tenant().policy))


@bp.put("/enrollments")
def bulk_update_enrollments() -> Response:
    body = load(schemas.BulkUpdateEnrollments)
    user_ids, course_ids = body.pop("user_ids"), body.pop("course_ids")
    change = Change(**body)
    decision = update_service.bulk_update_enrollments(tenant(), user_ids, course_ids, change, actor().user_id)
    return envelope(results.UpdateResult.of_decision(decision))


@bp.put("/enrollments/<course_id>/<user_id>")
def update_enrollment(course_id: int, user_id: int) -> Response:
    change = Change(**load(schemas.UpdateEnrollment))
    decision = update_service.update_enrollment(tenant(), course_id, user_id, change, actor().user_id)
    return envelope(results.UpdateResult.of_decision(decision))


@bp.get("/enrollments/<course_id>/<user_id>")
def get_enrollment(course_id: int, user_id: int) -> Response:
    row = lists.get_enrollment(tenant(), course_id, user_id, actor())
    return envelope({"records": schemas.EnrollmentRecord.of_row(row, tenant().policy)})


@bp.delete("/enrollments/<course_id>/<user_id>")
def unenroll(course_id: int, user_id: int) -> Response:
    enrollment_id = unenroll_service.unenroll(tenant(), course_id, user_id, actor().user_id)
    return envelope(results.UnenrollResult.of({"deleted_enrollment": enrollment_id}))


@bp.post("/enrollment/batch")
def batch_enroll() -> Response:
    body = load(schemas.BatchEnroll)
    items, options = body["items"], body["options"]
    rows = batch.rows_to_enroll(items, options, tenant().policy, tenant().now())
    with_inactive = batch.is_on(options, "enroll_disabled_users")
    outcomes = batch_service.batch_enroll(tenant(), rows, actor().user_id, with_inactive=with_inactive)
    return envelope(results.BatchRow.of_outcomes(outcomes))


@bp.delete("/enrollment/batch")
def batch_unenroll() -> Response:
    body = load(schemas.BatchUnenroll)
    rows = batch.rows_to_unenroll(body["items"], body["options"])
    return envelope(results.BatchRow.of_outcomes(batch_service.batch_unenroll(tenant(), rows, actor().user_id)))


@bp.delete("/enrollment/<course_id>/<user_id>")
def unenroll_singular(course_id: int, user_id: int) -> Response:
    enrollment_id = unenroll_service.unenroll_singular(tenant(), course_id, user_id, actor().user_id)
    return envelope(results.UnenrollResult.of({"deleted_enrollment": enrollment_id}))


@bp.get("/enrollment/pending_users")
def list_pending_users() -> Response:
    request = PageRequest(pending_schemas.ListPendingUsers)
    return page_of(pending_schemas.PendingUser, request, people.list_pending_users(tenant(), request.query))


@bp.get("/lp")
def list_lp() -> Response:
    request = PageRequest(schemas.ListLp)
    page = lists.list_lp(tenant(), request.query, with_courses=request.values["return_courses"])
    return page_of(lp_schemas.Lp, request, page)


@bp.get("/lp/<no_word:learning_plan_id>")
def get_lp(learning_plan_id: int) -> Response:
    return envelope(lp_schemas.LpView.of(learning_plans.get_lp(tenant(), learning_plan_id)))


@bp.post("/lp/enroll")
def enroll_in_lp() -> Response:
    body = load(schemas.EnrollInLp)
    decision = learning_plans.enroll_in_lp(tenant(), body["id_lp"], body["id_user"], actor().user_id)
    return envelope(EnrollInLearningPlanResult.of_decision(body["id_lp"], decision))
