"""`mock-lms-contracts init`: asks, writes, tries; and the handler that it prints really runs."""

from __future__ import annotations

import ast
import io
import os
import shutil
import socket
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from unittest.mock import patch

import pytest
from mock_lms_contracts.adapters.capabilities import CAPABILITIES, OPERATIONS
from mock_lms_contracts.adapters.handler import OFFERED, handler
from mock_lms_contracts.config import FILE

from tests.contracts import fakes, two_operations
from tests.contracts.driver import Mock
from tests.support.process import until

NOWHERE = "http://127.0.0.1:9"
LACKING = ("enroll", "update", "single_unenroll", "record", "plan_list", "mixed_list", "progress")


def init(*arguments: str, answers: Sequence[str] = (), cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    """Runs it, and types the answers."""
    with patch.object(sys, "stdin", io.StringIO("".join(f"{answer}\n" for answer in answers))):
        return fakes.contracts("init", *arguments, cwd=cwd, **variables)


def written(folder: Path) -> dict[str, object]:
    return tomllib.loads((folder / FILE).read_text())


# --- at a terminal


def test_what_is_answered_is_written(tmp_path: Path) -> None:
    answers = (NOWHERE, "password", "update, record", "api", "core reads")
    done = init(answers=answers, cwd=tmp_path)
    assert written(tmp_path) == {
        "base_url": NOWHERE,
        "adapter": "api",
        "without": ["update", "record"],
        "profiles": ["core", "reads"],
    }
    assert "MOCK_LMS_CONTRACTS_CLIENT_SECRET, MOCK_LMS_CONTRACTS_USERNAME" in done.stderr
    assert "the run cannot begin yet: give --token" in done.stderr
    assert done.returncode == 0


def test_an_answer_that_cannot_be_meant_is_asked_for_again(tmp_path: Path) -> None:
    answers = (
        *("127.0.0.1:9", "http://user:secret@127.0.0.1:9", "http://192.0.2.1", "n", NOWHERE),
        *("magic", "none"),
        *("updates", "course_list mixed_list", "token"),
        *("spaceship", "http://192.0.2.1/state", f"{NOWHERE}/state"),
        *("quota", "inspect"),
        *("cores", "-"),
        "n",
    )
    done = init(answers=answers, cwd=tmp_path)
    for said in (
        "give an address as in http://",
        "the address must not hold credentials",
        "A run writes to 192.0.2.1, which is another machine.",
        "'magic' is not one of",
        "did you mean update?",
        "one of course_list and mixed_list is needed",
        "there is no adapter 'spaceship'",
        "192.0.2.1 is not this machine",
        "quota: the handler can have learning_plans, certificates, inspect",
        "did you mean core?",
    ):
        assert said in done.stderr
    assert done.returncode == 0
    assert written(tmp_path) == {"base_url": NOWHERE, "adapter": f"{NOWHERE}/state", "without": ["token"]}
    assert "my_lms.inspect" in done.stdout


def test_another_machine_that_is_ours_is_allowed_in_the_file(tmp_path: Path) -> None:
    answers = ("http://192.0.2.1", "y", "token", "-", f"{NOWHERE}/state", "-", "-", "n")
    assert init(answers=answers, cwd=tmp_path).returncode == 0
    assert written(tmp_path) == {
        "base_url": "http://192.0.2.1",
        "adapter": f"{NOWHERE}/state",
        "allow_hosts": ["192.0.2.1"],
    }


@pytest.mark.parametrize("answers", [(), (NOWHERE, "token")])
def test_who_breaks_off_has_written_nothing(answers: tuple[str, ...], tmp_path: Path) -> None:
    done = init(answers=answers, cwd=tmp_path)  # the input ends, as it does with Ctrl-C
    assert done.returncode == 130
    assert "nothing was written; if there is no terminal, give --yes." in done.stderr
    assert list(tmp_path.iterdir()) == []


# --- without one


def test_a_file_that_is_there_is_only_replaced_with_force(tmp_path: Path) -> None:
    (tmp_path / FILE).write_text("ours = true")
    done = init("--yes", cwd=tmp_path)
    assert (done.returncode, (tmp_path / FILE).read_text()) == (2, "ours = true")
    assert "--force replaces it" in done.stderr
    assert init("--yes", "--force", cwd=tmp_path).returncode == 0
    assert written(tmp_path) == {"base_url": "http://127.0.0.1:8000", "adapter": "api"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--base-url", "nowhere"), "give an address"),
        (("--base-url", "http://192.0.2.1"), "--allow-host 192.0.2.1"),
        (("--without", "updates"), "did you mean update?"),
        (("--without", "course_list", "--without", "mixed_list"), "is needed to see what a call did"),
        (("--adapter", "spaceship"), "there is no adapter"),
        (("--adapter", f"{NOWHERE}/state", "--with", "quota"), "quota: the handler can have"),
        (("--profile", "cores"), "did you mean core?"),
        (("--token-by", "magic"), "'magic' is not one of"),
        (("--config", "/dev/null/x"), "name a file that can be written"),
    ],
)
def test_an_option_that_cannot_be_meant_is_one_line_and_nothing_is_written(
    arguments: tuple[str, ...], said: str, tmp_path: Path
) -> None:
    done = init("--yes", *arguments, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    (line,) = done.stderr.splitlines()
    assert said in line
    assert list(tmp_path.iterdir()) == []


def test_the_target_is_tried_and_what_is_wrong_is_said(mock: Mock, tmp_path: Path) -> None:
    own = {f"MOCK_LMS_CONTRACTS_{name}": value for name, value in (
        (name.removeprefix("MOCK_LMS_"), value) for name, value in fakes.settings(mock).items())}  # fmt: skip
    done = init("--yes", "--base-url", str(mock.ready["url"]), "--profile", "core", cwd=tmp_path, **own)
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    assert "exit code 0" in done.stderr
    done = init("--yes", "--force", "--base-url", NOWHERE, cwd=tmp_path, MOCK_LMS_CONTRACTS_TOKEN="x")
    assert done.returncode == 3
    assert "nobody listens there" in done.stderr
    assert "see `mock-lms-contracts explain adapters`" in done.stderr


# --- the handler


@pytest.mark.parametrize("capabilities", [(), (*OPERATIONS, *OFFERED), ("course_list", "certificates")])
def test_the_handler_is_a_program_that_claims_what_was_chosen(capabilities: tuple[str, ...]) -> None:
    text = handler("http://127.0.0.1:8099/state", capabilities)
    ast.parse(text)
    assert f'"capabilities": {sorted(capabilities)}'.replace("'", '"') in text
    assert 'HTTPServer(("127.0.0.1", 8099), States)' in text
    for capability, function in (("learning_plans", "join"), ("certificates", "issue"), ("inspect", "inspect")):
        assert (f"my_lms.{function}(" in text) == (capability in capabilities)
    assert set(OFFERED) <= CAPABILITIES.keys()


def free_ports() -> tuple[int, int]:
    with socket.socket() as first, socket.socket() as second:
        first.bind(("127.0.0.1", 0))
        second.bind(("127.0.0.1", 0))
        return first.getsockname()[1], second.getsockname()[1]


def answers_at(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def test_the_handler_as_it_is_printed_gets_a_server_of_two_operations_its_verdict(tmp_path: Path) -> None:
    lms, states = free_ports()
    without = [word for name in LACKING for word in ("--without", name)]
    done = init("--yes", "--base-url", f"http://127.0.0.1:{lms}", "--token-by", "none",
                "--adapter", f"http://127.0.0.1:{states}/state", *without, cwd=tmp_path)  # fmt: skip
    assert done.returncode == 3, "neither of them is started"
    (tmp_path / "states.py").write_text(done.stdout)
    assert len(done.stdout.splitlines()) <= 25
    shutil.copy(two_operations.__file__, tmp_path / "my_lms.py")
    program = f"import my_lms\nmy_lms.start({lms})\nimport states"
    with subprocess.Popen(
        [sys.executable, "-c", program], cwd=tmp_path, stderr=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": "."}
    ) as both:
        try:
            until("both answer", lambda: answers_at(lms) and answers_at(states), 20)
            done = fakes.contracts("run", "--json", cwd=tmp_path)
        finally:
            both.kill()
    assert done.returncode == 0, done.stderr
    assert '"verdict": "passed"' in done.stdout
    assert "UNENROLL-EFFECT-1" in done.stdout
