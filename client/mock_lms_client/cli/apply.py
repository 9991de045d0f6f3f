"""`mock-lms-client apply`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mock_lms_client.cli import clean, say
from mock_lms_client.cli.confirming import confirm, confirmable
from mock_lms_client.cli.connection import connect, connected, same_server
from mock_lms_client.cli.progress import Progress
from mock_lms_client.cli.summary import goes_in_words
from mock_lms_client.commands import command
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll.files import backup_of, journal_of, table_of

if TYPE_CHECKING:
    from mock_lms_client.unenroll.apply.run import Done
    from mock_lms_client.unenroll.document import Document


@click.command("apply")
@click.argument("plan", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--resume", is_flag=True, help="Go on with a plan that was begun; ask again for what was refused.")
@click.option(
    "--max-remove",
    type=click.IntRange(min=0),
    show_default="1000; with --resume as before",
    metavar="N",
    help="The most enrollments that may go.",
)
@click.option(
    "--max-percent",
    type=click.FloatRange(0, 100),
    show_default="50; with --resume as before",
    metavar="P",
    help="The most that may go of any course's or learning plan's enrollments.",
)
@confirmable
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@connected
def apply(
    plan: Path, *, resume: bool, max_remove: int | None, max_percent: float | None, as_json: bool, **options: Any
) -> int:
    """Do what PLAN says, and nothing else.

    It stops where anything is no longer as the plan saw it. It writes PLAN.backup.json and checks it before the first
    enrollment goes, and notes each call in PLAN.journal before and after: killed at any moment, --resume goes on. The
    journal keeps the limits, and with --resume they are held against what is left.

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
    from mock_lms_client.unenroll import plan_file  # noqa: PLC0415 -- --help need not wait for requests
    from mock_lms_client.unenroll.apply import limits, run  # noqa: PLC0415 -- --help need not wait for it

    document = plan_file.open_plan(plan)
    total = int(document.summary["goes"])
    yes, expect_count = options.pop("yes"), options.pop("expect_count")

    def line(*words: str, unattended: bool) -> str:
        """The command that does this again, and what else these words say."""
        sure = ("--yes", "--expect-count", str(total)) if unattended else ()
        return command("apply", plan, *words, *sure, *same_server(options))

    again = line("--resume", unattended=yes)
    with connect(options) as client:
        standing = run.standing(document, resume=resume, again=again)
        plan_file.check_usable(document, client.tenant, datetime.now(UTC), begun=standing.begun)
        before = standing.limits or limits.Limits()
        allowed = limits.Limits(
            before.max_remove if max_remove is None else max_remove,
            before.max_percent if max_percent is None else max_percent,
        )
        words = ["--resume"] if resume else []
        if why := next(limits.refusals(document, standing.left, allowed), None):
            meant = line(*words, *limits.flags(document, standing.left, allowed), unattended=yes)
            raise Stopped(f"{why}; nothing was done. If that is meant: `{meant}`", Exit.GUARDED)
        left = sum(standing.left.values())
        some = f"{left:,} of the plan's {total:,} enrollments are left, and"
        what = f"{some if left < total else goes_in_words(document)} will go at {client.tenant}."
        if left or yes or expect_count is not None or not standing.begun:
            meant = line(*words, *_limits(max_remove, max_percent), unattended=True)
            confirm(what, client.tenant, left, yes=yes, expect_count=expect_count, again=meant, total=total)
        try:
            done = run.apply_plan(client, document, allowed=allowed, again=again, bars=partial(Progress, quiet=as_json))
        except KeyboardInterrupt:
            raise run.interrupted(document, again) from None
    say(_as_json(document, done) if as_json else _as_text(document, done, options))
    return done.code


def _limits(max_remove: int | None, max_percent: float | None) -> list[str]:
    flags = [] if max_remove is None else ["--max-remove", str(max_remove)]
    return flags if max_percent is None else [*flags, "--max-percent", f"{max_percent:g}"]


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
            "backup_table": str(table_of(plan.path)),
            "journal": str(journal_of(plan.path)),
        }
    )


def _as_text(plan: Document, done: Done, options: Mapping[str, Any]) -> str:
    lines = [f"{number:>9,}  {name}" for name, number in sorted(done.outcomes.items()) if name]
    lines += [f"refused: user {user}, {kind} {target}: {clean(said)}" for user, kind, target, said in done.refused]
    lines += [
        f"what was there before is in {backup_of(plan.path)}, and for people in {table_of(plan.path)}",
        f"next: {command('verify', plan.path, *same_server(options))}",
    ]
    return "\n".join(lines)
