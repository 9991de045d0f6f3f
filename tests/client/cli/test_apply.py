"""`mock-lms-client apply`: who is asked and what counts as a yes, the guards, what is shown, and how it ends."""

from __future__ import annotations

import io
import json
import os
import shlex
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import TypeAlias

import pytest
from mock_lms_client.__main__ import cli
from mock_lms_client.cli import confirming, progress, say

from tests.client.conftest import NewStage
from tests.client.harness.commands import (
    COMMAND,
    CTRL_C,
    CTRL_D,
    CommandLine,
    Done,
    at_a_terminal,
    examples,
    run,
    settings_of,
)
from tests.client.harness.seeds import people, small
from tests.client.harness.stage import Stage

Apply: TypeAlias = Callable[..., Done]

GOES = 2
YES = ("plan.json", "--yes", "--expect-count", str(GOES))


@pytest.fixture
def planned(stage: Stage, command: CommandLine) -> Stage:
    """A plan to take two people out of a course that seven are in."""
    stage.plan([13001, 13002, 13011], courses=[202])
    stage.lms.control.clear_journal()
    return stage


@pytest.fixture
def apply(command: CommandLine) -> Apply:
    """Runs `mock-lms-client apply` in this process."""
    return partial(command, "apply")


def untouched(stage: Stage) -> bool:
    """Nothing was called that writes, and nothing is on the disk but the plan."""
    return not stage.writes() and {path.name for path in stage.folder.iterdir()} <= {"plan.json", "plan.journal"}


@pytest.mark.parametrize("example", examples(cli.commands["apply"]))
def test_an_example_works_as_it_stands_there(planned: Stage, apply: Apply, example: str) -> None:
    program, command, *arguments = shlex.split(example)
    assert (program, command) == ("mock-lms-client", "apply")
    if "--yes" in arguments:
        assert apply(*arguments).returncode == 0
    else:
        assert at_terminal(planned, f"{planned.tenant} {GOES}", *arguments)[0] == 0
    assert len(planned.writes()) == 1


# --- a yes without a terminal


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ((), 4),
        (("--yes",), 2),
        (("--expect-count", "2"), 2),
        (("--yes", "--expect-count", "1"), 4),
        (("--yes", "--expect-count", "3"), 4),
        (("--yes", "--expect-count", "0"), 4),
        (("--yes", "--expect-count", "two"), 2),
        (("--yes", "--expect-count", "-2"), 2),
        (("--resume",), 4),
        (("--json",), 4),
    ],
)
def test_without_yes_and_the_right_number_nothing_is_done(
    planned: Stage, apply: Apply, options: tuple[str, ...], code: int
) -> None:
    done = apply("plan.json", *options)
    assert (done.returncode, done.stdout) == (code, "")
    assert len(done.stderr.splitlines()) == 1
    assert untouched(planned)


def test_without_a_terminal_it_says_what_to_write_if_it_is_meant(planned: Stage, apply: Apply) -> None:
    assert "--yes --expect-count 2" in apply("plan.json").stderr


def test_with_yes_and_the_right_number_it_is_done(planned: Stage, apply: Apply) -> None:
    done = apply(*YES)
    assert done.returncode == 0
    assert done.stdout.splitlines() == [
        "        2  removed",
        "what was there before is in plan.backup.json, and for people in plan.backup.csv",
        "next: mock-lms-client verify plan.json",
    ]
    assert done.stderr == ""


