"""Every command line that the client tells people to type is typed here, as it stands there, and does what it says."""

from __future__ import annotations

import ast
import os
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mock_lms_client
import pytest
from mock_lms_client import Client, commands
from mock_lms_client.__main__ import main

from mock_lms.testing import MockLMS
from tests.client.support import Done, at_a_terminal, settings_of

PACKAGE = Path(mock_lms_client.__file__).parent
ODD = "-o'dd plan.json"
"""A name of a file that has to be quoted, and would be an option."""

Site = tuple[str, str]
"""Where a line is made: module and function."""


@dataclass
class Scene:
    """A tenant, a folder, and what runs in it."""

    lms: MockLMS
    folder: Path
    capsys: pytest.CaptureFixture[str]
    made: list[tuple[Site, str]] = field(default_factory=list)
    """The lines of the run."""

    @property
    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def run(self, *arguments: str) -> Done:
        """`mock-lms-client`, in this process."""
        self.made.clear()
        with pytest.raises(SystemExit) as ended:
            main(arguments)
        said = self.capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(arguments, ended.value.code, said.out, said.err)

    def plan(self, *more: str) -> Done:
        """Four of the seven who are in learning plan 31, which is more than the half."""
        return self.run("plan", "unenroll", "--users", "13001,13002,13004,13005", "--plans", "31", f"-o{ODD}", *more)

    def apply(self, *more: str) -> Done:
        return self.run("apply", *more, "--", ODD)

    def fails(self, **rule: Any) -> None:
        self.lms.control.set_faults([{"operation": "bulk_unenroll", **rule}])


SURE = ("--yes", "--expect-count", "4", "--max-percent", "100")
SCENES: dict[str, Callable[[Scene], Done]] = {}
"""By what happens: each ends with a run that prints lines."""


def scene(act: Callable[[Scene], Done]) -> Callable[[Scene], Done]:
    SCENES[act.__name__] = act
    return act


@scene
def a_plan_that_is_over_the_limits(scene: Scene) -> Done:
    return scene.plan()


@scene
def a_plan_for_programs(scene: Scene) -> Done:
    return scene.plan("--json")


@scene
def an_apply_that_a_limit_refuses(scene: Scene) -> Done:
    scene.plan()
    return scene.apply("--yes", "--expect-count", "4")


@scene
def an_apply_that_a_limit_refuses_at_a_terminal(scene: Scene) -> Done:
    scene.plan()
    return scene.apply()


@scene
def an_apply_where_nobody_can_be_asked(scene: Scene) -> Done:
    scene.plan()
    return scene.apply("--max-percent", "100")


@scene
def an_apply(scene: Scene) -> Done:
    scene.plan()
    return scene.apply(*SURE)


@scene
def an_apply_that_names_its_server(scene: Scene) -> Done:
    scene.plan()
    return scene.apply(*SURE, "--url", os.environ.pop("MOCK_LMS_URL"))


@scene
def an_apply_that_is_interrupted(scene: Scene) -> Done:
    scene.plan()
    bulk_unenroll, sent = Client.bulk_unenroll, []

    def second(*given: Any, **named: Any) -> Any:
        sent.append(1)
        if len(sent) == 2:
            raise KeyboardInterrupt
        return bulk_unenroll(*given, **named)

    from mock_lms_client.unenroll import pack

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pack, "USERS_PER_CALL", 2)
        patch.setattr(pack.Packer.add, "__defaults__", None)
        patch.setattr(Client, "bulk_unenroll", second)
        done = scene.apply(*SURE)
    assert (done.returncode, len(sent)) == (130, 2)
    assert "2 removed, 2 unknown, since a call was sent and its answer is missing." in done.stderr
    return done


@scene
def an_apply_whose_server_is_lost(scene: Scene) -> Done:
    scene.plan()
    scene.fails(action="status", status=403)
    done = scene.apply(*SURE)
    scene.lms.control.clear_faults()
    assert done.returncode == 3
    assert "0 removed, 4 not begun." in done.stderr
    return done


@scene
def an_apply_that_was_begun(scene: Scene) -> Done:
    an_apply_whose_server_is_lost(scene)
    return scene.apply(*SURE)


@scene
def a_verify_of_what_is_not_done(scene: Scene) -> Done:
    an_apply_whose_server_is_lost(scene)
    done = scene.run("verify", "--", ODD)
    assert done.returncode == 5
    return done


@scene
def a_restore_where_nobody_can_be_asked(scene: Scene) -> Done:
    scene.plan()
    scene.apply(*SURE)
    return scene.run("restore", "--", ODD.replace(".json", ".backup.json"))


@scene
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


@scene
def nobody_knows_the_server(scene: Scene) -> Done:
    logged_out()
    return scene.run("ids", "users")


@scene
def nobody_knows_the_login(scene: Scene) -> Done:
    logged_out()
    return scene.run("ids", "users", "--url", scene.lms.url)


