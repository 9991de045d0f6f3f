"""`mock-lms-contracts run`: what it says, how it ends, and that it leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import jsonschema_rs
import pytest
import requests
from mock_lms_contracts.outcome import NOT_RUN
from mock_lms_contracts.reports import FILES
from mock_lms_contracts.requirements import by_id, select

from tests.contracts import fakes
from tests.contracts.driver import Mock
from tests.contracts.outcomes import SCHEMA
from tests.support.process import until

TOKEN = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    """A folder for a run to be started in."""
    folder = tmp_path / "empty"
    folder.mkdir()
    return folder


def tenants(mock: Mock) -> list[str]:
    """Those that runs made and that are still there."""
    headers = {"Authorization": f"Bearer {mock.ready['control_token']}"}
    names = requests.get(f"{mock.ready['url']}/_mock/tenants", headers=headers, timeout=10).json()["tenants"]
    return [name for name in names if name.startswith("ct")]


def verdicts(done: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str]]:
    """Of a run with --json: by requirement, verdict and message."""
    return {
        result["requirement"]: (result["verdict"], result["message"]) for result in json.loads(done.stdout)["results"]
    }


# --- verdicts and how a run ends


def test_a_run_that_passes_is_0_and_leaves_nothing_behind(mock: Mock, empty: Path, tmp_path: Path) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    others = {"PYTEST_ADDOPTS": "--no-such-option", "PYTEST_PLUGINS": "nowhere", "PYTHONDONTWRITEBYTECODE": ""}
    arguments = ("run", "--adapter", "mock", "--profile", "core")
    done = fakes.process(*arguments, cwd=empty, TMPDIR=str(temporary), **fakes.settings(mock), **others)
    assert done.returncode == 0, done.stderr
    assert "exit code 0: everything that was selected and is claimed holds" in done.stdout
    assert "effects observed" in done.stdout
    assert "seed" in done.stderr
    assert list(empty.iterdir()) == []
    assert list(temporary.iterdir()) == []
    assert tenants(mock) == []


def test_a_finding_is_1_with_its_sentence_and_how_to_see_it_again(mock: Mock, empty: Path) -> None:
    tenant = mock.tenant(sabotage="empties_the_course")
    done = fakes.against(mock, "--only", "UNENROLL-EFFECT-2", "--tenant", tenant, "--seed", "7", cwd=empty)
    assert done.returncode == 1
    assert "fail          UNENROLL-EFFECT-2" in done.stdout
    assert by_id()["UNENROLL-EFFECT-2"].sentence in done.stdout
    assert f"--tenant {tenant} --seed 7 --only UNENROLL-EFFECT-2" in done.stdout
    assert "exit code 1" in done.stdout


def test_what_cannot_be_decided_is_3(mock: Mock, empty: Path) -> None:
    tenant = mock.tenant(sabotage="does_nothing")
    done = fakes.against(mock, "--only", "UNENROLL-EFFECT-2", "--tenant", tenant, "--json", cwd=empty)
    assert done.returncode == 3
    assert verdicts(done)["UNENROLL-EFFECT-2"] == (
        "inconclusive",
        "there is nothing to check: no call of the battery had an effect",
    )


def test_what_is_not_claimed_is_skipped_and_alone_no_success(mock: Mock, empty: Path) -> None:
    done = fakes.contracts("run", "--profile", "certificates", "--json", cwd=empty, **fakes.settings(mock))
    assert done.returncode == 3
    assert {verdict for verdict, _ in verdicts(done).values()} == {"skipped"}
    assert "every selected requirement was skipped" in done.stderr


@pytest.mark.parametrize("answering", [fakes.nonsense, fakes.nothing])
def test_what_is_no_lms_is_a_harness_error_and_3(answering: fakes.Answering, empty: Path, tmp_path: Path) -> None:
    with fakes.fake(answering) as server:
        done = fakes.contracts(
            "run", "--base-url", server.url, "--token", TOKEN, "--only", "UNENROLL-EFFECT-1", "--json",
            "--report", tmp_path / "report", cwd=empty,
        )  # fmt: skip
    assert done.returncode == 3
    assert {verdict for verdict, _ in verdicts(done).values()} == {"harness error"}
    assert (tmp_path / "report" / "report.html").exists()


def test_a_server_that_fails_at_the_first_right_call_is_one_finding_and_1(empty: Path) -> None:
    with fakes.fake(fakes.broken) as server:
        done = fakes.contracts(
            "run", "--base-url", server.url, "--token", TOKEN, "--profile", "reads", "--json", cwd=empty
        )  # fmt: skip
    assert done.returncode == 1
    told = verdicts(done)
    assert told.pop("CALL-STATUS-1") == ("fail", "A right call of create_user is answered with 500.")
    why = "CALL-STATUS-1 does not hold, and without it nothing can be checked"
    assert set(told.values()) == {("inconclusive", why)}


def test_where_nobody_listens_is_a_harness_error_and_3(empty: Path) -> None:
    done = fakes.contracts(
        "run", "--base-url", "http://127.0.0.1:9", "--token", TOKEN, "--profile", "core", "--json", cwd=empty
    )
    assert done.returncode == 3
    assert {message for _, message in verdicts(done).values()} == {
        "GET http://127.0.0.1:9/: nobody listens there; is it the right address?"
    }


ADAPTER = """
from mock_lms_contracts.adapters.api import ApiAdapter
from mock_lms_contracts.verdicts import HarnessError

