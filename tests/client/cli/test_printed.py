"""Every command line that the client tells people to type is typed here, as it stands there, and does what it says."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import mock_lms_client
import pytest
from mock_lms_client import Client, commands
from mock_lms_client.cli import confirming
from mock_lms_client.unenroll import pack

from mock_lms.testing import MockTenant
from tests.client.harness.commands import CommandLine, Done

PACKAGE = Path(mock_lms_client.__file__).parent
ODD = "-o'dd plan.json"
"""A name of a file that has to be quoted, and would be an option."""

Site = tuple[str, str]
"""Where a line is made: module and function."""


@dataclass
class Scene:
    """A tenant, a folder, and what runs in it."""

    lms: MockTenant
    folder: Path
    run_line: CommandLine
    made: list[tuple[Site, str]] = field(default_factory=list)
    """The lines of the run."""

    def run(self, *arguments: str) -> Done:
        """`mock-lms-client`, in this process."""
        self.made.clear()
        return self.run_line(*arguments)

    def plan(self, *more: str) -> Done:
        """Four of the seven who are in learning plan 31, which is more than the half."""
        return self.run("plan", "unenroll", "--users", "13001,13002,13004,13005", "--plans", "31", f"-o{ODD}", *more)

    def apply(self, *more: str) -> Done:
        return self.run("apply", *more, "--", ODD)

    def fails(self, **rule: Any) -> None:
        self.lms.control.set_faults([{"operation": "bulk_unenroll", **rule}])


SURE = ("--yes", "--expect-count", "4", "--max-percent", "100")
Act = Callable[[Scene], Done]

SCENES: dict[str, tuple[Act, Site]] = {}
"""By what happens: each ends with a run that prints lines, which are all made at one site."""


def scene(module: str, function: str) -> Callable[[Act], Act]:
    def note(act: Act) -> Act:
        SCENES[act.__name__] = act, (module, function)
        return act

    return note


@scene("cli.plan", "_next")
def a_plan_that_is_over_the_limits(scene: Scene) -> Done:
    return scene.plan()


@scene("cli.plan", "_next")
def a_plan_for_programs(scene: Scene) -> Done:
    return scene.plan("--json")


@scene("cli.apply", "line")
def an_apply_that_a_limit_refuses(scene: Scene) -> Done:
    scene.plan()
    return scene.apply("--yes", "--expect-count", "4")


@scene("cli.apply", "line")
def an_apply_that_a_limit_refuses_at_a_terminal(scene: Scene) -> Done:
    scene.plan()
    return scene.apply()


@scene("cli.apply", "line")
def an_apply_where_nobody_can_be_asked(scene: Scene) -> Done:
    scene.plan()
    return scene.apply("--max-percent", "100")


@scene("cli.apply", "_as_text")
def an_apply(scene: Scene) -> Done:
    scene.plan()
    return scene.apply(*SURE)


@scene("cli.apply", "_as_text")
def an_apply_that_names_its_server(scene: Scene) -> Done:
    scene.plan()
    return scene.apply(*SURE, "--url", os.environ.pop("MOCK_LMS_URL"))


@scene("cli.apply", "line")
def an_apply_that_is_interrupted(scene: Scene) -> Done:
    scene.plan()
    bulk_unenroll, sent = Client.bulk_unenroll, []

    def second(*positional: Any, **named: Any) -> Any:
        sent.append(1)
        if len(sent) == 2:
            raise KeyboardInterrupt
        return bulk_unenroll(*positional, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pack, "USERS_PER_CALL", 2)
        patch.setattr(pack.Packer.add, "__defaults__", None)
        patch.setattr(Client, "bulk_unenroll", second)
        done = scene.apply(*SURE)
    assert (done.returncode, len(sent)) == (130, 2)
    assert "2 removed, 2 unknown, since a call was sent and its answer is missing." in done.stderr
    return done


@scene("cli.apply", "line")
def an_apply_whose_server_is_lost(scene: Scene) -> Done:
    scene.plan()
    scene.fails(action="status", status=403)
    done = scene.apply(*SURE)
    scene.lms.control.clear_faults()
    assert done.returncode == 3
    assert "0 removed, 4 not begun." in done.stderr
    return done


@scene("cli.apply", "line")
def an_apply_that_was_begun(scene: Scene) -> Done:
    an_apply_whose_server_is_lost(scene)
    return scene.apply(*SURE)


@scene("cli.verify", "verify")
def a_verify_of_what_is_not_done(scene: Scene) -> Done:
    an_apply_whose_server_is_lost(scene)
    done = scene.run("verify", "--", ODD)
    assert done.returncode == 5
    return done


@scene("cli.restore", "restore")
def a_restore_where_nobody_can_be_asked(scene: Scene) -> Done:
    scene.plan()
    scene.apply(*SURE)
    return scene.run("restore", "--", ODD.replace(".json", ".backup.json"))


@scene("cli.restore", "restore")
def a_restore_that_ends_early(scene: Scene) -> Done:
    scene.plan()
    scene.apply(*SURE)
    scene.lms.control.set_faults([{"operation": "bulk_enroll_in_learning_plan", "action": "status", "status": 403}])
    backup = ODD.replace(".json", ".backup.json")
    done = scene.run("restore", "--yes", "--expect-count", "4", "-oback again.csv", "--enrollment-dates", "--", backup)
    scene.lms.control.clear_faults()
    assert done.returncode == 2, done.stderr
    return done


def logged_out() -> str:
    """Takes the login out of the environment; what `login` asks for is known otherwise."""
    for name in ("URL", "CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD", "TOKEN"):
        os.environ.pop(f"MOCK_LMS_{name}", None)
    return "login"


@scene("cli.connection", "settings")
def nobody_knows_the_server(scene: Scene) -> Done:
    logged_out()
    return scene.run("ids", "users")


@scene("cli.connection", "settings")
def nobody_knows_the_login(scene: Scene) -> Done:
    logged_out()
    return scene.run("ids", "users", "--url", scene.lms.url)


@scene("funnel", "")
def a_token_that_has_expired(scene: Scene) -> Done:
    logged_out()
    os.environ |= {"MOCK_LMS_URL": scene.lms.url, "MOCK_LMS_TOKEN": "old"}
    done = scene.run("ids", "users")
    os.environ.pop("MOCK_LMS_TOKEN")
    scene.made.append((("funnel", ""), "mock-lms-client login"))
    return done


@scene("cli.login", "login")
def a_login(scene: Scene) -> Done:
    return scene.run("login", "--config", "-my login.toml")


@scene("cli.login", "login")
def a_login_beside_another_in_the_environment(scene: Scene) -> Done:
    os.environ |= {"MOCK_LMS_TOKEN": "x"}
    done = scene.run("login", "--url", scene.lms.url)
    os.environ.pop("MOCK_LMS_TOKEN")
    return done


@scene("cli.login", "_check_replaceable")
def a_login_where_that_of_a_company_is(scene: Scene) -> Done:
    Path("acme.toml").write_text('url = "https://acme.example.com"\n')
    return scene.run("login", "--config", "acme.toml")


@scene("cli.connection", "read_file")
def a_file_that_others_can_read(scene: Scene) -> Done:
    path = Path("-my own.toml")
    path.write_text(f'url = "{scene.lms.url}"\ntoken = "{scene.lms.token()}"\n')
    path.chmod(0o644)
    logged_out()
    return scene.run("ids", "users", "--config", str(path))


# --- all of them


def sites() -> set[Site]:
    """Where the client's source makes lines."""
    sites = set()
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        module = path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")

        def visit(node: ast.AST, function: str, module: str = module) -> None:
            if isinstance(node, ast.FunctionDef):
                function = node.name
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "command":
                sites.add((module, function))
            for inner in ast.iter_child_nodes(node):
                visit(inner, function)

        visit(tree, "")
    return sites


