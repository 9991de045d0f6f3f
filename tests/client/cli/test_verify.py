"""`mock-lms-client verify`: its examples, what people and programs get to see, and its exit codes."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import pytest
from mock_lms_client.__main__ import cli
from mock_lms_client.exits import Stopped

from tests.client.harness.commands import CommandLine, Done, examples
from tests.client.harness.stage import Stage, rows_of

Verify: TypeAlias = Callable[..., Done]


@pytest.fixture
def verify(command: CommandLine) -> Verify:
    """Runs `mock-lms-client verify` in this process."""
    return partial(command, "verify")


@pytest.fixture
def applied(stage: Stage) -> Stage:
    """Two people who left a course."""
    stage.applied([13001, 13002], courses=[202])
    return stage


@pytest.mark.parametrize("example", examples(cli.commands["verify"]))
def test_an_example_works_as_it_stands_there(applied: Stage, verify: Verify, example: str) -> None:
    program, command, *arguments = shlex.split(example)
    assert (program, command) == ("mock-lms-client", "verify")
    done = verify(*arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_people_see_how_many_of_each_there_are(applied: Stage, verify: Verify) -> None:
    done = verify("plan.json")
    assert done.stdout == "        2  removed\nall as planned\neach of them is in plan.result.csv\n"
    assert [row["result"] for row in rows_of(applied.result)] == ["removed", "removed"]


def test_people_see_what_is_not_as_planned(applied: Stage, verify: Verify) -> None:
    applied.client().bulk_enroll([13001], [202])
    done = verify("plan.json")
    assert done.returncode == 3
    line = "user 13001, course 202: refused: the server said that it was removed, and it is there"
    assert f"not as planned: 1\n  {line}\n" in done.stdout


def test_programs_get_one_object(applied: Stage, verify: Verify) -> None:
    applied.client().bulk_enroll([13001], [202])
    done = verify("plan.json", "--json", "-o", "r.csv")
    answer = json.loads(done.stdout)
    assert answer["results"] == {"removed": 1, "refused": 1}
    assert (answer["exit_code"], answer["not_as_planned"], answer["result"]) == (3, 1, "r.csv")
    assert answer["first_not_as_planned"][0]["user_id"] == 13001
    assert done.stderr == ""


def test_what_is_unknown_has_a_code_of_its_own(stage: Stage, verify: Verify) -> None:
    stage.plan([13001], courses=[202])
    stage.lms.control.set_faults([{"operation": "bulk_unenroll", "action": "status", "status": 403}])
    with pytest.raises(Stopped):
        stage.apply()
    assert verify("plan.json").returncode == 5


def test_what_was_not_applied_is_one_line(stage: Stage, verify: Verify) -> None:
    stage.plan([13001], courses=[202])
    done = verify("plan.json")
    line = "mock-lms-client: there is no plan.journal: nothing was applied.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line)


def test_what_cannot_be_read_is_one_line(applied: Stage, verify: Verify) -> None:
    applied.lms.control.set_faults([{"operation": "list_course_enrollments", "action": "status", "status": 403}])
    done = verify("plan.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
