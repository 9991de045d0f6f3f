"""The operations of the service *learn* on courses, catalogs, categories and certifications."""

from __future__ import annotations

from dataclasses import replace

from flask import Response

from mock_lms.api.learn import catalog_schemas, course_schemas, schemas
from mock_lms.api.learn.views import bp
from mock_lms.api.paging import LARGEST_PAGE, PageRequest, page_of
from mock_lms.http.call import actor, tenant
from mock_lms.http.requests import envelope, load
from mock_lms.services import catalog, catalogs, courses, lists


@bp.get("/courses")
def list_learn_courses() -> Response:
    request = PageRequest(schemas.ListLearnCourses)
    return page_of(course_schemas.LearnCourse, request, lists.list_learn_courses(tenant(), request.query))


@bp.post("/courses")
def create_course() -> Response:
    course_id = catalog.create_course(tenant(), load(schemas.CreateCourse))
    return envelope(schemas.CreatedCourse.of({"id_course": course_id}))


@bp.get("/courses/field")
def list_course_fields() -> Response:
    request = PageRequest(course_schemas.ListCourseFields)
    return page_of(course_schemas.CourseField, request, courses.list_course_fields(tenant(), request.query))


@bp.get("/courses/<course_id>")
def get_learn_course(course_id: int) -> Response:
    return envelope(course_schemas.LearnCourseView.of_course(courses.get_learn_course(tenant(), course_id)))


@bp.put("/courses/<course_id>")
def update_course(course_id: int) -> Response:
    courses.update_course(tenant(), course_id, load(course_schemas.UpdateCourse))
    return envelope(course_schemas.UpdatedCourse.of({"id": course_id}))


@bp.delete("/courses/<course_id>")
def delete_course(course_id: int) -> Response:
    courses.delete_course(tenant(), course_id, actor().user_id)
    return envelope(course_schemas.DeletedCourse.of({"success": True}))


@bp.get("/courses/<course_id>/los")
def list_learning_objects(course_id: int) -> Response:
    request = PageRequest(course_schemas.ListLearningObjects)
    page = courses.list_learning_objects(tenant(), course_id, request.query)
    return page_of(course_schemas.LearningObject, request, page)


@bp.get("/courses/<course_id>/by_category")
def list_courses_by_category(course_id: int) -> Response:
    request = PageRequest(course_schemas.ListCoursesByCategory)
    page = courses.list_courses_by_category(tenant(), course_id, request.query)
    return page_of(course_schemas.LearnCourse, request, page)


@bp.get("/survey/<survey_id>/answer")
def list_survey_answers(survey_id: int) -> Response:
    return envelope(course_schemas.SurveyAnswers.of({"items": lists.list_survey_answers(tenant(), survey_id)}))


@bp.get("/catalog")
def list_catalogs() -> Response:
    request = PageRequest(catalog_schemas.ListCatalogs)
    filters = dict(request.query.filters)
    shown, most = filters.pop("show_item_list"), filters.pop("items_per_catalog")
    query = replace(request.query, filters=filters)
    page = catalogs.list_catalogs(tenant(), query, min(most, LARGEST_PAGE) if shown else 0)
    return page_of(catalog_schemas.Catalog, request, page)


@bp.get("/catalog/<catalog_id>")
def list_catalog_items(catalog_id: int) -> Response:
    request = PageRequest(catalog_schemas.ListCatalogItems)
    page = catalogs.list_catalog_items(tenant(), catalog_id, request.query)
    return page_of(catalog_schemas.CatalogItem, request, page)


@bp.get("/categories")
def list_categories() -> Response:
    request = PageRequest(catalog_schemas.ListCategories)
    return page_of(catalog_schemas.Category, request, catalogs.list_categories(tenant(), request.query))


@bp.get("/certification")
def list_certifications() -> Response:
    request = PageRequest(catalog_schemas.ListCertifications)
    return page_of(catalog_schemas.Certification, request, catalogs.list_certifications(tenant(), request.query))
