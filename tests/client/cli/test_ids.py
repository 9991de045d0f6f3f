"""`mock-lms-client ids`: every way to find an id, and what a terminal or a program gets to see."""

from __future__ import annotations

import json
import os
import pty
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from mock_lms_client.__main__ import main

from mock_lms.testing import MockLMS
from tests.client.support import Done, commands, examples, run, settings_of, write_xlsx

FOUND = "13001\tana.silva\tAna Silva\tana.silva@example.com\tactive\n"


@pytest.fixture(scope="module")
def lms() -> Iterator[MockLMS]:
    with MockLMS(serve=True) as lms:
        yield lms


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """What the examples read."""
    (tmp_path / "people.csv").write_text("Name;User Unique ID\nAna;13001\nMei;13002\nAna;13001\n;\n")
    write_xlsx(tmp_path / "people.xlsx", [["Name", "User Unique ID"], ["Ana", 13001]])
    return tmp_path


@pytest.fixture
def ids(lms: MockLMS, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    """Runs `mock-lms-client ids` in this process, which is quicker than in one of its own."""
    monkeypatch.chdir(folder)
    for name, value in {**settings_of(lms), "XDG_CONFIG_HOME": "/nowhere"}.items():
        monkeypatch.setenv(name, value)

    def call(*arguments: str) -> Done:
        with pytest.raises(SystemExit) as ended:
            main(["ids", *arguments])
        said = capsys.readouterr()
        assert isinstance(ended.value.code, int)
        return Done(arguments, ended.value.code, said.out, said.err)

    return call


EXAMPLES = [(path, example) for path, command in commands() if path.startswith("ids") for example in examples(command)]


def test_every_command_has_examples() -> None:
    assert {path for path, _ in EXAMPLES} == {"ids", "ids users", "ids courses", "ids plans", "ids report"}


@pytest.mark.parametrize(("path", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_an_example_works_as_it_stands_there(ids: Any, path: str, example: str) -> None:
    program, group, *arguments = shlex.split(example)
    assert (program, group) == ("mock-lms-client", "ids")
    assert " ".join([group, *arguments]).startswith(path)
    done = ids(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


# --- searches


def test_a_search_prints_rows_with_tabs_and_nothing_else(ids: Any) -> None:
    done = ids("users", "silva")
    assert (done.stdout, done.stderr) == (FOUND, "")


def test_several_texts_are_several_searches_and_everybody_is_listed_once(ids: Any) -> None:
    rows = ids("users", "mei", "silva", "ana.").stdout.splitlines()
    assert [row.split("\t")[0] for row in rows] == ["13002", "13001"]


@pytest.mark.parametrize("arguments", [("--by", "username", "ana.silva"), ("--by", "email", "ANA.SILVA@example.com")])
def test_an_exact_search_finds_just_that(ids: Any, arguments: tuple[str, ...]) -> None:
    assert ids("users", *arguments).stdout == FOUND


def test_a_part_of_a_name_is_no_exact_match(ids: Any) -> None:
    done = ids("users", "--by", "username", "ana")
    assert (done.returncode, done.stdout) == (1, "")


def test_courses_and_plans_have_columns_of_their_own(ids: Any) -> None:
    assert ids("courses", "fire").stdout == "201\tSAFE-101\tFire Safety\telearning\tpublished\n"
    assert ids("plans").stdout == "31\tONB\tOnboarding\n32\tWH\tWarehouse Team\n33\tSAFE\tSafety Refresher\n"


def test_somebody_who_left_is_shown_as_deactivated(ids: Any) -> None:
    assert ids("users", "karl").stdout.endswith("\tdeactivated\n")


def test_json_is_the_server_s_own_rows(ids: Any) -> None:
    (user,) = json.loads(ids("users", "silva", "--json").stdout)
    assert user["user_id"] == "13001"
    assert user["first_name"] == "Ana"


def test_more_than_the_limit_is_said_on_standard_error(ids: Any) -> None:
    done = ids("courses", "--limit", "2")
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr == "mock-lms-client: these are the first 2, and there are more: --limit\n"
    assert ids("courses", "--limit", "6").stderr == ""
    assert len(ids("courses", "fire", "law", "--limit", "1").stdout.splitlines()) == 1
    assert "more" in ids("courses", "fire", "law", "--limit", "1").stderr


def test_what_is_not_found_is_named_after_what_is_and_ends_with_1(ids: Any) -> None:
    done = ids("users", "silva", "nobody", "--json")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)) == 1
    assert done.stderr.startswith("mock-lms-client: nothing found for 'nobody' at 127.0.0.1:")


def test_json_of_nothing_is_an_array_too(ids: Any) -> None:
    done = ids("users", "nobody", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, [])


def test_by_needs_a_text(ids: Any) -> None:
    done = ids("users", "--by", "email")
    assert (done.returncode, done.stderr) == (2, "mock-lms-client: --by needs a TEXT.\n")


def at_terminal(*arguments: str, settings: dict[str, str]) -> str:
    """What a person sees."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "mock_lms_client", *arguments]
    environment = {**os.environ, "XDG_CONFIG_HOME": "/nowhere", **settings}
    subprocess.run(
        command, stdin=theirs, stdout=theirs, stderr=subprocess.PIPE, env=environment, check=True, timeout=60
    )
    os.close(theirs)
    with os.fdopen(ours, "rb") as terminal:
        return terminal.read1(10_000).decode().replace("\r\n", "\n")


def test_at_a_terminal_columns_have_headings_and_stand_in_line_and_names_move_no_cursor() -> None:
    users = [
        {"id": 11, "username": "a", "firstname": "\x1b[2J", "lastname": "Red\u202e", "email": "a@example.com"},
        {"id": 12, "username": "long.name", "firstname": "中", "lastname": "文", "email": "b@example.com"},
    ]
    with MockLMS(serve=True, seed={"users": users}) as lms:
        shown = at_terminal("ids", "users", "a@", "b@", settings=settings_of(lms))
        as_json = at_terminal("ids", "users", "a@", "b@", "--json", settings=settings_of(lms))
    assert shown.splitlines() == [
        "id  username   name               e-mail         status",
        "11  a          \\x1b[2J Red\\u202e  a@example.com  active",
        "12  long.name  中 文              b@example.com  active",
    ]
    assert as_json.isascii()
    assert "\x1b" not in as_json


# --- reports


def test_a_report_s_ids_are_printed_one_a_line_and_what_was_skipped_is_said(ids: Any) -> None:
    done = ids("report", "people.csv")
    assert done.stdout == "13001\n13002\n"
    assert done.stderr == "2 ids from column 'User Unique ID' of people.csv: 1 repeated, 1 row empty\n"


def test_a_report_needs_no_server_and_no_credentials(folder: Path) -> None:
    assert run("ids", "report", "people.xlsx", cwd=folder).stdout == "13001\n"
    assert json.loads(run("ids", "report", "people.csv", "--json", cwd=folder).stdout) == [13001, 13002]


def test_ids_with_commas_are_in_blocks_that_one_call_takes(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\n".join(map(str, range(1, 2351))))
    blocks = run("ids", "report", str(tmp_path / "a.txt"), "--comma").stdout.splitlines()
    assert [len(block.split(",")) for block in blocks] == [1000, 1000, 350]
    assert ",".join(blocks) == ",".join(map(str, range(1, 2351)))


def test_comma_and_json_exclude_each_other(folder: Path) -> None:
    assert run("ids", "report", "people.csv", "--comma", "--json", cwd=folder).returncode == 2


@pytest.mark.parametrize("contents", ["User Unique ID\n00417\n", "Name,Mail\na,b\n", ""])
def test_a_report_that_cannot_be_used_is_one_line_and_prints_no_id(tmp_path: Path, contents: str) -> None:
    (tmp_path / "a.csv").write_text(contents)
    done = run("ids", "report", "a.csv", cwd=tmp_path)
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("mock-lms-client: ")


def test_pages_that_overlap_are_no_list_of_everybody(
    lms: MockLMS, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """unstable-order in the issue's cases: it printed 1,277 different people of 2,001, and ended with 0."""
    from mock_lms_client import Client
    from mock_lms_client.cli import ids

    monkeypatch.setattr(ids, "PAGE", 3)
    search, turn = Client.list_users, iter(["asc", "desc"] * 9)

    def list_users(client: Client, **given: Any) -> Any:
        listing = search(client, **given)
        listing._fetch = lambda page: search(client, **given, sort_attr="user_id", sort_dir=next(turn)).page(page)
        return listing

    monkeypatch.setattr(Client, "list_users", list_users)
    for name, value in {**settings_of(lms), "XDG_CONFIG_HOME": "/nowhere"}.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(SystemExit) as ended:
        main(["ids", "users", "--limit", "5000"])
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (1, "")
    assert "came twice, so another may be missing. Read it again" in said.err