class Adapter(ApiAdapter):
    worlds = 0
    def prepare(self, target, scenario, name):
        if not name.endswith(("-check", "-decoys")):
            {does}
        return super().prepare(target, scenario, name)
"""


@pytest.mark.parametrize(
    ("does", "message"),
    [
        ('raise HarnessError("the disk is full")', "the disk is full"),
        ("raise ZeroDivisionError", "ZeroDivisionError: (mine.py, line 9)"),
        ('raise HarnessError(f"{target.token} is no good")', "$TOKEN is no good"),
        ("return None", "prepare() must give mock_lms_contracts.adapters.World"),
    ],
)
def test_an_adapter_that_fails_is_a_harness_error_and_3(
    does: str, message: str, mock: Mock, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "mine", raising=False)
    (empty / "mine.py").write_text(ADAPTER.format(does=does))
    options = ("--adapter", "mine:Adapter", "--only", "UNENROLL-EFFECT-1", "--json", "--", "-n", "1")
    done = fakes.contracts("run", *options, cwd=empty, PYTHONDONTWRITEBYTECODE="", **fakes.settings(mock))
    assert done.returncode == 3
    verdict, said = verdicts(done)["UNENROLL-EFFECT-1"]
    assert verdict == "harness error"
    assert message in said
    assert [path.name for path in empty.iterdir()] == ["mine.py"]


PLUGIN = """
import pytest

@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    if "UNENROLL-EFFECT-2" in pyfuncitem.name:
        raise LookupError("what the check of the suite did not think of")
    return (yield)
