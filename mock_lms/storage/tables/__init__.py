"""Every table of an LMS. A tenant has them to itself (a SQLite file, a PostgreSQL schema), so nothing names a tenant.

This is a tenant's data: what a snapshot holds and a reset replaces. What only a mock has is in `control_tables`. A
table that is made here is in every snapshot, fork, export and reset by that alone; `snapshot_values` has to say what
its columns may hold, and `format_steps` how older data gets it.

Date-times are text, `YYYY-MM-DD HH:MM:SS` UTC: the vendor's form, which sorts as it should and needs no conversion on
the way out. Truth values are 0 and 1. Moments of expiry are seconds since 1970.
"""

from mock_lms.storage.tables.base import Number as Number
from mock_lms.storage.tables.base import counted, unsaved
from mock_lms.storage.tables.base import metadata as metadata
from mock_lms.storage.tables.catalog import catalog_items as catalog_items
from mock_lms.storage.tables.catalog import catalogs as catalogs
from mock_lms.storage.tables.catalog import categories as categories
from mock_lms.storage.tables.catalog import certifications as certifications
from mock_lms.storage.tables.catalog import course_tags as course_tags
from mock_lms.storage.tables.catalog import learning_objects as learning_objects
from mock_lms.storage.tables.catalog import locations as locations
from mock_lms.storage.tables.core import certificates as certificates
from mock_lms.storage.tables.core import counters as counters
from mock_lms.storage.tables.core import course_enrollments as course_enrollments
from mock_lms.storage.tables.core import courses as courses
from mock_lms.storage.tables.core import learning_plan_courses as learning_plan_courses
from mock_lms.storage.tables.core import learning_plan_enrollments as learning_plan_enrollments
from mock_lms.storage.tables.core import learning_plans as learning_plans
from mock_lms.storage.tables.core import meta as meta
from mock_lms.storage.tables.core import outbox as outbox
from mock_lms.storage.tables.core import tracks as tracks
from mock_lms.storage.tables.core import users as users
from mock_lms.storage.tables.fields import course_field_values as course_field_values
from mock_lms.storage.tables.fields import enrollment_field_values as enrollment_field_values
from mock_lms.storage.tables.fields import fields as fields
from mock_lms.storage.tables.fields import user_field_values as user_field_values
from mock_lms.storage.tables.people import branch_members as branch_members
from mock_lms.storage.tables.people import branches as branches
from mock_lms.storage.tables.people import group_members as group_members
from mock_lms.storage.tables.people import managers as managers
from mock_lms.storage.tables.people import user_groups as user_groups

COUNTED = counted()
"""The tables whose ids the server gives, one after the other, and never twice."""

UNSAVED = unsaved()
"""What is about this state of the tenant only: empty in every snapshot, fork and export, and after a restore."""
