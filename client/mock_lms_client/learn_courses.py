"""The service *learn*: one course or learning plan, and the lists around courses."""

from __future__ import annotations

from collections.abc import Iterable
from typing import cast

from mock_lms_client import types
from mock_lms_client.answers import Row
from mock_lms_client.asking import in_path
from mock_lms_client.funnel import Funnel
from mock_lms_client.listing import Listing
from mock_lms_client.types import Id

COURSES = "/learn/v1/courses"

COURSE = Row(types.LearnCourse, ("id_course",), nested=("category", "multi_languages", "available_seats"))
LEARNING_OBJECT = Row(types.LearningObject, ("id_org",))
COURSE_FIELD = Row(types.CourseField, ("id",), nested=("name",))
CATALOG = Row(types.Catalog, ("catalogue_id",), nested=("sub_items",))
CATALOG_ITEM = Row(types.CatalogItem, ("item_id", "item_type"), texts=("item_type",))
CATEGORY = Row(types.Category, ("id",))
CERTIFICATION = Row(types.Certification, ("id_cert",))


class LearnCourses(Funnel):
    """Operations of openapi.yaml whose tag is `learn`, of courses. One for an unknown course is `Refused` with 404."""

    def get_learn_course(self, course_id: Id) -> types.LearnCourseView:
        """Returns one course, with its training material, additional fields, skills and learning plans."""
        return cast(types.LearnCourseView, self._call("get_learn_course", "GET", _path(course_id)))

    def update_course(
        self,
        course_id: Id,
        *,
        name: str | None = None,
        code: str | None = None,
        description: str | None = None,
        status: str | None = None,
        start_date: str | None = None,
        end_date: str | None = None,
    ) -> types.UpdatedCourse:
        """Gives a course other values. What is not named stays as it is."""
        body = {
            "name": name,
            "code": code,
            "description": description,
            "status": status,
            "start_date": start_date,
            "end_date": end_date,
        }
        return cast(types.UpdatedCourse, self._call("update_course", "PUT", _path(course_id), body=body))

    def delete_course(self, course_id: Id) -> types.DeletedCourse:
        """Deletes a course with its enrollments, tracking and certificates. Nothing brings them back."""
        return cast(types.DeletedCourse, self._call("delete_course", "DELETE", _path(course_id)))

    def list_learning_objects(
        self, course_id: Id, *, get_cursor: bool | None = None, cursor: str | None = None, page_size: int = 200
    ) -> Listing[types.LearningObject]:
        """The training material of a course, in its order."""
        path, more = f"{_path(course_id)}/los", {"get_cursor": get_cursor, "cursor": cursor}
        return self._list("list_learning_objects", path, LEARNING_OBJECT, page_size, **more)

    def list_courses_by_category(
        self, course_id: Id, *, get_cursor: bool | None = None, cursor: str | None = None, page_size: int = 200
    ) -> Listing[types.LearnCourse]:
        """The courses of the same category."""
        path, more = f"{_path(course_id)}/by_category", {"get_cursor": get_cursor, "cursor": cursor}
        return self._list("list_courses_by_category", path, COURSE, page_size, **more)

    def list_course_fields(
        self, *, get_cursor: bool | None = None, cursor: str | None = None, page_size: int = 200
    ) -> Listing[types.CourseField]:
        """The additional fields that courses have."""
        more = {"get_cursor": get_cursor, "cursor": cursor}
        return self._list("list_course_fields", f"{COURSES}/field", COURSE_FIELD, page_size, **more)

    def list_survey_answers(self, survey_id: Id) -> types.SurveyAnswers:
        """Returns the answers to a survey."""
        path = f"/learn/v1/survey/{in_path('survey_id', survey_id)}/answer"
        return cast(types.SurveyAnswers, self._call("list_survey_answers", "GET", path))

    def list_catalogs(
        self,
        *,
        code: str | None = None,
        show_item_list: bool | None = None,
        items_per_catalog: int | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.Catalog]:
        """The catalogs; with `show_item_list` what is in them, at most 200 items of each."""
        return self._list(
            "list_catalogs",
            "/learn/v1/catalog",
            CATALOG,
            page_size,
            code=code,
            show_item_list=show_item_list,
            items_per_catalog=items_per_catalog,
            get_cursor=get_cursor,
            cursor=cursor,
        )

    def list_catalog_items(
        self,
        catalog_id: Id,
        *,
        type: Iterable[str] | None = None,  # noqa: A002 -- the contract's name
        category_id: Id | None = None,
        search_text: str | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.CatalogItem]:
        """The courses and learning plans that a catalog offers, in its order."""
        return self._list(
            "list_catalog_items",
            f"/learn/v1/catalog/{in_path('catalog_id', catalog_id)}",
            CATALOG_ITEM,
            page_size,
            type=type,
            category_id=category_id,
            search_text=search_text,
            get_cursor=get_cursor,
            cursor=cursor,
        )

    def list_categories(
        self,
        *,
        search_text: str | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.Category]:
        """The categories that courses are filed under."""
        more = {"search_text": search_text, "get_cursor": get_cursor, "cursor": cursor}
        return self._list("list_categories", "/learn/v1/categories", CATEGORY, page_size, **more)

    def list_certifications(
        self,
        *,
        search_text: str | None = None,
        get_cursor: bool | None = None,
        cursor: str | None = None,
        page_size: int = 200,
    ) -> Listing[types.Certification]:
        """The certifications: qualifications that expire, and are to be renewed."""
        more = {"search_text": search_text, "get_cursor": get_cursor, "cursor": cursor}
        return self._list("list_certifications", "/learn/v1/certification", CERTIFICATION, page_size, **more)

    def get_lp(self, learning_plan_id: Id) -> types.LpView:
        """Returns one learning plan, with the ids of its courses."""
        path = f"/learn/v1/lp/{in_path('learning_plan_id', learning_plan_id)}"
        return cast(types.LpView, self._call("get_lp", "GET", path))


def _path(course_id: Id) -> str:
    return f"{COURSES}/{in_path('course_id', course_id)}"
