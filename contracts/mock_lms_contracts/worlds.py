"""Composes worlds and calls from a few choices each, so that every two choices meet in some case.

All cases share one campus, whose courses and plans are related in every way that an unenrollment may get wrong. A row
of a covering array decides which people a case has and what its call names. What the call must do is up to the model.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mock_lms_contracts.model import PLACEHOLDER, Call
from mock_lms_contracts.scenario import COMPLETED, IN_PROGRESS, SUBSCRIBED, SUSPENDED, WAITING, Ids, Pair, Scenario

NOBODY = 1_999_999_999
"""The id of a user who does not exist."""

STRANGER = -1
"""The number that stands for a user who does not exist, or in a list of courses or plans for the placeholder."""

UNKNOWN = -2
"""The number of a course or a plan that does not exist."""

A_ONLY, AB, A_STAYING, A_OTHERS, IN_A, B_ONLY, O_ONLY, IN_O = range(8)
S_ONLY, IN_S = 10, 14
SMALL = (8, 9, 11, 12, 13, 15, 16, 17)
FREE = 19
PLAIN = tuple(range(20, 32))
LARGE = (18, *range(32, 43))
A, B, STAYING, OTHERS = range(4)
"""Courses and plans by number. The courses that only A and only STAYING contain are ten apart, so that small ids of one
contain the digits of the other."""

PLANS: tuple[tuple[int, ...], ...] = (
    (A_ONLY, AB, A_STAYING, A_OTHERS, IN_A),
    (B_ONLY, AB),
    (S_ONLY, A_STAYING, IN_S),
    (O_ONLY, A_OTHERS, IN_O),
    *((course,) for course in SMALL),
    LARGE,
)
"""The courses of each plan. Calls list A and B. STAYING is a plan of the same people, OTHERS a plan of other people.
B, STAYING and OTHERS each share a course with A. Calls with many plans list the small and the large ones, too."""

COURSES = LARGE[-1] + 1

HOW_MANY = {"none": 0, "one": 1, "two": 2, "many": 11}
LISTED_PLANS = {"none": (), "one": (A,), "two": (A, B), "many": (A, B, *range(4, len(PLANS)))}
FIRST_COURSE = {"no plan": PLAIN[0], "a listed plan": IN_A, "a plan that stays": IN_S, "a plan of others": IN_O}
FLAGS = ("cascade", "reset_tracks", "delete_certificates")

PEOPLE = ("member", "stayer", "holder", "partial", "bare", "outsider", "neighbor", "other")
"""Who is in a case:

member     in every listed plan, holds every course
stayer     the same, and in the plan that stays
holder     holds every course, is in no plan
partial    in the first listed plan only, holds one of its courses and the first listed one
bare       in every listed plan, holds no course
outsider   is in nothing
neighbor   like a stayer, but never listed
other      never listed either, in the plan of others
"""

LISTED = {
    "members": ("member", "stayer"),
    "everybody": ("holder", "member", "bare", "outsider", "partial", "stayer", "stranger"),
    "failing first": ("stranger", "outsider", "bare", "member", "stayer", "partial"),
    "failing last": ("stayer", "member", "holder", "bare", "outsider", "stranger"),
    "some twice": ("member", "stayer", "outsider", "holder", "member", "outsider"),
    "one": ("member",),
    "nobody who is in": ("outsider",),
}
"""The people whom the call lists, in this order. A stranger does not exist."""

FACTORS: Mapping[str, Sequence[str]] = {
    "courses": tuple(HOW_MANY),
    "plans": tuple(LISTED_PLANS),
    "unused list": ("absent", "empty", "placeholder"),
    **dict.fromkeys(FLAGS, ("absent", "false", "true")),
    "first course in": tuple(FIRST_COURSE),
    "listed": tuple(LISTED),
    "among them": ("nothing else", "an unknown course", "an unknown plan", "the placeholder", "one twice"),
    "ids": ("numbers", "texts"),
    "first status": ("0", "1", "2"),
}
"""The choices of each factor. The unused list is the one that names nothing; the used ones may have extra ids."""

TOGETHER = ("courses", "plans", "cascade", "first course in", "listed")
"""Factors of which every three choices meet in a thorough run."""

NAMES = {
    "cascade": "cascade_unenroll_from_courses_in_selected_learning_plan",
    "delete_certificates": "delete_issued_certificates",
}
"""The names of flags in a body, if they differ from ours."""

STATUSES = (SUBSCRIBED, COMPLETED, IN_PROGRESS)


@dataclass(frozen=True, slots=True)
class Case:
    """People of a scenario and a call about them, by number. Only the given flags are sent."""

    people: tuple[int, ...]
    """All people of the case, listed or not."""

    users: tuple[int, ...]
    courses: tuple[int, ...] | None = None
    plans: tuple[int, ...] | None = None
    flags: Mapping[str, bool] = field(default_factory=dict)
    texts: bool = False
    choices: Mapping[str, str] = field(default_factory=dict)
    """The row from which the case was made, for people who read it."""

    def call(self, ids: Ids) -> Call:
        """The call for the model, with ids instead of numbers."""
        return Call(
            users=tuple(NOBODY if number == STRANGER else ids.users[number] for number in self.users),
            courses=_ids(self.courses, ids.courses),
            plans=_ids(self.plans, ids.plans),
            **self.flags,
        )

    def body(self, ids: Ids) -> dict[str, Any]:
        """The body of the call."""
        call = self.call(ids)
        lists = {"user_ids": call.users}
        if self.courses is not None:
            lists["course_ids"] = call.courses
        if self.plans is not None:
            lists["learningplan_ids"] = call.plans
        sent: dict[str, Any] = {
            name: [str(number) if self.texts else number for number in numbers] for name, numbers in lists.items()
        }
        return sent | {NAMES.get(name, name): value for name, value in self.flags.items()}


def _ids(numbers: tuple[int, ...] | None, ids: Sequence[int]) -> tuple[int, ...]:
    special = {STRANGER: PLACEHOLDER, UNKNOWN: NOBODY}
    return tuple(special[number] if number < 0 else ids[number] for number in numbers or ())


def rows(chance: random.Random, *, thorough: bool = False, plans: bool = True) -> list[dict[str, str]]:
    """Rows in which every two choices of different factors meet. If `thorough`, every three choices of `TOGETHER` meet,
    too, with random choices of the other factors. Without `plans`, no row has any."""
    from covertable import make  # noqa: PLC0415 -- `list` and `explain` need not wait for it

    if not plans:
        without = {"plans": ("none",), "cascade": ("absent",), "courses": tuple(HOW_MANY)[1:]}
        without |= {"first course in": ("no plan",)}
        without["among them"] = tuple(choice for choice in FACTORS["among them"] if "plan" not in choice)
        alone: list[dict[str, str]] = make({**FACTORS, **without})
        return alone
    named = [{"operator": "ne", "left": name, "value": "none"} for name in ("courses", "plans")]
    something = [{"operator": "or", "conditions": named}]
    pairs: list[dict[str, str]] = make(FACTORS, constraints=something)
    if not thorough:
        return pairs
    together = [{"fields": list(TOGETHER), "strength": 3}]
    threes: list[dict[str, str]] = make(FACTORS, constraints=something, sub_models=together, presets=pairs)
    apart = [name for name in FACTORS if name not in TOGETHER]
    return pairs + [row | {name: chance.choice(FACTORS[name]) for name in apart} for row in threes[len(pairs) :]]


def compose(
    chosen: Iterable[Mapping[str, str]],
    chance: random.Random,
    *,
    plans: bool = True,
    statuses: bool = False,
    certificates: bool = False,
    plan_certificates: bool = False,
) -> tuple[Scenario, list[Case]]:
    """Makes the campus, with people for each row, and a case of each row.

    `chance` decides the order of what a call lists. `statuses` adds suspended and waiting enrollments; the other flags
    add what they are named after.
    """
    enrollments: dict[Pair, str] = {}
    memberships: set[Pair] = set()
    cases = []
    kinds = (*STATUSES, SUSPENDED, WAITING) if statuses else STATUSES
    for number, row in enumerate(chosen):
        people = tuple(range(number * len(PEOPLE), (number + 1) * len(PEOPLE)))
        case = _case(row, people, chance)
        cases.append(case)
        first = int(row["first status"]) + number
        for user, course in _held(case):
            enrollments[user, course] = kinds[(first + user + course) % len(kinds)]
        if plans:
            memberships |= set(_memberships(case))
    completed = frozenset(pair for pair, status in enrollments.items() if status == COMPLETED)
    scenario = Scenario(
        users=len(cases) * len(PEOPLE),
        courses=COURSES,
        plans=PLANS if plans else (),
        enrollments=enrollments,
        memberships=frozenset(memberships),
        certificates=completed if certificates else frozenset(),
        plan_certificates=frozenset(memberships) if plan_certificates else frozenset(),
        tutors=frozenset((user, course) for user, course in enrollments if (user * 5 + course) % 7 == 0),
    )
    return scenario, cases


def _case(row: Mapping[str, str], people: tuple[int, ...], chance: random.Random) -> Case:
    users = tuple(STRANGER if kind == "stranger" else people[PEOPLE.index(kind)] for kind in LISTED[row["listed"]])
    courses = (FIRST_COURSE[row["first course in"]], *PLAIN[1:])[: HOW_MANY[row["courses"]]]
    plans = LISTED_PLANS[row["plans"]]
    unused: tuple[int, ...] | None = {"absent": None, "empty": (), "placeholder": (STRANGER,)}[row["unused list"]]
    among = {
        "an unknown course": ((UNKNOWN,), ()),
        "an unknown plan": ((), (UNKNOWN,)),
        "the placeholder": ((STRANGER,), (STRANGER,)),
        "one twice": (courses[:1], plans[:1]),
    }.get(row["among them"], ((), ()))
    return Case(
        people,
        users,
        courses=(*chance.sample(courses, len(courses)), *among[0]) if courses else unused,
        plans=(*among[1], *chance.sample(plans, len(plans))) if plans else unused,
        flags={name: row[name] == "true" for name in FLAGS if row[name] != "absent"},
        texts=row["ids"] == "texts",
        choices=row,
    )


def known(numbers: tuple[int, ...] | None) -> list[int]:
    """The numbers in a list that stand for something that exists."""
    return [number for number in numbers or () if number >= 0]


def _memberships(case: Case) -> Iterator[Pair]:
    member, stayer, _, partial, bare, _, neighbor, other = case.people
    listed = known(case.plans)
    for user, plans in (
        (member, listed),
        (stayer, [*listed, STAYING]),
        (partial, [A] if listed else []),
        (bare, listed),
        (neighbor, [*listed, STAYING]),
        (other, [OTHERS]),
    ):
        yield from ((user, plan) for plan in plans)


def _held(case: Case) -> Iterator[Pair]:
    """Pairs of user and course: in all courses that the call may concern, and in a few that it must not."""
    member, stayer, holder, partial, _, _, neighbor, other = case.people
    courses = known(case.courses)
    plans = known(case.plans)
    concerned = {*courses, *(course for plan in plans for course in PLANS[plan]), A_STAYING, S_ONLY, FREE}
    for user in (member, stayer, holder, neighbor):
        yield from ((user, course) for course in sorted(concerned))
    yield from ((partial, course) for course in {A_ONLY, *courses[:1]})
    yield from ((other, course) for course in sorted({*PLANS[OTHERS], *courses[:1]}))