def test_a_yes_from_a_pipe_is_none(planned: Stage) -> None:
    command = [sys.executable, "-m", "mock_lms_client", "apply", "plan.json"]
    done = subprocess.run(
        command, input=f"{planned.tenant} 2\n", capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 4
    assert untouched(planned)


# --- at a terminal


def at_terminal(planned: Stage, answer: str, *arguments: str) -> tuple[int, str, str]:
    """What becomes of what a person types once they are asked: exit code, standard output, and the screen."""
    return at_a_terminal([*COMMAND, "apply", *arguments], planned.folder, os.environ, {"> ": answer}, piped=True)


def test_who_types_the_tenant_and_the_number_means_it(planned: Stage) -> None:
    code, out, screen = at_terminal(planned, f"{planned.tenant} 2", "plan.json")
    assert (code, "2  removed" in out) == (0, True)
    assert f"2 course enrollments will go at {planned.tenant}." in screen
    assert f"To do it type: {planned.tenant} 2" in screen
    assert len(planned.writes()) == 1


@pytest.mark.parametrize(
    "typed", ["", "yes", "y", "2", "{tenant}", "{tenant} 3", "{tenant}x 2", "2 {tenant}", "{tenant}2", "{tenant} 2 2"]
)
def test_who_types_anything_else_does_not(
    planned: Stage, apply: Apply, monkeypatch: pytest.MonkeyPatch, typed: str
) -> None:
    monkeypatch.setattr(confirming, "at_terminal", lambda: True)
    monkeypatch.setattr(sys, "stdin", io.StringIO(typed.format(tenant=planned.tenant) + "\n"))
    done = apply("plan.json")
    assert (done.returncode, done.stdout) == (4, "")
    assert "that is not what was to be typed; nothing was done" in done.stderr
    assert untouched(planned)


def test_who_presses_ctrl_c_or_ctrl_d_does_not(planned: Stage) -> None:
    assert at_terminal(planned, CTRL_C, "plan.json")[:2] == (130, "")
    assert at_terminal(planned, CTRL_D, "plan.json")[:2] == (130, "")
    assert untouched(planned)


def test_at_a_terminal_the_number_alone_is_no_yes_either(planned: Stage) -> None:
    assert at_terminal(planned, "", "plan.json", "--yes")[0] == 2
    assert untouched(planned)


def test_at_a_terminal_there_is_a_bar_on_standard_error_and_none_with_json(planned: Stage) -> None:
    code, out, screen = at_terminal(planned, "", *YES)
    assert (code, "removing" in screen, "[#" in screen) == (0, True, True)
    assert "[#" not in out
    planned.lms.control.reset_tenant()
    planned.forget()
    planned.plan([13001, 13002], courses=[202])
    code, out, screen = at_terminal(planned, "", *YES, "--json")
    assert (code, screen, json.loads(out)["outcomes"]) == (0, "", {"removed": 2})


# --- guards


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--max-remove", "1"), "2 enrollments would go, more than the 1 of --max-remove"),
        (("--max-remove", "0"), "--max-remove 2"),
        (("--max-percent", "28"), "2 of the 7 in course 202 would go, more than 28 %"),
        (("--max-percent", "0"), "--max-percent 29"),
        (("--max-remove", "1", "--resume"), "--max-remove 2"),
    ],
)
def test_a_guard_refuses_and_nothing_is_done(planned: Stage, apply: Apply, options: tuple[str, ...], said: str) -> None:
    done = apply(*YES, *options)
    assert (done.returncode, done.stdout) == (4, "")
    assert said in done.stderr
    assert untouched(planned)


@pytest.mark.parametrize("options", [("--max-remove", "2"), ("--max-percent", "28.6"), ("--max-percent", "100")])
def test_a_guard_lets_pass_what_is_within_it(planned: Stage, apply: Apply, options: tuple[str, ...]) -> None:
    assert apply(*YES, *options).returncode == 0


def test_the_percentage_is_that_of_each_target_and_not_of_all(planned: Stage, apply: Apply) -> None:
    planned.plan([13001, 13002, 13004], courses=[201, 202, 203])
    done = apply("plan.json", "--yes", "--expect-count", "9")
    assert done.returncode == 4
    assert "3 of the 4 in course 203 would go, more than 50 %" in done.stderr
    assert not planned.writes()


def test_a_learning_plan_has_a_guard_too(planned: Stage, apply: Apply) -> None:
    planned.plan([13001, 13002, 13004, 13005], plans=[31])
    done = apply("plan.json", "--yes", "--expect-count", "4")
    assert (done.returncode, "4 of the 7 in learning plan 31 would go" in done.stderr) == (4, True)


def test_without_options_no_more_than_a_thousand_go(new_stage: NewStage, apply: Apply) -> None:
    users = people(10_001, 2_400)
    stage = new_stage(seed=small(users))
    stage.plan(users[:1_001], courses=[209])
    where = ("--url", stage.lms.url, "--token", stage.lms.token())
    done = apply("plan.json", "--yes", "--expect-count", "1001", *where)
    assert (done.returncode, "1,001 enrollments would go, more than the 1,000" in done.stderr) == (4, True)
    stage.plan(users[:1_000], courses=[209])
    assert apply("plan.json", "--yes", "--expect-count", "1000", *where).returncode == 0


# --- what it is about


@pytest.mark.parametrize(
    "option", ["--users=1", "--courses=201", "--plans=31", "--cascade", "--keep=completed", "--reset-tracks"]
)
def test_it_takes_no_filters(planned: Stage, apply: Apply, option: str) -> None:
    done = apply(*YES, option)
    assert done.returncode == 2
    assert option.partition("=")[0] in done.stderr
    assert untouched(planned)