@scene
def a_token_that_has_expired(scene: Scene) -> Done:
    logged_out()
    os.environ |= {"MOCK_LMS_URL": scene.lms.url, "MOCK_LMS_TOKEN": "old"}
    done = scene.run("ids", "users")
    os.environ.pop("MOCK_LMS_TOKEN")
    scene.made.append((("funnel", ""), "mock-lms-client login"))
    return done


@scene
def a_login(scene: Scene) -> Done:
    return scene.run("login", "--config", "-my login.toml")


@scene
def a_login_beside_another_in_the_environment(scene: Scene) -> Done:
    os.environ |= {"MOCK_LMS_TOKEN": "x"}
    done = scene.run("login", "--url", scene.lms.url)
    os.environ.pop("MOCK_LMS_TOKEN")
    return done


@scene
def a_login_where_that_of_a_company_is(scene: Scene) -> Done:
    Path("acme.toml").write_text('url = "https://acme.example.com"\n')
    return scene.run("login", "--config", "acme.toml")


@scene
def a_file_that_others_can_read(scene: Scene) -> Done:
    path = Path("-my own.toml")
    path.write_text(f'url = "{scene.lms.url}"\ntoken = "{scene.lms.token()}"\n')
    path.chmod(0o644)
    logged_out()
    return scene.run("ids", "users", "--config", str(path))


# --- all of them


@pytest.fixture(scope="module")
def lms() -> Iterator[MockLMS]:
    with MockLMS(serve=True) as lms:
        yield lms


def sites() -> set[Site]:
    """Where the client's source makes lines."""
    found = set()
    for path in PACKAGE.rglob("*.py"):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        module = path.relative_to(PACKAGE).with_suffix("").as_posix().replace("/", ".")

        def visit(node: ast.AST, function: str, module: str = module) -> None:
            if isinstance(node, ast.FunctionDef):
                function = node.name
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "command":
                found.add((module, function))
            for inner in ast.iter_child_nodes(node):
                visit(inner, function)

        visit(tree, "")
    return found


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
    r"To do it type: ([^\r\n]+)\r\n.*> ": "{1}",
    "URL of the tenant: ": "{url}",
    "Client id of the OAuth2 app: ": "{client_id}",
    "Its secret: ": "{client_secret}",
    r"Username \(none: the app logs in by itself\): ": "{username}",
    "Password: ": "{password}",
}


@pytest.mark.parametrize("act", SCENES.values(), ids=SCENES)
def test_a_line_that_is_printed_can_be_typed(
    act: Callable[[Scene], Done],
    lms: MockLMS,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert typed(act, lms, tmp_path, monkeypatch, capsys)


def test_no_line_is_made_that_is_not_typed_here(
    lms: MockLMS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    printed: set[Site] = set()
    for name, act in SCENES.items():
        folder = tmp_path / name
        folder.mkdir()
        with pytest.MonkeyPatch.context() as patch:
            printed |= typed(act, lms, folder, patch, capsys, run=False)
    # the line of `apply` is made in a function within
    assert {(module, function) for module, function in sites()} == printed


def typed(
    act: Callable[[Scene], Done],
    lms: MockLMS,
    folder: Path,
    patch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    run: bool = True,
) -> set[Site]:
    """Has it happen, and types each line that was printed where everything is as it was then. The lines' places."""
    lms.control.reset_tenant()
    patch.chdir(folder)
    for name, value in {**settings_of(lms), "XDG_CONFIG_HOME": str(folder / "config"), "MOCK_LMS_TOKEN": ""}.items():
        patch.setenv(name, value)
    scene = Scene(lms, folder, capsys)
    record(scene, patch)
    done = act(scene)
    said = done.stdout + done.stderr
    printed = {line: site for site, line in scene.made if line in said or line.replace('"', '\\"') in said}
    assert printed, said
    before = folder.with_name(f"{folder.name}.before")
    shutil.copytree(folder, before)
    if run:
        lms.control.save_snapshot("before")
    known = {name: str(getattr(lms, name)) for name in ("url", "client_id", "client_secret", "username", "password")}
    answers = {pattern: answer.format(None, "{1}", **known) for pattern, answer in ANSWERS.items()}
    define = f'mock-lms-client() {{ "{sys.executable}" -m mock_lms_client "$@"; }}'
    for line in printed if run else ():
        shutil.rmtree(folder)
        shutil.copytree(before, folder)
        lms.control.restore_snapshot("before")
        code, screen = at_a_terminal(["bash", "-c", f"{define}\n{line}"], folder, scene.environment, answers)
        assert code == 0, f"{line}\n{screen}"
    return set(printed.values())


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
            if isinstance(text, str) and any(f"{each} " in text for each in names):
                written.append(text)
    assert sorted(each.rpartition(" ")[0] for each in written) == [
        "mock-lms-client backup",
        "mock-lms-client journal",
        "mock-lms-client plan",
    ]
