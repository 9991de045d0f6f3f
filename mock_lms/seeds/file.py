"""Seed files: what they may say, checked to the line, and the rows that follow."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import Table

from mock_lms.domain.enrollments import PROGRESS, Level, Status
from mock_lms.domain.values import COURSE_STATUSES, COURSE_TYPES, MAX_LONG_TEXT, USER_LEVELS
from mock_lms.seeds import keys
from mock_lms.seeds.catalog import Catalog
from mock_lms.seeds.errors import UnusableSeed
from mock_lms.seeds.fields import Fields
from mock_lms.seeds.nodes import Node, read_nodes, shown
from mock_lms.seeds.people import People
from mock_lms.seeds.values import (
    Reader,
    Record,
    choice,
    date_time,
    items,
    known,
    new_id,
    number,
    once,
    record,
    score,
    text,
    truth,
)
from mock_lms.storage import tables
from mock_lms.storage.database import Transaction
from mock_lms.storage.meta import ADMIN, ADMIN_ID

LARGEST = 16 * 1024 * 1024


def plant(transaction: Transaction, name: str, data: bytes, *, now: str, hash_password: Callable[[str], str]) -> None:
    """Fills the tenant with what a file of this name says. Raises `UnusableSeed`, before it writes anything."""
    rows = _Contents(read_nodes(name, data), now).rows
    planted = hashlib.sha256(data).hexdigest()[:16]
    for user in rows[tables.users]:
        password = user.pop("password")
        user["password_hash"] = password and hash_password(password)
        user["identity"] = planted  # the same file has the same users, of another file nobody is
    for table, records in rows.items():
        if records:
            columns = tuple(records[0])
            transaction.insert(table, columns, (tuple(record.values()) for record in records))


def bytes_of(path: str) -> bytes:
    """What the file holds. Raises `UnusableSeed`."""
    try:
        with open(path, "rb") as file:  # noqa: PTH123 -- Path("") would be the working directory
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise UnusableSeed(
            f"{shown(path, 1_000)}: {reason}; a seed is demo, empty, scale, or the path of a YAML or JSON file"
        ) from None
    if len(data) > LARGEST:
        raise UnusableSeed(f"{shown(path, 1_000)}: the file is larger than the {LARGEST:,} bytes that are read")
    return data


_LEVELS = {**{level.name.lower(): int(level) for level in Level}, **{str(int(level)): int(level) for level in Level}}
_ACCESS: dict[str, Reader] = {"first_access_at": date_time, "last_access_at": date_time, "completed_at": date_time}
_TRACKING: dict[str, Reader] = {**_ACCESS, "score": score, "time_spent": number("number of seconds")}
_VALIDITY: dict[str, Reader] = {"valid_from": date_time, "valid_until": date_time}
_NAMED: dict[str, Reader] = {"code": text(), "description": text(most=MAX_LONG_TEXT), "certificate": text(1)}


class _Contents:
    """The rows that a file makes. Every section is checked against those before it."""

    def __init__(self, root: Node, now: str) -> None:
        self.users: dict[int, int] = {}
        self.courses: dict[int, int] = {}
        self.plans: dict[int, int] = {}
        self.user, self.course = known("user", self.users), known("course", self.courses)
        self.plan = known("learning plan", self.plans)
        self.titles: dict[tuple[str, int], str | None] = {}
        self.enrolled: dict[Any, int] = {}
        self.rows: dict[Table, list[Record]] = {table: [] for table in tables.metadata.sorted_tables}
        fields = Fields(self.rows)
        self.catalog = Catalog(self.rows, fields, self.course, self.plan)
        self.people = People(self.rows, fields, self.user)
        self.enrollment_fields = fields.values("enrollment")
        # in the order of reading: each speaks of what is above it
        readers: dict[str, Callable[[Sequence[Node]], None]] = {
            "branches": lambda entries: self.people.branches(entries, self.since),
            "user_fields": lambda entries: fields.read("user", entries),
            "users": self._read_users,
            "groups": lambda entries: self.people.groups(entries, self.since),
            "categories": lambda entries: self.catalog.categories(entries, self.since),
            "course_fields": lambda entries: fields.read("course", entries),
            "courses": self._read_courses,
            "learning_plans": self._read_learning_plans,
            "enrollment_fields": lambda entries: fields.read("enrollment", entries),
            "enrollments": self._read_enrollments,
            "tracks": self._read_tracks,
            "learning_plan_enrollments": self._read_learning_plan_enrollments,
            "certificates": self._read_certificates,
            "learning_objects": lambda entries: self.catalog.learning_objects(entries, self.since),
            "catalogs": lambda entries: self.catalog.catalogs(entries, self.since),
            "certifications": lambda entries: self.catalog.certifications(entries, self.since),
            "locations": lambda entries: self.catalog.locations(entries, self.since),
        }
        sections = record(root, {}, {"created_at": date_time, **dict.fromkeys((*readers, keys.SECTION), items)})
        self.since: str = sections["created_at"] or now
        for name, read in readers.items():
            read(sections[name] or ())

    def _read_users(self, entries: Sequence[Node]) -> None:
        usernames: dict[Any, int] = {}
        any_id = new_id("user", self.users)

        def user_id(node: Node) -> int:
            number = any_id(node)
            if number == ADMIN_ID:
                raise node.refuse(f"the id {ADMIN_ID} belongs to the superadmin {ADMIN} that every tenant has")
            return number

        def username(node: Node) -> str:
            name: str = text(1)(node)
            if name == ADMIN:
                raise node.refuse(f"the username {ADMIN} belongs to the superadmin that every tenant has")
            once(node, usernames, name, f"there is a user {shown(name)}")
            return name

        names = dict.fromkeys(("firstname", "lastname", "email"), text())
        rights = {"level": choice(USER_LEVELS), "active": truth, "password": text(1)}
        user_ids: dict[str, int] = {}
        for entry in entries:
            optional = {**names, **rights, **self.people.of_user}
            user = self.people.complete(record(entry, {"id": user_id, "username": username}, optional))
            user_ids[user["username"]] = user["id"]
            user |= {name: user[name] or "" for name in names}
            user["level"] = user["level"] or "user"
            user["active"] = 1 if user["active"] is None else user["active"]
            self.rows[tables.users].append(self._dated(user))
        self.people.managers(user_ids)

    def _read_courses(self, entries: Sequence[Node]) -> None:
        required = {"id": new_id("course", self.courses), "name": text(1)}
        kinds = {"type": choice(COURSE_TYPES), "status": choice(COURSE_STATUSES)}
        dates = {"start_date": date_time, "end_date": date_time}
        optional = {"uid": text(1), **_NAMED, **kinds, **dates, **self.catalog.of_course}
        for entry in entries:
            course = self.catalog.complete(record(entry, required, optional))
            course["uid"] = course["uid"] or f"E-{course['id']:06}"
            course["type"] = course["type"] or "elearning"
            course["status"] = course["status"] or "published"
            self.titles["course", course["id"]] = course["certificate"]
            self.rows[tables.courses].append(self._dated(self._described(course)))

    def _read_learning_plans(self, entries: Sequence[Node]) -> None:
        required = {"id": new_id("learning plan", self.plans), "name": text(1)}
        for entry in entries:
            plan = record(entry, required, {"uuid": text(1), **_NAMED, "courses": items})
            plan["uuid"] = plan["uuid"] or f"00000000-0000-4000-8000-{plan['id']:012}"
            self.titles["learning_plan", plan["id"]] = plan["certificate"]
            lines: dict[Any, int] = {}
            for position, node in enumerate(plan.pop("courses") or (), 1):
                course = self.course(node)
                once(node, lines, course, f"the learning plan has course {course}")
                row = {"learning_plan_id": plan["id"], "course_id": course, "position": position}
                self.rows[tables.learning_plan_courses].append(row)
            self.rows[tables.learning_plans].append(self._dated(self._described(plan)))

    def _read_enrollments(self, entries: Sequence[Node]) -> None:
        optional = {"level": choice(_LEVELS), "status": choice(Status), "enrolled_at": date_time}
        optional["fields"] = self.enrollment_fields
        for row_id, entry in enumerate(entries, 1):
            values = record(entry, {"course": self.course, "user": self.user}, {**optional, **_TRACKING, **_VALIDITY})
            course, user = values["course"], values["user"]
            once(entry, self.enrolled, (course, user), f"user {user} is enrolled in course {course}")
            status = values["status"] or Status.SUBSCRIBED
            enrolled_at = values["enrolled_at"] or self.since
            self._track(entry, values, status, enrolled_at)
            row = {"course_id": course, "user_id": user, "id": row_id, "level": values["level"] or int(Level.STUDENT)}
            row["hold"] = None if status in PROGRESS else status.value
            dates = enrolled_at, values["completed_at"] or "", values["last_access_at"] or ""
            row |= self._since(values, enrolled_at) | {"updated_at": max(dates)}
            self.rows[tables.course_enrollments].append(row)
            for field, value in values["fields"] or ():
                row = {"course_id": course, "user_id": user, "field_id": field, "value": value}
                self.rows[tables.enrollment_field_values].append(row)

    def _read_tracks(self, entries: Sequence[Node]) -> None:
        lines: dict[Any, int] = {}
        optional = {"status": choice(word for word in Status if word in PROGRESS), **_TRACKING}
        for entry in entries:
            values = record(entry, {"course": self.course, "user": self.user}, optional)
            pair = values["course"], values["user"]
            if pair in self.enrolled:
                raise entry.refuse(f"the enrollment in line {self.enrolled[pair]} holds this tracking; write it there")
            once(entry, lines, pair, f"user {pair[1]} has tracking in course {pair[0]}")
            self._track(entry, values, values["status"] or Status.IN_PROGRESS, self.since, always=True)

    def _track(self, entry: Node, values: Record, status: Status, since: str, *, always: bool = False) -> None:
        """The tracking of an entry, if it has any. Fills in when a completed one was completed."""
        has_tracking = any(values[name] is not None for name in _TRACKING)
        if status is Status.COMPLETED:
            values["completed_at"] = values["completed_at"] or since
        elif status in PROGRESS and values["completed_at"]:
            raise entry.refuse(f"completed_at needs the status completed, and this is {status}")
        elif status not in PROGRESS and has_tracking:
            # behind a hold is what the learner had reached before it
            status = Status.COMPLETED if values["completed_at"] else Status.IN_PROGRESS
        if always or has_tracking or status in {Status.COMPLETED, Status.IN_PROGRESS}:
            row = {"course_id": values["course"], "user_id": values["user"], "status": status.value}
            row |= {name: values[name] for name in _TRACKING}
            self.rows[tables.tracks].append(row | {"time_spent": values["time_spent"] or 0})

    def _read_learning_plan_enrollments(self, entries: Sequence[Node]) -> None:
        lines: dict[Any, int] = {}
        required = {"learning_plan": self.plan, "user": self.user}
        for entry in entries:
            values = record(entry, required, {"enrolled_at": date_time, **_VALIDITY})
            plan, user = values["learning_plan"], values["user"]
            once(entry, lines, (plan, user), f"user {user} is in learning plan {plan}")
            enrolled_at = values["enrolled_at"] or self.since
            row = {
                "learning_plan_id": plan,
                "user_id": user,
                **self._since(values, enrolled_at),
                "updated_at": enrolled_at,
            }
            self.rows[tables.learning_plan_enrollments].append(row)

    def _read_certificates(self, entries: Sequence[Node]) -> None:
        lines: dict[Any, int] = {}
        optional = {"course": self.course, "learning_plan": self.plan, "issued_at": date_time}
        for row_id, entry in enumerate(entries, 1):
            values = record(entry, {"user": self.user}, optional)
            if (values["course"] is None) == (values["learning_plan"] is None):
                raise entry.refuse("a certificate names a course or a learning_plan, one of them")
            kind = "course" if values["learning_plan"] is None else "learning_plan"
            words = f"{kind.replace('_', ' ')} {values[kind]}"
            title = self.titles[kind, values[kind]]
            if title is None:
                raise entry.refuse(f"{words} issues none; give it a title as its certificate")
            once(entry, lines, (kind, values[kind], values["user"]), f"user {values['user']} holds that of {words}")
            row = {"id": row_id, "user_id": values["user"], "course_id": values["course"]}
            row |= {"learning_plan_id": values["learning_plan"], "title": title}
            self.rows[tables.certificates].append(row | {"issued_at": values["issued_at"] or self.since})

    def _dated(self, row: Record) -> Record:
        return row | {"created_at": self.since, "updated_at": self.since}

    def _described(self, row: Record) -> Record:
        return row | {"code": row["code"] or "", "description": row["description"] or ""}

    def _since(self, values: Record, enrolled_at: str) -> Record:
        validity = {name: values[name] for name in _VALIDITY}
        return {"enrolled_at": enrolled_at, "enrolled_by": ADMIN_ID, **validity}
