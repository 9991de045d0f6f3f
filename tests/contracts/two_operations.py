"""A server of two operations, as somebody writes it in an hour: the bulk unenrollment, and one list.

It imports nothing of ours, so that a test can put it beside the handler that `mock-lms-contracts init` prints.
"""

from __future__ import annotations

import itertools
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

FLAGS = ("reset_tracks", "cascade_unenroll_from_courses_in_selected_learning_plan", "delete_issued_certificates")
enrolled: dict[tuple[int, int], str] = {}
numbers = itertools.count(1_001)


def new_user() -> int:
    return next(numbers)


new_course = new_user


def enroll(user: int, course: int, status: str) -> None:
    enrolled[user, course] = status


def remove(world: dict[str, list[int]]) -> None:
    for pair in [pair for pair in enrolled if pair[0] in world["users"]]:
        del enrolled[pair]


def unenroll(body: Any) -> dict[str, Any]:
    """Raises whatever, where the body is not what it should be."""
    users, courses = ([int(str(number)) for number in body[name]] for name in ("user_ids", "course_ids"))
    if not (0 < len(users) <= 1_000 and courses and min(users) > 0 and isinstance(body["user_ids"], list)):
        raise ValueError
    if any(not isinstance(body.get(flag, False), bool) for flag in FLAGS):
        raise ValueError
    gone: dict[int, None] = {}
    errors = []
    for user, course in itertools.product(dict.fromkeys(users), dict.fromkeys(courses)):
        if enrolled.pop((user, course), None):
            gone[user] = None
        else:
            errors.append(f"user {user} is not enrolled in course {course}")
    return {"un_enrolled": list(gone), "errors": errors}


def listed(query: dict[str, list[str]]) -> dict[str, Any]:
    users, courses = ({int(number) for number in query.get(name, ())} for name in ("user_id[]", "course_id[]"))
    rows = [
        {"user_id": user, "course_id": course, "enrollment_status": status}
        for (user, course), status in sorted(enrolled.items())
        if (not users or user in users) and (not courses or course in courses)
    ]
    page, size = int(query.get("page", ["1"])[0]), min(200, int(query.get("page_size", ["200"])[0]))
    items = rows[(page - 1) * size : page * size]
    more = page * size < len(rows)
    return {"items": items, "count": len(items), "total_count": len(rows), "has_more_data": more}


class Lms(BaseHTTPRequestHandler):
    """The doors."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1  # the whole answer at once

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        served = parts.path == "/course/v1/courses/enrollments"
        self.say(200, {"data": listed(parse_qs(parts.query))}) if served else self.say(404, {})

    def do_DELETE(self) -> None:
        raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path != "/learn/v1/enrollments":
            self.say(404, {})
            return
        try:
            self.say(200, {"data": unenroll(json.loads(raw))})
        except (ValueError, TypeError, KeyError, AttributeError):
            self.say(400, {"name": "Refused", "message": ["who is to leave what?"], "code": 400, "status": 400})

    def say(self, status: int, body: dict[str, Any]) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def start(port: int) -> None:
    """Serves until the process ends."""
    threading.Thread(target=ThreadingHTTPServer(("127.0.0.1", port), Lms).serve_forever, daemon=True).start()
