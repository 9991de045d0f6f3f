"""A plain model of the lists of enrollments: whole tables, filtered and sorted in Python; and who writes to them."""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any

from sqlalchemy import select

from mock_lms.domain.enrollments import PROGRESS
from mock_lms.storage import tables
from mock_lms.storage.database import Statement, Transaction
from tests.support.lms import put
from tests.support.stores import plant

COURSES = {1: "beta", 2: "Alpha", 3: "alpha", 4: "beta", 5: "omega"}
USERS = {11: "mia", 12: "Zoe", 13: "abe", 14: "Bob", 15: "eve", 16: "dan", 17: "kim"}
PLANS = {1: (1, 2), 2: (2, 5), 3: ()}
AT = "2026-01-0{} 08:00:00"
HOLDS: tuple[dict[str, str], ...] = ({"hold": "suspended"}, {"hold": "waiting"}, {}, {})
STATUSES = (*sorted(PROGRESS), "suspended", "waiting")


def planted(transaction: Transaction) -> None:
    """Courses, users and plans with nobody in them."""
    plant(transaction)
    for course, name in COURSES.items():
        kind = "classroom" if course == 4 else "elearning"
        own = {"uid": f"E-{course}", "code": f"C{course}", "type": kind}
        put(transaction, tables.courses, id=course, name=name, created_at="", updated_at="", **own)
    for user, name in USERS.items():
        put(transaction, tables.users, id=user, username=name, created_at="", updated_at="", identity="")
    for plan, courses in PLANS.items():
        put(transaction, tables.learning_plans, id=plan, uuid="", name=f"P{plan}", created_at="", updated_at="")
        for position, course in enumerate(courses, 1):
            put(
                transaction,
                tables.learning_plan_courses,
                learning_plan_id=plan,
                course_id=course,
                position=position,
            )


def enroll(transaction: Transaction, course: int, user: int, at: str = "", **more: Any) -> None:
    own = {"course_id": course, "user_id": user, "id": course * 100 + user, "enrolled_at": at, "updated_at": at}
    put(transaction, tables.course_enrollments, **own, **more)


def write(random: Random, transaction: Transaction) -> None:
    """Enrolls or unenrolls someone, or has someone get on."""
    course, user = random.choice(list(COURSES)), random.choice(list(USERS))
    pair = f"course_id = {course} AND user_id = {user}"
    at = AT.format(random.randrange(1, 4))
    match random.randrange(6):
        case 0 | 1 | 2:
            transaction.execute(f"DELETE FROM course_enrollments WHERE {pair}")
            enroll(transaction, course, user, at, level=random.choice((3, 6)), **random.choice(HOLDS))
        case 3:
            transaction.execute(f"DELETE FROM course_enrollments WHERE {pair}")
        case 4:
            transaction.execute(f"DELETE FROM tracks WHERE {pair}")
            status = random.choice(sorted(PROGRESS))
            done = {"completed_at": at} if status == "completed" else {}
            put(transaction, tables.tracks, course_id=course, user_id=user, status=str(status), **done)
        case 5:
            plan = random.choice(list(PLANS))
            member = f"learning_plan_id = {plan} AND user_id = {user}"
            transaction.execute(f"DELETE FROM learning_plan_enrollments WHERE {member}")
            if random.random() < 0.8:
                put(
                    transaction,
                    tables.learning_plan_enrollments,
                    learning_plan_id=plan,
                    user_id=user,
                    enrolled_at=at,
                    updated_at=at,
                )


_ALL = {
    table.name: Statement(select(table))
    for table in (tables.course_enrollments, tables.tracks, tables.learning_plan_enrollments)
}


def model(transaction: Transaction) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Every course enrollment and every learning plan enrollment, with all that filters and sorts ask for."""

    def rows(table: Any) -> list[dict[str, Any]]:
        names = [column.name for column in table.c]
        return [dict(zip(names, row, strict=True)) for row in transaction.rows(_ALL[table.name])]

    tracks = {(row["course_id"], row["user_id"]): row for row in rows(tables.tracks)}
    members = rows(tables.learning_plan_enrollments)
    of_plans = {(row["learning_plan_id"], row["user_id"]) for row in members}
    enrollments = rows(tables.course_enrollments)
    for row in enrollments:
        track = tracks.get((row["course_id"], row["user_id"]), {})
        row["status"] = row["hold"] or track.get("status") or "subscribed"
        row["completed_at"] = track.get("completed_at")
        row["name"], row["username"] = COURSES[row["course_id"]], USERS[row["user_id"]]
        row["type"] = "classroom" if row["course_id"] == 4 else "elearning"
        plans = [plan for plan, courses in PLANS.items() if row["course_id"] in courses]
        row["outside_plans"] = not plans
        row["plan"] = [plan for plan in plans if (plan, row["user_id"]) in of_plans]
    for row in members:
        courses = PLANS[row["learning_plan_id"]]
        seen = [tracks.get((course, row["user_id"]), {}).get("status", "subscribed") for course in courses]
        done = bool(seen) and set(seen) == {"completed"}
        row["status"] = "completed" if done else "in_progress" if set(seen) - {"subscribed"} else "subscribed"
        row["username"] = USERS[row["user_id"]]
    return enrollments, members


SORTS: dict[str, dict[str | None, str]] = {
    "course_id": {
        "course_id": "course_id",
        "user_id": "user_id",
        "username": "username",
        "course_name": "name",
        "enrollment_created_at": "enrolled_at",
        "enrollment_completion_date": "completed_at",
    },
    "learning_plan_id": {
        "learning_plan_id": "learning_plan_id",
        "user_id": "user_id",
        "username": "username",
        "enrollment_created_at": "enrolled_at",
    },
}


def any_filters(random: Random, target: str) -> tuple[dict[str, Any], Callable[[dict[str, Any]], bool]]:
    """Up to two filters, and whether a row fulfils them."""
    statuses = random.sample(STATUSES, random.randrange(1, 4))
    users = random.sample(list(USERS), 3)
    since = AT.format(random.randrange(1, 4))
    known: dict[str, tuple[Any, Callable[[dict[str, Any]], bool]]] = {
        "statuses": (statuses, lambda row: row["status"] in statuses),
        "users": (users, lambda row: row["user_id"] in users),
        "updated_from": (since, lambda row: row["updated_at"] >= since),
    }
    if target == "course_id":
        plan = random.choice(list(PLANS))
        known |= {
            "courses": ([1, 3, 5], lambda row: row["course_id"] in {1, 3, 5}),
            "levels": ([6], lambda row: row["level"] == 6),
            "types": (["classroom"], lambda row: row["type"] == "classroom"),
            "codes": (["C2", "C3"], lambda row: row["course_id"] in {2, 3}),
            "search": ("ALPHA", lambda row: row["course_id"] in {2, 3}),
            "outside_plans": (True, lambda row: row["outside_plans"]),
            "plan": (plan, lambda row: plan in row["plan"]),
        }
    else:
        known |= {
            "plans": ([1, 3], lambda row: row["learning_plan_id"] in {1, 3}),
            "search": ("p2", lambda row: row["learning_plan_id"] == 2),
        }
    names = random.sample(sorted(known), random.choice((0, 1, 1, 1, 2)))
    return {name: known[name][0] for name in names}, lambda row: all(known[name][1](row) for name in names)


def in_order(rows: list[dict[str, Any]], attribute: str, *, descending: bool) -> bool:
    """Whether the rows' values ascend or descend, and nulls are behind all others."""
    values = [row[attribute] for row in rows]
    without = [value for value in values if value is not None]
    return values[: len(without)] == sorted(without, reverse=descending)
