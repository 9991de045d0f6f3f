"""What the LMS answers, each under its component's name in openapi.yaml; a test holds the two against each other.

They are dicts, and nothing is checked at run time. A server may leave out what is `NotRequired`, and may say more.
"""

from __future__ import annotations

from typing import Any, Generic, NotRequired, TypeAlias, TypedDict, TypeVar

from mock_lms_client.course_types import Catalog as Catalog
from mock_lms_client.course_types import CatalogItem as CatalogItem
from mock_lms_client.course_types import Category as Category
from mock_lms_client.course_types import Certification as Certification
from mock_lms_client.course_types import Course as Course
from mock_lms_client.course_types import CourseAdditionalField as CourseAdditionalField
from mock_lms_client.course_types import CourseCategory as CourseCategory
from mock_lms_client.course_types import CourseField as CourseField
from mock_lms_client.course_types import CourseFieldName as CourseFieldName
from mock_lms_client.course_types import CourseSession as CourseSession
from mock_lms_client.course_types import CourseSkill as CourseSkill
from mock_lms_client.course_types import CourseTreeNode as CourseTreeNode
from mock_lms_client.course_types import DeletedCourse as DeletedCourse
from mock_lms_client.course_types import LearnCourse as LearnCourse
from mock_lms_client.course_types import LearnCourseView as LearnCourseView
from mock_lms_client.course_types import LearningObject as LearningObject
from mock_lms_client.course_types import LearningPlanOfCourse as LearningPlanOfCourse
from mock_lms_client.course_types import LpCourse as LpCourse
from mock_lms_client.course_types import LpView as LpView
from mock_lms_client.course_types import Moment as Moment
from mock_lms_client.course_types import SurveyAnswers as SurveyAnswers
from mock_lms_client.course_types import UpdatedCourse as UpdatedCourse
from mock_lms_client.people_types import AdditionalField as AdditionalField
from mock_lms_client.people_types import AssignedUsers as AssignedUsers
from mock_lms_client.people_types import Audience as Audience
from mock_lms_client.people_types import Branch as Branch
from mock_lms_client.people_types import ChangedUsers as ChangedUsers
from mock_lms_client.people_types import DeletedUsers as DeletedUsers
from mock_lms_client.people_types import Manager as Manager
from mock_lms_client.people_types import ManagerName as ManagerName
from mock_lms_client.people_types import ManagerNames as ManagerNames
from mock_lms_client.people_types import PendingUser as PendingUser
from mock_lms_client.people_types import Person as Person
from mock_lms_client.people_types import SavedUser as SavedUser
from mock_lms_client.people_types import UpdatedUser as UpdatedUser
from mock_lms_client.people_types import User as User
from mock_lms_client.people_types import UserField as UserField
from mock_lms_client.people_types import UserView as UserView
from mock_lms_client.report_types import BatchRow as BatchRow
from mock_lms_client.report_types import Job as Job
from mock_lms_client.report_types import LogInResult as LogInResult
from mock_lms_client.report_types import Microservice as Microservice
from mock_lms_client.report_types import Report as Report
from mock_lms_client.report_types import ReportExport as ReportExport

T = TypeVar("T")

Id: TypeAlias = int | str
"""An id, as calls take it."""

# --- what the calls that change something say


class UnenrollError(TypedDict):
    user_id: int
    course_id: NotRequired[int]
    learning_plan_id: NotRequired[int]
    message: str


class BulkUnenrollResult(TypedDict):
    un_enrolled: list[int]
    errors: list[str | UnenrollError]


class UnenrollResult(TypedDict):
    deleted_enrollment: int


class Enrolled(TypedDict):
    id_user: int
    id_course: int
    waiting: NotRequired[bool]


class EnrollErrors(TypedDict):
    existing_enrollments: NotRequired[list[Enrolled]]
    invalid_users: NotRequired[list[int]]
    invalid_courses: NotRequired[list[int]]
    enrolled: NotRequired[list[Enrolled]]


class EnrollResult(TypedDict):
    enrolled: list[Enrolled]
    errors: list[EnrollErrors | str] | EnrollErrors


class Pair(TypedDict):
    course_id: int
    user_id: int


class NotUpdated(TypedDict):
    invalid_enrollments: NotRequired[list[Pair]]


class UpdateResult(TypedDict):
    updated: list[Pair]
    not_updated: list[NotUpdated]


class EnrollInLearningPlanResult(TypedDict):
    enrolled: list[int]
    errors: list[str]


class CreatedUser(TypedDict):
    success: NotRequired[bool]
    user_id: int


class CreatedCourse(TypedDict):
    id_course: int


class CreatedLearningPlan(TypedDict):
    learning_plan_id: int


class AddLearningPlanCoursesResult(TypedDict):
    added: list[int]
    errors: list[str]


# --- who calls


