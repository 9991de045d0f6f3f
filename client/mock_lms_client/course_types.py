"""What the LMS answers about courses, catalogs, categories and certifications. `types.py` has them all."""

from __future__ import annotations

from typing import Any, NotRequired, TypeAlias, TypedDict

Moment: TypeAlias = str | None
"""`YYYY-MM-DD HH:MM:SS`, UTC."""


class UpdatedCourse(TypedDict):
    id: int


class DeletedCourse(TypedDict):
    success: bool


class CourseCategory(TypedDict):
    id: NotRequired[int | None]
    name: NotRequired[str | None]


class Course(TypedDict):
    id: int
    uid: NotRequired[str]
    code: NotRequired[str]
    name: str
    title: NotRequired[str]
    description: NotRequired[str]
    type: NotRequired[str]
    status: NotRequired[str]
    start_date: NotRequired[Moment]
    end_date: NotRequired[Moment]
    created_on: NotRequired[Moment]
    updated_on: NotRequired[Moment]
    language_label: NotRequired[str]
    average_completion_time: NotRequired[int]


class LearnCourse(TypedDict):
    id_course: int
    name: str
    uidCourse: NotRequired[str]
    description: NotRequired[str]
    course_type: NotRequired[str]
    code: NotRequired[str]
    date_last_updated: NotRequired[Moment]
    start_date: NotRequired[Moment]
    end_date: NotRequired[Moment]
    slug_name: NotRequired[str]
    language: NotRequired[str]
    language_label: NotRequired[str]
    multi_languages: NotRequired[list[str]]
    duration: NotRequired[int]
    category: NotRequired[CourseCategory]
    credits: NotRequired[float]
    selling: NotRequired[bool]
    price: NotRequired[str]
    image: NotRequired[str | None]
    img_url: NotRequired[str | None]
    current_rating: NotRequired[float]
    rating_option: NotRequired[str | None]
    can_rate: NotRequired[bool]
    can_self_unenroll: NotRequired[bool]
    is_new: NotRequired[str]
    is_opened: NotRequired[str]
    enrollment_policy: NotRequired[int | None]
    max_attempts: NotRequired[int | None]
    available_seats: NotRequired[list[Any]]


class LearningPlanOfCourse(TypedDict):
    id: int


class CourseSkill(TypedDict):
    title: str


class CourseAdditionalField(TypedDict):
    id: str
    title: str
    type: NotRequired[str]
    mandatory: NotRequired[bool]
    value: NotRequired[str | None]


class CourseTreeNode(TypedDict):
    id: str
    name: str
    slug_name: NotRequired[str]
    type: NotRequired[str]
    is_folder: NotRequired[bool]
    short_description: NotRequired[str]
    description: NotRequired[str]
    thumbnail: NotRequired[str | None]
    duration: NotRequired[int]
    children: NotRequired[list[Any]]


class LearnCourseView(TypedDict):
    id: int
    name: str
    type: str
    code: NotRequired[str]
    uidCourse: NotRequired[str]
    description: NotRequired[str]
    slug_name: NotRequired[str]
    thumbnail: NotRequired[str | None]
    lang_code: NotRequired[str]
    lang_label: NotRequired[str]
    is_published: NotRequired[bool]
    duration: NotRequired[int]
    credits: NotRequired[float]
    price: NotRequired[float]
    on_sale: NotRequired[bool]
    current_rating: NotRequired[float]
    can_rate: NotRequired[bool]
    can_self_unenroll: NotRequired[bool]
    course_date_start: NotRequired[Moment]
    course_date_end: NotRequired[Moment]
    category: NotRequired[CourseCategory]
    learningplans: NotRequired[list[LearningPlanOfCourse]]
    skills: NotRequired[list[CourseSkill]]
    additional_fields: NotRequired[list[CourseAdditionalField]]
    tree: NotRequired[list[CourseTreeNode]]


class LearningObject(TypedDict):
    id_org: int
    id_resource: NotRequired[int]
    id_parent: NotRequired[int | None]
    item_id: NotRequired[int | None]
    title: str
    object_type: NotRequired[str]
    status: NotRequired[str | None]


class CourseFieldName(TypedDict):
    value: str


class CourseField(TypedDict):
    id: int
    type: NotRequired[str]
    name: CourseFieldName
    mandatory: NotRequired[bool]


class SurveyAnswers(TypedDict):
    items: list[Any]


class CatalogItem(TypedDict):
    item_id: int
    item_type: str
    item_code: NotRequired[str]
    item_name: str
    item_slug: NotRequired[str]
    item_description: NotRequired[str]
    item_category: NotRequired[int | None]
    item_language: NotRequired[str | None]
    item_language_label: NotRequired[str | None]
    item_thumbnail: NotRequired[str | None]
    item_price: NotRequired[str | None]
    item_rating: NotRequired[float | None]
    course_type: NotRequired[str | None]
    duration: NotRequired[int | None]
    number_of_courses: NotRequired[int | None]
    price_status: NotRequired[int | None]
    access_status: NotRequired[int | None]


class Catalog(TypedDict):
    catalogue_id: int
    catalogue_name: str
    catalogue_description: NotRequired[str]
    catalogue_code: NotRequired[str]
    number_items: NotRequired[int]
    sub_items: NotRequired[list[CatalogItem]]


class Category(TypedDict):
    id: int
    code: NotRequired[str]
    title: str
    title_parent: NotRequired[str | None]
    has_child: NotRequired[bool]
    lev: NotRequired[int]


class Certification(TypedDict):
    id_cert: int
    title: str
    code: NotRequired[str]
    description: NotRequired[str]
    duration: NotRequired[str]
    duration_unit: NotRequired[str]


class CourseSession(TypedDict):
    id: int
    uid_session: NotRequired[str]
    code: NotRequired[str]
    name: NotRequired[str]
    date_start: NotRequired[Moment]
    date_end: NotRequired[Moment]


class LpCourse(TypedDict):
    id_course: int


class LpView(TypedDict):
    id: int
    code: NotRequired[str]
    name: str
    description: NotRequired[str]
    image: NotRequired[str | None]
    create_date: NotRequired[Moment]
    last_update: NotRequired[Moment]
    date_last_updated: NotRequired[Moment]
    courses: NotRequired[list[LpCourse]]
