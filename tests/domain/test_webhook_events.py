"""What is said to have happened, without a database."""

from __future__ import annotations

from mock_lms.domain import enroll, unenroll, update, webhook_events
from mock_lms.domain.webhook_events import WebhookEvent


def test_leaving_a_plan_by_cascade_says_so_for_the_plan_and_each_course() -> None:
    decision = unenroll.Decision({21: {1, 2}}, {31: {1}}, {22: {1}}, (1, 2), ())
    assert webhook_events.unenrolled(decision) == [
        WebhookEvent("learningplan.enrollment.deleted", {1}, learning_plan_id=31),
        WebhookEvent("course.enrollment.deleted", {1, 2}, course_id=21),
    ]


def test_a_completion_replaces_the_update_that_it_is_part_of() -> None:
    decision = update.Decision({21: {1, 2}}, (), {}, {}, {}, {}, {21: {1}}, {})
    assert webhook_events.updated(decision.updated, decision.completing) == [
        WebhookEvent("course.enrollment.completed", {1}, course_id=21),
        WebhookEvent("course.enrollment.updated", {2}, course_id=21),
    ]


def test_joining_a_plan_says_so_once_for_the_plan_and_for_each_new_course() -> None:
    decision = enroll.PlanDecision({1, 2}, {21: {2}}, (), ())
    assert webhook_events.joined(31, decision) == [
        WebhookEvent("learningplan.enrollment.created", {1, 2}, learning_plan_id=31),
        WebhookEvent("course.enrollment.created", {2}, course_id=21),
    ]


def test_when_nobody_joins_nothing_happened() -> None:
    assert webhook_events.joined(31, enroll.PlanDecision(set(), {}, (1,), ())) == []


def test_enrolling_says_so_for_each_course() -> None:
    decision = enroll.Decision({21: {1, 2}, 22: {2}}, {21: {3}}, (), ())
    assert webhook_events.enrolled(decision.courses) == [
        WebhookEvent("course.enrollment.created", {1, 2}, course_id=21),
        WebhookEvent("course.enrollment.created", {2}, course_id=22),
    ]


def test_an_update_that_completes_nothing_says_updated_and_one_that_completes_all_does_not() -> None:
    decision = update.Decision({21: {1}, 22: {1, 2}}, (), {}, {}, {}, {}, {22: {1, 2}}, {})
    assert webhook_events.updated(decision.updated, decision.completing) == [
        WebhookEvent("course.enrollment.updated", {1}, course_id=21),
        WebhookEvent("course.enrollment.completed", {1, 2}, course_id=22),
    ]


def test_completing_a_plan_says_so_for_the_plan() -> None:
    assert webhook_events.plans_completed({31: {1, 2}}) == [
        WebhookEvent("learningplan.enrollment.completed", {1, 2}, learning_plan_id=31)
    ]
