"""Reading what is the case: enrollments of some users in some courses, and all their learning plans."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from mock_lms_client.client import Client
from mock_lms_client.errors import ListChanged
from mock_lms_client.listing import Listing

T = TypeVar("T")
K = TypeVar("K")

USERS_PER_READ = 200
"""Their ids fill some 5 kB of an address; proxies are known to take 8."""

COURSES_PER_READ = 50

ATTEMPTS = 5
"""To read a list that others change meanwhile."""

Row = dict[str, Any]


@dataclass(slots=True)
class Seen:
    """What some users have: the API's rows by user and target. `plans` holds every learning plan of theirs."""

    courses: dict[tuple[int, int], Row] = field(default_factory=dict)
    plans: dict[tuple[int, int], Row] = field(default_factory=dict)


class Observer:
    """Reads through the API. Keeps the courses of each learning plan that it came across."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self._courses_of: dict[int, dict[int, str]] = {}

    def look(self, users: Sequence[int], courses: Collection[int], plans: Collection[int] | None = None) -> Seen:
        """At most `USERS_PER_READ` users in these courses, and in these learning plans; None means in all."""
        seen, wanted = Seen(), frozenset(users)
        for some in chunks(sorted(courses), COURSES_PER_READ):  # an empty filter would mean: in all courses
            listing = partial(self.client.list_course_enrollments, user_id=users, course_id=some)
            rows = self._all(listing, lambda row: (int(row["user_id"]), int(row["course_id"])))
            # a filter that a server does not know is ignored
            seen.courses.update((key, row) for key, row in rows.items() if key[0] in wanted)
        if plans is None or plans:
            which = None if plans is None else sorted(plans)
            memberships = partial(self.client.list_learning_plan_enrollments, user_id=users, learning_plan_id=which)
            rows = self._all(memberships, lambda row: (int(row["user_id"]), int(row["learning_plan_id"])))
            seen.plans.update((key, row) for key, row in rows.items() if key[0] in wanted)
        return seen

    def _all(self, listing: Callable[[], Listing[Any]], key: Callable[[Row], K]) -> dict[K, Row]:
        """All rows by key, from pages that fit together: where one moved to another page meanwhile, it is missing here
        or there twice. Raises `ListChanged` where that does not end.
        """
        for _ in range(ATTEMPTS - 1):
            with suppress(ListChanged):
                return {key(row): row for row in listing().complete()}
        return {key(row): row for row in listing().complete()}

    def courses_of(self, plan: int) -> dict[int, str]:
        """The courses of a learning plan, with their names. Raises `Refused` (404) where there is no such plan."""
        if plan not in self._courses_of:
            rows = self._all(partial(self.client.list_learning_plan_courses, plan), lambda row: int(row["id"]))
            self._courses_of[plan] = {course: str(row.get("name") or "") for course, row in rows.items()}
        return self._courses_of[plan]

    def holding(self, course: int, plans: Iterable[int]) -> list[int]:
        """Those of the learning plans that contain the course."""
        return [plan for plan in plans if course in self.courses_of(plan)]


@dataclass(slots=True)
class UserEnrollments:
    """The enrollments of one user, by the ids of their courses and learning plans."""

    courses: dict[int, Mapping[str, Any]] = field(default_factory=dict)
    plans: dict[int, Mapping[str, Any]] = field(default_factory=dict)


def by_user(users: list[int], seen: Seen) -> dict[int, UserEnrollments]:
    """Groups what was seen by user, in the order of `users`."""
    enrollments = {user: UserEnrollments() for user in users}
    for (user, course), row in seen.courses.items():
        enrollments[user].courses[course] = row
    for (user, plan), row in sorted(seen.plans.items()):
        enrollments[user].plans[plan] = row
    return enrollments


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items, in lists of at most so many."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
