"""`mock-lms-client restore`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mock_lms_client.cli import clean, say
from mock_lms_client.cli.confirming import confirm, confirmable
from mock_lms_client.cli.connection import connect, connected, same_server
from mock_lms_client.cli.progress import Progress
from mock_lms_client.commands import command
from mock_lms_client.unenroll.files import restored_of

if TYPE_CHECKING:
    from mock_lms_client.unenroll.document import Json
    from mock_lms_client.unenroll.restore.bring_back import Back
    from mock_lms_client.unenroll.restore.run import Restored


@click.command("restore")
@click.argument("backup", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "--enrollment-dates",
    "dates",
    is_flag=True,
    help="Bring back the dates of enrollment in courses, too: a call for each date that differs.",
)
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where a row for each enrollment goes. Without it beside the backup, with the end .restored.csv.",
)
@confirmable
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@connected
def restore(backup: Path, *, dates: bool, output: Path | None, as_json: bool, **options: Any) -> int:
    """Enroll again what an apply really removed, as BACKUP and the journal beside it tell.

    What is there already is left alone. Level, validity, status, completion date and score come back as far as the API
    can bring them, and what does not come back is named. Killed at any moment, the same command goes on.

    \b
    Exit codes:
      0  all is back, but for what the API cannot bring
      2  nothing was done: the backup is another tenant's, or damaged
      3  some did not come back, or differ in status, level or validity; or some are left
      4  --expect-count is another number
      5  what became of the last call is unknown: the same command finds out
      130  interrupted: the same command goes on

    \b
    Examples:
      mock-lms-client restore plan.backup.json
      mock-lms-client restore plan.backup.json --yes --expect-count 2
      mock-lms-client restore plan.backup.json --yes --expect-count 2 --enrollment-dates -o back.csv
    """
    from mock_lms_client.unenroll.restore import run  # noqa: PLC0415 -- --help need not wait for requests
    from mock_lms_client.unenroll.restore.source import open_source  # noqa: PLC0415 -- --help need not wait for it

    words: list[str | Path] = ["restore", backup, *(["--enrollment-dates"] if dates else [])]
    words += ["--output", output] if output else []
    output = output or restored_of(backup)
    yes, expect_count = options.pop("yes"), options.pop("expect_count")
    with connect(options) as client, open_source(backup, client.tenant) as source:
        header, count = source.backup.header, source.count
        what = f"{count:,} enrollments were removed at {client.tenant}; those that are not there will be made again."
        if count or yes or expect_count is not None:
            meant = command(*words, "--yes", "--expect-count", str(count), *same_server(options))
            confirm(what, client.tenant, count, yes=yes, expect_count=expect_count, again=meant)
        sure = ["--yes", "--expect-count", str(count)] if yes else []
        again = command(*words, *sure, *same_server(options))
        bars = partial(Progress, quiet=as_json)
        restored = run.restore_backup(client, source, output, dates=dates, again=again, bars=bars)
    shown = (backup, output, header, restored)
    say(_as_json(*shown) if as_json else "\n".join(_as_text(*shown)))
    return restored.code


def _as_json(backup: Path, output: Path, header: Json, restored: Restored) -> str:
    return json.dumps(
        {
            "backup": str(backup),
            "tenant": restored.tenant,
            "exit_code": int(restored.code),
            "results": restored.results,
            "differs": restored.differs,
            "certificates_deleted_of_up_to": restored.completed if header["delete_certificates"] else 0,
            "not_shown_by_the_api": NOT_SHOWN,
            "not_restored": [{**_pair(back), "reason": back.reason} for back in restored.not_restored],
            "came_in_addition": [_pair(back) for back in restored.in_addition],
            "result": str(output),
        }
    )


def _pair(back: Back) -> Json:
    kind, user, target = back.key
    return {"user_id": user, "kind": kind, "target_id": target}


def _as_text(_: Path, output: Path, header: Json, restored: Restored) -> Iterator[str]:
    for result, number in restored.results.most_common():
        yield f"{number:>9,}  {result}"
    yield from _some("not restored", restored.not_restored, restored)
    yield from _some("came in addition, with a learning plan", restored.in_addition, restored)
    if restored.differs:
        yield "there, and not as it was:"
    for name, number in restored.differs.most_common():
        yield f"{number:>9,}  {name}{WHY.get(name, '')}"
    if header["delete_certificates"] and restored.completed:
        yield (
            f"certificates do not come back: the apply deleted those of up to {restored.completed:,} completions, and "
            "what the server issued now is new"
        )
    yield f"the API does not show, and so nobody brings back: {', '.join(NOT_SHOWN)}"
    yield f"each of them is in {output}"


NOT_SHOWN = ("assignment type", "first and last access", "certificates", "enrollment fields")
WHY = {
    "enrolled_at": ": --enrollment-dates brings back those of courses",
    "enrolled_by": ": whoever restores enrolls; the API takes no other",
    "time_spent": ": no call can set it",
    "score": ": it was deleted, or has changed since",
}


def _some(what: str, some: list[Back], restored: Restored) -> Iterator[str]:
    for back in some:
        kind, user, target = back.key
        yield f"{what}: user {user}, {kind} {target}" + (f": {clean(back.reason)}" if back.reason else "")
    if some and restored.results[some[0].result] > len(some):
        yield f"{what}: ..."
