"""A plan from beginning to end: reads, decides and writes it down. Changes nothing."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mock_lms_client.client import Client
from mock_lms_client.listing import Listing
from mock_lms_client.unenroll.decide import Request, decide
from mock_lms_client.unenroll.document import Document, Json, Writer
from mock_lms_client.unenroll.labels import text
from mock_lms_client.unenroll.observe import USERS_PER_READ, Observer, by_user, chunks
from mock_lms_client.unenroll.pairs import COURSE, to_row
from mock_lms_client.unenroll.plan.summary import NOBODY, Summary
from mock_lms_client.unenroll.plan.user_lookup import UserLookup
from mock_lms_client.unenroll.plan_file import FORM, ROWS, moment
from mock_lms_client.unenroll.progress import Progress

VALID = timedelta(hours=24)


def make_plan(
    client: Client,
    request: Request,
    path: Path,
    now: datetime,
    progress: Progress = lambda _: None,
    *,
    look_up: bool = True,
) -> Document:
    """Reads what is the case, and writes the plan to `path`. Raises `ClientError`; then there is no new plan.

    With `look_up` it finds out of those who have nothing to leave whether they are users here at all.
    """
    observer = Observer(client)
    lookup = UserLookup(client)
    courses = {*request.courses, *(course for plan in request.plans for course in observer.courses_of(plan))}
    summary = Summary()
    with Writer(path, FORM, ROWS, _header(client, request, observer, now)) as writer:
        for users in chunks(request.users, USERS_PER_READ):
            seen = observer.look(users, courses)
            decided = {
                user: decide(user, request, own.courses, own.plans, courses_of(observer, own.plans))
                for user, own in by_user(users, seen).items()
            }
            if look_up:
                # who has any enrollment is a user here
                without = decided.keys() - {user for user, _ in (*seen.courses, *seen.plans)}
                missing = lookup.missing(without) if without else set()
                summary.looked_up = summary.looked_up and missing is not None
                for user in missing or ():
                    decided[user] = [pair._replace(reason=NOBODY) for pair in decided[user]]
            rows: list[str] = []
            for user, pairs in decided.items():
                summary.add(user, pairs, seen)
                rows += map(to_row, pairs)
            writer.add(rows)
            progress(len(users))
        for (kind, number), target in summary.targets.items():
            target.enrolled = enrolled(client, kind, number)
        writer.close(summary.as_json())
    return Document(path, FORM, ROWS)


def courses_of(observer: Observer, plans: Mapping[int, object]) -> dict[int, Mapping[int, str]]:
    """The courses of each of the learning plans."""
    return {plan: observer.courses_of(plan) for plan in plans}


def enrolled(client: Client, kind: str, number: int) -> int:
    """How many are enrolled in a course or learning plan at all."""

    def listing(page_size: int) -> Listing[Any]:
        if kind == COURSE:
            return client.list_course_enrollments(course_id=[number], page_size=page_size)
        return client.list_learning_plan_enrollments(learning_plan_id=[number], page_size=page_size)

    total = listing(1).total_count
    return sum(1 for _ in listing(200)) if total is None else total


def _header(client: Client, request: Request, observer: Observer, now: datetime) -> Json:
    return {
        "tenant": client.tenant,
        "base_url": client.base_url,
        "made_by": text(client.get_session().get("username")),
        "made_at": moment(now),
        "expires_at": moment(now + VALID),
        "reason": request.reason,
        "users": len(request.users),
        "course_ids": [*request.courses],
        "learning_plans": [
            {"learning_plan_id": plan, "course_ids": [*observer.courses_of(plan)]} for plan in request.plans
        ],
        "cascade": request.cascade,
        "keep": sorted(request.keep),
        "reset_tracks": request.reset_tracks,
        "delete_certificates": request.delete_certificates,
    }