def test_an_edited_plan_is_refused(planned: Stage, apply: Apply) -> None:
    planned.path.write_text(planned.path.read_text().replace("13002", "13004", 1))
    done = apply(*YES)
    assert (done.returncode, done.stdout) == (2, "")
    assert "plan.json was changed after it was written" in done.stderr
    assert untouched(planned)


def test_a_plan_that_is_cut_off_is_refused_by_its_name(planned: Stage, apply: Apply) -> None:
    planned.path.write_text(planned.path.read_text()[:-99])
    done = apply(*YES)
    assert (done.returncode, "plan.json" in done.stderr) == (2, True)
    assert untouched(planned)


def test_another_tenant_s_plan_is_refused(planned: Stage, apply: Apply) -> None:
    other = planned.lms.fork()
    done = apply(*YES, "--url", other.url, "--token", other.token())
    assert (done.returncode, "is for " in done.stderr) == (2, True)
    assert untouched(planned)
    assert not other.control.search_journal({"operation": "bulk_unenroll"})["entries"]


def test_an_expired_plan_is_refused(planned: Stage, apply: Apply, monkeypatch: pytest.MonkeyPatch) -> None:
    import datetime as dt
    import importlib

    # cli.apply is the command, and its module has the same name
    module = importlib.import_module("mock_lms_client.cli.apply")

    class Tomorrow(dt.datetime):
        @classmethod
        def now(cls, tz: dt.tzinfo | None = None) -> Tomorrow:
            return super().now(tz) + dt.timedelta(hours=24, seconds=1)

    monkeypatch.setattr(module, "datetime", Tomorrow)
    done = apply(*YES)
    assert (done.returncode, "expired at" in done.stderr) == (2, True)
    assert untouched(planned)


def test_a_stale_plan_is_refused(planned: Stage, apply: Apply) -> None:
    planned.client().unenroll(202, 13001)
    planned.lms.control.clear_journal()
    done = apply(*YES)
    assert (done.returncode, done.stdout) == (2, "")
    assert "user 13001 in course 202 is gone" in done.stderr
    assert untouched(planned)


def test_a_plan_that_is_not_there_is_one_line(planned: Stage, apply: Apply) -> None:
    done = apply("nothing.json")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)
    assert "nothing.json" in done.stderr


# --- how it ends


def test_programs_get_one_object_and_nothing_else(planned: Stage, apply: Apply) -> None:
    done = apply(*YES, "--json")
    assert done.stderr == ""
    assert json.loads(done.stdout) == {
        "plan": "plan.json",
        "tenant": planned.tenant,
        "exit_code": 0,
        "outcomes": {"removed": 2},
        "refused": [],
        "backup": "plan.backup.json",
        "backup_table": "plan.backup.csv",
        "journal": "plan.journal",
    }


def test_what_is_refused_is_partial_and_said_with_its_reason(planned: Stage, apply: Apply) -> None:
    planned.lms.control.set_faults(
        [{"action": "status", "status": 422, "operation": "bulk_unenroll", "count": 2, "message": "Not\x1b[2J today."}]
    )
    done = apply(*YES)
    assert done.returncode == 3
    assert "        2  refused" in done.stdout
    assert "refused: user 13001, course 202: " in done.stdout
    assert "today." in done.stdout
    assert "\x1b" not in done.stdout
    again = apply(*YES, "--resume", "--json")
    assert again.returncode == 3
    answer = json.loads(again.stdout)
    assert (answer["exit_code"], answer["outcomes"]) == (3, {"refused": 2})
    assert [pair["user_id"] for pair in answer["refused"]] == [13001, 13002]
    assert apply(*YES, "--resume").returncode == 0


def test_what_is_unknown_has_a_code_of_its_own_until_resume_finds_out(planned: Stage, apply: Apply) -> None:
    planned.lms.control.set_faults(
        [
            {"action": "lost_answer", "operation": "bulk_unenroll"},
            {"action": "status", "status": 403, "method": "GET", "after": 1},
        ]
    )
    done = apply(*YES)
    assert (done.returncode, done.stdout) == (5, "")
    again = "`mock-lms-client apply plan.json --resume --yes --expect-count 2` finds out and goes on"
    assert f"; 0 removed, 2 unknown, since a call was sent and its answer is missing. {again}" in done.stderr
    planned.lms.control.clear_faults()
    assert apply(*YES, "--resume").returncode == 0
    assert len(planned.writes()) == 1


