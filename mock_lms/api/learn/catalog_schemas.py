"""What the service *learn* takes and answers about catalogs, categories and certifications."""

from __future__ import annotations

from typing import Any

from mock_lms.api.answers import (
    NULLABLE_INTEGER,
    NULLABLE_NUMBER,
    NULLABLE_TEXT,
    Answer,
    always,
    list_of,
    number,
)
from mock_lms.api.learn.course_schemas import price
from mock_lms.api.queries import ListQuery, words
from mock_lms.api.vocabulary import slug
from mock_lms.domain import languages
from mock_lms.domain.values import COURSE_TYPES
from mock_lms.http.fields import Text, Value, component
from mock_lms.http.query_fields import PageNumber, QueryFlag, QueryId
from mock_lms.services.lists import Page


class ListCatalogs(ListQuery):
    code = Text()
    show_item_list = QueryFlag(load_default=False)
    items_per_catalog = PageNumber("PageSize", 1, load_default=200)


class ListCatalogItems(ListQuery):
    type = words((*COURSE_TYPES, "learning_plan"), "EnrollmentType", "types")
    category_id = QueryId(attribute="category")
    search_text = Text(attribute="search")


class ListCategories(ListQuery):
    search_text = Text(attribute="search")


class ListCertifications(ListQuery):
    search_text = Text(attribute="search")


def _label(code: str | None) -> str | None:
    return languages.label(code) if code else None


def _price(value: float | None) -> str | None:
    return None if value is None else price(value)


def _is_free(value: float | None) -> int | None:
    return None if value is None else 2 if value else 1


def _access(status: str | None) -> int | None:
    return None if status is None else 1 if status == "published" else 2


class CatalogItem(Answer):
    item_id = Value("integer", of="id")
    item_type = Value("string", of="type")
    item_code = Value("string", of="code")
    item_name = Value("string", of="name")
    item_slug = Value("string", slug, of="name")
    item_description = Value("string", of="description")
    item_category = Value(NULLABLE_INTEGER, of="category_id")
    item_language = Value(NULLABLE_TEXT, of="language")
    item_language_label = Value(NULLABLE_TEXT, _label, of="language")
    item_thumbnail = always(NULLABLE_TEXT, None)
    item_price = Value(NULLABLE_TEXT, _price, of="price")
    item_rating = Value(NULLABLE_NUMBER, number, of="rating")
    course_type = Value(NULLABLE_TEXT)
    duration = Value(NULLABLE_INTEGER)
    number_of_courses = Value(NULLABLE_INTEGER, of="courses")
    price_status = Value(NULLABLE_INTEGER, _is_free, of="price")
    access_status = Value(NULLABLE_INTEGER, _access, of="status")


def _items(page: Page) -> list[dict[str, Any]]:
    return CatalogItem.of_rows(page.names, page.rows)


class Catalog(Answer):
    catalogue_id = Value("integer", of="id")
    catalogue_name = Value("string", of="name")
    catalogue_description = Value("string", of="description")
    catalogue_code = Value("string", of="code")
    number_items = Value("integer", of="items")
    sub_items = Value(list_of(component("CatalogItem")), _items, of="first")


class Category(Answer):
    id = Value("integer")
    code = Value("string")
    title = Value("string", of="name")
    title_parent = Value(NULLABLE_TEXT, of="parent")
    has_child = Value("boolean", bool)
    lev = Value("integer", of="level")


class Certification(Answer):
    id_cert = Value("integer", of="id")
    title = Value("string")
    code = Value("string")
    description = Value("string")
    duration = Value("string", str, of="valid_for")
    duration_unit = Value("string", of="valid_unit")
