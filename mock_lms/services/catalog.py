"""Creating users and courses, and refusing those that are not there."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Set
from typing import Any

from mock_lms.domain.errors import CourseNotFound, UsernameTaken, UserNotFound
from mock_lms.services.passwords import hash_password
from mock_lms.services.tenant import Tenant
from mock_lms.storage import catalog
from mock_lms.storage.tables import courses, users


def create_user(tenant: Tenant, values: Mapping[str, Any]) -> int:
    """A new user of these columns, and a `password` in plain text if they are to log in; the id.

    Raises `UsernameTaken`.
    """
    now = tenant.now()
    columns = {**values, "created_at": now, "updated_at": now, "identity": secrets.token_hex(8)}
    password = columns.pop("password", None)
    if password:
        columns["password_hash"] = hash_password(password)
    with tenant.database.begin() as transaction:
        if catalog.user_id(transaction, columns["username"]) is not None:
            raise UsernameTaken(columns["username"])
        return catalog.create(transaction, users, columns)


def create_course(tenant: Tenant, values: Mapping[str, Any]) -> int:
    """A new course of these columns; the id."""
    now = tenant.now()
    columns = {"uid": f"E-{secrets.token_hex(4).upper()}", **values, "created_at": now, "updated_at": now}
    with tenant.database.begin() as transaction:
        return catalog.create(transaction, courses, columns)


def require_course_and_user(known_courses: Set[int], course_id: int, known_users: Set[int], user_id: int) -> None:
    """Raises `CourseNotFound`, `UserNotFound`."""
    if course_id not in known_courses:
        raise CourseNotFound(course_id)
    if user_id not in known_users:
        raise UserNotFound(user_id)
