"""`mock-lms-client restore`: its examples, who is asked, what people and programs get to see, and its exit codes."""

from __future__ import annotations

import json
import os
import shlex
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import pytest
from mock_lms_client.__main__ import cli

from tests.client.harness.commands import COMMAND, CommandLine, Done, at_a_terminal, examples
from tests.client.harness.stage import Stage, rows_of

YES = ("plan.backup.json", "--yes", "--expect-count", "2")


Restore: TypeAlias = Callable[..., Done]


@pytest.fixture
def restore(command: CommandLine) -> Restore:
    """Runs `mock-lms-client restore` in this process."""
    return partial(command, "restore")


@pytest.fixture
def applied(stage: Stage) -> Stage:
    """Two people who left a course for good."""
    stage.applied([13001, 13002], courses=[202], reset_tracks=True, delete_certificates=True)
    return stage


def at_terminal(applied: Stage, answer: str, *arguments: str) -> tuple[int, str, str]:
    """What becomes of what a person types: exit code, the result, and what was on the screen."""
    return at_a_terminal([*COMMAND, "restore", *arguments], applied.folder, os.environ, {"> ": answer}, piped=True)


def are_back(applied: Stage) -> bool:
    return applied.client().list_course_enrollments(user_id=[13001, 13002], course_id=[202]).total_count == 2


@pytest.mark.parametrize("example", examples(cli.commands["restore"]))
def test_an_example_works_as_it_stands_there(applied: Stage, restore: Restore, example: str) -> None:
    program, command, *arguments = shlex.split(example)
    assert (program, command) == ("mock-lms-client", "restore")
    if "--yes" in arguments:
        assert restore(*arguments).returncode == 0
    else:
        code, shown, screen = at_terminal(applied, f"{applied.tenant} 2", *arguments)
        assert (code, "restored" in shown) == (0, True), screen
        assert f"2 enrollments were removed at {applied.tenant}" in screen
    assert are_back(applied)


def test_who_types_something_else_changes_nothing(applied: Stage, restore: Restore) -> None:
    code, shown, _ = at_terminal(applied, "yes", "plan.backup.json")
    assert (code, shown) == (4, "")
    assert not are_back(applied)


@pytest.mark.parametrize("arguments", [("plan.backup.json",), ("plan.backup.json", "--yes", "--expect-count", "3")])
def test_without_the_right_number_nothing_is_done(applied: Stage, restore: Restore, arguments: tuple[str, ...]) -> None:
    done = restore(*arguments)
    assert (done.returncode, done.stdout) == (4, "")
    assert not are_back(applied)
    assert not applied.restored.exists()


def test_people_see_what_came_back_and_what_did_not(applied: Stage, restore: Restore) -> None:
    assert restore(*YES).stdout.splitlines() == [
        "        2  restored",
        "there, and not as it was:",
        "        2  enrolled_at: --enrollment-dates brings back those of courses",
        "        2  time_spent: no call can set it",
        *(
            "certificates do not come back: the apply deleted those of up to 1 completions, and what the server issued "
            "now is new\n"
            "the API does not show, and so nobody brings back: assignment type, first and last access, certificates, "
            "enrollment fields"
        ).splitlines(),
        "each of them is in plan.restored.csv",
    ]
    row = rows_of(applied.restored)[0]
    assert (row["user_id"], row["result"], "time_spent: 1800, now 0" in row["differs"]) == ("13001", "restored", True)


def test_programs_get_one_object(applied: Stage, restore: Restore) -> None:
    applied.client().bulk_enroll([13001], [202], level=4)
    done = restore(*YES, "--json", "-o", "back.csv")
    answer = json.loads(done.stdout)
    assert answer["results"] == {"restored": 1, "already there": 1}
    assert (answer["exit_code"], answer["result"], done.returncode, done.stderr) == (3, "back.csv", 3, "")
    assert answer["differs"]["level"] == 1
    assert len(rows_of(applied.path.with_name("back.csv"))) == 2


def test_who_came_in_addition_and_who_did_not_come_back_is_named(stage: Stage, restore: Restore) -> None:
    stage.applied([13005], plans=[31, 32])
    gone = {"action": "status", "status": 404, "message": "There is no learning plan."}
    stage.lms.control.set_faults([gone | {"operation": "bulk_enroll_in_learning_plan", "nth": 2}])
    done = restore(*YES)
    assert done.returncode == 3
    assert "not restored: user 13005, learning plan 32: " in done.stdout
    assert "came in addition, with a learning plan: user 13005, course 203\n" in done.stdout


def test_nothing_is_asked_where_nothing_was_removed(stage: Stage, restore: Restore) -> None:
    stage.applied([13012], courses=[202])
    done = restore("plan.backup.json")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_plan_is_no_backup(applied: Stage, restore: Restore) -> None:
    done = restore("plan.json", "--yes", "--expect-count", "2")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "backup" in done.stderr


def test_where_the_server_is_lost_nobody_says_that_all_is_well(applied: Stage, restore: Restore) -> None:
    refuse = {"operation": "list_course_enrollments", "action": "status", "status": 403, "after": 1}
    applied.lms.control.set_faults([{"operation": "bulk_enroll", "action": "lost_answer"}, refuse])
    done = restore(*YES)
    assert (done.returncode, done.stdout) == (5, "")
    again = "mock-lms-client restore plan.backup.json --yes --expect-count 2"
    assert f"2 are left to look at. `{again}` goes on" in done.stderr
    applied.lms.control.clear_faults()
    assert restore(*YES).returncode == 0
    assert are_back(applied)
