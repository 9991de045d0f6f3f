"""`mock-lms-client verify`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mock_lms_client.cli import clean, say
from mock_lms_client.cli.connection import connect, connected, same_server
from mock_lms_client.cli.progress import Progress
from mock_lms_client.commands import command
from mock_lms_client.unenroll.files import result_of

if TYPE_CHECKING:
    from mock_lms_client.unenroll.verify.judge import Verified

REFUSED, UNKNOWN = "refused", "unknown"
"""Results that `apply --resume` may change. Written out, since --help need not wait for where they come from."""


@click.command("verify")
@click.argument("plan", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option(
    "-o",
    "--output",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where a row for each pair goes. Without it beside the plan, with the end .result.csv.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@connected
def verify(plan: Path, *, output: Path | None, as_json: bool, **options: Any) -> int:
    """Read back what became of each pair of PLAN. Changes nothing at the server.

    What is there now decides, and not what an answer said. The result is a CSV file in the plan's order: removed,
    already absent, kept, refused (and why), unknown. What a spreadsheet would take for a formula begins with an
    apostrophe.

    \b
    Exit codes:
      0  each pair is as planned
      1  it could not be read; an earlier result is as it was
      2  nothing was applied, or the plan is another tenant's
      3  some are not as planned
      5  what became of some is unknown: apply --resume finds out

    \b
    Examples:
      mock-lms-client verify plan.json
      mock-lms-client verify plan.json -o result.csv --json
    """
    from mock_lms_client.unenroll import plan_file  # noqa: PLC0415 -- --help need not wait for requests
    from mock_lms_client.unenroll.verify import run  # noqa: PLC0415 -- --help need not wait for it

    document = plan_file.open_plan(plan)
    output = output or result_of(plan)
    with connect(options) as client, Progress("reading back", document.count, quiet=as_json) as progress:
        verified = run.verify_plan(client, document, output, progress.advance)
    again = command("apply", plan, "--resume", *same_server(options))
    say(_as_json(plan, output, verified) if as_json else "\n".join(_as_text(output, verified, again)))
    return verified.code


def _as_json(plan: Path, output: Path, verified: Verified) -> str:
    return json.dumps(
        {
            "plan": str(plan),
            "tenant": verified.tenant,
            "exit_code": int(verified.code),
            "results": verified.results,
            "not_as_planned": verified.not_as_planned,
            "first_not_as_planned": [
                {
                    "user_id": entry.pair.user_id,
                    "kind": entry.pair.kind,
                    "target_id": entry.pair.target_id,
                    "result": verdict.result,
                    "reason": verdict.reason,
                }
                for entry, verdict in verified.first
            ],
            "result": str(output),
        }
    )


def _as_text(output: Path, verified: Verified, again: str) -> Iterator[str]:
    for result, number in verified.results.most_common():
        yield f"{number:>9,}  {result}"
    yield f"not as planned: {verified.not_as_planned:,}" if verified.not_as_planned else "all as planned"
    for entry, verdict in verified.first:
        pair = entry.pair
        line = f"user {pair.user_id}, {pair.kind} {pair.target_id}: {verdict.result}"
        yield f"  {line}: {clean(verdict.reason)}" if verdict.reason else f"  {line}"
    if verified.not_as_planned > len(verified.first):
        yield "  ..."
    yield f"each of them is in {output}"
    if verified.results[UNKNOWN] or verified.results[REFUSED]:
        yield f"next: {again}"
