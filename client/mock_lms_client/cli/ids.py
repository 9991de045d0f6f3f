"""`mock-lms-client ids`."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from mock_lms_client.cli import clean, say, width
from mock_lms_client.cli.connection import connect, connected
from mock_lms_client.cli.lists import workbooks
from mock_lms_client.exits import Stopped

if TYPE_CHECKING:
    from mock_lms_client.listing import Listing

F = TypeVar("F", bound=Callable[..., Any])

PAGE = 200
BLOCK = 1000
"""As many users as the LMS takes in one call."""

STATUSES = {"0": "deactivated", "1": "active"}
USERS = {"id": "user_id", "username": "username", "name": "fullname", "e-mail": "email", "status": "status"}
COURSES = {"id": "id", "code": "code", "name": "name", "type": "type", "status": "status"}
PLANS = {"id": "learning_plan_id", "code": "code", "title": "title"}
"""A table's columns: what they are called here, and in the server's answers."""


@click.group("ids")
def ids() -> None:
    """Find ids: of users, courses and learning plans, or in a report.

    \b
    Examples:
      mock-lms-client ids users silva
      mock-lms-client ids plans
      mock-lms-client ids report people.csv
    """


def _search(command: F) -> F:
    """What all searches take."""
    for option in (
        connected,
        click.option("--json", "as_json", is_flag=True, help="Print a JSON array."),
        click.option(
            "--limit", type=click.IntRange(min=1), default=200, show_default=True, metavar="N", help="The most to list."
        ),
        click.argument("texts", nargs=-1, metavar="[TEXT]..."),
    ):
        command = option(command)
    return command


@ids.command("users")
@click.option("--by", type=click.Choice(["username", "email"]), help="Only whose username or e-mail is just TEXT.")
@_search
def find_users(texts: tuple[str, ...], *, by: Any, **options: Any) -> None:
    """Find users by a TEXT in their username, name or e-mail; without one, all.

    Where the output is no terminal, cells are separated by tabs and there are no headings.

    \b
    Examples:
      mock-lms-client ids users silva
      mock-lms-client ids users --by email ana.silva@example.com mei.chen@example.com
      mock-lms-client ids users --limit 3 --json
    """
    from mock_lms_client.people import names  # noqa: PLC0415 -- --help need not wait for it

    if by and not texts:
        raise click.UsageError("--by needs a TEXT")
    with connect(options) as client:
        if by:
            by_text = names.find_users(client, texts, by=by)
            items = [item for matches in by_text.values() for item in matches]
            _show(items[: options["limit"]], USERS, more=len(items) - options["limit"], as_json=options["as_json"])
            _complain([text for text, matches in by_text.items() if not matches], client.tenant)
        else:
            _list(texts, client.list_users, USERS, options, client.tenant)


@ids.command("courses")
@_search
def find_courses(texts: tuple[str, ...], **options: Any) -> None:
    """Find courses by a TEXT in their code or name; without one, all.

    Where the output is no terminal, cells are separated by tabs and there are no headings.

    \b
    Examples:
      mock-lms-client ids courses fire
      mock-lms-client ids courses SAFE-101 LAW-101
      mock-lms-client ids courses --limit 3 --json
    """
    with connect(options) as client:
        _list(texts, client.list_courses, COURSES, options, client.tenant)


@ids.command("plans")
@_search
def find_plans(texts: tuple[str, ...], **options: Any) -> None:
    """Find learning plans by a TEXT in their code or title; without one, all.

    Where the output is no terminal, cells are separated by tabs and there are no headings.

    \b
    Examples:
      mock-lms-client ids plans onboarding
      mock-lms-client ids plans --json
    """
    with connect(options) as client:
        _list(texts, client.list_learning_plans, PLANS, options, client.tenant)


@ids.command("report")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE")
@click.option("--column", metavar="NAME", help="The column of ids: 'User Unique ID', or user_id, or user_ids.")
@workbooks
@click.option("--comma", is_flag=True, help="Print them with commas between, 1000 a line: as many as a call takes.")
@click.option("--json", "as_json", is_flag=True, help="Print a JSON array.")
def read_report(
    file: Path, *, column: str | None, sheet: str | None, hidden_rows: Any, comma: bool, as_json: bool
) -> None:
    """Read the users' ids out of a report, each once: CSV, xlsx, xls, or a list.

    What is no id is an error: 00417 is not 417. So are people in hidden rows, until it is said whether they are meant.
    What was skipped is said on standard error.

    \b
    Examples:
      mock-lms-client ids report people.csv
      mock-lms-client ids report people.csv --comma
      mock-lms-client ids report people.xlsx --column "User Unique ID" --json
      mock-lms-client ids report people.xlsx --sheet Sheet1 --hidden-rows skip
    """
    from mock_lms_client.people.reports import read_ids  # noqa: PLC0415 -- --help need not wait for it

    if comma and as_json:
        raise click.UsageError("--comma or --json, not both")
    people = read_ids(file, column=column, sheet=sheet, hidden_rows=hidden_rows)
    if as_json:
        say(json.dumps(people.values))
    else:
        size = BLOCK if comma else 1
        blocks = (people.values[start : start + size] for start in range(0, len(people.values), size))
        say("\n".join(",".join(map(str, block)) for block in blocks))
    say(people.summary(), err=True)


def _list(
    texts: Sequence[str],
    search: Callable[..., Listing[Any]],
    columns: Mapping[str, str],
    options: Mapping[str, Any],
    tenant: str,
) -> None:
    limit = options["limit"]
    items: dict[Any, Any] = {}
    nowhere: list[str | None] = []
    more = 0
    for text in texts or (None,):
        listing = search(search_text=text, page_size=min(limit, PAGE))
        all_of_it = iter(listing)
        by_id = {item[columns["id"]]: item for item in islice(all_of_it, limit)}
        if not by_id:
            nowhere.append(text)
        left = limit - len(items)
        new = {key: item for key, item in by_id.items() if key not in items}
        items |= islice(new.items(), left)
        total = listing.total_count
        beyond = next(all_of_it, None) is not None if total is None else total > limit
        more += max(beyond, len(new) - left, 0)
    _show(list(items.values()), columns, more=more, as_json=options["as_json"])
    _complain(nowhere, tenant)


def _complain(nowhere: Sequence[str | None], tenant: str) -> None:
    if nowhere:
        what = "" if nowhere[0] is None else f" for {', '.join(map(repr, nowhere))}"
        raise Stopped(f"nothing found{what} at {tenant}")


def _show(items: Sequence[Mapping[str, Any]], columns: Mapping[str, str], *, more: int, as_json: bool) -> None:
    if as_json:
        say(json.dumps(items, indent=2))  # in ASCII, so that no name reaches the terminal as it is
    elif items:
        say("\n".join(_table(columns, [[_cell(item, name) for name in columns.values()] for item in items])))
    if more > 0:
        say(f"mock-lms-client: these are the first {len(items):,}, and there are more: --limit", err=True)


def _cell(item: Mapping[str, Any], name: str) -> str:
    value = item.get(name)
    text = "" if value is None else clean(value)
    return STATUSES.get(text, text) if name == "status" else text


def _table(columns: Iterable[str], rows: list[list[str]]) -> list[str]:
    if not sys.stdout.isatty():
        return ["\t".join(row) for row in rows]
    table = [[*columns], *rows]
    widths = [max(map(width, cells)) for cells in zip(*table, strict=True)]
    return ["  ".join(c + " " * (w - width(c)) for c, w in zip(row, widths, strict=True)).rstrip() for row in table]
