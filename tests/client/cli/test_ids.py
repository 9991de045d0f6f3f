"""`mock-lms-client ids`: every way to find an id, and what a terminal or a program gets to see."""

from __future__ import annotations

import json
import shlex
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from mock_lms_client import Client

from tests.client.conftest import NewTenant
from tests.client.harness.commands import (
    COMMAND,
    SECRETS,
    CommandLine,
    Done,
    at_a_terminal,
    clean_environment,
    commands,
    examples,
    settings,
    settings_of,
)
from tests.client.harness.workbooks import write_xlsx

Ids: TypeAlias = Callable[..., Done]

ANA = "13001\tana.silva\tAna Silva\tana.silva@example.com\tactive\n"


@pytest.fixture
def ids(command: CommandLine, tmp_path: Path) -> Ids:
    """Runs `mock-lms-client ids` in this process, in a folder with what the examples read."""
    (tmp_path / "people.csv").write_text("Name;User Unique ID\nAna;13001\nMei;13002\nAna;13001\n;\n")
    write_xlsx(tmp_path / "people.xlsx", [["Name", "User Unique ID"], ["Ana", 13001]])
    return partial(command, "ids")


EXAMPLES = [(path, example) for path, command in commands() if path.startswith("ids") for example in examples(command)]


def test_every_command_has_examples() -> None:
    assert {path for path, _ in EXAMPLES} == {"ids", "ids users", "ids courses", "ids plans", "ids report"}


