"""Reading what is the case: enrollments of some users in some courses, and all their learning plans."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Any, TypeVar

from mock_lms_client.client import Client
from mock_lms_client.errors import ListChanged
from mock_lms_client.listing import Listing

T = TypeVar("T")

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
            for row in self._all(partial(self.client.list_course_enrollments, user_id=users, course_id=some)):
                if (user := int(row["user_id"])) in wanted:  # a filter that a server does not know is ignored
                    seen.courses[user, int(row["course_id"])] = row
        if plans is None or plans:
            which = None if plans is None else sorted(plans)
            listing = partial(self.client.list_learning_plan_enrollments, user_id=users, learning_plan_id=which)
            for row in self._all(listing):
                if (user := int(row["user_id"])) in wanted:
                    seen.plans[user, int(row["learning_plan_id"])] = row
        return seen

    @staticmethod
    def _all(listing: Callable[[], Listing[Any]]) -> list[Any]:
        """All rows, from pages that fit together: a row that moved to another page meanwhile would be missed."""
        for _ in range(ATTEMPTS - 1):
            try:
                return listing().complete()
            except ListChanged:
                continue
        return listing().complete()

    def courses_of(self, plan: int) -> dict[int, str]:
        """The courses of a learning plan, with their names. Raises `Refused` (404) where there is no such plan."""
        if plan not in self._courses_of:
            rows = self._all(partial(self.client.list_learning_plan_courses, plan))
            self._courses_of[plan] = {int(row["id"]): str(row["name"]) for row in rows}
        return self._courses_of[plan]

    def holding(self, course: int, plans: Iterable[int]) -> list[int]:
        """Those of the learning plans that contain the course."""
        return [plan for plan in plans if course in self.courses_of(plan)]


def chunks(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """The items, in lists of at most so many."""
    rest = iter(items)
    while some := list(islice(rest, size)):
        yield some
