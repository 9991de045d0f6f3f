"""Where people stand in a company: branches, groups, managers."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text

from mock_lms.storage.tables.base import COUNTED, id_, metadata, number, text

branches = Table(
    "branches",
    metadata,
    id_(),
    number("parent_id", null=True),
    text("code", default=""),
    text("name"),
    Index("branches_by_parent", "parent_id"),
    info=COUNTED,
)
"""A tree: a branch without a parent is below the root, which is no row."""

branch_members = Table(
    "branch_members",
    metadata,
    id_("branch_id"),
    id_("user_id"),
    Index("branch_members_by_user", "user_id"),
    sqlite_with_rowid=False,
)

user_groups = Table(
    "user_groups",
    metadata,
    id_(),
    Column("uuid", Text, nullable=False, unique=True),
    text("name"),
    text("description", default=""),
    text("created_at"),
    text("updated_at"),
    info=COUNTED,
)
"""What the vendor's services call an audience or a group."""

group_members = Table(
    "group_members",
    metadata,
    id_("group_id"),
    id_("user_id"),
    Index("group_members_by_user", "user_id"),
    sqlite_with_rowid=False,
)

managers = Table(
    "managers",
    metadata,
    id_("user_id"),
    id_("manager_id"),
    Index("managers_by_manager", "manager_id"),
    sqlite_with_rowid=False,
)
"""Who manages whom directly."""