def recording(scene: Scene) -> Callable[..., str]:
    def command(*words: Any, **named: Any) -> str:
        line = commands.command(*words, **named)
        frame: Any = sys._getframe(1)
        while frame.f_code.co_name.startswith("<"):
            frame = frame.f_back
        module = frame.f_globals["__name__"].removeprefix("mock_lms_client.")
        scene.made.append(((module, frame.f_code.co_name), line))
        return line

    return command


def record(scene: Scene, patch: pytest.MonkeyPatch) -> None:
    wrapped = recording(scene)
    for name, module in [*sys.modules.items()]:
        ours = name.startswith("mock_lms_client.") and module is not commands
        if ours and getattr(module, "command", None) is commands.command:
            patch.setattr(module, "command", wrapped)


ANSWERS = {
    "To do it type: ([^\n]+)\n> ": "{0[1]}",
    "URL of the tenant: ": "{1.url}",
    "Client id of the OAuth2 app: ": "{1.client_id}",
    "Its secret: ": "{1.client_secret}",
    r"Username \(none: the app logs in by itself\): ": "{1.username}",
    "Password: ": "{1.password}",
}
"""What a person types, by the question; of what the question says, or of the tenant."""


@pytest.mark.parametrize(("act", "site"), SCENES.values(), ids=SCENES)
def test_a_line_that_is_printed_can_be_typed(
    act: Act, site: Site, lms: MockTenant, tmp_path: Path, command: CommandLine, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "scene"
    folder.mkdir()
    monkeypatch.chdir(folder)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(folder / "config"))
    monkeypatch.setenv("MOCK_LMS_TOKEN", "")
    scene = Scene(lms, folder, command)
    record(scene, monkeypatch)
    done = act(scene)
    said = done.stdout + done.stderr
    printed = {line: site for site, line in scene.made if line in said or line.replace('"', '\\"') in said}
    assert {*printed.values()} == {site}, said
    shutil.copytree(folder, tmp_path / "before")
    lms.control.save_snapshot("before")
    for line in printed:
        monkeypatch.chdir(tmp_path)
        shutil.rmtree(folder)
        shutil.copytree(tmp_path / "before", folder)
        lms.control.restore_snapshot("before")
        monkeypatch.chdir(folder)
        done = typed(line, scene)
        assert done.returncode == 0, f"{line}\n{done}"


