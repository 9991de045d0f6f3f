"""Catalogs, categories and certifications."""

from __future__ import annotations

from dataclasses import replace

from mock_lms.domain.errors import CatalogNotFound
from mock_lms.services.lists import Page, Query
from mock_lms.services.tenant import Tenant
from mock_lms.storage.course_lists import (
    CATALOG_ITEMS,
    CATALOGS,
    CATEGORIES,
    CERTIFICATIONS,
    ITEM_NAMES,
    ancestors,
    first_items,
)


def list_catalogs(tenant: Tenant, query: Query, items: int = 0) -> Page:
    """The catalogs, each with a column `first`: a page of its first items, at most so many."""
    with tenant.database.read() as transaction:
        page = CATALOGS.page(transaction, query)
        catalog_ids = [row[0] for row in page.rows]
        first = first_items(transaction, catalog_ids, items) if items and catalog_ids else {}
    width = len(page.names)
    rows = [(*row[:width], Page(ITEM_NAMES, first.get(row[0], []), row[width - 1])) for row in page.rows]
    return Page((*page.names, "first"), rows, page.total)


def list_catalog_items(tenant: Tenant, catalog_id: int, query: Query) -> Page:
    """The courses and learning plans of the catalog, in its order. Raises `CatalogNotFound`."""
    with tenant.database.read() as transaction:
        if not CATALOGS.page(transaction, Query({"catalog": catalog_id}, limit=1)).rows:
            raise CatalogNotFound(catalog_id)
        return CATALOG_ITEMS.page(transaction, replace(query, filters={**query.filters, "catalog": catalog_id}))


def list_categories(tenant: Tenant, query: Query) -> Page:
    """The categories, each with columns `level`, which is 1 at the top, and `parent`, the name of the one above."""
    with tenant.database.read() as transaction:
        page = CATEGORIES.page(transaction, query)
        above = ancestors(transaction, [row[0] for row in page.rows])
    width = len(page.names)
    rows = [(*row[:width], len(above[row[0]]) + 1, next(iter(above[row[0]]), None)) for row in page.rows]
    return Page((*page.names, "level", "parent"), rows, page.total)


def list_certifications(tenant: Tenant, query: Query) -> Page:
    with tenant.database.read() as transaction:
        return CERTIFICATIONS.page(transaction, query)
