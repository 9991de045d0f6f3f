"""The doors of that implementation: `http.server`, one lock.

Each world is under `/w/NAME`; POST /state prepares them, in the wire form that ADAPTERS.md of the suite describes.
`python -m tests.contracts.independent.server 8099` starts it.
"""

from __future__ import annotations

import json
import re
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from tests.contracts.independent.lms import Lms, Refuse, number, page

LARGEST_BODY = 4_000_000
CLAIMS: dict[str, Any] = {
    "capabilities": ["learning_plans", "certificates", "inspect", "other_tenant", "own_worlds"],
    "variants": {
        "over_cap": "truncate",
        "errors_style": "objects",
        "placeholder_zero": "report",
        "shared_courses": "remove",
        "course_in_plan": "refuse",
        "reenrollment": "discard",
        "unenroll_missing": "zero",
        "record_status": "string",
        "enroll_errors": "object",
        "plan_enrolls_courses": "no",
    },
    "limits": {"users": 5_000},
    "build": "http.server and dictionaries",
}

SEAT = r"/learn/v1/enrollments/([^/]+)/([^/]+)"
PLANS = "/learningplan/v1/learningplans"
Route = Callable[[Lms, list[int], Any, list[tuple[str, str]]], Any]
ROUTES: list[tuple[str, str, Route]] = [
    ("DELETE", "/learn/v1/enrollments", lambda lms, _, body, __: lms.bulk_unenroll(body)),
    ("POST", "/learn/v1/enrollments", lambda lms, _, body, __: lms.bulk_enroll(body)),
    ("PUT", "/learn/v1/enrollments", lambda lms, _, body, __: lms.bulk_update(body)),
    ("GET", "/learn/v1/enrollments", lambda lms, _, __, query: page(lms.everything(query), query)),
    ("GET", SEAT, lambda lms, ids, *_: lms.one(*ids)),
    ("DELETE", SEAT, lambda lms, ids, *_: lms.drop(*ids)),
    ("PUT", SEAT, lambda lms, ids, body, _: lms.bulk_update({**body, "course_ids": ids[:1], "user_ids": ids[1:]})),
    ("GET", "/course/v1/courses/enrollments", lambda lms, _, __, query: page(lms.seats(query), query)),
    ("GET", f"{PLANS}/enrollments", lambda lms, _, __, query: page(lms.memberships(), query)),
    ("POST", f"{PLANS}/([^/]+)/enrollments/bulk", lambda lms, ids, body, _: lms.join(ids[0], body)),
]  # fmt: skip


class Desk(ThreadingHTTPServer):
    """All worlds. `kind` is what a world is made of."""

    daemon_threads = True

    def __init__(self, port: int = 0, kind: type[Lms] = Lms) -> None:
        super().__init__(("127.0.0.1", port), Handler)
        self.kind, self.lock = kind, threading.Lock()
        self.worlds: dict[str, Lms] = {}
        self.url = f"http://127.0.0.1:{self.server_address[1]}"

    def state(self, body: dict[str, Any]) -> dict[str, Any]:
        state, params = body["state"], body["params"]
        name = params.get("name", "")
        if state == "claims":
            return CLAIMS
        if state == "world":
            for world in (name, f"{name}-other"):
                self.worlds.pop(world, None)
            if body["action"] == "teardown":
                return {}
            lms = self.worlds[name] = self.kind(params)
            return {"users": lms.users, "courses": lms.courses, "plans": list(lms.plans), "token": lms.token,
                    "base_url": f"{self.url}/w/{name}"}  # fmt: skip
        if state == "inspect":
            return {"learners": self.worlds[name].inspect(params["user_ids"])}
        if state == "other_token":
            empty = {"users": 0, "courses": 0, "plans": [], "enrollments": [], "memberships": [], "certificates": []}
            self.worlds[f"{name}-other"] = self.kind(empty)
            return {"token": self.worlds[f"{name}-other"].token}
        raise Refuse(404, f"no state {state}")


class Handler(BaseHTTPRequestHandler):
    """From bytes to a call and back."""

    protocol_version = "HTTP/1.1"
    wbufsize = 1 << 16  # an answer in one piece: a second one would wait 40 ms for the first to be acknowledged
    server: Desk

    def handle_any(self) -> None:
        try:
            raw = self.read()
            with self.server.lock:
                status, body = 200, self.answer(raw)
        except Refuse as refused:
            status = refused.status
            body = {"name": "Refused", "message": [refused.why], "code": status, "status": status}
        except ConnectionError:
            self.close_connection = True  # without a word
            return
        except Exception as error:  # noqa: BLE001 -- the last resort
            status, body = 500, {"name": "Broken", "message": [repr(error)], "code": 500, "status": 500}
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_GET = do_POST = do_PUT = do_DELETE = handle_any  # noqa: N815 -- http.server's names

    def read(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.close_connection = True
            raise Refuse(413, "too much")
        return self.rfile.read(length)

    def answer(self, raw: bytes) -> dict[str, Any]:
        parts = urlsplit(self.path)
        if parts.path == "/state":
            return self.server.state(json.loads(raw))
        _, _, name, *rest = (*parts.path.split("/", 3), "")
        lms = self.server.worlds.get(name)
        if lms is None or self.headers.get("Authorization") != f"Bearer {lms.token}":
            raise Refuse(401, "show a token of this house")
        for method, pattern, call in ROUTES:
            match = re.fullmatch(pattern, f"/{rest[0]}")
            if match and method == self.command:
                ids = [number(unquote(segment)) for segment in match.groups()]
                query = parse_qsl(parts.query, keep_blank_values=True)
                return {"data": call(lms, ids, self.body(raw) if raw or method in {"POST", "PUT"} else {}, query)}
        raise Refuse(404, "no such door")

    def body(self, raw: bytes) -> dict[str, Any]:
        if self.command == "GET":
            return {}
        if (self.headers.get("Content-Type") or "").partition(";")[0] != "application/json":
            raise Refuse(415, "JSON, please")
        try:
            body = json.loads(raw)
        except (ValueError, RecursionError):
            raise Refuse(400, "that is no JSON") from None
        if not isinstance(body, dict):
            raise Refuse(400, "an object, please")
        return body

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@contextmanager
def open_desk(kind: type[Lms] = Lms) -> Iterator[Desk]:
    """Serves from a thread, for as long as it is needed."""
    with Desk(kind=kind) as desk:
        thread = threading.Thread(target=desk.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield desk
        finally:
            desk.shutdown()
            thread.join()


if __name__ == "__main__":
    Desk(int(sys.argv[1])).serve_forever()
