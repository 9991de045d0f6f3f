"""The operations of the service *learningplan*."""

from __future__ import annotations

from flask import Blueprint, Response

from mock_lms.api.answers import Course, CourseEnrollment
from mock_lms.api.learningplan import schemas
from mock_lms.api.paging import Asked, page_of
from mock_lms.domain import enroll
from mock_lms.http.call import actor, tenant
from mock_lms.http.requests import envelope, load
from mock_lms.services import learning_plans, lists

bp = Blueprint("learningplan", __name__, url_prefix="/learningplan/v1/learningplans")


@bp.get("")
def list_learning_plans() -> Response:
    asked = Asked(schemas.ListLearningPlans)
    return page_of(schemas.LearningPlan, asked, lists.list_learning_plans(tenant(), asked.query()))


@bp.post("")
def create_learning_plan() -> Response:
    created = learning_plans.create_learning_plan(tenant(), load(schemas.CreateLearningPlan))
    return envelope(schemas.CreatedLearningPlan.of({"learning_plan_id": created}))


@bp.get("/<learning_plan_id>/courses")
def list_learning_plan_courses(learning_plan_id: int) -> Response:
    asked = Asked(schemas.ListLearningPlanCourses)
    page = lists.list_learning_plan_courses(tenant(), learning_plan_id, asked.query())
    return page_of(Course, asked, page)


@bp.post("/<learning_plan_id>/courses")
def add_learning_plan_courses(learning_plan_id: int) -> Response:
    asked = load(schemas.AddLearningPlanCourses)
    added, errors = learning_plans.add_learning_plan_courses(tenant(), learning_plan_id, asked["course_ids"])
    return envelope(schemas.AddLearningPlanCoursesResult.of({"added": added, "errors": errors}))


@bp.get("/enrollments")
def list_learning_plan_enrollments() -> Response:
    asked = Asked(schemas.ListLearningPlanEnrollments)
    page = lists.list_learning_plan_enrollments(tenant(), asked.query())
    return page_of(schemas.LearningPlanEnrollment, asked, page)


@bp.get("/<learning_plan_id>/courses/enrollments")
def list_learning_plan_course_enrollments(learning_plan_id: int) -> Response:
    asked = Asked(schemas.ListLearningPlanCourseEnrollments)
    page = lists.list_learning_plan_course_enrollments(tenant(), learning_plan_id, asked.query())
    return page_of(CourseEnrollment, asked, page)


@bp.post("/<learning_plan_id>/enrollments/bulk")
def bulk_enroll_in_learning_plan(learning_plan_id: int) -> Response:
    asked = load(schemas.BulkEnrollInLearningPlan)
    users, terms = asked["items"]["user_ids"], enroll.Terms(**asked["options"])
    return _joined(
        learning_plan_id,
        learning_plans.bulk_enroll_in_learning_plan(tenant(), learning_plan_id, users, terms, actor().user_id),
    )


@bp.post("/<learning_plan_id>/enrollments/<user_id>")
def enroll_in_learning_plan(learning_plan_id: int, user_id: int) -> Response:
    load(schemas.EnrollInLearningPlan, required=False)
    decision = learning_plans.enroll_in_learning_plan(tenant(), learning_plan_id, user_id, actor().user_id)
    return _joined(learning_plan_id, decision)


def _joined(learning_plan_id: int, decision: enroll.PlanDecision) -> Response:
    there = [f"User {user} is enrolled in learning plan {learning_plan_id} already." for user in decision.existing]
    unknown = [f"There is no user {user}." for user in decision.unknown_users]
    joined = {"enrolled": sorted(decision.joining), "errors": there + unknown}
    return envelope(schemas.EnrollInLearningPlanResult.of(joined))
