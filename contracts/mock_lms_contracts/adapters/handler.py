"""A state handler to start from: an adapter in the wire form, in a few lines of http.server."""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from urllib.parse import urlsplit

OFFERED = ("learning_plans", "certificates", "inspect")
"""Abilities that the handler can have. The guide shows how to add others."""

PROGRAM = """\
import json
from http.server import BaseHTTPRequestHandler, HTTPServer
import my_lms  # your own functions, which change your server's data

class States(BaseHTTPRequestHandler):
    def do_POST(self):
        told = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        world, answer = told["params"], {}
        if told["state"] == "claims":
            answer = {"capabilities": CAPABILITIES}
[inspect]        elif told["state"] == "inspect":
[inspect]            answer = {"learners": [my_lms.inspect(user) for user in world["user_ids"]]}
        elif told["action"] == "teardown":
            my_lms.remove(told["returned"])  # the users, courses and plans of these ids
        else:
            users = answer["users"] = [my_lms.new_user() for _ in range(world["users"])]
            courses = answer["courses"] = [my_lms.new_course() for _ in range(world["courses"])]
            for user, course, status in world["enrollments"]:
                my_lms.enroll(users[user], courses[course], status)
[learning_plans]            contents = [[courses[number] for number in numbers] for numbers in world["plans"]]
[learning_plans]            plans = answer["plans"] = [my_lms.new_plan(content) for content in contents]
[learning_plans]            for user, plan in world["memberships"]:
[learning_plans]                my_lms.join(users[user], plans[plan])
[certificates]            for user, course in world["certificates"]:
[certificates]                my_lms.issue(users[user], courses[course])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

HTTPServer(("HOST", PORT), States).serve_forever()
"""
"""Lines that begin with a capability in brackets are used only if that is claimed."""


def handler(address: str, capabilities: Collection[str]) -> str:
    """The program, served at the address, for a target of these capabilities."""
    parts, lines = urlsplit(address), []
    for line in PROGRAM.splitlines():
        needs, code = re.fullmatch(r"(?:\[(\w+)\])?(.*)", line).groups()  # type: ignore[union-attr]
        if needs is None or needs in capabilities:
            lines.append(code)
    filled = {
        "CAPABILITIES": json.dumps(sorted(capabilities)),
        "HOST": str(parts.hostname),
        "PORT": str(parts.port or {"https": 443}.get(parts.scheme, 80)),
    }
    return re.sub("|".join(filled), lambda name: filled[name[0]], "\n".join(lines))
