"""Options that are given twice: those that name things take both, and no other drops the first without a word."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click
import mock_lms_client.__main__ as client
import mock_lms_contracts.__main__ as contracts
import pytest

import mock_lms.__main__ as mock

PROGRAMS: dict[str, tuple[click.Group, Callable[[Sequence[str]], Any]]] = {
    "mock-lms": (mock.cli, mock.main),
    "mock-lms-client": (client.cli, client.main),
    "mock-lms-contracts": (contracts.cli, contracts.main),
}
"""Each with its commands and its entry."""

USAGE = 2
"""How each ends where it is called wrongly."""

REPEATABLE = {
    "mock-lms serve": {"--policy"},
    "mock-lms tenants create": {"--policy"},
    "mock-lms reset": {"--scope"},
    "mock-lms-client plan unenroll": {"--users", "--courses", "--plans", "--keep"},
    "mock-lms-contracts run": {"--profile", "--only", "--allow-host"},
    "mock-lms-contracts list": {"--profile"},
}
"""At least these."""


def options(command: click.Command, path: str) -> Iterator[tuple[str, click.Command, click.Option]]:
    """Every option that takes a value, with its command and what is typed before it."""
    for each in command.params:
        if isinstance(each, click.Option) and not each.is_flag:
            yield path, command, each
    for name, below in getattr(command, "commands", {}).items():
        yield from options(below, f"{path} {name}")


OPTIONS = [each for name, (cli, _) in PROGRAMS.items() for each in options(cli, name)]


def test_options_that_name_things_can_be_repeated() -> None:
    found: dict[str, set[str]] = {}
    for path, _, option in OPTIONS:
        if option.multiple:
            found.setdefault(path, set()).update(option.opts)
    missing = {path: names - found.get(path, set()) for path, names in REPEATABLE.items()}
    assert not any(missing.values()), missing


@pytest.mark.parametrize(
    ("path", "command", "option"),
    [each for each in OPTIONS if not each[2].multiple],
    ids=[f"{path} {option.opts[-1]}" for path, _, option in OPTIONS if not option.multiple],
)
def test_an_option_that_holds_one_value_refuses_a_second(
    path: str,
    command: click.Command,
    option: click.Option,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(command, "callback", lambda **_: None)  # were it not refused, it would serve
    program, *words = path.split()
    _, main = PROGRAMS[program]
    with pytest.raises(SystemExit) as ended:
        main([*words, *(f"{name}=1" if name.startswith("--") else f"{name}1" for name in (option.opts * 2)[:2])])
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (USAGE, "")
    assert f"{max(option.opts, key=len)} holds one value, and is given 2 times; give it once" in said.err


def test_a_flag_says_the_same_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "a.txt").write_text("13001\n")
    with pytest.raises(SystemExit) as ended:
        client.main(["ids", "report", str(tmp_path / "a.txt"), "--json", "--json"])
    assert (ended.value.code, capsys.readouterr().out) == (0, "[13001]\n")


@pytest.mark.parametrize(
    ("program", "arguments"),
    [
        ("mock-lms", ["exec", "--", "true", "--seed", "a", "--seed", "b"]),
        ("mock-lms-contracts", ["list", "--", "-k", "-k"]),
    ],
)
def test_what_stands_behind_two_dashes_is_another_s(
    program: str, arguments: list[str], capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        PROGRAMS[program][1](arguments)
    assert "holds one value" not in capfd.readouterr().err


def test_the_three_programs_refuse_with_the_same_code() -> None:
    """They know nothing of each other, so each has its own copy."""
    root = Path(__file__).parents[1]
    folders = ("mock_lms/cli", "client/mock_lms_client/cli", "contracts/mock_lms_contracts")
    assert len({(root / folder / "repeats.py").read_text() for folder in folders}) == 1
