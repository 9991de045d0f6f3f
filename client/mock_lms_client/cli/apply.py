"""`mock-lms-client apply`."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mock_lms_client.cli.confirming import confirm, confirmable
from mock_lms_client.cli.connection import connect, connected
from mock_lms_client.cli.progress import Progress
from mock_lms_client.cli.summary import goes_in_words, printable
from mock_lms_client.exits import Exit
from mock_lms_client.unenrolling.files import backup_of, journal_of

if TYPE_CHECKING:
    from mock_lms_client.unenrolling.document import Document
    from mock_lms_client.unenrolling.running import Done


@click.command("apply")
@click.argument("plan", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--resume", is_flag=True, help="Go on with a plan that was begun; ask again for what was refused.")
@click.option(
    "--max-remove",
    type=click.IntRange(min=0),
    default=1_000,
    show_default=True,
    metavar="N",
    help="The most enrollments that may go.",
)
@click.option(
    "--max-percent",
    type=click.FloatRange(0, 100),
    default=50.0,
    show_default=True,
    metavar="P",
    help="The most that may go of any course's or learning plan's enrollments.",
)
@confirmable
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@connected
def apply(plan: Path, *, resume: bool, max_remove: int, max_percent: float, as_json: bool, **given: Any) -> int:
    """Do what PLAN says, and nothing else.

    It stops where anything is no longer as the plan saw it. It writes PLAN.backup.json and checks it before the first
    enrollment goes, and notes each call in PLAN.journal before and after: killed at any moment, --resume goes on.

    \b
    Exit codes:
      0  all went as planned
      2  nothing was done: the plan is stale, or another tenant's
      3  some are left: --resume goes on
      4  a guard refused: --max-remove, --max-percent, --expect-count
      5  what became of some is unknown: --resume finds out
      130  interrupted: --resume goes on

    \b
    Examples:
      mock-lms-client apply plan.json
      mock-lms-client apply plan.json --yes --expect-count 2
      mock-lms-client apply plan.json --resume --yes --expect-count 2
    """
    from mock_lms_client.unenrolling import beginning, running  # noqa: PLC0415 -- --help need not wait for requests

    document = beginning.open_plan(plan)
    yes, expect_count = given.pop("yes"), given.pop("expect_count")
    with connect(given) as client:
        begun = running.check_begun(document, resume=resume)
        beginning.check_usable(document, client.tenant, datetime.now(UTC), begun=begun)
        beginning.guard(document, max_remove, max_percent)
        goes = document.summary["goes"]
        what = f"{goes_in_words(document)} will go at {client.tenant}."
        confirm(what, client.tenant, goes, yes=yes, expect_count=expect_count)
        try:
            done = running.run(client, document, bars=partial(Progress, quiet=as_json))
        except KeyboardInterrupt:
            click.echo(f"interrupted; the journal is whole: `mock-lms-client apply {plan} --resume` goes on", err=True)
            return Exit.INTERRUPTED
    click.echo(_as_json(document, done) if as_json else _as_text(document, done))
    return done.code


def _as_json(plan: Document, done: Done) -> str:
    return json.dumps(
        {
            "plan": str(plan.path),
            "tenant": plan.header["tenant"],
            "exit_code": int(done.code),
            "outcomes": {name: number for name, number in done.outcomes.items() if name},
            "refused": [
                {"user_id": user, "kind": kind, "target_id": target, "reason": said}
                for user, kind, target, said in done.refused
            ],
            "backup": str(backup_of(plan.path)),
            "journal": str(journal_of(plan.path)),
        }
    )


def _as_text(plan: Document, done: Done) -> str:
    lines = [f"{number:>9,}  {name}" for name, number in sorted(done.outcomes.items()) if name]
    lines += [f"refused: user {user}, {kind} {target}: {printable(said)}" for user, kind, target, said in done.refused]
    lines += [f"what was there before is in {backup_of(plan.path)}", f"next: mock-lms-client verify {plan.path}"]
    return "\n".join(lines)
