"""`mock-lms-client plan unenroll`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mock_lms_client.cli import say
from mock_lms_client.cli.connection import connect, connected, same_server
from mock_lms_client.cli.lists import workbooks
from mock_lms_client.cli.progress import Progress
from mock_lms_client.commands import command
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll.decide import STATUSES, Request

if TYPE_CHECKING:
    from mock_lms_client.people.names import Resolved
    from mock_lms_client.unenroll.document import Document

SHOWN = 5
"""Of the names that mean nobody, or more than one."""

NO_PAIRS = (
    "each user leaves all courses and learning plans that are named here, whatever the row says; "
    "where rows are pairs make a plan for each course"
)


@click.group("plan")
def plan() -> None:
    """Find out what an operation would do, and write it down. Nothing is changed.

    \b
    Examples:
      mock-lms-client plan unenroll --users 13001,13002 --plans Onboarding -o plan.json
    """


@plan.command("unenroll")
@click.option(
    "--users",
    multiple=True,
    required=True,
    metavar="FILE|IDS",
    help="A report (CSV, xlsx, xls), or 13001,13002. Repeatable.",
)
@click.option("--column", metavar="NAME", help="Of the report. Without it 'User Unique ID', 'Username' or 'Email'.")
@workbooks
@click.option(
    "--by", type=click.Choice(["id", "username", "email"]), default="id", show_default=True, help="What --users holds."
)
@click.option("--courses", multiple=True, metavar="COURSES", help="Ids, codes or names, with commas. Repeatable.")
@click.option("--plans", multiple=True, metavar="PLANS", help="Learning plans: ids, codes or titles. Repeatable.")
@click.option(
    "--cascade", is_flag=True, help="Have the API take the learning plans' courses along, whatever their status."
)
@click.option(
    "--keep",
    multiple=True,
    metavar="STATUSES",
    help="Take the learning plans' courses along but those of these statuses (completed,in_progress; repeatable), and "
    "those that another learning plan of the user contains, as the vendor's screen does. Instead of the API's cascade.",
)
@click.option("--reset-tracks", is_flag=True, help="Delete the tracking of what goes, for good.")
@click.option("--delete-certificates", is_flag=True, help="Delete the certificates of what goes, for good.")
@click.option("--reason", default="", metavar="TEXT", help="Why: is noted in the plan.")
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    default="plan.json",
    show_default=True,
    help="Where to write the plan; backup, journal and result will lie beside it.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@connected
def unenroll(
    users: tuple[str, ...],
    *,
    column: str | None,
    sheet: str | None,
    hidden_rows: Any,
    by: Any,
    courses: tuple[str, ...],
    plans: tuple[str, ...],
    cascade: bool,
    keep: tuple[str, ...],
    output: Path,
    as_json: bool,
    **options: Any,
) -> int:
    """Find out what it means to take users out of courses and learning plans, and write it to a file.

    Reads only. The file names every user and target, what was seen of each, and what is to become of it; it is good for
    24 hours, for this tenant, and for `apply`, which does nothing else.

    \b
    Examples:
      mock-lms-client plan unenroll --users 13001,13002 --plans Onboarding
      mock-lms-client plan unenroll --users 13001 --plans 31 --keep completed,in_progress -o plan.json
      mock-lms-client plan unenroll --users ana.silva --by username --courses SAFE-101,202 --reason "left the company"
    """
    from mock_lms_client.cli import summary  # noqa: PLC0415 -- --help need not wait for it
    from mock_lms_client.people import names, reports  # noqa: PLC0415 -- --help need not wait for requests
    from mock_lms_client.unenroll.plan import run  # noqa: PLC0415 -- --help need not wait for requests

    if not courses and not plans:
        raise click.UsageError("out of what? Give --courses, --plans or both")
    kept = _statuses(keep)
    check_unbegun(output)
    read: Any = reports.read_ids if by == "id" else partial(reports.read_names, by=by)
    people = [read(value, column=column, sheet=sheet, hidden_rows=hidden_rows) for value in users]
    for report in people:
        if not as_json:
            say(report.summary(f"{by}s"), err=True)
        for unread in report.targets:
            say(f"mock-lms-client: column {unread!r} is not read: {NO_PAIRS}", err=True)
    named = list(dict.fromkeys(value for report in people for value in report.values))
    with connect(options) as client:
        request = Request(
            users=named if by == "id" else _clear("user", names.users(client, named, by=by)),
            courses=_clear("course", names.courses(client, _split(courses))),
            plans=_clear("learning plan", names.plans(client, _split(plans))),
            cascade=cascade,
            reset_tracks=options["reset_tracks"],
            delete_certificates=options["delete_certificates"],
            keep=kept,
            reason=options["reason"],
        )
        with Progress("reading", len(request.users), quiet=as_json) as progress:
            now = datetime.now(UTC)
            # whoever was found by name is here
            made = run.make_plan(client, request, output, now, progress.advance, look_up=by == "id")
    attended, unattended = _next(made, options)
    if as_json:
        say(json.dumps({**summary.as_json(made), "apply": unattended}))
    else:
        say("\n".join(summary.lines(made)))
        good = f"\n{output}: good until {made.header['expires_at']}."
        if made.summary["goes"]:
            say(f"{good}\nnext: {attended}\nwhere nobody can be asked: {unattended}", err=True)
        else:
            say(f"{good} Nothing would go: there is nothing to apply.", err=True)
    return Exit.AS_PLANNED


def _next(made: Document, options: Mapping[str, Any]) -> tuple[str, str]:
    """The commands that apply the plan: at a terminal, and where nobody can be asked."""
    from mock_lms_client.unenroll.apply import limits  # noqa: PLC0415 -- --help need not wait for it

    flags = limits.flags(made, limits.of_plan(made), limits.Limits())
    words: list[str | Path] = ["apply", made.path, *flags]
    sure = ["--yes", "--expect-count", str(made.summary["goes"])]
    server = same_server(options)
    return command(*words, *server), command(*words, *sure, *server)


def check_unbegun(output: Path) -> None:
    """Raises `Stopped` where a plan lies that was begun: with its journal it is the way back."""
    from mock_lms_client.unenroll.files import journal_of  # noqa: PLC0415 -- --help need not wait for it

    if output.exists() and journal_of(output).exists():
        line = f"{output} was applied, and {journal_of(output)} knows what is gone; give -o another name"
        raise Stopped(line, Exit.UNREADABLE)


def _statuses(keep: Iterable[str]) -> frozenset[str]:
    statuses = frozenset(_split(keep))
    if unknown := sorted(statuses - STATUSES.keys()):
        raise click.UsageError(f"--keep takes {', '.join(STATUSES)}, not {', '.join(unknown)}")
    if keep and not statuses:
        raise click.UsageError("--keep names no status; to take all along leave it out and give --cascade")
    return frozenset(STATUSES[status] for status in statuses)


def _split(values: Iterable[str]) -> list[str]:
    return [word.strip() for value in values for word in value.split(",") if word.strip()]


def _clear(what: str, resolved: Resolved) -> list[int]:
    """The ids, where every name means exactly one. Raises `Stopped`."""
    wrong = [f"there is no {what} {name!r}" for name in resolved.unknown]
    for name, candidates in resolved.ambiguous.items():
        shown = ", ".join(f"{candidate.id} ({candidate.label})" for candidate in candidates[:SHOWN])
        wrong.append(f"{name!r} is {len(candidates)} {what}s: {shown}; give the id")
    if wrong:
        more = f"; and {len(wrong) - SHOWN:,} more" if len(wrong) > SHOWN else ""
        raise Stopped(f"{'; '.join(wrong[:SHOWN])}{more}. No plan was written.", Exit.UNREADABLE)
    return resolved.ids
