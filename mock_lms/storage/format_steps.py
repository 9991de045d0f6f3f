"""The step from each format to the next one. A step is never changed once it was released."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table

from mock_lms.storage import meta, tables

FileRow = Mapping[str, Any]
"""A row by the names of its columns."""

WORDS = {
    "sqlite": {"{number}": "INTEGER", "{double}": "DOUBLE", "{bytes}": "BLOB", "{without_rowid}": "WITHOUT ROWID"},
    "postgresql": {"{number}": "BIGINT", "{double}": "DOUBLE PRECISION", "{bytes}": "BYTEA", "{without_rowid}": ""},
}
"""What a step's SQL writes in braces, because the two databases call it differently."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a format's tables need to be those of the next one.

    `data` and `control` are SQL that SQLite and PostgreSQL both understand, but for `WORDS`. `created` are the tables
    that it makes, and that this format's files do not have. `renamed` and `added` say the same of a file's rows, and
    name tables as they are today: what each was called in this format, and what a column holds in rows that did not
    have it. `unsaved` are tables whose rows this format's files may have, and later ones do not.
    """

    data: tuple[str, ...] = ()
    control: tuple[str, ...] = ()
    renamed: Mapping[Table, str] = field(default_factory=dict)
    added: Mapping[Table, Mapping[str, Callable[[FileRow], Any]]] = field(default_factory=dict)
    unsaved: tuple[Table, ...] = ()
    created: tuple[Table, ...] = ()


_IDENTITY = 64
"""Characters of an identity, at most."""


def _identity(user: FileRow) -> str:
    """The identity of a user of format 2, which had none.

    Rows of two states that agree on it, and on the id, are one user for all that a token can do: created in the same
    second, with the same level and the same name. Made of the row alone, it is the same in every copy of the data.
    """
    if user["id"] == meta.ADMIN_ID:
        return meta.ADMIN
    return f"{user['created_at']} {user['level']} {user['username']}"[:_IDENTITY]


STEPS: Mapping[str, Step] = {
    "2": Step(
        data=(
            "ALTER TABLE users ADD COLUMN identity TEXT NOT NULL DEFAULT ''",
            f"""
            UPDATE users SET identity = CASE WHEN id = {meta.ADMIN_ID} THEN '{meta.ADMIN}'
                ELSE substr(created_at || ' ' || level || ' ' || username, 1, {_IDENTITY}) END
            """,
        ),
        control=(
            # A token named an id, and after a restore that may have been another user's: only the superadmin's id
            # was never given to anybody else. Whoever held another token logs in again.
            f"DELETE FROM oauth_tokens WHERE user_id <> {meta.ADMIN_ID}",
            "ALTER TABLE oauth_tokens ADD COLUMN identity TEXT NOT NULL DEFAULT ''",
            f"UPDATE oauth_tokens SET identity = '{meta.ADMIN}'",
            "ALTER TABLE journal ADD COLUMN through BIGINT NOT NULL DEFAULT 0",
            """
            UPDATE journal SET through = sizes.through
                FROM (SELECT id, sum(octet_length(entry)) OVER (ORDER BY id) AS through FROM journal) AS sizes
                WHERE sizes.id = journal.id
            """,
        ),
        added={tables.users: {"identity": _identity}},
        unsaved=(tables.outbox,),
    ),
    "3": Step(
        data=(
            "ALTER TABLE events RENAME TO outbox",
            "UPDATE counters SET name = 'outbox' WHERE name = 'events'",
        ),
        renamed={tables.outbox: "events"},
    ),
    "4": Step(
        control=(
            "CREATE TABLE client_keys (client_id TEXT NOT NULL, public_key TEXT NOT NULL, PRIMARY KEY (client_id))",
            """
            CREATE TABLE jobs (id {number} NOT NULL, hash TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
                state TEXT NOT NULL, due_at {number} NOT NULL, done {number} NOT NULL DEFAULT 0,
                total {number} NOT NULL DEFAULT 0, errors {number} NOT NULL DEFAULT 0, author_id {number},
                request TEXT NOT NULL, log TEXT NOT NULL DEFAULT '[]', created_at TEXT NOT NULL, started_at TEXT,
                ended_at TEXT, PRIMARY KEY (id), UNIQUE (hash))
            """,
            "CREATE INDEX jobs_by_moment ON jobs (state, due_at, id)",
            """
            CREATE TABLE job_results (job_id {number} NOT NULL, position {number} NOT NULL, piece {bytes} NOT NULL,
                PRIMARY KEY (job_id, position))
            """,
            """
            CREATE TABLE leases (name TEXT NOT NULL, holder TEXT NOT NULL, until {number} NOT NULL, PRIMARY KEY (name))
            """,
        ),
        data=(
            "ALTER TABLE users ADD COLUMN language TEXT NOT NULL DEFAULT 'en'",
            "ALTER TABLE users ADD COLUMN timezone TEXT NOT NULL DEFAULT 'UTC'",
            "ALTER TABLE users ADD COLUMN expires_at TEXT",
            "ALTER TABLE users ADD COLUMN last_access_at TEXT",
            "ALTER TABLE users ADD COLUMN email_validated {number} NOT NULL DEFAULT 0",
            "ALTER TABLE courses ADD COLUMN language TEXT NOT NULL DEFAULT 'en'",
            "ALTER TABLE courses ADD COLUMN duration {number} NOT NULL DEFAULT 0",
            "ALTER TABLE courses ADD COLUMN category_id {number}",
            "ALTER TABLE courses ADD COLUMN credits {double} NOT NULL DEFAULT 0",
            "ALTER TABLE courses ADD COLUMN price {double} NOT NULL DEFAULT 0",
            "ALTER TABLE courses ADD COLUMN rating {double}",
            "CREATE INDEX courses_by_name ON courses (name)",
            "CREATE INDEX course_enrollments_by_date ON course_enrollments (enrolled_at, course_id, user_id)",
            """
            CREATE INDEX tracks_by_completion ON tracks (completed_at, course_id, user_id)
                WHERE completed_at IS NOT NULL
            """,
            """
            CREATE TABLE branches (id {number} NOT NULL, parent_id {number}, code TEXT DEFAULT '' NOT NULL,
                name TEXT NOT NULL, PRIMARY KEY (id))
            """,
            "CREATE INDEX branches_by_parent ON branches (parent_id)",
            """
            CREATE TABLE branch_members (branch_id {number} NOT NULL, user_id {number} NOT NULL,
                PRIMARY KEY (branch_id, user_id)) {without_rowid}
            """,
            "CREATE INDEX branch_members_by_user ON branch_members (user_id)",
            """
            CREATE TABLE user_groups (id {number} NOT NULL, uuid TEXT NOT NULL, name TEXT NOT NULL,
                description TEXT DEFAULT '' NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
                PRIMARY KEY (id), UNIQUE (uuid))
            """,
            """
            CREATE TABLE group_members (group_id {number} NOT NULL, user_id {number} NOT NULL,
                PRIMARY KEY (group_id, user_id)) {without_rowid}
            """,
            "CREATE INDEX group_members_by_user ON group_members (user_id)",
            """
            CREATE TABLE managers (user_id {number} NOT NULL, manager_id {number} NOT NULL,
                PRIMARY KEY (user_id, manager_id)) {without_rowid}
            """,
            "CREATE INDEX managers_by_manager ON managers (manager_id)",
            """
            CREATE TABLE fields (id {number} NOT NULL, subject TEXT NOT NULL,
                type TEXT DEFAULT 'textfield' NOT NULL, title TEXT NOT NULL,
                options TEXT DEFAULT '[]' NOT NULL, mandatory {number} DEFAULT '0' NOT NULL,
                position {number} NOT NULL, PRIMARY KEY (id))
            """,
            """
            CREATE TABLE user_field_values (user_id {number} NOT NULL, field_id {number} NOT NULL,
                value TEXT NOT NULL, PRIMARY KEY (user_id, field_id)) {without_rowid}
            """,
            "CREATE INDEX user_field_values_by_field ON user_field_values (field_id)",
            """
            CREATE TABLE course_field_values (course_id {number} NOT NULL, field_id {number} NOT NULL,
                value TEXT NOT NULL, PRIMARY KEY (course_id, field_id)) {without_rowid}
            """,
            "CREATE INDEX course_field_values_by_field ON course_field_values (field_id)",
            """
            CREATE TABLE enrollment_field_values (course_id {number} NOT NULL, user_id {number} NOT NULL,
                field_id {number} NOT NULL, value TEXT NOT NULL, PRIMARY KEY (course_id, user_id,
                field_id)) {without_rowid}
            """,
            "CREATE INDEX enrollment_field_values_by_user ON enrollment_field_values (user_id)",
            """
            CREATE TABLE categories (id {number} NOT NULL, parent_id {number},
                code TEXT DEFAULT '' NOT NULL, name TEXT NOT NULL, PRIMARY KEY (id))
            """,
            """
            CREATE TABLE course_tags (course_id {number} NOT NULL, kind TEXT NOT NULL, tag TEXT NOT NULL,
                PRIMARY KEY (course_id, kind, tag)) {without_rowid}
            """,
            "CREATE INDEX course_tags_by_tag ON course_tags (kind, tag)",
            """
            CREATE TABLE catalogs (id {number} NOT NULL, code TEXT DEFAULT '' NOT NULL, name TEXT NOT NULL,
                description TEXT DEFAULT '' NOT NULL, created_at TEXT NOT NULL, updated_at TEXT NOT NULL,
                PRIMARY KEY (id))
            """,
            """
            CREATE TABLE catalog_items (catalog_id {number} NOT NULL, position {number} NOT NULL,
                course_id {number}, learning_plan_id {number}, PRIMARY KEY (catalog_id,
                position)) {without_rowid}
            """,
            "CREATE INDEX catalog_items_by_course ON catalog_items (course_id)",
            "CREATE INDEX catalog_items_by_learning_plan ON catalog_items (learning_plan_id)",
            """
            CREATE TABLE learning_objects (id {number} NOT NULL, course_id {number} NOT NULL,
                position {number} NOT NULL, title TEXT NOT NULL, type TEXT NOT NULL, PRIMARY KEY (id))
            """,
            "CREATE INDEX learning_objects_by_course ON learning_objects (course_id, position)",
            """
            CREATE TABLE certifications (id {number} NOT NULL, code TEXT DEFAULT '' NOT NULL,
                title TEXT NOT NULL, description TEXT DEFAULT '' NOT NULL,
                valid_for {number} DEFAULT '0' NOT NULL, valid_unit TEXT DEFAULT 'year' NOT NULL,
                created_at TEXT NOT NULL, updated_at TEXT NOT NULL, PRIMARY KEY (id))
            """,
            """
            CREATE TABLE locations (id {number} NOT NULL, name TEXT NOT NULL,
                address TEXT DEFAULT '' NOT NULL, PRIMARY KEY (id))
            """,
        ),
        added={
            tables.users: {
                "language": lambda _: "en",
                "timezone": lambda _: "UTC",
                "expires_at": lambda _: None,
                "last_access_at": lambda _: None,
                "email_validated": lambda _: 0,
            },
            tables.courses: {
                "language": lambda _: "en",
                "duration": lambda _: 0,
                "category_id": lambda _: None,
                "credits": lambda _: 0,
                "price": lambda _: 0,
                "rating": lambda _: None,
            },
        },
        created=(
            tables.branches,
            tables.branch_members,
            tables.user_groups,
            tables.group_members,
            tables.managers,
            tables.fields,
            tables.user_field_values,
            tables.course_field_values,
            tables.enrollment_field_values,
            tables.categories,
            tables.course_tags,
            tables.catalogs,
            tables.catalog_items,
            tables.learning_objects,
            tables.certifications,
            tables.locations,
        ),
    ),
}
"""By the format that a step leads away from, in order."""
