"""A plan as a file: reading it, and whether it may be used."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll.document import Damaged, Document
from mock_lms_client.unenroll.pairs import Pair, from_line

FORM, ROWS = "mock-lms-client plan 1", "pairs"

_MOMENT = "%Y-%m-%dT%H:%M:%SZ"


def open_plan(path: Path) -> Document:
    """Raises `Stopped` where it is not as it was written."""
    try:
        return Document(path, FORM, ROWS)
    except Damaged as error:
        raise Stopped(f"{error}; nothing was done. Plan again.", Exit.NOTHING_DONE) from error


def pairs_of(plan: Document) -> Iterator[Pair]:
    """The plan's pairs, in order. Raises `Stopped` where a row is none: somebody wrote the file by hand."""
    for number, line in enumerate(plan.lines(), 1):
        try:
            yield from_line(line)
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise Stopped(f"{plan.path}: row {number:,} is no pair; nothing was done", Exit.NOTHING_DONE) from error


def courses_by_plan(plan: Document) -> dict[int, frozenset[int]]:
    """The courses of each learning plan that was requested, as they were when the plan was made."""
    return {row["learning_plan_id"]: frozenset(row["course_ids"]) for row in plan.header["learning_plans"]}


def check_usable(plan: Document, tenant: str, now: datetime, *, begun: bool = False) -> None:
    """Raises `Stopped` where the plan is another tenant's or too old. One that is begun is never too old to end."""
    planned = plan.header["tenant"]
    if planned != tenant:
        raise Stopped(f"{plan.path} is for {planned}, not for {tenant}; nothing was done", Exit.NOTHING_DONE)
    expires = datetime.strptime(plan.header["expires_at"], _MOMENT).replace(tzinfo=UTC)
    if now >= expires and not begun:
        raise Stopped(
            f"{plan.path} expired at {expires:%Y-%m-%d %H:%M} UTC; nothing was done. Plan again.", Exit.NOTHING_DONE
        )


def moment(when: datetime) -> str:
    """The moment as a plan's header has it: in UTC, to the second."""
    return when.astimezone(UTC).strftime(_MOMENT)
