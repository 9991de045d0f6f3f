"""`mock-lms-client restore`: its examples, who is asked, what people and programs get to see, and its exit codes."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from mock_lms_client.cli.restore import restore

from mock_lms.testing import MockLMS, MockTenant
from tests.client.made import Made, made, rows_of
from tests.client.support import Done, client_of, examples, run, settings_of

YES = ("plan.backup.json", "--yes", "--expect-count", "2")


@pytest.fixture(scope="module")
def house() -> Iterator[MockLMS]:
    with MockLMS(serve=True, seed="empty") as lms:
        yield lms


@pytest.fixture
def lms(house: MockLMS) -> MockTenant:
    """A demo tenant."""
    return house.tenant(house.control.create_tenant()["name"])


@pytest.fixture
def case(lms: MockTenant, tmp_path: Path) -> Made:
    """Two people who left a course for good."""
    case = made(lms, tmp_path, [13001, 13002], courses=[202], reset_tracks=True, delete_certificates=True)
    case.apply()
    return case


def called(case: Made, *arguments: str) -> Done:
    return run("restore", *arguments, settings=settings_of(case.lms), cwd=case.path.parent)


def at_terminal(case: Made, typed: str, *arguments: str) -> tuple[int, str, str]:
    """What becomes of what a person types: exit code, the result, and what was on the screen."""
    ours, theirs = pty.openpty()
    os.write(ours, f"{typed}\n".encode())
    environment = {**os.environ, "XDG_CONFIG_HOME": "/nowhere", **settings_of(case.lms)}
    command = [sys.executable, "-m", "mock_lms_client", "restore", *arguments]
    done = subprocess.run(
        command,
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment,
        cwd=case.path.parent,
        check=False,
        timeout=60,
        text=True,
    )
    os.close(theirs)
    with os.fdopen(ours, "rb") as terminal:
        return done.returncode, done.stdout, terminal.read1(10_000).decode()


def are_back(case: Made) -> bool:
    return client_of(case.lms).list_course_enrollments(user_id=[13001, 13002], course_id=[202]).total_count == 2


@pytest.mark.parametrize("example", examples(restore))
def test_an_example_works_as_it_stands_there(case: Made, example: str) -> None:
    program, command, *arguments = shlex.split(example)
    assert (program, command) == ("mock-lms-client", "restore")
    if "--yes" in arguments:
        assert called(case, *arguments).returncode == 0
    else:
        code, shown, asked = at_terminal(case, f"{case.client.tenant} 2", *arguments)
        assert (code, "restored" in shown) == (0, True), asked
        assert f"2 enrollments were removed at {case.client.tenant}" in asked
    assert are_back(case)


def test_who_types_something_else_changes_nothing(case: Made) -> None:
    code, shown, _ = at_terminal(case, "yes", "plan.backup.json")
    assert (code, shown) == (4, "")
    assert not are_back(case)


@pytest.mark.parametrize("arguments", [("plan.backup.json",), ("plan.backup.json", "--yes", "--expect-count", "3")])
def test_without_the_right_number_nothing_is_done(case: Made, arguments: tuple[str, ...]) -> None:
    done = called(case, *arguments)
    assert (done.returncode, done.stdout) == (4, "")
    assert not are_back(case)
    assert not case.restored.exists()


def test_people_see_what_came_back_and_what_did_not(case: Made) -> None:
    assert called(case, *YES).stdout.splitlines() == [
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
    row = rows_of(case.restored)[0]
    assert (row["user_id"], row["result"], "time_spent: 1800, now 0" in row["differs"]) == ("13001", "restored", True)


def test_programs_get_one_object(case: Made) -> None:
    client_of(case.lms).bulk_enroll([13001], [202], level=4)
    done = called(case, *YES, "--json", "-o", "back.csv")
    found = json.loads(done.stdout)
    assert found["results"] == {"restored": 1, "already there": 1}
    assert (found["exit_code"], found["result"], done.returncode, done.stderr) == (3, "back.csv", 3, "")
    assert found["differs"]["level"] == 1
    assert len(rows_of(case.path.with_name("back.csv"))) == 2


def test_who_came_in_addition_and_who_did_not_come_back_is_named(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13005], plans=[31, 32])
    case.apply()
    gone = {"action": "status", "status": 404, "message": "There is no learning plan."}
    lms.control.set_faults([gone | {"operation": "bulk_enroll_in_learning_plan", "nth": 2}])
    done = called(case, *YES)
    assert done.returncode == 3
    assert "not restored: user 13005, learning plan 32: " in done.stdout
    assert "came in addition, with a learning plan: user 13005, course 203\n" in done.stdout


def test_nothing_is_asked_where_nothing_was_removed(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13012], courses=[202])
    case.apply()
    done = called(case, "plan.backup.json")
    assert (done.returncode, done.stderr) == (0, "")


def test_a_plan_is_no_backup(case: Made) -> None:
    done = called(case, "plan.json", "--yes", "--expect-count", "2")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "backup" in done.stderr


def test_where_the_server_is_lost_nobody_says_that_all_is_well(case: Made) -> None:
    refuse = {"operation": "list_course_enrollments", "action": "status", "status": 403, "after": 1}
    case.lms.control.set_faults([{"operation": "bulk_enroll", "action": "lost_answer"}, refuse])
    done = called(case, *YES)
    assert (done.returncode, done.stdout) == (5, "")
    again = "mock-lms-client restore plan.backup.json --yes --expect-count 2"
    assert f"2 are left to look at. `{again}` goes on" in done.stderr
    case.lms.control.clear_faults()
    assert called(case, *YES).returncode == 0
    assert are_back(case)
