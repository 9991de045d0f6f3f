"""The rules of a second implementation, which shares nothing with mock-lms: dictionaries, and other choices than its.

Wherever several behaviors are legitimate it has another one than mock-lms has by default.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

CAP, LARGEST_PAGE = 1_000, 200
CASCADE = "cascade_unenroll_from_courses_in_selected_learning_plan"
STATUSES = ("subscribed", "in_progress", "completed")
NOT_BEGUN = {"subscribed", "enrolled", "not_started"}
FILTERS = {
    **{name: name for name in ("user_id", "course_id", "learning_plan_id", "enrollment_status", "status", "type")},
    **{f"id_{what}": f"{what}_id" for what in ("user", "course", "learning_plan")},
}
counter = iter(range(70_001, 99_999_999, 7))


Query = Sequence[tuple[str, str]]


class Refuse(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


def now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S")


def number(value: Any, least: int = 1) -> int:
    """An id. Raises `Refuse`."""
    if isinstance(value, str) and re.fullmatch("0|[1-9][0-9]{0,14}", value):
        value = int(value)
    if type(value) in {int, float} and value == value // 1 and least <= value < 10**15:
        return int(value)
    raise Refuse(400, f"{json.dumps(value)[:40]} identifies nothing")


def numbers(body: dict[str, Any], name: str, least: int = 1) -> list[int]:
    ids = body.get(name, [])
    if not isinstance(ids, list):
        raise Refuse(400, f"{name}: expected a list")
    return list(dict.fromkeys(number(identifier, least) for identifier in ids))


class Lms:
    """One world. Who is enrolled, what they have done, who is in which plan, who holds which certificate."""

    def __init__(self, params: dict[str, Any]) -> None:
        self.token = secrets.token_hex(16)
        self.users = [next(counter) for _ in range(params["users"])]
        self.courses = [next(counter) for _ in range(params["courses"])]
        self.plans = {next(counter): [self.courses[index] for index in courses] for courses in params["plans"]}
        self.enrolled: dict[tuple[int, int], str] = {}
        self.tracks: dict[tuple[int, int], dict[str, Any]] = {}
        plans = list(self.plans)
        self.members = {(self.users[user], plans[plan]) for user, plan in params["memberships"]}
        self.papers = {(self.users[user], self.courses[course]) for user, course in params["certificates"]}
        for user, course, status in params["enrollments"]:
            self.enroll(self.users[user], self.courses[course], status)

    def enroll(self, user: int, course: int, status: str = "subscribed") -> None:
        self.enrolled[user, course] = now()
        done = ("2026-02-02 12:00:00", 75) if status == "completed" else (None, None)
        self.tracks[user, course] = {"status": status, "completed": done[0], "score": done[1]}

    def leave(self, user: int, course: int, *, reset: bool = False, shred: bool = False) -> None:
        if self.enrolled.pop((user, course), None) is None:
            return
        if reset:
            self.tracks.pop((user, course), None)
        if shred:
            self.papers.discard((user, course))

    def obstacle(self, user: int, course: int) -> str:
        """Why the user cannot be taken from the course. Nothing where that is possible."""
        if (user, course) not in self.enrolled:
            return "has no seat there"
        held = any((user, plan) in self.members for plan, courses in self.plans.items() if course in courses)
        return "a plan holds the seat" if held else ""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        users, courses = numbers(body, "user_ids")[:CAP], numbers(body, "course_ids", 0)
        plans = numbers(body, "learningplan_ids", 0)
        reset, cascade, shred = (
            body.get(name, False) for name in ("reset_tracks", CASCADE, "delete_issued_certificates")
        )
        if not users or not any((*courses, *plans)):
            raise Refuse(400, "who is to leave what?")
        if {type(flag) for flag in (reset, cascade, shred)} != {bool}:
            raise Refuse(400, "a flag is true or false")
        left: dict[int, None] = {}
        errors = []
        for user in users:
            for plan in plans:
                if (user, plan) not in self.members:
                    errors.append({"user_id": user, "learning_plan_id": plan, "message": "no member"})
                    continue
                self.members.discard((user, plan))
                left[user] = None
                for course in self.plans[plan] if cascade else ():
                    self.leave(user, course, reset=reset, shred=shred)
            for course in courses:
                why = self.obstacle(user, course)
                if why:
                    errors.append({"user_id": user, "course_id": course, "message": why})
                else:
                    self.leave(user, course, reset=reset, shred=shred)
                    left[user] = None
        return {"un_enrolled": list(left), "errors": errors}

    def bulk_enroll(self, body: dict[str, Any]) -> dict[str, Any]:
        users, courses = numbers(body, "user_ids"), numbers(body, "course_ids")
        if not 0 < len(users) <= CAP or not courses:
            raise Refuse(400, "who is to take what?")
        new: list[tuple[int, int]] = []
        old: list[tuple[int, int]] = []
        for user, course in ((user, course) for user in users for course in courses):
            if user in self.users and course in self.courses:
                (old if (user, course) in self.enrolled else new).append((user, course))
        for pair in new:
            self.enroll(*pair)
        unknown = {
            "existing_enrollments": _seats(old),
            "invalid_users": [user for user in users if user not in self.users],
            "invalid_courses": [course for course in courses if course not in self.courses],
        }
        return {"enrolled": _seats(new), "errors": {name: ids for name, ids in unknown.items() if ids} or []}

    def bulk_update(self, body: dict[str, Any]) -> dict[str, Any]:
        wanted = "status" in body
        status = number(body.get("status", 0), 0)
        if status >= len(STATUSES):
            raise Refuse(400, "status goes from 0 to 2 here")
        pairs = [(user, course) for course in numbers(body, "course_ids") for user in numbers(body, "user_ids")]
        known = [pair for pair in pairs if pair in self.enrolled]
        for pair in known:
            if wanted:
                completed = body.get("date_complete", now()) if STATUSES[status] == "completed" else None
                self.tracks[pair] |= {"status": STATUSES[status], "completed": completed}
            if "score_given" in body:
                self.tracks[pair]["score"] = body["score_given"]
        lost = [{"course_id": course, "user_id": user} for user, course in pairs if (user, course) not in known]
        return {
            "updated": [{"course_id": course, "user_id": user} for user, course in known],
            "not_updated": [{"invalid_enrollments": lost}] if lost else [],
        }

    def join(self, plan: int, body: dict[str, Any]) -> dict[str, Any]:
        if plan not in self.plans:
            raise Refuse(404, "an unheard-of plan")
        items = body.get("items")
        users = [user for user in numbers(items if isinstance(items, dict) else {}, "user_ids") if user in self.users]
        new = [user for user in users if (user, plan) not in self.members]
        self.members |= {(user, plan) for user in new}
        return {"enrolled": new, "errors": [f"{user} sits there already" for user in users if user not in new]}

    def one(self, course: int, user: int) -> dict[str, Any]:
        if (user, course) not in self.enrolled:
            raise Refuse(404, "nobody sits there")
        track = self.tracks[user, course]
        return {"records": {"id": course, "status": track["status"], "score": track["score"]}}

    def drop(self, course: int, user: int) -> dict[str, Any]:
        if (user, course) not in self.enrolled:
            return {"deleted_enrollment": 0}
        if self.obstacle(user, course):
            raise Refuse(403, self.obstacle(user, course))
        self.leave(user, course)
        return {"deleted_enrollment": user + course}

    def seats(self, query: Query = ()) -> list[dict[str, Any]]:
        rows = []
        users, courses = named(query, "user_id", "id_user"), named(query, "course_id", "id_course")
        for user, course in self.enrolled:
            if (users and str(user) not in users) or (courses and str(course) not in courses):
                continue  # page leaves these out, too; not to make them is all the difference
            track = self.tracks[user, course]
            status = "enrolled" if track["status"] == "subscribed" else track["status"]
            told = {"status": status, "score": track["score"], "completion_date": track["completed"]}
            rows.append({"user_id": user, "course_id": course, **{f"enrollment_{key}": told[key] for key in told}})
        return rows

    def memberships(self) -> list[dict[str, Any]]:
        return [{"user_id": user, "learning_plan_id": plan, "enrollment_status": "not_started"}
                for user, plan in sorted(self.members)]  # fmt: skip

    def everything(self, query: Query = ()) -> list[dict[str, Any]]:
        seats = [{"id": row["course_id"], "type": "elearning", **row} for row in self.seats(query)]
        plans = [{"id": row["learning_plan_id"], "type": "learning_plan", **row} for row in self.memberships()]
        return [{**row, "status": row["enrollment_status"]} for row in (*seats, *plans)]

    def inspect(self, users: list[int]) -> list[dict[str, Any]]:
        return [
            {"user_id": user,
             "tracking": [{"course_id": c, "status": track["status"], "score": track["score"]}
                          for (u, c), track in self.tracks.items() if u == user],
             "certificates": [{"course_id": c} for u, c in sorted(self.papers) if u == user]}
            for user in users
        ]  # fmt: skip


def _seats(pairs: Iterable[tuple[int, int]]) -> list[dict[str, Any]]:
    return [{"id_user": user, "id_course": course, "waiting": False} for user, course in pairs]


def named(query: Query, *names: str) -> set[str]:
    """What a query says under one of these names."""
    return {value for key, value in query if key.partition("[")[0] in names}


def page(rows: list[dict[str, Any]], query: Query) -> dict[str, Any]:
    """Those rows that the query names, a page of them."""
    wanted: dict[str, set[str]] = {}
    plain = {}
    for key, value in query:
        plain[key] = value
        wanted.setdefault(re.sub(r"\[\d*\]$", "", key), set()).add(value)
    for key in wanted.keys() & FILTERS.keys():
        if wanted[key] & NOT_BEGUN:
            wanted[key] |= NOT_BEGUN
        rows = [row for row in rows if str(row.get(FILTERS[key])) in wanted[key]]
    at = max(1, number(plain.get("page", 1), 0))
    size = min(LARGEST_PAGE, number(plain.get("page_size", 10)))
    shown = rows[(at - 1) * size : at * size]
    return {
        "items": shown,
        "count": len(shown),
        "has_more_data": at * size < len(rows),
        "current_page": at,
        "current_page_size": size,
        "total_page_count": -(-len(rows) // size),
        "total_count": len(rows),
    }
