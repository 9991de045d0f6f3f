"""Service *learningplan*: learning plans, their courses and enrollments."""

from __future__ import annotations

from flask import Blueprint, Response

from mock_lms.api.paging import Asked, page_of
from mock_lms.api.schemas import answers, bodies, queries
from mock_lms.domain import enroll
from mock_lms.http.call import actor, tenant
from mock_lms.http.requests import envelope, load
from mock_lms.services import learning_plans, lists

bp = Blueprint("learningplan", __name__, url_prefix="/learningplan/v1/learningplans")


@bp.get("")
def list_learning_plans() -> Response:
    asked = Asked(queries.ListLearningPlans)
    return page_of(answers.LearningPlan, asked, lists.list_learning_plans(tenant(), asked.query()))


@bp.post("")
def create_learning_plan() -> Response:
    created = learning_plans.create_learning_plan(tenant(), load(bodies.CreateLearningPlan))
    return envelope(answers.CreatedLearningPlan.of({"learning_plan_id": created}))


@bp.get("/<learning_plan_id>/courses")
def list_learning_plan_courses(learning_plan_id: int) -> Response:
    asked = Asked(queries.ListLearningPlanCourses)
    page = lists.list_learning_plan_courses(tenant(), learning_plan_id, asked.query())
    return page_of(answers.Course, asked, page)


@bp.post("/<learning_plan_id>/courses")
def add_learning_plan_courses(learning_plan_id: int) -> Response:
    asked = load(bodies.AddLearningPlanCourses)
    added, errors = learning_plans.add_learning_plan_courses(tenant(), learning_plan_id, asked["course_ids"])
    return envelope(answers.AddLearningPlanCoursesResult.of({"added": added, "errors": errors}))


@bp.get("/enrollments")
def list_learning_plan_enrollments() -> Response:
    asked = Asked(queries.ListLearningPlanEnrollments)
    page = lists.list_learning_plan_enrollments(tenant(), asked.query())
    return page_of(answers.LearningPlanEnrollment, asked, page)


@bp.get("/<learning_plan_id>/courses/enrollments")
def list_learning_plan_course_enrollments(learning_plan_id: int) -> Response:
    asked = Asked(queries.ListLearningPlanCourseEnrollments)
    page = lists.list_learning_plan_course_enrollments(tenant(), learning_plan_id, asked.query())
    return page_of(answers.CourseEnrollment, asked, page)


@bp.post("/<learning_plan_id>/enrollments/bulk")
def bulk_enroll_in_learning_plan(learning_plan_id: int) -> Response:
    asked = load(bodies.BulkEnrollInLearningPlan)
    users, terms = asked["items"]["user_ids"], enroll.Terms(**asked["options"])
    return _joined(
        learning_plan_id,
        learning_plans.bulk_enroll_in_learning_plan(tenant(), learning_plan_id, users, terms, actor().user_id),
    )


@bp.post("/<learning_plan_id>/enrollments/<user_id>")
def enroll_in_learning_plan(learning_plan_id: int, user_id: int) -> Response:
    load(bodies.EnrollInLearningPlan, required=False)
    decision = learning_plans.enroll_in_learning_plan(tenant(), learning_plan_id, user_id, actor().user_id)
    return _joined(learning_plan_id, decision)


def _joined(learning_plan_id: int, decision: enroll.PlanDecision) -> Response:
    there = [f"User {user} is enrolled in learning plan {learning_plan_id} already." for user in decision.existing]
    unknown = [f"There is no user {user}." for user in decision.unknown_users]
    joined = {"enrolled": sorted(decision.joining), "errors": there + unknown}
    return envelope(answers.EnrollInLearningPlanResult.of(joined))
