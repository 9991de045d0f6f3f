"""The README's commands, typed as printed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mock_lms.__main__ import cli
from mock_lms.cli.serve import SETTINGS
from tests.support import process
from tests.support.process import Serve, environment

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
GUIDE = re.findall(r"<!-- test: guide -->\n```sh\n(.*?)```", README, re.DOTALL)

serve = process.serve


def test_the_guide_in_curl_gives_what_the_readme_says(serve: Serve, tmp_path: Path) -> None:
    server = serve()
    script = "\n".join([server.to_paste, "echo; echo ---", *GUIDE])
    done = subprocess.run(["sh", "-ec", script], capture_output=True, text=True, timeout=60, check=True, cwd=tmp_path)
    said = done.stdout.partition("---")[2]
    answers = [json.loads(part) for part in re.findall(r'\{"data".*?"_links":\[\]\}', said)]
    users, plans, courses, unenrolled, members, enrollments = answers
    assert [each["user_id"] for each in users["data"]["items"]] == ["13001"]
    assert [each["id"] for each in plans["data"]["items"]] == [31]
    assert courses["data"]["items"]
    assert unenrolled == json.loads(re.findall(r"```json\n(.*?)```", README, re.DOTALL)[0])
    left = {each["user_id"] for each in members["data"]["items"]}
    assert left
    assert not left & {13001, 13002}
    assert enrollments["data"]["items"]
    backup = json.loads((tmp_path / "backup.json").read_text())
    assert {13001, 13002} <= {each["user_id"] for each in backup["data"]["items"]}


def block(name: str, language: str) -> str:
    """The one block of code that has this mark."""
    (found,) = re.findall(rf"<!-- test: {name} -->\n```{language}\n(.*?)```", README, re.DOTALL)
    return str(found)


def test_the_mock_in_process_does_what_the_readme_says(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", block("python", "python")]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path, env=environment()
    )
    assert done.returncode == 0, done.stderr
    assert "13001" in done.stdout
    assert list(tmp_path.iterdir()) == []


def test_the_fixture_of_pytest_does_what_the_readme_says(tmp_path: Path) -> None:
    (tmp_path / "test_readme.py").write_text(block("pytest", "python"))
    options = ["-q", "-W", "error", "-p", "no:cacheprovider", "-p", "mock_lms.testing.plugin"]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env=environment(PYTEST_DISABLE_PLUGIN_AUTOLOAD="1"),
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_a_command_in_exec_does_what_the_readme_says(tmp_path: Path) -> None:
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    script = f'mock-lms() {{ "{sys.executable}" -m mock_lms "$@"; }}\n{block("exec", "sh")}'
    done = subprocess.run(
        ["bash", "-ec", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        cwd=tmp_path,
        env=environment(PATH=path),
    )
    assert (done.returncode, done.stdout.strip()) == (0, "it answers"), done.stderr


def test_the_readme_names_every_option_of_serve_and_every_setting() -> None:
    options = {option for parameter in cli.commands["serve"].params for option in parameter.opts}
    for name in (options - {"-h", "--help"}) | SETTINGS:
        assert name in README, name


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http|#)([^)]+)\)", README))))
def test_every_link_to_a_file_leads_somewhere(link: str) -> None:
    assert (Path(__file__).parents[1] / link).exists()