def typed(line: str, scene: Scene) -> Done:
    """What becomes of the line: a shell says what its words are, and runs it where it is of another program."""
    note = scene.folder.with_name("words")
    note.unlink(missing_ok=True)
    define = f"mock-lms-client() {{ printf '%s\\0' \"$@\" >{note}; }}"
    done = subprocess.run(
        ["bash", "-c", f"{define}\n{line}"], cwd=scene.folder, capture_output=True, text=True, check=False, timeout=60
    )
    if not note.exists():
        return done
    words = note.read_bytes().decode().split("\0")[:-1]

    def prompt(question: str, *, prompt_suffix: str, **_: Any) -> str:
        for pattern, answer in ANSWERS.items():
            if match := re.search(f"{pattern}$", question + prompt_suffix):
                return answer.format(match, scene.lms)
        raise AssertionError(question)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(click, "prompt", prompt)
        patch.setattr(confirming, "at_terminal", lambda: True)
        patch.setattr("mock_lms_client.cli.login.at_terminal", lambda: True)
        return scene.run(*words)


def test_no_line_is_made_that_is_not_typed_here() -> None:
    assert sites() == {site for _, site in SCENES.values()}


def test_no_command_line_is_written_out_elsewhere() -> None:
    """What stands in a help's examples is run by other tests."""
    written = []
    for path in PACKAGE.rglob("*.py"):
        if path.name == "commands.py":
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        docs = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(tree):
            text = node.value if isinstance(node, ast.Constant) and id(node) not in docs else None
            names = ("mock-lms-client", "chmod", "`apply", "`restore", "`rm")
            if isinstance(text, str) and any(f"{name} " in text for name in names):
                written.append(text)
    assert sorted(text.rpartition(" ")[0] for text in written) == [
        "mock-lms-client backup",
        "mock-lms-client journal",
        "mock-lms-client plan",
    ]
