"""Before anything is removed: is all still as the plan saw it, and is it in the backup?"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.jsons import compact
from mock_lms_client.unenroll.apply.calls import NumberedPairs
from mock_lms_client.unenroll.backup_file import FORM, ROWS, open_backup
from mock_lms_client.unenroll.document import Damaged, Document, Json, Writer
from mock_lms_client.unenroll.files import table_of
from mock_lms_client.unenroll.journal import Entry, Journal, Outcome
from mock_lms_client.unenroll.labels import title, username
from mock_lms_client.unenroll.observe import USERS_PER_READ, Observer, Row, Seen, UserEnrollments, by_user
from mock_lms_client.unenroll.pairs import COURSE, GOES, PLAN, Intent, seen_course, seen_plan
from mock_lms_client.unenroll.progress import Progress
from mock_lms_client.unenroll.states import FIELDS, state_of
from mock_lms_client.unenroll.tables import Cell, table

COLUMNS = ("user_id", "username", "kind", "target_id", "title", *FIELDS)
"""Of the backup as a table, which is for people: nothing reads it again."""

SHOWN = 5
"""Of what differs."""


def back_up(journal: Journal, plan: Document, observer: Observer, path: Path, progress: Progress) -> None:
    """Compares all that the plan saw, and writes down what is to go. Raises `Stopped` where anything differs."""
    header = {
        "tenant": plan.header["tenant"],
        "base_url": plan.header["base_url"],
        "plan": plan.path.name,
        "plan_sha256": plan.sha256,
        "journal": journal.path.name,
        "reset_tracks": plan.header["reset_tracks"],
        "delete_certificates": plan.header["delete_certificates"],
    }
    _check_replaceable(path, plan)
    # what is written down is there only once the backup is: a plan that is begun has one
    with journal.whole():
        numbered = NumberedPairs(plan)
        with Writer(path, FORM, ROWS, header) as writer, table(table_of(plan.path), COLUMNS) as people:

            def keep(rows: list[Row]) -> None:
                writer.add(list(map(compact, rows)))
                for row in rows:
                    people.add(_cells(row))

            _compare(journal.take(numbered), plan, observer, keep, progress, "nothing was done")
            writer.close({"enrollments": writer.count})
        document = open_backup(path)
        if document.count != plan.summary["goes"]:
            raise Stopped(f"{path} lacks enrollments; nothing was done. Plan again.", Exit.NOTHING_DONE)
        journal.began(numbered.calls, plan=plan.sha256, backup=document.sha256)


def _cells(row: Row) -> Iterator[Cell]:
    kind, key = (COURSE, "course_id") if "course_id" in row else (PLAN, "learning_plan_id")
    yield from (int(row["user_id"]), username(row), kind, int(row[key]), title(kind, row))
    state = state_of(kind, row)
    yield from (getattr(state, name) for name in FIELDS)


def still_so(journal: Journal, plan: Document, observer: Observer, path: Path, progress: Progress) -> None:
    """The same, of what is left to be done, where the backup was made earlier."""
    if open_backup(path, "nothing more was done").sha256 != journal.facts()["backup"]:
        raise Stopped(f"{path} is not the backup that was made; nothing more was done", Exit.NOTHING_DONE)
    # what a cascade left where it was stays known to it, where it is to come again
    left = (entry for entry in journal.every() if entry.outcome in {None, Outcome.KEPT})
    _compare(left, plan, observer, lambda _: None, progress, "nothing more was done")


def _check_replaceable(path: Path, plan: Document) -> None:
    """Raises `Stopped` where a backup lies that is not of this very plan: it may be all that somebody has left."""
    if path.exists():
        try:
            sha256 = Document(path, FORM, ROWS).header["plan_sha256"]
        except (Damaged, KeyError):
            sha256 = None
        if sha256 != plan.sha256:
            line = (
                f"{path} is no backup of this plan; nothing was done. Move it away, or copy the plan to another name."
            )
            raise Stopped(line, Exit.NOTHING_DONE)


def _compare(
    left: Iterator[Entry],
    plan: Document,
    observer: Observer,
    keep: Callable[[list[Row]], None],
    progress: Progress,
    done: str,
) -> None:
    differs = [*_other_courses(plan, observer)]
    count = len(differs)
    for entries in _of_users(left):
        rows, more = _look(entries, plan, observer)
        keep(rows)
        count += len(more)
        differs += more[: SHOWN - len(differs)]
        progress(sum(entry.pair.intent in GOES for entry in entries))
    if count:
        more = f", and {count - SHOWN:,} more" if count > SHOWN else ""
        what = "; ".join(differs[:SHOWN]) + more
        raise Stopped(f"this is no longer as planned: {what}; {done}. Plan again.", Exit.NOTHING_DONE)


def _of_users(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """The entries of `USERS_PER_READ` users at a time. Those of one user stand together."""
    some: list[Entry] = []
    users, last = 0, 0
    for entry in entries:
        user = entry.pair.user_id
        if user != last:
            users, last = users + 1, user
            if users > USERS_PER_READ:
                yield some
                some, users = [], 1
        some.append(entry)
    if some:
        yield some


def _look(entries: list[Entry], plan: Document, observer: Observer) -> tuple[list[Row], list[str]]:
    """Of some users: what goes, as rows of a backup; and what differs, in words."""
    header: Json = plan.header
    courses = {*header["course_ids"], *(course for plan in header["learning_plans"] for course in plan["course_ids"])}
    requested = frozenset(row["learning_plan_id"] for row in header["learning_plans"])
    users = [*dict.fromkeys(entry.pair.user_id for entry in entries)]
    # whether another learning plan holds a course matters only where courses go along with one
    along = requested and (header["cascade"] or header["keep"])
    seen = observer.look(users, courses, None if along else requested)
    own = by_user(users, seen) if along else {}
    rows: list[Row] = []
    differs = []
    for entry in entries:
        pair = entry.pair
        if pair.intent == Intent.KEEP or entry.outcome:
            continue
        row = (seen.courses if pair.kind == COURSE else seen.plans).get(entry.key)
        if _state(row, entry, own.get(pair.user_id), requested, observer) != pair.state:
            differs.append(_words(entry, row))
        elif row is not None:
            rows.append(row)
    if header["cascade"] and not header["keep"]:
        differs += _reached(entries, seen, header)
    return rows, differs


def _state(
    row: Row | None, entry: Entry, own: UserEnrollments | None, requested: frozenset[int], observer: Observer
) -> str:
    """What is seen of the pair now, as the plan says it."""
    if row is None:
        return ""
    if entry.pair.kind == PLAN:
        return seen_plan(row)
    if not entry.pair.via or own is None:
        return seen_course(row)
    staying = (plan for plan in own.plans if plan not in requested)
    return seen_course(row, observer.holding(entry.pair.target_id, staying))


def _words(entry: Entry, row: Row | None) -> str:
    pair = entry.pair
    where = f"user {pair.user_id} in {pair.kind} {pair.target_id}"
    if row is None:
        return f"{where} is gone"
    return f"{where} is {row['enrollment_status']}" + ("" if pair.state else " and was not there")


def _other_courses(plan: Document, observer: Observer) -> Iterator[str]:
    """The learning plans whose courses are others now."""
    for row in plan.header["learning_plans"]:
        number = row["learning_plan_id"]
        if set(observer.courses_of(number)) != set(row["course_ids"]):
            yield f"learning plan {number} has other courses"


def _reached(entries: list[Entry], seen: Seen, header: Json) -> Iterator[str]:
    """Enrollments that the cascade would take along and that the plan does not know."""
    contains = {row["learning_plan_id"]: row["course_ids"] for row in header["learning_plans"]}
    known = {entry.key for entry in entries if entry.pair.kind == COURSE}
    for entry in entries:
        pair = entry.pair
        if pair.kind == PLAN and pair.intent == Intent.REMOVE:
            for course in contains[pair.target_id]:
                if (pair.user_id, course) in seen.courses and (pair.user_id, course) not in known:
                    known.add((pair.user_id, course))
                    yield f"user {pair.user_id} is in course {course} now"
