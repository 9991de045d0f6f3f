"""Takes the run's users out of its own plans and courses again, by the API alone.

It uses the operation for one user and one course, since the bulk unenrollment is under test. It uses the bulk
unenrollment only to take users out of plans, if there is no operation for one user, and if a world would need more than
`MANY` calls. Then it reads the lists, and takes out one by one whoever stayed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from mock_lms_contracts import oracle
from mock_lms_contracts.adapters import Claims, World
from mock_lms_contracts.oracle import Enrollment
from mock_lms_contracts.scenario import Ids, Scenario
from mock_lms_contracts.target import Budget, Target
from mock_lms_contracts.verdicts import Finding

ENROLLMENTS = "/learn/v1/enrollments"
FLAGS = (
    "reset_tracks",
    "cascade_unenroll_from_courses_in_selected_learning_plan",
    "delete_issued_certificates",
)
LISTED = {"course": "course_ids", "plan": "learningplan_ids"}
MANY = 20
AT_ONCE = 1_000
SHOWN = 5


def taken_out(worlds: Sequence[World], absent: Collection[str], stays: Callable[[str], None]) -> None:
    """Ends the worlds, and calls `stays` with the kind of each enrollment that remains because a plan holds it.

    No budget limits this. Raises `Finding` if somebody stays whom no plan holds.
    """
    if not worlds:
        return
    target = replace(worlds[0].target, budget=Budget(), calls=[], lenient=True)
    cleaning = _Cleaning(target, worlds, Claims().capabilities - set(absent))
    left = excused = cleaning.left()
    if left:
        for way in (cleaning.plans_first, cleaning.one_by_one, cleaning.in_bulk):
            way(left)
            left = cleaning.left()
            excused = cleaning.held_by_plans(left)
            if left <= excused:
                break
    for kind, _, _ in left & excused:
        stays("enrollments" if kind == "course" else "memberships")
    if left - excused:
        people = ", ".join(oracle.shown(left - excused, most=SHOWN))
        # every way was tried and answered, so the target is at fault
        requirement = "UNENROLL-EFFECT-1" if "single_unenroll" in absent else "SINGLE-LEAVE-1"
        said = f"the api adapter could not take out {len(left - excused)} enrollments: {people}"
        raise Finding(said, requirement=requirement)


@dataclass(frozen=True, slots=True)
class _Cleaning:
    target: Target
    worlds: Sequence[World]
    capabilities: frozenset[str]

    def left(self) -> set[Enrollment]:
        """The enrollments of each world's own users that are left. Others may be shown if the API ignores filters."""
        courses = tuple(course for world in self.worlds for course in world.ids.courses)
        plans = tuple(plan for world in self.worlds for plan in world.ids.plans)
        held = oracle.observe(self.target, Ids((), courses, plans), self.capabilities).held
        return {enrollment for world in self.worlds for enrollment in _of(world, held)}

    def plans_first(self, left: Collection[Enrollment]) -> None:
        """The usual way: plans first, since a plan may hold its members in its courses."""
        for world in self.worlds:
            enrollments = _of(world, left)
            in_courses = {enrollment for enrollment in enrollments if enrollment[0] == "course"}
            few = len(in_courses) <= MANY and "single_unenroll" in self.capabilities
            self.bulk_unenroll(enrollments - in_courses if few else enrollments)
            self.one_by_one(in_courses if few else ())

    def one_by_one(self, left: Collection[Enrollment]) -> None:
        if "single_unenroll" in self.capabilities:
            for kind, identifier, user in sorted(left):
                if kind == "course":
                    self.target.call("DELETE", f"{ENROLLMENTS}/{identifier}/{user}")

    def in_bulk(self, left: Collection[Enrollment]) -> None:
        for world in self.worlds:
            self.bulk_unenroll(_of(world, left))

    def bulk_unenroll(self, enrollments: Collection[Enrollment]) -> None:
        """Unenrolls in bulk within one world, so that every pair that a call names belongs to the run."""
        for kind in ("plan", "course"):
            users = sorted({user for what, _, user in enrollments if what == kind})
            identifiers = sorted({identifier for what, identifier, _ in enrollments if what == kind})
            for start in range(0, len(users), AT_ONCE):
                body = {
                    "user_ids": users[start : start + AT_ONCE],
                    LISTED[kind]: identifiers,
                    **dict.fromkeys(FLAGS, False),
                }
                self.target.call("DELETE", ENROLLMENTS, body)

    def held_by_plans(self, left: Collection[Enrollment]) -> set[Enrollment]:
        """Memberships that are left, and their courses: some servers refuse to take anybody out of these."""
        held: set[Enrollment] = set()
        for world in self.worlds:
            scenario: Scenario = world.handle
            for plan, courses in zip(world.ids.plans, scenario.plans, strict=True):
                for user in {user for kind, identifier, user in left if (kind, identifier) == ("plan", plan)}:
                    held |= {("plan", plan, user), *(("course", world.ids.courses[course], user) for course in courses)}
        return held


def _of(world: World, enrollments: Iterable[Enrollment]) -> set[Enrollment]:
    """The enrollments of the world's own users in its own courses and plans."""
    users = set(world.ids.users)
    own = {"course": set(world.ids.courses), "plan": set(world.ids.plans)}
    return {enrollment for enrollment in enrollments if enrollment[2] in users and enrollment[1] in own[enrollment[0]]}