class Session(TypedDict):
    id: int
    username: str
    email: NotRequired[str]
    firstname: NotRequired[str]
    lastname: NotRequired[str]
    user_level: NotRequired[str]
    avatar_url: NotRequired[str]


class Token(TypedDict):
    access_token: str
    expires_in: int
    token_type: str
    scope: NotRequired[str]
    refresh_token: NotRequired[str]


# --- what there is


class Enrollment(TypedDict):
    id: int
    user_id: int
    username: NotRequired[str]
    name: NotRequired[str]
    code: NotRequired[str]
    description: NotRequired[str]
    type: str
    status: str
    level: NotRequired[str | None]
    subscribed_by: NotRequired[int | None]
    date_last_updated: NotRequired[Moment]
    enroll_date_of_enrollment: NotRequired[Moment]
    enroll_begin_date: NotRequired[Moment]
    enroll_end_date: NotRequired[Moment]
    course_complete_date: NotRequired[Moment]
    course_end_date: NotRequired[Moment]
    score: NotRequired[float | None]
    total_time: NotRequired[int]
    complete_percent: NotRequired[int | None]
    courses_count: NotRequired[int | None]


class EnrollmentRecord(TypedDict):
    id: int
    name: NotRequired[str]
    course_code: NotRequired[str]
    type: NotRequired[str]
    status: int | str
    score: NotRequired[float | None]
    enroll_begin_date: NotRequired[Moment]
    course_complete_date: NotRequired[Moment]
    enrollment_fields: NotRequired[list[Any]]


class EnrollmentRecords(TypedDict):
    records: EnrollmentRecord


class CourseEnrollment(TypedDict):
    user_id: int
    username: NotRequired[str]
    course_id: int
    course_uid: NotRequired[str]
    course_code: NotRequired[str]
    course_name: NotRequired[str]
    course_type: NotRequired[str]
    course_begin_date: NotRequired[Moment]
    course_end_date: NotRequired[Moment]
    enrollment_level: NotRequired[str]
    enrollment_status: str
    enrollment_created_by: NotRequired[int | None]
    enrollment_created_at: NotRequired[Moment]
    enrollment_validity_begin_date: NotRequired[Moment]
    enrollment_validity_end_date: NotRequired[Moment]
    enrollment_validity_begin_datetime: NotRequired[Moment]
    enrollment_validity_end_datetime: NotRequired[Moment]
    enrollment_date_last_updated: NotRequired[Moment]
    enrollment_completion_date: NotRequired[Moment]
    enrollment_score: NotRequired[float | None]
    enrollment_time_spent: NotRequired[int]


class LearningPlanEnrollment(TypedDict):
    user_id: int
    username: NotRequired[str]
    learning_plan_id: int
    learning_plan_name: NotRequired[str]
    learning_plan_code: NotRequired[str]
    enrollment_status: str
    enrollment_created_by: NotRequired[int | None]
    enrollment_created_at: NotRequired[Moment]
    enrollment_validity_begin_date: NotRequired[Moment]
    enrollment_validity_end_date: NotRequired[Moment]
    enrollment_date_last_updated: NotRequired[Moment]
    enrollment_completion_date: NotRequired[Moment]
    enrollment_completion_percentage: NotRequired[int]
    enrollment_time_spent: NotRequired[int]


class Lp(TypedDict):
    id: int
    code: NotRequired[str]
    name: str
    description: NotRequired[str]
    image: NotRequired[str | None]
    create_date: NotRequired[Moment]
    last_update: NotRequired[Moment]
    date_last_updated: NotRequired[Moment]
    courses: NotRequired[list[LpCourse]]


class LearningPlan(TypedDict):
    learning_plan_id: int
    uuid: NotRequired[str]
    code: NotRequired[str]
    title: str
    thumbnail_url: NotRequired[str | None]
    price: NotRequired[float]
    credits: NotRequired[float]
    is_published: NotRequired[bool]
    is_publishable: NotRequired[bool]
    assigned_courses_count: NotRequired[int]
    assigned_enrollments_count: NotRequired[int]
    assigned_catalogs_count: NotRequired[int]
    assigned_channels_count: NotRequired[int]
    created_on: NotRequired[Moment]
    created_by: NotRequired[int | None]
    updated_on: NotRequired[Moment]
    updated_by: NotRequired[int | None]


# --- pages of it


class SortedBy(TypedDict):
    sort_attr: NotRequired[str]
    sort_dir: NotRequired[str]


class ListData(TypedDict, Generic[T]):
    """What the `...ListData` components have in common, each of which has items of its own kind."""

    items: list[T]
    count: int
    has_more_data: bool
    cursor: NotRequired[str | None]
    current_page: int
    current_page_size: int
    total_page_count: int
    total_count: int
    sort: NotRequired[list[SortedBy]]
    links: NotRequired[list[Any]]  # list_enrollments alone has it
