"""The world of the checks that read, and what the target's lists show of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from mock_lms_contracts.adapters import World
from mock_lms_contracts.lab import BULK
from mock_lms_contracts.lists import EnrollmentList, Row, of_world, rows
from mock_lms_contracts.oracle import Enrollment
from mock_lms_contracts.scenario import SUBSCRIBED, Scenario, everybody
from mock_lms_contracts.verdicts import Finding, NotClaimed

USERS, COURSES = 15, 14
"""Together they make more enrollments than one page holds."""

VARIED = 4
"""The number of courses in which the last user is not enrolled, and the others have all statuses."""

PLANS = ((0, 1), (1, 2))
MEMBERS = frozenset({*((user, 0) for user in range(6)), *((user, 1) for user in range(4, 9))})
ENROLLED = {
    **{(user, course): SUBSCRIBED for user in range(USERS) for course in range(VARIED, COURSES)},
    **everybody(USERS - 1, VARIED),
}
TUTOR = 4
"""The level at which the last user is enrolled in the last of these courses, if the target accepts that."""


@dataclass(slots=True)
class Reads:
    """The world, and what each list that the target serves shows of it."""

    world: World
    enrolled: set[Enrollment]
    """The prepared enrollments, without the tutor's."""

    tutor: Enrollment
    lists: dict[str, tuple[EnrollmentList, list[Row]]] = field(default_factory=dict)
    broken: dict[str, Finding] = field(default_factory=dict)
    """By list, why it cannot be read."""

    curl: list[str] = field(default_factory=list)

    def of(self, *lists: EnrollmentList) -> list[tuple[EnrollmentList, list[Row]]]:
        """Those of these lists that the target serves.

        Raises `NotClaimed` if it serves none, `Finding` if one of them cannot be read.
        """
        for listing in lists:
            if listing.name in self.broken:
                raise self.broken[listing.name]
        served = [self.lists[listing.name] for listing in lists if listing.name in self.lists]
        if not served:
            raise NotClaimed(f"the target does not serve {' or '.join(listing.name for listing in lists)}")
        return served


SCENARIO = Scenario(USERS, COURSES, PLANS, ENROLLED, MEMBERS)


def read(world: World) -> Reads:
    """Reads every list."""
    ids = world.ids
    enrolled = {("course", ids.courses[course], ids.users[user]) for user, course in ENROLLED}
    enrolled |= {("plan", ids.plans[plan], ids.users[user]) for user, plan in MEMBERS if ids.plans}
    course, user = ids.courses[VARIED - 1], ids.users[-1]
    world.target.call("POST", BULK, {"user_ids": [user], "course_ids": [course], "level": TUTOR})
    reads = Reads(world, enrolled, ("course", course, user))
    for listing in of_world(ids):
        try:
            reads.lists[listing.name] = listing, rows(world.target, listing)
        except NotClaimed:
            continue
        except Finding as error:
            reads.broken[listing.name] = error
    reads.curl = [*world.target.calls]
    return reads
