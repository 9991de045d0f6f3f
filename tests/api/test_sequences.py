"""Any sequence of calls: the API shows what a model of plain sets says, on both databases."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from tests.conftest import NewLms
from tests.support.lms import BULK, Lms

pytestmark = pytest.mark.both_databases

USERS = (11, 12, 13)
COURSES = (21, 22, 23)
PLANS = {31: (21, 22), 32: (22, 23)}

SEED = f"""
users: [{", ".join(f"{{id: {user}, username: u{user}}}" for user in USERS)}]
courses: [{", ".join(f"{{id: {course}, name: C{course}}}" for course in COURSES)}]
learning_plans: [{", ".join(f"{{id: {p}, name: P{p}, courses: {list(courses)}}}" for p, courses in PLANS.items())}]
"""

some_users = st.lists(st.sampled_from(USERS), min_size=1, max_size=3)
some_courses = st.lists(st.sampled_from(COURSES), max_size=3)
some_plans = st.lists(st.sampled_from(list(PLANS)), max_size=2)
DONE = "2026-02-0{} 00:00:00"


class Sequences(RuleBasedStateMachine):
    """The model: who is in what, and what tracking says, enrolled or not."""

    new_lms: NewLms
    seed: str

    @initialize()
    def begin(self) -> None:
        self.lms: Lms = self.new_lms(seed=self.seed)
        self.enrolled: set[tuple[int, int]] = set()
        self.members: set[tuple[int, int]] = set()
        self.tracked: dict[tuple[int, int], tuple[str, str | None]] = {}

    @rule(users=some_users, courses=some_courses.filter(bool))
    def bulk_enroll(self, users: list[int], courses: list[int]) -> None:
        asked = {(course, user) for course in courses for user in users}
        data = self.lms.call("POST", BULK, {"user_ids": users, "course_ids": courses})["data"]
        assert {(each["id_course"], each["id_user"]) for each in data["enrolled"]} == asked - self.enrolled
        self.enrolled |= asked

    @rule(users=some_users, plan=st.sampled_from(list(PLANS)))
    def bulk_enroll_in_learning_plan(self, users: list[int], plan: int) -> None:
        new = {user for user in users if (plan, user) not in self.members}
        path = f"/learningplan/v1/learningplans/{plan}/enrollments/bulk"
        data = self.lms.call("POST", path, {"items": {"user_ids": users}})["data"]
        assert set(data["enrolled"]) == new
        self.members |= {(plan, user) for user in new}
        self.enrolled |= {(course, user) for user in new for course in PLANS[plan]}

    @rule(users=some_users, courses=some_courses.filter(bool), status=st.sampled_from([0, 1, 2]), day=st.integers(1, 9))
    def bulk_update(self, users: list[int], courses: list[int], status: int, day: int) -> None:
        body: dict[str, Any] = {"user_ids": users, "course_ids": courses, "status": status}
        if status == 2:
            body["date_complete"] = DONE.format(day)
        self.lms.call("PUT", BULK, body)
        name = ("enrolled", "in_progress", "completed")[status]
        for pair in {(course, user) for course in courses for user in users} & self.enrolled:
            self.tracked[pair] = (name, DONE.format(day) if status == 2 else None)

    @rule(users=some_users, courses=some_courses, plans=some_plans, cascade=st.booleans(), reset=st.booleans())
    def bulk_unenroll(
        self, users: list[int], courses: list[int], plans: list[int], *, cascade: bool, reset: bool
    ) -> None:
        if not courses and not plans:
            return
        answer = self.lms.bulk_unenroll(
            users,
            course_ids=courses,
            learningplan_ids=plans,
            reset_tracks=reset,
            cascade_unenroll_from_courses_in_selected_learning_plan=cascade,
        )
        left = {(plan, user) for plan in plans for user in users} & self.members
        gone = {(course, user) for course in courses for user in users} & self.enrolled
        failed = len(set(users)) * (len(set(courses)) + len(set(plans))) - len(gone) - len(left)
        self.members -= left
        if cascade:
            for plan, user in left:
                for course in PLANS[plan]:
                    shared = any(course in PLANS[other] for other, who in self.members if who == user)
                    if (course, user) in self.enrolled and not shared:
                        gone.add((course, user))
        self.enrolled -= gone
        if reset:
            for pair in gone:
                self.tracked.pop(pair, None)
        lost = {user for _, user in gone | left}
        assert answer["un_enrolled"] == [user for user in dict.fromkeys(users) if user in lost]
        assert len(answer["errors"]) == failed

    @invariant()
    def the_api_shows_the_model(self) -> None:
        if not hasattr(self, "lms"):
            return
        assert self.lms.members() == self.members
        shown = {
            (row["course_id"], row["user_id"]): (row["enrollment_status"], row["enrollment_completion_date"])
            for row in self.lms.items("/course/v1/courses/enrollments")
        }
        assert shown == {pair: self.tracked.get(pair, ("enrolled", None)) for pair in self.enrolled}


@pytest.mark.parametrize("steps", [20])
def test_any_sequence_of_calls_leaves_what_the_model_says(new_lms: NewLms, tmp_path: Any, steps: int) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(SEED)
    machine = type("Machine", (Sequences,), {"new_lms": staticmethod(new_lms), "seed": str(path)})
    run_state_machine_as_test(machine, settings=settings(max_examples=12, stateful_step_count=steps, deadline=None))
