"""Scripts of calls, each from the same beginning. What a tenant answers to them all is what it does.

Every sabotage must answer at least one scene in another way than a right server, and than every other sabotage.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import orjson

from mock_lms.clock import Clock
from tests.support.lms import BULK, CREDENTIALS, Lms

SEED = """
users:
  - {id: 2, username: two}
  - {id: 12, username: a, password: pass-of-a}
  - {id: 13, username: b}
  - {id: 14, username: c}
  - {id: 15, username: d}
  - {id: 16, username: e}
courses:
  - {id: 21, name: One, certificate: One}
  - {id: 22, name: Two, certificate: Two}
  - {id: 23, name: Three, certificate: Three}
  - {id: 24, name: Four}
  - {id: 31, name: Same Number}
%(courses)s
learning_plans:
  - {id: 31, name: First, courses: [22, 21], certificate: First}
  - {id: 32, name: Second, courses: [22, 23], certificate: Second}
  - {id: 33, name: Long, courses: [%(many)s]}
  - {id: 34, name: Nobody's, courses: [21]}
enrollments:
  - {course: 21, user: 2, enrolled_at: 2026-01-01}
  - {course: 21, user: 12, status: completed, enrolled_at: 2026-01-01, completed_at: 2026-02-01, score: 80}
  - {course: 22, user: 12, status: in_progress, enrolled_at: 2026-01-01, time_spent: 300}
  - {course: 23, user: 12, enrolled_at: 2026-01-01}
  - {course: 24, user: 12, enrolled_at: 2026-01-01}
  - {course: 31, user: 12, enrolled_at: 2026-01-01}
  - {course: 21, user: 13, enrolled_at: 2026-01-01}
  - {course: 22, user: 13, status: completed, enrolled_at: 2026-01-01, completed_at: 2026-02-02, score: 81}
  - {course: 21, user: 14, status: completed, enrolled_at: 2026-01-01, completed_at: 2026-02-03, score: 82}
  - {course: 22, user: 14, enrolled_at: 2026-01-01}
  - {course: 23, user: 14, enrolled_at: 2026-01-01}
  - {course: 21, user: 15, status: suspended, enrolled_at: 2026-01-01}
  - {course: 22, user: 15, status: waiting, enrolled_at: 2026-01-01}
%(enrollments)s
tracks:
  - {course: 21, user: 16, status: completed, completed_at: 2026-02-04, score: 83}
learning_plan_enrollments:
  - {learning_plan: 31, user: 12, enrolled_at: 2026-01-01}
  - {learning_plan: 32, user: 12, enrolled_at: 2026-01-01}
  - {learning_plan: 33, user: 12, enrolled_at: 2026-01-01}
  - {learning_plan: 31, user: 13, enrolled_at: 2026-01-01}
  - {learning_plan: 32, user: 15, enrolled_at: 2026-01-01}
certificates:
  - {user: 12, course: 21, issued_at: 2026-02-01}
  - {user: 12, course: 23, issued_at: 2026-02-01}
  - {user: 13, course: 22, issued_at: 2026-02-02}
  - {user: 14, course: 21, issued_at: 2026-02-03}
  - {user: 12, learning_plan: 31, issued_at: 2026-02-01}
  - {user: 12, learning_plan: 32, issued_at: 2026-02-01}
  - {user: 13, learning_plan: 31, issued_at: 2026-02-01}
  - {user: 14, learning_plan: 31, issued_at: 2026-02-01}
"""
MANY = range(201, 213)
CONTENTS = SEED % {
    "many": ", ".join(map(str, MANY)),
    "courses": "\n".join(f"  - {{id: {course}, name: Course {course}}}" for course in MANY),
    "enrollments": "\n".join(f"  - {{course: {course}, user: 12, enrolled_at: 2026-01-01}}" for course in MANY),
}

RESET, CERTIFICATES = {"reset_tracks": True}, {"delete_issued_certificates": True}
CASCADE = {"cascade_unenroll_from_courses_in_selected_learning_plan": True}

COURSE_LIST = "/course/v1/courses/enrollments"
PLAN_LIST = "/learningplan/v1/learningplans/enrollments"
VIEWS = (
    f"{COURSE_LIST}?course_id[]=21&page_size=200",
    f"{COURSE_LIST}?user_id[]=12&page_size=200",
    f"{BULK}?id_user[]=12&page_size=200",
    f"{BULK}/21/12",
    f"{PLAN_LIST}?learning_plan_id[]=31",
    "/learningplan/v1/learningplans/31/courses/enrollments",
)
UNKNOWN = range(5_000, 7_000)


class Step(NamedTuple):
    """A call. `token` is its kind: good, none, wrong, foreign, or that of a learner."""

    method: str
    path: str
    body: Any = None
    token: str = "good"


def bulk(users: Any, courses: Any = None, plans: Any = None, **flags: Any) -> Step:
    body = {"user_ids": users, "course_ids": courses, "learningplan_ids": plans, **flags}
    return Step("DELETE", BULK, {name: value for name, value in body.items() if value is not None or name in flags})


def get(*paths: str) -> tuple[Step, ...]:
    return tuple(Step("GET", path) for path in paths)


def by_everybody(*steps: Step) -> tuple[Step, ...]:
    """Each with every token but a good one."""
    return tuple(step._replace(token=token) for step in steps for token in ("none", "wrong", "foreign", "learner"))


EVERYBODY = [12, 13, 14, 15, 16, 99]
LATER = Step("POST", "/_mock/clock/advance", {"seconds": 7_200}, "control")

BATCH = "/learn/v1/enrollment/batch"
NAMED = {"course_id": 24, "username": "c", "status": "subscribed"}

SCENES: dict[str, tuple[Step, ...]] = {
    "courses": (bulk(EVERYBODY, [21, 22]),),
    "all fail": (bulk([16, 99], [21, 999]), bulk([16, 99], [21], [32])),
    "all go": (bulk([12, 13], [21]),),
    "again": (bulk([12], [21]), bulk([12], [21])),
    "one fails first": (bulk([99, 12, 13], [21]),),
    "unknown course": (bulk([12], [21, 999]),),
    "named twice": (bulk([12, 13, 13, 99, 99], [21]),),
    "last": (bulk([13, 12], [24, 31]),),
    "ten": (bulk([12], list(MANY)),),
    "plan": (bulk([13, 12, 14], None, [31]),),
    "plans": (bulk([13, 12, 14], None, [31, 32]),),
    "plan and course": (bulk([12, 13], [24], [31], **RESET),),
    "cascade": (bulk([12, 13, 14], None, [31], **CASCADE),),
    "cascade of two": (bulk([12, 13, 14, 15], None, [32, 31], **CASCADE),),
    "cascade and course": (bulk([12, 13], [24], [31], **CASCADE),),
    "cascade beside": (bulk([12, 14], [23], [33], **CASCADE),),
    "long cascade": (bulk([12], None, [33], **CASCADE),),
    "reset": (bulk([12, 13, 16], [24, 21], **RESET),),
    "reset of a plan": (bulk([12, 13], None, [31], **RESET), bulk([13], None, [31], **RESET, **CASCADE)),
    "reset by cascade": (bulk([13], None, [31], **RESET, **CASCADE),),
    "certificates": (bulk([12, 13, 16], [24, 21], **CERTIFICATES),),
    "certificates by cascade": (bulk([12, 13], None, [31, 32], **CASCADE, **CERTIFICATES),),
    "flags": tuple(
        bulk([user], [21], [31], **dict.fromkeys({**RESET, **CASCADE, **CERTIFICATES}, value))
        for user, value in ((12, None), (13, "false"), (14, False))
    ),
    "bodies": (
        Step("DELETE", BULK),
        bulk([12]),
        bulk([], [21]),
        bulk([13], [0], [32]),
        bulk([13, "12"], ["22", 21]),
    ),
    "1,000": (bulk([*UNKNOWN[:999], 12], [21]),),
    "1,001 and more": (bulk([12, *UNKNOWN[:1_001]], [21]), bulk([12, *UNKNOWN[:1_000]], [21])),
    "600 of two": (bulk([12, *UNKNOWN[:600]], [21, 22]),),
    "1,001 with one twice": (bulk([12, 12, *UNKNOWN[:999]], [21]),),
    "views": (*get(*VIEWS), bulk([12], [21], [31]), *get(*VIEWS)),
    "filters": get(
        f"{COURSE_LIST}?user_id[]=13&user_id[]=14",
        f"{COURSE_LIST}?course_id[]=22&course_id[]=23",
        f"{COURSE_LIST}?enrollment_status[]=completed",
        f"{COURSE_LIST}?enrollment_status[]=subscribed",
        f"{COURSE_LIST}?course_id=23",
        f"{COURSE_LIST}?enrollment_level[]=tutor",
        f"{PLAN_LIST}?learning_plan_id[]=32",
        f"{PLAN_LIST}?enrollment_status[]=completed",
        "/learningplan/v1/learningplans/31/courses/enrollments?user_id[]=13",
        f"{BULK}?status[]=completed",
        f"{BULK}?type[]=learning_plan",
        f"{BULK}?page_size=200",
    ),
    "pages": get(
        f"{COURSE_LIST}?page_size=3",
        f"{COURSE_LIST}?page_size=3&page=2",
        f"{COURSE_LIST}?page_size=3&page=99",
        f"{COURSE_LIST}?page_size=201",
        f"{PLAN_LIST}?page_size=2",
    ),
    "single": (Step("DELETE", f"{BULK}/21/12"), Step("DELETE", f"{BULK}/21/12")),
    "enroll": (
        Step("POST", BULK, {"user_ids": [2, 13, 12], "course_ids": [24, 22]}),
        Step("POST", f"{BULK}/22/14"),
        Step("POST", "/learningplan/v1/learningplans/32/enrollments/bulk", {"items": {"user_ids": [2, 16]}}),
    ),
    "enroll in bulk": (Step("POST", BULK, {"user_ids": [2, 13], "course_ids": [24, 23]}),),
    "batch": (
        Step("POST", BATCH, {"items": [{"course_id": 24, "user_id": 2, "status": "completed"}, {}, NAMED]}),
        Step("DELETE", BATCH, {"items": [{"course_id": 21, "user_id": 12}, {}, {"course_id": 21, "user_id": 13}]}),
    ),
    "update": (Step("PUT", BULK, {"user_ids": [12, 13, 16], "course_ids": [23, 21], "status": 2}),),
    "enroll one": (Step("POST", f"{BULK}/24/2"),),
    "enroll the unknown": (Step("POST", BULK, {"user_ids": [2, 99], "course_ids": [24]}),),
    "updates": (
        Step("PUT", BULK, {"user_ids": [14], "course_ids": [21], "status": 1}),
        Step("PUT", BULK, {"user_ids": [13], "course_ids": [21], "status": 3}),
        Step("PUT", BULK, {"user_ids": [2], "course_ids": [21], "score_given": 50}),
    ),
    "the unknown": (
        *get("/learningplan/v1/learningplans/99/courses/enrollments", f"{BULK}/999/12"),
        Step("POST", "/manage/v1/user", {"username": "a"}),
    ),
    "enroll again": (
        bulk([12, 13], [21]),
        Step("POST", BULK, {"user_ids": [12, 13], "course_ids": [21]}),
        *get(f"{BULK}/21/12", f"{COURSE_LIST}?user_id[]=12"),
        bulk([12], [21], **RESET),
        Step("POST", f"{BULK}/21/12"),
        *get(f"{BULK}/21/12", f"{COURSE_LIST}?user_id[]=12"),
    ),
    "access to reads": by_everybody(*get(VIEWS[0], VIEWS[3], VIEWS[4], BULK)),
    "access": by_everybody(
        bulk([12], [21]),
        Step("DELETE", f"{BULK}/22/13"),
        Step("POST", BULK, {"user_ids": [2], "course_ids": [24]}),
        Step("PUT", BULK, {"user_ids": [2], "course_ids": [21], "status": 2}),
        Step("POST", "/learningplan/v1/learningplans/32/enrollments/2"),
    ),
    "access later": (LATER, bulk([12], [21])),
}

PEOPLE = "&".join(f"user_id[]={user}" for user in (2, 12, 13, 14, 15, 16))


def played(lms: Lms, tenant: str, sabotage: str = "", scenes: Iterable[str] = SCENES) -> Iterator[tuple[str, str]]:
    """A new tenant's answers to each scene, by the scene's name, and what it holds of everybody afterwards."""
    clock = Clock(datetime(2026, 3, 1, 12, tzinfo=UTC))
    lms.tenants.create(tenant, clock=clock, contents=CONTENTS, sabotage=sabotage)
    tokens = {
        "good": _token(lms, tenant, CREDENTIALS.username, CREDENTIALS.password),
        "learner": _token(lms, tenant, "a", "pass-of-a"),
        "foreign": lms.token,
        "wrong": "0" * 40,
        "control": CREDENTIALS.control_token,
    }
    for name in scenes:
        _call(lms, tenant, Step("POST", "/_mock/reset", {}, "control"), tokens)
        answers = [_call(lms, tenant, step, tokens) for step in SCENES[name]]
        answers.append(_call(lms, tenant, Step("GET", f"/_mock/learners?{PEOPLE}", token="control"), tokens))
        yield name, re.sub(r'"(course_uid|uid)":"[^"]*"', "", orjson.dumps(answers).decode())


def _call(lms: Lms, tenant: str, step: Step, tokens: dict[str, str]) -> tuple[int, Any]:
    headers = {} if step.token == "none" else {"Authorization": f"Bearer {tokens[step.token]}"}
    path = step.path
    if path.startswith("/_mock"):
        headers["X-Mock-LMS-Tenant"] = tenant
    else:
        path = f"/t/{tenant}{path}"
    answer = lms.http.open(path, method=step.method, json=step.body, headers=headers)
    return answer.status_code, answer.text


def _token(lms: Lms, tenant: str, username: str, password: str) -> str:
    form = {
        "grant_type": "password",
        "client_id": CREDENTIALS.client_id,
        "client_secret": CREDENTIALS.client_secret,
        "username": username,
        "password": password,
    }
    return str(lms.http.post(f"/t/{tenant}/oauth2/token", data=form).get_json()["access_token"])
