"""`mock-lms-client plan unenroll`: its examples, what people and programs get to see, and when there is no plan."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

import pytest
from mock_lms_client.unenroll.document import Document
from mock_lms_client.unenroll.plan_file import FORM, ROWS

from mock_lms.testing import MockTenant
from tests.client.conftest import NewTenant
from tests.client.harness.commands import CommandLine, Done, commands, examples, run, settings_of
from tests.client.harness.workbooks import sheet, write_xlsx

Plan: TypeAlias = Callable[..., Done]


@pytest.fixture
def plan(command: CommandLine) -> Plan:
    """Runs `mock-lms-client plan unenroll` in this process."""
    return partial(command, "plan", "unenroll")


def pairs(path: str = "plan.json") -> list[tuple[int, str, int, str]]:
    rows = Document(Path(path), FORM, ROWS).rows()
    return [
        (row["user_id"], "course", row["course_id"], row["intent"])
        if "course_id" in row
        else (row["user_id"], "plan", row["learning_plan_id"], row["intent"])
        for row in rows
    ]


EXAMPLES = [line for path, command in commands() if path.startswith("plan") for line in examples(command)]


def test_every_command_has_examples() -> None:
    assert len(EXAMPLES) >= 3


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_works_as_it_stands_there(plan: Plan, example: str) -> None:
    program, group, command, *arguments = shlex.split(example)
    assert (program, group, command) == ("mock-lms-client", "plan", "unenroll")
    done = plan(*arguments)
    assert done.returncode == 0, done.stderr
    assert pairs()


# --- what is asked for


def test_names_codes_and_ids_mean_the_same(plan: Plan) -> None:
    assert plan("--users", "13001", "--courses", "201", "--plans", "31", "-o", "a.json").returncode == 0
    assert (
        plan(
            "--users", "ana.silva", "--by", "username", "--courses", "SAFE-101", "--plans", "Onboarding", "-o", "b.json"
        ).returncode
        == 0
    )
    assert pairs("a.json") == pairs("b.json") != []


def test_a_report_names_the_users_in_its_order(plan: Plan) -> None:
    Path("people.csv").write_text("\ufeffName;User Unique ID\nMei;13002\nAna;13001\nMei;13002\n", encoding="utf-8")
    done = plan("--users", "people.csv", "--courses", "201")
    assert pairs() == [(13002, "course", 201, "remove"), (13001, "course", 201, "remove")]
    assert "1 repeated" in done.stderr


def test_options_can_be_repeated_and_hold_commas(plan: Plan) -> None:
    plan("--users", "13001", "--courses", "201, 202", "--courses", "203")
    assert [target for _, _, target, _ in pairs()] == [201, 202, 203]


def test_users_can_be_repeated_too_and_each_is_taken_once(plan: Plan) -> None:
    Path("people.csv").write_text("User Unique ID\n13002\n13001\n")
    done = plan("--users", "13001", "--users", "people.csv", "--courses", "201")
    assert [user for user, *_ in pairs()] == [13001, 13002]
    assert "1 ids from the list" in done.stderr
    assert "2 ids from column 'User Unique ID' of people.csv" in done.stderr


def test_statuses_to_keep_can_be_repeated(plan: Plan) -> None:
    plan("--users", "13002", "--plans", "31", "--keep", "completed", "--keep", "in_progress", "-o", "a.json")
    plan("--users", "13002", "--plans", "31", "--keep", "completed,in_progress", "-o", "b.json")
    assert pairs("a.json") == pairs("b.json") != []


def test_nobody_in_a_hidden_row_is_in_a_plan_until_it_is_said_so(plan: Plan) -> None:
    rows = sheet([["User Unique ID"], [13001], [13002]], attributes={3: 'hidden="1"'})
    write_xlsx(Path("people.xlsx"), {"People": rows, "Notes": sheet([["Text"], ["x"]])})
    done = plan("--users", "people.xlsx", "--courses", "201")
    assert (done.returncode, Path("plan.json").exists()) == (1, False)
    assert "1 of 2 rows is hidden (row 3): say --hidden-rows read|skip" in done.stderr
    done = plan("--users", "people.xlsx", "--courses", "201", "--hidden-rows", "skip", "--sheet", "People")
    assert [user for user, *_ in pairs()] == [13001]
    assert "1 hidden row left out" in done.stderr


@pytest.mark.parametrize("more", [(), ("--json",)])
def test_rows_that_look_like_pairs_are_warned_of_since_each_user_leaves_all_that_is_named(
    plan: Plan, more: tuple[str, ...]
) -> None:
    Path("pairs.csv").write_text("user_id,course_code\n13001,SAFE-101\n13002,LAW-101\n")
    done = plan("--users", "pairs.csv", "--courses", "SAFE-101,LAW-101", *more)
    assert done.returncode == 0
    assert "column 'course_code' is not read: each user leaves all courses and learning plans" in done.stderr


@pytest.mark.parametrize("words", ["not_started", "subscribed", "enrolled"])
def test_keep_knows_every_word_for_who_has_not_started(plan: Plan, words: str) -> None:
    plan("--users", "13007", "--plans", "31", "--keep", words)
    assert pairs() == [(13007, "plan", 31, "remove"), (13007, "course", 201, "keep"), (13007, "course", 202, "keep")]


def test_keep_spares_the_chosen_statuses_and_removes_the_others_without_cascade(plan: Plan) -> None:
    plan("--users", "13002", "--plans", "31", "--keep", "completed,in_progress")
    assert pairs() == [
        (13002, "plan", 31, "remove"),
        (13002, "course", 201, "keep"),
        (13002, "course", 202, "keep"),
        (13002, "course", 203, "remove"),
    ]


def test_what_was_asked_for_is_in_the_plan(plan: Plan) -> None:
    plan(
        "--users",
        "13001",
        "--plans",
        "31",
        "--reset-tracks",
        "--delete-certificates",
        "--cascade",
        "--reason",
        "left =1+1",
    )
    header = Document(Path("plan.json"), FORM, ROWS).header
    assert (header["reset_tracks"], header["delete_certificates"], header["cascade"]) == (True, True, True)
    assert header["reason"] == "left =1+1"


# --- what people see

STAYS = "their tracking stays behind (no --reset-tracks)"
UNSURE = "the vendor's screen keeps them, what its API does is not documented; they count as going"
HELD = "the vendor's screen refuses these, what its API does is not documented"


def test_people_see_layers_what_is_at_stake_shared_courses_and_the_calls(plan: Plan) -> None:
    done = plan("--users", "13001,13004,13005,13011,99999", "--plans", "31", "--courses", "204", "--cascade")
    tenant = Document(Path("plan.json"), FORM, ROWS).header["tenant"]
    assert done.stdout.splitlines() == [
        f"tenant        {tenant}, as admin",
        "users         5",
        "",
        "                               enrolled  go  stay  not there",
        "learning plan enrollments             7   3     0          2",
        "  plan 31 Onboarding                  7   3     0          2",
        "course enrollments                   26  10     0          3",
        "  course 201 Fire Safety             10   3     0          0",
        "  course 202 Privacy at Work          7   3     0          0",
        "  course 203 How We Work              4   2     0          0",
        "  course 204 Forklift Driving         5   2     0          3",
        "",
        f"tracking      3 completions and 2 begun courses leave the lists; {STAYS}",
        "certificates  stay (no --delete-certificates)",
        f"unsure        2 course enrollments that another learning plan contains: {UNSURE}",
        f"held          2 course enrollments belong to a learning plan that stays: {HELD}",
        "not enrolled  1 with nothing to leave: 13011",
        f"not found     1 not among the users of {tenant}: 99999",
        "calls         2 that change something",
    ]
    assert "next: mock-lms-client apply plan.json\n" in done.stderr


def test_ids_from_another_column_do_not_look_harmless(plan: Plan) -> None:
    done = plan("--users", ",".join(map(str, range(1, 7_001))), "--courses", "201")
    shown = "2, 3, 4, 5, 6, 7, 8, 9, 10, 11, ..."
    assert "not found     6,999 not among the users of " in done.stdout
    assert f": {shown}" in done.stdout
    assert "not enrolled  1 with nothing to leave: 1\n" in done.stdout  # the superadmin
    assert "next:" not in done.stderr
    assert done.stderr.endswith("Nothing would go: there is nothing to apply.\n")
    assert "that is most of them: are these the users' ids, and is it the right column and tenant?" in done.stdout


def test_whoever_is_not_enrolled_is_not_taken_for_somebody_unknown(plan: Plan) -> None:
    done = plan("--users", "13001,13011", "--courses", "202")
    assert "not enrolled  1 with nothing to leave: 13011\n" in done.stdout
    assert "not found" not in done.stdout
    assert "right column" not in done.stdout


def test_a_plan_over_the_limits_says_which_and_prints_what_apply_will_need(plan: Plan) -> None:
    done = plan("--users", "13001,13002,13004,13005", "--plans", "31")
    assert "limits        4 of the 7 in learning plan 31 would go, more than 50 % (--max-percent)\n" in done.stdout
    assert done.stderr.splitlines()[-2:] == [
        "next: mock-lms-client apply plan.json --max-percent 58",
        "where nobody can be asked: mock-lms-client apply plan.json --max-percent 58 --yes --expect-count 4",
    ]


def test_people_are_asked_whether_a_target_in_which_nobody_is_was_meant(plan: Plan) -> None:
    done = plan("--users", "13001", "--courses", "201,999")
    assert "nobody at all is enrolled in course 999" in done.stdout
    assert "nobody at all is enrolled in course 201" not in done.stdout


def test_people_see_what_is_deleted_for_good(plan: Plan) -> None:
    done = plan(
        "--users", "13001,13002", "--courses", "201,202", "--reset-tracks", "--delete-certificates", "--reason", "gone"
    )
    assert "their tracking is deleted for good (--reset-tracks)" in done.stdout
    assert "deleted for good, of up to 3 completions (--delete-certificates" in done.stdout
    assert "reason        gone" in done.stdout


def test_people_see_why_others_stay(plan: Plan) -> None:
    done = plan("--users", "13001,13002,13004", "--plans", "31", "--keep", "completed")
    assert "stays         4: completed: --keep" in done.stdout


def test_a_name_from_the_server_moves_no_cursor(plan: Plan, new_tenant: NewTenant) -> None:
    seed = {
        "users": [{"id": 7, "username": "a"}],
        "courses": [{"id": 201, "name": "\u202eSafety\u009b2J"}],
        "enrollments": [{"user": 7, "course": 201}],
    }
    tenant = new_tenant(seed=seed)
    done = plan("--users", "7", "--courses", "201", "--url", tenant.url, "--token", tenant.token())
    assert done.returncode == 0, done.stderr
    assert all(char.isprintable() or char == "\n" for char in done.stdout + done.stderr)
    assert "Safety" in done.stdout


# --- what programs see


def test_programs_get_one_object_and_nothing_else(plan: Plan) -> None:
    done = plan("--users", "13001,13011", "--courses", "201", "--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr) == (0, "")
    document = Document(Path("plan.json"), FORM, ROWS)
    apply = "mock-lms-client apply plan.json --yes --expect-count 1"
    expected = {"plan": "plan.json", "sha256": document.sha256, **document.header, **document.summary, "apply": apply}
    assert answer == expected
    assert answer["goes"] == 1


def test_nothing_but_reading_is_called(plan: Plan, lms: MockTenant) -> None:
    plan("--users", "ana.silva", "--by", "username", "--plans", "Onboarding", "--courses", "204", "--cascade")
    calls = lms.control.search_journal(limit=10_000)["entries"]
    assert len(calls) > 5
    assert {(call["method"], call["operation"]) for call in calls if call["method"] != "GET"} == {
        ("POST", "issue_token")
    }


# --- no plan


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--users", "13001"), 2, "out of what? Give --courses, --plans or both"),
        (("--courses", "201"), 2, "users"),
        (("--users", "13001", "--courses", "201", "--keep", "finished"), 2, "not finished"),
        (("--users", "13001", "--plans", "31", "--keep", ""), 2, "--keep names no status"),
        (("--users", "00417", "--courses", "201"), 1, "no leading zeros"),
        (("--users", "nobody.csv", "--courses", "201"), 1, "nobody.csv"),
        (
            ("--users", "13001", "--courses", "No Such Course"),
            1,
            "there is no course 'No Such Course'. No plan was written.",
        ),
        (("--users", "13001", "--plans", "31, Gone"), 1, "there is no learning plan 'Gone'. No plan was written."),
        (("--users", "13001", "--plans", "77"), 1, "404"),
        (("--users", "karl.nobody", "--by", "username", "--courses", "201"), 1, "there is no user 'karl.nobody'"),
    ],
)
def test_what_cannot_be_planned_is_one_line_and_no_file(
    plan: Plan, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = plan(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert done.stderr.splitlines()[-1].startswith("mock-lms-client: ")
    assert not Path("plan.json").exists()


def test_an_ambiguous_name_is_named_with_all_that_it_may_mean_and_no_plan_is_written(
    plan: Plan, new_tenant: NewTenant
) -> None:
    seed = {
        "users": [{"id": 7, "username": "a"}],
        "courses": [{"id": 201, "name": "Safety", "code": "A"}, {"id": 202, "name": "Safety", "code": "B"}],
        "learning_plans": [{"id": 31, "name": "Start", "code": "C"}, {"id": 32, "name": "Start", "code": "D"}],
    }
    tenant = new_tenant(seed=seed)
    where = ("--users", "7", "--url", tenant.url, "--token", tenant.token())
    done = plan(*where, "--courses", "Safety")
    assert done.returncode == 1
    assert "'Safety' is 2 courses: 201 (A Safety), 202 (B Safety); give the id. No plan was written." in done.stderr
    done = plan(*where, "--plans", "Start")
    assert "'Start' is 2 learning plans: 31 (C Start), 32 (D Start); give the id" in done.stderr
    assert not Path("plan.json").exists()


def test_after_an_error_the_plan_that_was_there_is_there(plan: Plan, lms: MockTenant) -> None:
    plan("--users", "13001", "--courses", "201")
    before = Path("plan.json").read_bytes()
    lms.control.set_faults([{"action": "status", "status": 403, "operation": "list_course_enrollments", "nth": 2}])
    done = plan("--users", "13001,13002", "--courses", "202")
    assert done.returncode == 1
    assert "403" in done.stderr
    assert Path("plan.json").read_bytes() == before
    assert [*Path().iterdir()] == [Path("plan.json")]


def test_a_plan_that_was_applied_is_not_overwritten(plan: Plan, command: CommandLine, lms: MockTenant) -> None:
    plan("--users", "13001", "--courses", "201")
    assert command("apply", "plan.json", "--yes", "--expect-count", "1").returncode == 0
    before = {path: path.read_bytes() for path in Path().iterdir()}
    lms.control.clear_journal()
    done = plan("--users", "13002", "--courses", "201")
    assert done.returncode == 1
    assert "plan.json was applied" in done.stderr
    assert "give -o another name" in done.stderr
    assert {path: path.read_bytes() for path in Path().iterdir()} == before
    assert lms.control.search_journal()["entries"] == []


def test_a_plan_that_was_not_applied_can_be_made_anew(plan: Plan) -> None:
    plan("--users", "13001", "--courses", "201")
    assert plan("--users", "13002", "--courses", "201").returncode == 0
    assert pairs() == [(13002, "course", 201, "remove")]


def test_a_folder_that_is_not_there_is_one_line(plan: Plan) -> None:
    done = plan("--users", "13001", "--courses", "201", "-o", "nowhere/plan.json")
    assert done.returncode == 1
    assert "nowhere/" in done.stderr.splitlines()[-1]


def test_a_process_says_no_secret_and_no_traceback_and_writes_none(lms: MockTenant, tmp_path: Path) -> None:
    arguments = ("--users", "13001", "--courses", "201")
    done = run("plan", "unenroll", *arguments, settings=settings_of(lms), cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    lms.control.set_faults([{"action": "status", "status": 403}])
    failed = run("plan", "unenroll", *arguments, settings=settings_of(lms), cwd=tmp_path)
    assert (failed.returncode, failed.stdout) == (1, "")
    said = done.stdout + done.stderr + failed.stderr + (tmp_path / "plan.json").read_text()
    assert not any(secret in said for secret in (lms.client_secret, lms.password, "Bearer"))
    assert "Traceback" not in said