@pytest.mark.parametrize(("path", "example"), EXAMPLES, ids=[example for _, example in EXAMPLES])
def test_an_example_works_as_it_stands_there(ids: Ids, path: str, example: str) -> None:
    program, group, *arguments = shlex.split(example)
    assert (program, group) == ("mock-lms-client", "ids")
    assert " ".join([group, *arguments]).startswith(path)
    done = ids(*arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


# --- searches


def test_a_search_prints_rows_with_tabs_and_nothing_else(ids: Ids) -> None:
    done = ids("users", "silva")
    assert (done.stdout, done.stderr) == (ANA, "")


def test_several_texts_are_several_searches_and_everybody_is_listed_once(ids: Ids) -> None:
    rows = ids("users", "mei", "silva", "ana.").stdout.splitlines()
    assert [row.split("\t")[0] for row in rows] == ["13002", "13001"]


@pytest.mark.parametrize("arguments", [("--by", "username", "ana.silva"), ("--by", "email", "ANA.SILVA@example.com")])
def test_an_exact_search_finds_just_that(ids: Ids, arguments: tuple[str, ...]) -> None:
    assert ids("users", *arguments).stdout == ANA


def test_a_part_of_a_name_is_no_exact_match(ids: Ids) -> None:
    done = ids("users", "--by", "username", "ana")
    assert (done.returncode, done.stdout) == (1, "")


def test_courses_and_plans_have_columns_of_their_own(ids: Ids) -> None:
    assert ids("courses", "fire").stdout == "201\tSAFE-101\tFire Safety\telearning\tpublished\n"
    assert ids("plans").stdout == "31\tONB\tOnboarding\n32\tWH\tWarehouse Team\n33\tSAFE\tSafety Refresher\n"


def test_somebody_who_left_is_shown_as_deactivated(ids: Ids) -> None:
    assert ids("users", "karl").stdout.endswith("\tdeactivated\n")


def test_json_is_the_server_s_own_rows(ids: Ids) -> None:
    (user,) = json.loads(ids("users", "silva", "--json").stdout)
    assert user["user_id"] == "13001"
    assert user["first_name"] == "Ana"


def test_more_than_the_limit_is_said_on_standard_error(ids: Ids) -> None:
    done = ids("courses", "--limit", "2")
    assert len(done.stdout.splitlines()) == 2
    assert done.stderr == "mock-lms-client: these are the first 2, and there are more: --limit\n"
    assert ids("courses", "--limit", "6").stderr == ""
    assert len(ids("courses", "fire", "law", "--limit", "1").stdout.splitlines()) == 1
    assert "more" in ids("courses", "fire", "law", "--limit", "1").stderr


def test_what_is_not_found_is_named_after_what_is_and_ends_with_1(ids: Ids) -> None:
    done = ids("users", "silva", "nobody", "--json")
    assert done.returncode == 1
    assert len(json.loads(done.stdout)) == 1
    assert done.stderr.startswith("mock-lms-client: nothing found for 'nobody' at 127.0.0.1:")


def test_json_of_nothing_is_an_array_too(ids: Ids) -> None:
    done = ids("users", "nobody", "--json")
    assert (done.returncode, json.loads(done.stdout)) == (1, [])


def test_by_needs_a_text(ids: Ids) -> None:
    done = ids("users", "--by", "email")
    assert (done.returncode, done.stderr) == (2, "mock-lms-client: --by needs a TEXT.\n")


def test_at_a_terminal_columns_have_headings_and_stand_in_line_and_names_move_no_cursor(
    new_tenant: NewTenant, tmp_path: Path
) -> None:
    users = [
        {"id": 11, "username": "a", "firstname": "\x1b[2J", "lastname": "Red\u202e", "email": "a@example.com"},
        {"id": 12, "username": "long.name", "firstname": "中", "lastname": "文", "email": "b@example.com"},
    ]
    environment = clean_environment(XDG_CONFIG_HOME="/nowhere", **settings_of(new_tenant(seed={"users": users})))
    words = [*COMMAND, "ids", "users", "a@", "b@"]
    assert at_a_terminal(words, tmp_path, environment, {})[2].splitlines() == [
        "id  username   name               e-mail         status",
        "11  a          \\x1b[2J Red\\u202e  a@example.com  active",
        "12  long.name  中 文              b@example.com  active",
    ]
    _, _, as_json = at_a_terminal([*words, "--json"], tmp_path, environment, {})
    assert as_json.isascii()
    assert "\x1b" not in as_json


# --- reports


def test_a_report_s_ids_are_printed_one_a_line_and_what_was_skipped_is_said(ids: Ids) -> None:
    done = ids("report", "people.csv")
    assert done.stdout == "13001\n13002\n"
    assert done.stderr == "2 ids from column 'User Unique ID' of people.csv: 1 repeated, 1 row empty\n"


def test_a_report_needs_no_server_and_no_credentials(ids: Ids, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in settings("", dict.fromkeys(SECRETS, "")):
        monkeypatch.delenv(name)
    assert ids("report", "people.xlsx").stdout == "13001\n"
    assert json.loads(ids("report", "people.csv", "--json").stdout) == [13001, 13002]


def test_ids_with_commas_are_in_blocks_that_one_call_takes(ids: Ids, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("\n".join(map(str, range(1, 2351))))
    blocks = ids("report", "a.txt", "--comma").stdout.splitlines()
    assert [len(block.split(",")) for block in blocks] == [1000, 1000, 350]
    assert ",".join(blocks) == ",".join(map(str, range(1, 2351)))


def test_comma_and_json_exclude_each_other(ids: Ids) -> None:
    assert ids("report", "people.csv", "--comma", "--json").returncode == 2


@pytest.mark.parametrize("contents", ["User Unique ID\n00417\n", "Name,Mail\na,b\n", ""])
def test_a_report_that_cannot_be_used_is_one_line_and_prints_no_id(ids: Ids, tmp_path: Path, contents: str) -> None:
    (tmp_path / "a.csv").write_text(contents)
    done = ids("report", "a.csv")
    assert (done.returncode, done.stdout) == (1, "")
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.startswith("mock-lms-client: ")


def test_pages_that_overlap_are_no_list_of_everybody(ids: Ids, monkeypatch: pytest.MonkeyPatch) -> None:
    """unstable-order in the issue's cases: it printed 1,277 different people of 2,001, and ended with 0."""
    monkeypatch.setattr("mock_lms_client.cli.ids.PAGE", 3)
    search, turn = Client.list_users, iter(["asc", "desc"] * 9)

    def list_users(client: Client, **filters: Any) -> Any:
        listing = search(client, **filters)
        listing._fetch = lambda page: search(client, **filters, sort_attr="user_id", sort_dir=next(turn)).page(page)
        return listing

    monkeypatch.setattr(Client, "list_users", list_users)
    done = ids("users", "--limit", "5000")
    assert (done.returncode, done.stdout) == (1, "")
    assert "came twice, so another may be missing. Read it again" in done.stderr
