"""The operations of the service *learningplan*."""

from __future__ import annotations

from flask import Blueprint, Response

from mock_lms.api.answers import Course, CourseEnrollment, EnrollInLearningPlanResult
from mock_lms.api.learningplan import schemas
from mock_lms.api.paging import PageRequest, page_of
from mock_lms.domain.enroll import Terms
from mock_lms.http.call import actor, tenant
from mock_lms.http.requests import envelope, load
from mock_lms.services import learning_plans, lists

bp = Blueprint("learningplan", __name__, url_prefix="/learningplan/v1/learningplans")


@bp.get("")
def list_learning_plans() -> Response:
    request = PageRequest(schemas.ListLearningPlans)
    return page_of(schemas.LearningPlan, request, lists.list_learning_plans(tenant(), request.query))


@bp.post("")
def create_learning_plan() -> Response:
    learning_plan_id = learning_plans.create_learning_plan(tenant(), load(schemas.CreateLearningPlan))
    return envelope(schemas.CreatedLearningPlan.of({"learning_plan_id": learning_plan_id}))


@bp.get("/<learning_plan_id>")
def get_learning_plan(learning_plan_id: int) -> Response:
    return envelope(schemas.LearningPlan.of(learning_plans.get_learning_plan(tenant(), learning_plan_id)))


@bp.get("/<learning_plan_id>/courses")
def list_learning_plan_courses(learning_plan_id: int) -> Response:
    request = PageRequest(schemas.ListLearningPlanCourses)
    page = lists.list_learning_plan_courses(tenant(), learning_plan_id, request.query)
    return page_of(Course, request, page)


@bp.post("/<learning_plan_id>/courses")
def add_learning_plan_courses(learning_plan_id: int) -> Response:
    course_ids = load(schemas.AddLearningPlanCourses)["course_ids"]
    added, errors = learning_plans.add_learning_plan_courses(tenant(), learning_plan_id, course_ids)
    return envelope(schemas.AddLearningPlanCoursesResult.of({"added": added, "errors": errors}))


@bp.get("/enrollments")
def list_learning_plan_enrollments() -> Response:
    request = PageRequest(schemas.ListLearningPlanEnrollments)
    page = lists.list_learning_plan_enrollments(tenant(), request.query)
    return page_of(schemas.LearningPlanEnrollment, request, page)


@bp.get("/<learning_plan_id>/courses/enrollments")
def list_learning_plan_course_enrollments(learning_plan_id: int) -> Response:
    request = PageRequest(schemas.ListLearningPlanCourseEnrollments)
    page = lists.list_learning_plan_course_enrollments(tenant(), learning_plan_id, request.query)
    return page_of(CourseEnrollment, request, page)


@bp.post("/<learning_plan_id>/enrollments/bulk")
def bulk_enroll_in_learning_plan(learning_plan_id: int) -> Response:
    body = load(schemas.BulkEnrollInLearningPlan)
    user_ids, terms = body["items"]["user_ids"], Terms(**body["options"])
    decision = learning_plans.bulk_enroll_in_learning_plan(tenant(), learning_plan_id, user_ids, terms, actor().user_id)
    return envelope(EnrollInLearningPlanResult.of_decision(learning_plan_id, decision))


@bp.post("/<learning_plan_id>/enrollments/<user_id>")
def enroll_in_learning_plan(learning_plan_id: int, user_id: int) -> Response:
    load(schemas.EnrollInLearningPlan, required=False)  # there is one status that it can name
    decision = learning_plans.enroll_in_learning_plan(tenant(), learning_plan_id, user_id, actor().user_id)
    return envelope(EnrollInLearningPlanResult.of_decision(learning_plan_id, decision))
