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


def test_the_client_as_a_library_does_what_the_readme_says(tmp_path: Path) -> None:
    command = [sys.executable, "-W", "error", "-c", block("library", "python")]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path, env=environment()
    )
    assert done.returncode == 0, done.stderr
    assert "Fire Safety completed" in done.stdout
    assert "[13001] ['User 13003 is not enrolled in learning plan 31.']" in done.stdout
    assert "404" in done.stdout


def test_the_five_commands_of_the_client_typed_at_a_terminal_do_what_the_readme_says(
    serve: Serve, tmp_path: Path
) -> None:
    server = serve()
    before = server.log_in().members()
    define = f'mock-lms-client() {{ "{sys.executable}" -m mock_lms_client "$@"; }}'
    variables = environment(XDG_CONFIG_HOME=str(tmp_path / "config"))
    assert at_a_terminal(["bash", "-c", f"{define}\n{server.to_log_in}"], tmp_path, variables)[0] == 0
    for number, line in enumerate(block("client", "sh").splitlines()):
        code, said = at_a_terminal(["bash", "-c", f"{define}\n{line}"], tmp_path, variables)
        assert code == 0, said
        if number == 2:
            assert server.log_in().members() == before - {(31, 13001), (31, 13002)}
            assert "To do it type:" in said
    assert server.log_in().members() == before
    assert (tmp_path / "plan.result.csv").exists()


def at_a_terminal(command: list[str], folder: Path, variables: dict[str, str]) -> tuple[int, str]:
    """Runs it at a terminal, and types what it asks for. Exit code, and all that was to be seen."""
    import pty

    ours, its = pty.openpty()
    process = subprocess.Popen(command, stdin=its, stdout=its, stderr=its, cwd=folder, env=variables)
    os.close(its)
    said = ""
    with open(ours, "r+b", buffering=0) as terminal:  # noqa: PTH123 -- a descriptor
        while True:
            try:
                more = terminal.read(4096)
            except OSError:  # Linux's way of saying that nobody is at the other end any more
                break
            said += (more or b"").decode()
            if asked := re.search(r"To do it type: (.+)\r\n.*> $", said, re.DOTALL):
                terminal.write(asked[1].encode() + b"\n")
                said = said.replace("To do it", "to do it")
    return process.wait(60), said.replace("to do it", "To do it")


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


def test_nobody_is_told_to_install_a_name_that_anybody_could_register() -> None:
    installs = re.findall(r"(?:pip install|pipx install|uvx --from|uv tool install) (.*?)[`\n]", README)
    assert len(installs) >= 5
    for what in installs:
        named = next(word for word in what.split() if not word.startswith("--"))
        assert named.strip("'\"").startswith("."), what


@pytest.mark.parametrize("link", sorted(set(re.findall(r"\]\((?!http|#)([^)]+)\)", README))))
def test_every_link_to_a_file_leads_somewhere(link: str) -> None:
    assert (Path(__file__).parents[1] / link).exists()
