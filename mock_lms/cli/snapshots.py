"""`mock-lms snapshot` and `diff`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from mock_lms.cli.remote import as_json, controls, show
from mock_lms.terminal import say

if TYPE_CHECKING:
    from mock_lms.testing.control import Control

named = click.argument("name", metavar="NAME")


@click.group()
def snapshot() -> None:
    """States of a tenant's data that were saved.

    \b
    Examples:
      mock-lms snapshot save before
      mock-lms snapshot restore before
    """


@snapshot.command("list")
@controls
def list_snapshots(control: Control) -> None:
    """List what was saved.

    \b
    Examples:
      mock-lms snapshot list
    """
    show(control.list_snapshots())


@snapshot.command("save")
@named
@controls
def save_snapshot(control: Control, name: str) -> None:
    """Save the data as it is now, in place of a snapshot of this name.

    \b
    Examples:
      mock-lms snapshot save before
    """
    show(control.save_snapshot(name))


@snapshot.command("restore")
@named
@controls
def restore_snapshot(control: Control, name: str) -> None:
    """Go back to it.

    \b
    Examples:
      mock-lms snapshot save before
      mock-lms snapshot restore before
    """
    show(control.restore_snapshot(name))


@snapshot.command("drop")
@named
@controls
def drop_snapshot(control: Control, name: str) -> None:
    """Forget it.

    \b
    Examples:
      mock-lms snapshot save before
      mock-lms snapshot drop before
    """
    show(control.drop_snapshot(name))


@snapshot.command("export")
@named
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@controls
def export_snapshot(control: Control, name: str, file: Path) -> None:
    """Write it to a file; `now` and `seed` are snapshots too.

    \b
    Examples:
      mock-lms snapshot export now company.gz
    """
    show({"file": str(control.export_snapshot(name, file)), "bytes": file.stat().st_size})


@snapshot.command("import")
@named
@click.argument("file", metavar="FILE", type=click.Path(path_type=Path, dir_okay=False))
@controls
def import_snapshot(control: Control, name: str, file: Path) -> None:
    """Save what such a file holds under this name.

    \b
    Examples:
      mock-lms snapshot export now company.gz
      mock-lms snapshot import company company.gz
    """
    show(control.import_snapshot(name, file))


@click.command()
@click.argument("before", default="seed", metavar="[BEFORE]")
@click.argument("after", default="now", metavar="[AFTER]")
@click.option("--limit", type=click.IntRange(0, 100_000), default=1000, show_default=True, help="Changes to show.")
@as_json
@click.option("--csv", "as_csv", is_flag=True, help="For spreadsheets.")
@controls
def diff(control: Control, before: str, after: str, limit: int, *, as_json: bool, as_csv: bool) -> None:
    """Show who lost, gained or changed what between two states.

    A state is a snapshot, seed, now, or that of another tenant: acme/now.

    \b
    Examples:
      mock-lms diff
      mock-lms diff seed now --json
    """
    if as_json and as_csv:
        raise click.UsageError("--json or --csv? Give one of them")
    if as_json:
        show(control.diff(before, after, limit=limit))
    else:
        diff_as = control.diff_csv if as_csv else control.diff_text
        say(diff_as(before, after, limit=limit), end="")
