"""A batch: each row says what one user's enrollment in one course is to be, or that it is to go.

What becomes of an enrollment is decided by `enroll`, `update` and `unenroll`. Here is which rows can be carried out,
and which of them together.

Sources: docebo-api.md 2.8; imports-webhooks-rules.md 1; what-clients-call.md 1.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import NamedTuple, cast

from mock_lms.domain import enroll, unenroll, update
from mock_lms.domain.enroll import Terms
from mock_lms.domain.enrollments import Level, Status, UsersById
from mock_lms.domain.update import Change
from mock_lms.policy import Policy

ROW_CAP = 1_000
NOBODY: Set[int] = frozenset()


class Row(NamedTuple):
    """A course by id or code, a user by id or username, and the new values; or why the row cannot be read."""

    course: int | str | None
    user: int | str | None
    change: Change
    problem: str = ""


@dataclass(slots=True)
class Outcome:
    """What became of a row. `problem` is empty where it was carried out; an id is None where nothing has it."""

    course_id: int | None
    user_id: int | None
    change: Change
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Known:
    """What there is of all that the rows name. A code may be that of several courses."""

    users: Set[int]
    user_ids: Mapping[str, int]
    courses: Set[int]
    course_ids: Mapping[str, Sequence[int]]


def resolve(rows: Iterable[Row], known: Known) -> list[Outcome]:
    """For each row whom and which course it means."""
    return [_resolved(row, known) for row in rows]


def _resolved(row: Row, known: Known) -> Outcome:
    course, user, change, problem = row
    if isinstance(course, str):
        course_ids = known.course_ids.get(course, ())
        if not problem and not course_ids:
            problem = f"There is no course with the code {course}."
        elif not problem and len(course_ids) > 1:
            problem = f"{len(course_ids)} courses have the code {course}. Name one by its id."
        course = course_ids[0] if len(course_ids) == 1 else None
    elif not problem and course not in known.courses:
        problem = f"There is no course {course}."
    if isinstance(user, str):
        user_id = known.user_ids.get(user)
        if not problem and user_id is None:
            problem = f"There is no user with the username {user}."
        user = user_id
    elif not problem and user not in known.users:
        problem = f"There is no user {user}."
    return Outcome(course, user, change, problem)


def rounds(outcomes: Iterable[Outcome]) -> Iterator[list[Outcome]]:
    """The rows that can be carried out, in rounds in which no pair comes twice: a later row finds what another did."""
    left = [outcome for outcome in outcomes if not outcome.problem]
    while left:
        first: dict[tuple[int | None, int | None], Outcome] = {}
        later = []
        for outcome in left:
            pair = outcome.course_id, outcome.user_id
            if pair in first:
                later.append(outcome)
            else:
                first[pair] = outcome
        yield [*first.values()]
        left = later


# --- enrolling, or updating who is enrolled already


@dataclass(frozen=True, slots=True)
class Facts:
    """What `enroll.decide` and `update.decide` have to know, and which of the users are not active."""

    enroll: enroll.Facts
    update: update.Facts
    inactive: Set[int]


@dataclass(frozen=True, slots=True)
class Decision:
    """The new enrollments, each with its terms; then the updates, first those of the new ones."""

    enrolled: list[tuple[int, int, Terms]]
    of_new: list[update.Decision]
    of_existing: list[update.Decision]


def decide(outcomes: Iterable[Outcome], facts: Facts, policy: Policy, now: str) -> Decision:
    """Enrolls whom a row names and who is not in the course yet, and gives everybody else's enrollment the new values.

    Who is to be enrolled and is not active gets a problem instead.
    """
    decision = Decision([], [], [])
    new_users: dict[int, Set[int]] = {}
    rest_of_new: dict[Change, dict[int, list[int]]] = {}
    of_existing: dict[Change, dict[int, list[int]]] = {}
    for course, of_course in _by_course(outcomes).items():
        enrollment = enroll.decide([*of_course], (course,), facts.enroll)
        new = new_users[course] = enrollment.courses.get(course, NOBODY)
        for user, outcome in of_course.items():
            change = outcome.change
            if user not in new:
                of_existing.setdefault(change, {}).setdefault(course, []).append(user)
            elif user in facts.inactive:
                outcome.problem = f"User {user} is not active. The option enroll_disabled_users enrolls such users too."
            else:
                decision.enrolled.append((course, user, _terms(change)))
                if (rest := _rest(change)) is not None:
                    rest_of_new.setdefault(rest, {}).setdefault(course, []).append(user)
    # as it is once they are enrolled
    completed = facts.update.completed if policy.reenrollment == "restore" else {}
    facts_of_new = replace(facts.update, enrolled=new_users, completed=completed)
    for change, users_by_course in rest_of_new.items():
        for course, users in users_by_course.items():
            then = update.decide(users, (course,), change, facts_of_new, now)
            # a new enrollment is held by nobody, and is of now
            decision.of_new.append(then if then.enrollment.get("hold") else replace(then, enrollment={}))
    for change, users_by_course in of_existing.items():
        for course, users in users_by_course.items():
            decision.of_existing.append(update.decide(users, (course,), change, facts.update, now))
    return decision


def _by_course(outcomes: Iterable[Outcome]) -> dict[int, dict[int, Outcome]]:
    """The rows of each course by their users. They can be carried out, and no pair comes twice."""
    by_course: dict[int, dict[int, Outcome]] = {}
    for outcome in outcomes:
        by_course.setdefault(cast("int", outcome.course_id), {})[cast("int", outcome.user_id)] = outcome
    return by_course


@lru_cache(maxsize=ROW_CAP)
def _terms(change: Change) -> Terms:
    """What of the values a new enrollment begins with."""
    return Terms(
        level=change.level or Level.STUDENT,
        assignment_type=change.assignment_type,
        valid_from=change.valid_from,
        valid_until=change.valid_until,
        enrolled_at=change.enrolled_at,
    )


@lru_cache(maxsize=ROW_CAP)
def _rest(change: Change) -> Change | None:
    """What of the values is then still to be written. Whoever is enrolled anew is subscribed by that alone."""
    status = None if change.status is Status.SUBSCRIBED else change.status
    rest = Change(status=status, completed_at=change.completed_at, score=change.score)
    return None if rest == Change() else rest


# --- unenrolling


def decide_to_unenroll(outcomes: Iterable[Outcome], facts: unenroll.Facts, policy: Policy) -> unenroll.Decision:
    """Takes each row's user from its course. Who cannot be taken out gets a problem."""
    leaving: dict[int, Set[int]] = {}
    failures: list[unenroll.Failure] = []
    for course, of_course in _by_course(outcomes).items():
        decision = unenroll.decide(unenroll.Request([*of_course], (course,)), facts, policy)
        leaving |= decision.courses
        failures += decision.failures
        for failure in decision.failures:
            of_course[failure.user_id].problem = str(failure)
    gone = frozenset().union(*leaving.values())
    return unenroll.Decision(leaving, {}, {}, tuple(sorted(gone)), tuple(failures))


def united(parts: Iterable[UsersById]) -> UsersById:
    """The users of each course in any of the parts."""
    union: dict[int, Set[int]] = {}
    for part in parts:
        for course, users in part.items():
            union[course] = union[course] | users if course in union else users
    return union
