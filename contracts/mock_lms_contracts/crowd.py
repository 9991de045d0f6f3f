"""Calls of enough people to reach the cap and to fill several pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from mock_lms_contracts.scenario import COMPLETED, IN_PROGRESS, SUBSCRIBED, Scenario
from mock_lms_contracts.worlds import Case

CROWD = 1_001
"""Users in each of the crowd's courses."""

CROWDS = ((1_001, 1), (1_000, 1), (999, 2), (101, 1))
"""For each call of the crowd, how many users leave, and how many courses."""

CROWDED = sum(courses for _, courses in CROWDS) + 1


def crowded(scenario: Scenario, cases: Sequence[Case], *, plans: bool = True) -> tuple[Scenario, list[Case]]:
    """The scenario with enough users to reach the cap, and the cases of the crowd before the others."""
    users = max(scenario.users, CROWD + 2)
    courses = tuple(range(scenario.courses, scenario.courses + CROWDED))
    everybody = tuple(range(users))
    kinds = (SUBSCRIBED, IN_PROGRESS, COMPLETED)
    enrollments = {(user, course): kinds[(user + course) % 3] for course in courses for user in everybody}
    contents, memberships = scenario.plans, scenario.memberships
    remaining = iter(courses)
    made = [
        Case(everybody, everybody[:people], courses=tuple(islice(remaining, number)), choices={"people": f"{people:,}"})
        for people, number in CROWDS
    ]
    # the repeated user counts once: these are a thousand
    twice = (*everybody[:1_000], everybody[0])
    made.append(Case(everybody, twice, courses=tuple(remaining), choices={"people": "1,000, one of them twice"}))
    if plans:
        plan, last = len(contents), courses[-1] + 1
        contents = (*contents, (last,))
        leaving = everybody[: CROWDS[-1][0]]
        memberships |= {(user, plan) for user in leaving} | {(everybody[-1], plan)}
        enrollments |= {(user, last): kinds[user % 3] for user in (*leaving, *everybody[-2:])}
        choices = {"people": f"{len(leaving)} of a plan"}
        made.append(Case(everybody, leaving, plans=(plan,), flags={"cascade": True}, choices=choices))
    bigger = replace(
        scenario,
        users=users,
        courses=courses[-1] + 1 + plans,
        plans=contents,
        enrollments=dict(scenario.enrollments) | enrollments,
        memberships=memberships,
    )
    return bigger, [*made, *cases]
