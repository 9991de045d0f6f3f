"""What the service *learn* answers about courses, and takes to change one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from mock_lms.api.answers import NULLABLE_INTEGER, NULLABLE_TEXT, Answer, always, list_of, moment, number
from mock_lms.api.queries import ListQuery
from mock_lms.api.vocabulary import slug
from mock_lms.domain import languages
from mock_lms.domain.values import COURSE_STATUSES
from mock_lms.http.fields import Choice, DateTime, Text, Value, component
from mock_lms.http.requests import Body


def price(value: float) -> str:
    """12.50 as 12.5, 12.00 as 12: a text, as clients know it."""
    return f"{value:.2f}".rstrip("0").rstrip(".")


def _is_published(status: str) -> bool:
    return status == "published"


def _plain(value: float | None) -> float:
    """A number, 0 for none, and 4 for 4.0."""
    return number(value or 0) or 0


class ListLearningObjects(ListQuery):
    pass


class ListCourseFields(ListQuery):
    pass


class ListCoursesByCategory(ListQuery):
    pass


class UpdateCourse(Body):
    name = Text("RequiredText", least=1)
    code = Text()
    description = Text("LongText", most=10_000)
    status = Choice(COURSE_STATUSES, "CourseStatus")
    start_date = DateTime()
    end_date = DateTime()


class UpdatedCourse(Answer):
    id = Value("integer")


class DeletedCourse(Answer):
    success = Value("boolean")


class CourseCategory(Answer):
    id = Value(NULLABLE_INTEGER, of="category_id")
    name = Value(NULLABLE_TEXT, of="category_name")


class LearnCourse(Answer):
    id_course = Value("integer", of="id")
    name = Value("string")
    uidCourse = Value("string", of="uid")  # noqa: N815 -- the vendor's
    description = Value("string")
    course_type = Value("string", of="type")
    code = Value("string")
    date_last_updated = moment("updated_at")
    start_date = moment("start_date")
    end_date = moment("end_date")
    slug_name = Value("string", slug, of="name")
    language = Value("string")
    language_label = Value("string", languages.label, of="language")
    multi_languages = always(list_of({"type": "string"}), [])
    duration = Value("integer")
    category = Value(component("CourseCategory"), of="category_id")
    credits = Value("number", number)
    selling = Value("boolean", bool, of="price")
    price = Value("string", price)
    image = always(NULLABLE_TEXT, None)
    img_url = always(NULLABLE_TEXT, None)
    current_rating = Value("number", _plain, of="rating")
    rating_option = always(NULLABLE_TEXT, None)
    can_rate = always("boolean", value=False)
    can_self_unenroll = always("boolean", value=False)
    is_new = always("string", "0")
    is_opened = always("string", "1")
    enrollment_policy = always(NULLABLE_INTEGER, None)
    max_attempts = always(NULLABLE_INTEGER, None)
    available_seats = always("array", [])

    @classmethod
    def of_rows(cls, names: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> list[dict[str, Any]]:
        """The objects are kept for rows that come again, since so many fields take as long as reading the rows does.

        Nobody may change them.
        """
        return [_learn_course(tuple(names), row) for row in rows]


@lru_cache(maxsize=500)
def _learn_course(names: tuple[str, ...], row: tuple[Any, ...]) -> dict[str, Any]:
    (course,) = super(LearnCourse, LearnCourse).of_rows(names, [row])
    course["category"] = {"id": course["category"], "name": row[names.index("category_name")]}
    return course


class CourseSkill(Answer):
    title = Value("string")


class LearningPlanOfCourse(Answer):
    id = Value("integer")


class CourseAdditionalField(Answer):
    id = Value("string", str)
    title = Value("string")
    type = Value("string")
    mandatory = Value("boolean", bool)
    value = Value(NULLABLE_TEXT)


class CourseTreeNode(Answer):
    id = Value("string", str)
    name = Value("string", of="title")
    slug_name = Value("string", slug, of="title")
    type = Value("string")
    is_folder = always("boolean", value=False)
    short_description = always("string", "")
    description = always("string", "")
    thumbnail = always(NULLABLE_TEXT, None)
    duration = always("integer", 0)
    children = always("array", [])


_FIELD = ("id", "title", "type", "mandatory", "value")
_OBJECT = ("id", "title", "type")


class LearnCourseView(Answer):
    id = Value("integer")
    name = Value("string")
    type = Value("string")
    code = Value("string")
    uidCourse = Value("string", of="uid")  # noqa: N815 -- the vendor's
    description = Value("string")
    slug_name = Value("string", slug, of="name")
    thumbnail = always(NULLABLE_TEXT, None)
    lang_code = Value("string", of="language")
    lang_label = Value("string", languages.label, of="language")
    is_published = Value("boolean", _is_published, of="status")
    duration = Value("integer")
    credits = Value("number", number)
    price = Value("number", number)
    on_sale = Value("boolean", bool, of="price")
    current_rating = Value("number", _plain, of="rating")
    can_rate = always("boolean", value=False)
    can_self_unenroll = always("boolean", value=False)
    course_date_start = moment("start_date")
    course_date_end = moment("end_date")
    category = Value(component("CourseCategory"))
    learningplans = Value(list_of(component("LearningPlanOfCourse")))
    skills = Value(list_of(component("CourseSkill")))
    additional_fields = Value(list_of(component("CourseAdditionalField")))
    tree = Value(list_of(component("CourseTreeNode")))

    @classmethod
    def of_course(cls, course: Mapping[str, Any]) -> dict[str, Any]:
        """The columns of the course, and what is kept around it."""
        parts = {
            "category": CourseCategory.of(course),
            "learningplans": LearningPlanOfCourse.of_rows(("id",), [(plan,) for plan in course["plans"]]),
            "skills": CourseSkill.of_rows(("title",), [(skill,) for skill in course["skills"]]),
            "additional_fields": CourseAdditionalField.of_rows(_FIELD, course["fields"]),
            "tree": CourseTreeNode.of_rows(_OBJECT, course["objects"]),
        }
        return cls.of({**course, **parts})


class LearningObject(Answer):
    id_org = Value("integer", of="id")
    id_resource = Value("integer", of="id")
    id_parent = always(NULLABLE_INTEGER, None)
    item_id = always(NULLABLE_INTEGER, None)
    title = Value("string")
    object_type = Value("string", of="type")
    status = always(NULLABLE_TEXT, None)


class CourseFieldName(Answer):
    value = Value("string")

    @classmethod
    def of_title(cls, title: str) -> dict[str, Any]:
        return cls.of({"value": title})


class CourseField(Answer):
    id = Value("integer")
    type = Value("string")
    name = Value(component("CourseFieldName"), CourseFieldName.of_title, of="title")
    mandatory = Value("boolean", bool)


class SurveyAnswers(Answer):
    items = Value("array", list)
