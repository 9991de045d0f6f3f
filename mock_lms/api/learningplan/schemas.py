"""What the service *learningplan* takes and answers."""

from __future__ import annotations

from mock_lms.api.answers import INTEGER, NULLABLE_INTEGER, NULLABLE_TEXT, Answer, always, list_of, moment
from mock_lms.api.queries import CourseEnrollmentsQuery, ListQuery, direction, ids, sort_by, words
from mock_lms.api.vocabulary import LEARNING_PLAN, PLAN_STATUS_BY_NAME
from mock_lms.domain.values import ASSIGNMENT_TYPES
from mock_lms.http.fields import Choice, DateTime, Ids, Part, Text, Value
from mock_lms.http.requests import Body


class ListLearningPlans(ListQuery):
    search_text = Text(attribute="search")
    sort_attr = sort_by("learning_plan_id", "title", "code")
    sort_dir = direction()


class ListLearningPlanCourses(ListQuery):
    pass


class ListLearningPlanEnrollments(ListQuery):
    learning_plan_id = ids("plans")
    user_id = ids("users")
    enrollment_status = words(PLAN_STATUS_BY_NAME, "LearningPlanStatusFilter", "statuses")
    sort_attr = sort_by("learning_plan_id", "user_id", "username", "enrollment_created_at")
    sort_dir = direction()


class ListLearningPlanCourseEnrollments(CourseEnrollmentsQuery):
    pass


class LearningPlanItems(Body):
    user_ids = Ids(least=1, required=True)


class LearningPlanOptions(Body):
    assignment_type = Choice(ASSIGNMENT_TYPES, "AssignmentType")
    validity_start_at = DateTime(attribute="valid_from")
    validity_end_at = DateTime(attribute="valid_until")


class BulkEnrollInLearningPlan(Body):
    items = Part(LearningPlanItems, required=True)
    options = Part(LearningPlanOptions, load_default=dict)


class EnrollInLearningPlan(Body):
    status = Choice(("subscribed",))


class CreateLearningPlan(Body):
    title = Text("RequiredText", least=1, required=True, attribute="name")
    code = Text()
    description = Text("LongText", most=10_000)


class AddLearningPlanCourses(Body):
    course_ids = Ids(least=1, required=True)


class CreatedLearningPlan(Answer):
    learning_plan_id = Value("integer")


class AddLearningPlanCoursesResult(Answer):
    added = Value(list_of(INTEGER))
    errors = Value(list_of({"type": "string"}))


class LearningPlanEnrollment(Answer):
    user_id = Value("integer")
    username = Value("string")
    learning_plan_id = Value("integer")
    learning_plan_name = Value("string", of="name")
    learning_plan_code = Value("string", of="code")
    enrollment_status = Value("string", LEARNING_PLAN.get, of="status")
    enrollment_created_by = Value(NULLABLE_INTEGER, of="enrolled_by")
    enrollment_created_at = moment("enrolled_at")
    enrollment_validity_begin_date = moment("valid_from")
    enrollment_validity_end_date = moment("valid_until")
    enrollment_date_last_updated = moment("updated_at")
    enrollment_completion_date = moment("completed_at")
    enrollment_completion_percentage = Value("integer", of="percent")
    enrollment_time_spent = Value("integer", of="time_spent")


class LearningPlan(Answer):
    learning_plan_id = Value("integer", of="id")
    uuid = Value("string")
    code = Value("string")
    title = Value("string", of="name")
    thumbnail_url = always(NULLABLE_TEXT, None)
    price = always("number", 0)
    credits = always("number", 0)
    is_published = Value("boolean", bool, of="published")
    is_publishable = Value("boolean", bool, of="courses")
    assigned_courses_count = Value("integer", of="courses")
    assigned_enrollments_count = Value("integer", of="enrollments")
    assigned_catalogs_count = Value("integer", of="catalogs")
    assigned_channels_count = always("integer", 0)
    created_on = moment("created_at")
    created_by = always(NULLABLE_INTEGER, None)
    updated_on = moment("updated_at")
    updated_by = always(NULLABLE_INTEGER, None)
