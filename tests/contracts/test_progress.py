"""In which order checks run, and what is said meanwhile."""

from __future__ import annotations

import contextlib
import io
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from mock_lms_contracts.order import in_order, turn
from mock_lms_contracts.progress import Progress
from mock_lms_contracts.requirements import by_id, profiles, requirements, select
from mock_lms_contracts.terminal import WIDTH, say_over
from mock_lms_contracts.verdicts import Result, Verdict

from tests.contracts import fakes
from tests.contracts.driver import Mock


class Terminal(io.StringIO):
    """A standard error that is one."""

    def isatty(self) -> bool:
        return True


def told(stderr: io.StringIO, *names: str) -> str:
    """What is written when these requirements are decided."""
    progress = Progress(select(["core", "quota"]), lambda: 1_234)
    with contextlib.redirect_stderr(stderr):
        for name in names:
            progress(Result(name, Verdict.PASS))
        progress.end()
    return stderr.getvalue()


QUOTA = [requirement.id for requirement in select(["quota"])]


def test_a_terminal_has_one_line_that_is_rewritten_and_is_empty_at_the_end() -> None:
    said = told(Terminal(), *QUOTA)
    assert "\n" not in said
    lines = said.split("\r")
    assert all(len(line) <= WIDTH < 80 for line in lines)
    assert [line.strip() for line in lines] == [
        "",
        *(f"quota {number}/{len(QUOTA)}, 0 s, 1,234 writing calls" for number in range(1, len(QUOTA) + 1)),
        "",
        "",
    ]


def test_what_is_no_terminal_has_a_line_for_each_profile_that_is_done() -> None:
    said = told(io.StringIO(), "UNENROLL-EFFECT-1", *QUOTA)
    assert said == f"quota {len(QUOTA)}/{len(QUOTA)}, 0 s, 1,234 writing calls\n"


def test_a_line_that_is_rewritten_stays_one_line_and_moves_no_cursor() -> None:
    stderr = Terminal()
    with contextlib.redirect_stderr(stderr):
        say_over("one\x1b[2J\ntwo " + "x" * 100)
    assert stderr.getvalue() == "\r" + ("one\\x1b[2J two " + "x" * 100)[:WIDTH]


def test_checks_run_in_the_order_of_the_profiles_and_of_the_file() -> None:
    order = in_order(["?", *reversed([requirement.id for requirement in requirements()])], str)
    assert order[-1] == "?"
    assert [by_id()[name].profile for name in order[:-1]] == sorted(
        (requirement.profile for requirement in requirements()), key=list(profiles()).index
    )
    core = [requirement.id for requirement in select(["core"])]
    assert order[: len(core)] == core


def test_another_profile_waits_while_core_is_checked_and_not_for_who_has_died(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    (tmp_path / str(dead.pid)).touch()
    with turn(tmp_path, "quota"):
        pass
    seen: list[bool] = []
    with turn(tmp_path, "core"):
        own = tmp_path / str(os.getpid())

        def check() -> None:
            with turn(tmp_path, "quota"):
                seen.append(own.exists())

        other = threading.Thread(target=check)
        other.start()
        other.join(0.1)
        assert seen == []
    other.join()
    assert seen == [False]


@pytest.mark.parametrize("workers", [(), ("--", "-n", "2")])
def test_the_budget_of_writes_is_spent_on_core_first(workers: tuple[str, ...], mock: Mock, tmp_path: Path) -> None:
    alone = fakes.against(mock, "--profile", "core", "--json", cwd=tmp_path)
    budget = str(json.loads(alone.stdout)["writes"])
    options = ("--profile", "quota", "--profile", "bulk-unenroll", "--profile", "core", "--max-writes", budget)
    done = fakes.against(mock, *options, *workers, cwd=tmp_path)
    core = select(["core"], "SHOULD")
    assert done.returncode == 3
    assert not any(requirement.id in done.stdout for requirement in core), done.stdout
    assert "raise --max-writes" in done.stdout
