"""Reports of whole runs: two with one seed say the same, and none says a secret."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from tests.contracts import fakes
from tests.contracts.driver import Mock
from tests.contracts.outcomes import SCHEMA


def stripped(value: Any) -> Any:
    """A report without what is told to differ."""
    return {name: content for name, content in value.items() if name != "times"}


TIMES = re.compile(r'(time|timestamp)="[^"]*"|\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\+00:00|Z)')


@pytest.fixture(scope="module")
def runs(mock: Mock, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """The folders of three runs with one seed: two alike, and one with workers of pytest-xdist. The server is wrong.

    The third is a process of its own, and beside its reports lies what the list of processes showed meanwhile.
    """
    folder = tmp_path_factory.mktemp("runs")
    tenant = mock.tenant(sabotage="empties_the_course")
    options = ("--profile", "core", "--seed", "11", "--tenant", tenant, "--report")
    folders = [folder / name for name in ("one", "two", "three")]
    for one in folders[:2]:
        done = fakes.against(mock, *options, one, cwd=folder)
        assert done.returncode == 1, done.stdout + done.stderr
        (one / "said.txt").write_text(done.stdout + done.stderr)
    arguments = ["run", "--adapter", "mock", *options, str(folders[2]), "--", "-n", "2"]
    process = fakes.started(arguments, folder, **fakes.settings(mock))
    listed = ""
    while process.poll() is None:
        listed += subprocess.run(["ps", "-A", "-o", "args="], capture_output=True, text=True, check=True).stdout
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.2)
    said, _ = process.communicate()
    assert process.returncode == 1, said
    assert "mock_lms_contracts" in listed
    (folders[2] / "ps.txt").write_text(listed)
    (folders[2] / "said.txt").write_text(said)
    return folders


def test_two_runs_with_one_seed_differ_in_nothing_but_times(runs: list[Path]) -> None:
    one, two, three = (json.loads((folder / "report.json").read_text()) for folder in runs)
    assert stripped(one) == stripped(two)
    assert stripped(one) == stripped(three), "with workers of pytest-xdist"
    assert one["times"] != two["times"]
    jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True).validate(one)


def test_the_other_files_differ_in_nothing_but_times_too(runs: list[Path]) -> None:
    for name in ("junit.xml", "report.html", "report.sarif", "badge.json", "summary.md"):
        one, two, three = (TIMES.sub("", (folder / name).read_text()) for folder in runs)
        assert one == two == three, name


def test_secrets_are_in_no_report_in_nothing_that_is_said_and_in_no_list_of_processes(
    runs: list[Path], mock: Mock
) -> None:
    secrets = [str(mock.ready[name]) for name in ("client_secret", "password", "control_token")]
    for folder in runs:
        for path in folder.iterdir():
            text = path.read_text()
            for secret in secrets:
                assert secret not in text, path
            if path.name != "ps.txt":
                assert not re.search(r"Bearer (?!\$TOKEN)", text), path


def test_a_server_that_says_our_token_does_not_bring_it_into_a_report(tmp_path: Path) -> None:
    token = "0123456789abcdef0123456789abcdef"
    with fakes.fake(lambda *_: (500, {}, f"who is {token}?")) as server:
        done = fakes.contracts(
            "run", "--base-url", server.url, "--only", "UNENROLL-EFFECT-1", "--report", "r", "--json", cwd=tmp_path,
            MOCK_LMS_CONTRACTS_TOKEN=token,
        )  # fmt: skip
    assert "who is $TOKEN?" in done.stdout
    for text in (done.stdout, done.stderr, *(path.read_text() for path in (tmp_path / "r").iterdir())):
        assert token not in text