"""


def test_a_check_that_raises_is_a_harness_error_and_the_others_are_what_they_are(
    mock: Mock, empty: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty / "raising.py").write_text(PLUGIN)
    monkeypatch.syspath_prepend(empty)
    options = ("--only", "UNENROLL-EFFECT-1", "--only", "UNENROLL-EFFECT-2", "--json", "--", "-p", "raising")
    done = fakes.against(mock, *options, cwd=empty)
    assert done.returncode == 3
    assert verdicts(done)["UNENROLL-EFFECT-1"][0] == "pass"
    verdict, message = verdicts(done)["UNENROLL-EFFECT-2"]
    assert verdict == "harness error"
    assert message.startswith("LookupError: what the check of the suite did not think of (raising.py, line 7)")


def test_a_check_that_pytest_leaves_out_is_a_harness_error(mock: Mock, empty: Path) -> None:
    done = fakes.against(mock, "--only", "READ-PAGES-1", "--json", "--", "-k", "nothing", cwd=empty)
    assert done.returncode == 3
    assert "its check did not run" in verdicts(done)["READ-PAGES-1"][1]


def test_the_budget_of_writes_ends_a_run_and_not_its_cleaning_up(mock: Mock, empty: Path) -> None:
    done = fakes.against(mock, "--only", "UNENROLL-REPEAT-1", "--max-writes", "1", "--json", cwd=empty)
    assert done.returncode == 3
    verdict, message = verdicts(done)["UNENROLL-REPEAT-1"]
    assert verdict == "inconclusive"
    assert "--max-writes" in message
    assert json.loads(done.stdout)["writes"] == 1
    assert tenants(mock) == []


def test_the_self_check_of_an_adapter_counts_into_the_budget(mock: Mock, empty: Path) -> None:
    options = ("--only", "UNENROLL-EFFECT-1", "--max-writes", "2", "--json")
    done = fakes.contracts("run", *options, cwd=empty, **fakes.settings(mock))
    assert done.returncode == 3
    assert verdicts(done)["UNENROLL-EFFECT-1"][0] == "inconclusive"


@pytest.mark.parametrize("workers", [(), ("--", "-n", "2")])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_who_interrupts_a_run_finds_nothing_left_of_it(
    number: signal.Signals, workers: Sequence[str], mock: Mock, empty: Path, tmp_path: Path
) -> None:
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    arguments = ["run", "--adapter", "mock", "--profile", "bulk-unenroll", "--report", str(tmp_path / "r"), *workers]
    process = fakes.started(arguments, empty, TMPDIR=str(temporary), **fakes.settings(mock))
    try:
        until("a world of a check", lambda: any("-unen-" in name for name in tenants(mock)), 60)
        if number == signal.SIGINT:
            os.killpg(process.pid, number)  # as a terminal does
        else:
            process.send_signal(number)
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == 130, said
    assert "exit code 130: the run was interrupted: " in said
    assert "Traceback" not in said
    assert tenants(mock) == []
    assert list(empty.iterdir()) == []
    assert list(temporary.iterdir()) == []
    report = json.loads((tmp_path / "r" / "report.json").read_text())
    assert {path.name for path in (tmp_path / "r").iterdir()} == set(FILES)
    jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True).validate(report)
    assert (report["partial"], report["exit_code"]) == (True, 130)
    assert report["verdict"] == "undecided"
    assert 0 < report["not_run"] <= len(report["results"])
    unknown = [result for result in report["results"] if result["message"] == NOT_RUN]
    assert {result["verdict"] for result in unknown} == {"inconclusive"}
    assert {result["verdict"] for result in report["results"] if result not in unknown} <= {"pass"}
    assert report["problems"] == []


def test_a_target_that_hangs_keeps_no_run_from_ending_when_it_is_interrupted(empty: Path, tmp_path: Path) -> None:
    is_over = threading.Event()

    def hang(_: str, path: str) -> fakes.Said:
        if path != "/":
            is_over.wait(60)
        return fakes.nonsense()

    with fakes.fake(hang) as server:
        options = ("--base-url", server.url, "--token", TOKEN, "--profile", "core", "--report", str(tmp_path / "r"))
        process = fakes.started(["run", *options], empty)
        try:
            until("a call that hangs", lambda: len(server.calls) > 1, 60)
            process.terminate()
            said, _ = process.communicate(timeout=20)
        finally:
            process.kill()
            is_over.set()
    assert process.returncode == 130, said
    report = json.loads((tmp_path / "r" / "report.json").read_text())
    assert report["not_run"] == len(report["results"]) == len(select(["core"], "SHOULD"))


def test_what_pytest_does_not_take_is_usage_too(mock: Mock, empty: Path) -> None:
    done = fakes.against(mock, "--only", "READ-PAGES-1", "--", "--no-such-option", cwd=empty)
    assert done.returncode == 2
    assert done.stderr.splitlines()[-1].startswith("mock-lms-contracts: pytest refuses the arguments after --")
    assert tenants(mock) == []