def test_it_waits_no_longer_than_it_may_and_says_so(planned: Stage, apply: Apply) -> None:
    planned.lms.control.set_faults(
        [{"action": "status", "status": 429, "retry_after": 60, "operation": "bulk_unenroll"}]
    )
    begun = time.monotonic()
    done = apply(*YES, "--max-wait", "5")
    assert (done.returncode, done.stdout) == (3, "")
    assert time.monotonic() - begun < 5
    assert "patience of 5 s is used up" in done.stderr
    planned.lms.control.clear_faults()
    assert apply(*YES, "--resume").returncode == 0


def test_a_plan_that_was_begun_asks_for_resume(planned: Stage, apply: Apply) -> None:
    apply(*YES)
    done = apply(*YES)
    again = "mock-lms-client apply plan.json --resume --yes --expect-count 2"
    assert (done.returncode, f"Go on with `{again}`" in done.stderr) == (2, True)


def test_an_interrupt_in_the_middle_ends_with_130_and_resume_goes_on(planned: Stage, apply: Apply) -> None:
    planned.lms.control.set_faults([{"action": "delay", "seconds": 1.5, "operation": "bulk_unenroll"}])
    process = subprocess.Popen(
        [sys.executable, "-m", "mock_lms_client", "apply", *YES],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 30
    while not planned.backup.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    time.sleep(0.4)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (130, "")
    assert "interrupted; the journal is whole: 0 removed, 2 unknown" in err
    assert err.strip().endswith("`mock-lms-client apply plan.json --resume --yes --expect-count 2` goes on.")
    assert "Traceback" not in err
    planned.lms.control.clear_faults()
    assert apply(*YES, "--resume").returncode == 0
    planned.lms.control.wait_for_calls({"called": {"operation": "bulk_unenroll"}, "times": 1})  # which is noted late


def test_two_processes_at_once_are_one_too_many(planned: Stage, apply: Apply) -> None:
    planned.lms.control.set_faults([{"action": "delay", "seconds": 1.5, "operation": "bulk_unenroll"}])
    command = [sys.executable, "-m", "mock_lms_client", "apply", *YES]
    first = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not planned.backup.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    done = apply(*YES, "--resume")
    assert (done.returncode, "is in use" in done.stderr) == (2, True)
    out, err = first.communicate(timeout=60)
    assert (first.returncode, "2  removed" in out) == (0, True), err
    assert len(planned.writes()) == 1


def test_no_secret_is_said_or_written_and_there_is_no_traceback(planned: Stage) -> None:
    lms = planned.lms
    done = run("apply", *YES, settings=settings_of(lms), cwd=planned.folder)
    assert done.returncode == 0, done.stderr
    secrets = (lms.client_secret, lms.password, lms.token(), "Bearer", "Traceback")
    planned.lms.control.set_faults(
        [{"action": "status", "status": 500, "message": f"{lms.client_secret} {lms.password}"}]
    )
    failed = run("apply", *YES, "--resume", "--max-wait", "0", settings=settings_of(planned.lms), cwd=planned.folder)
    files = b"".join(path.read_bytes() for path in planned.folder.iterdir()).decode("latin-1")
    for secret in secrets:
        assert secret not in done.stdout + done.stderr + failed.stdout + failed.stderr + files


# --- how far it is


def test_in_a_log_there_is_a_line_now_and_then(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    with progress.Progress("removing", 4_000) as bar:
        for _ in range(4):
            now[0] += 2.0
            bar.advance(1_000)
    said = capsys.readouterr()
    assert (said.out, said.err) == ("", "removing: 3,000 of 4,000\n")


WHY = "bulk_unenroll: no connection: Connection refused."


def test_whoever_waits_is_told_for_what_and_not_each_time(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    waits = progress.Waits()
    for _ in range(20):
        waits(6.0, WHY)
        now[0] += 6.0
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.splitlines() == [f"waiting 6 s: {WHY}", f"waiting 6 s (wait 11, 66 s in all): {WHY}"]


def test_a_wait_that_nobody_notices_is_not_told(capsys: pytest.CaptureFixture[str]) -> None:
    progress.Waits()(0.2, "not worth a word")
    assert capsys.readouterr().err == ""


def test_at_a_terminal_one_line_counts_the_waits_and_goes_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    waits = progress.Waits()
    for _ in range(20):
        waits(6.0, f"{WHY}\x1b[2J" + "x" * 500)
    say("done")
    said = capsys.readouterr()
    assert "\n" not in said.err
    shown = said.err.split("\r\x1b[K")
    assert (shown[0], shown[-1]) == ("", "")  # each takes the place of the one before, and nothing of the last
    assert shown[-2].startswith(f"waiting 6 s (wait 20, 120 s in all): {WHY}"[:79])
    assert all(len(line) < 80 and line.isprintable() for line in shown)
    assert said.out == "done\n"
