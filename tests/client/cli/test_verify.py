"""`mock-lms-client verify`: its examples, what people and programs get to see, and its exit codes."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from mock_lms_client.cli.verify import verify

from mock_lms.testing import MockLMS, MockTenant
from tests.client.made import Made, made, rows_of
from tests.client.support import Done, client_of, examples, run, settings_of


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
    """Two people who left a course."""
    case = made(lms, tmp_path, [13001, 13002], courses=[202])
    case.apply()
    return case


def called(case: Made, *arguments: str) -> Done:
    return run("verify", *arguments, settings=settings_of(case.lms), cwd=case.path.parent)


@pytest.mark.parametrize("example", examples(verify))
def test_an_example_works_as_it_stands_there(case: Made, example: str) -> None:
    program, command, *arguments = shlex.split(example)
    assert (program, command) == ("mock-lms-client", "verify")
    done = called(case, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout


def test_people_see_how_many_of_each_there_are(case: Made) -> None:
    done = called(case, "plan.json")
    assert done.stdout == "        2  removed\nall as planned\neach of them is in plan.result.csv\n"
    assert [row["result"] for row in rows_of(case.path.with_suffix(".result.csv"))] == ["removed", "removed"]


def test_people_see_what_is_not_as_planned(case: Made) -> None:
    client_of(case.lms).bulk_enroll([13001], [202])
    done = called(case, "plan.json")
    assert done.returncode == 3
    line = "user 13001, course 202: refused: the server said that it was removed, and it is there"
    assert f"not as planned: 1\n  {line}\n" in done.stdout


def test_programs_get_one_object(case: Made) -> None:
    client_of(case.lms).bulk_enroll([13001], [202])
    done = called(case, "plan.json", "--json", "-o", "r.csv")
    found = json.loads(done.stdout)
    assert found["results"] == {"removed": 1, "refused": 1}
    assert (found["exit_code"], found["not_as_planned"], found["result"]) == (3, 1, "r.csv")
    assert found["first_not_as_planned"][0]["user_id"] == 13001
    assert done.stderr == ""


def test_what_is_unknown_has_a_code_of_its_own(lms: MockTenant, tmp_path: Path) -> None:
    from mock_lms_client.exits import Stopped

    case = made(lms, tmp_path, [13001], courses=[202])
    lms.control.set_faults([{"operation": "bulk_unenroll", "action": "status", "status": 403}])
    with pytest.raises(Stopped):
        case.apply()
    assert called(case, "plan.json").returncode == 5


def test_what_was_not_applied_is_one_line(lms: MockTenant, tmp_path: Path) -> None:
    done = called(made(lms, tmp_path, [13001], courses=[202]), "plan.json")
    line = "mock-lms-client: there is no plan.journal: nothing was applied.\n"
    assert (done.returncode, done.stdout, done.stderr) == (2, "", line)


def test_what_cannot_be_read_is_one_line(case: Made) -> None:
    case.lms.control.set_faults([{"operation": "list_course_enrollments", "action": "status", "status": 403}])
    done = called(case, "plan.json")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
