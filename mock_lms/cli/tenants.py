"""`mock-lms tenants`, `fork` and `reset`."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mock_lms.cli.remote import controls, show
from mock_lms.clock import FORMAT
from mock_lms.policy import Policy

if TYPE_CHECKING:
    from mock_lms.testing.control import Control


@click.group()
def tenants() -> None:
    """Tenants of a running server.

    Each is an LMS by itself, with a policy, a clock and a sabotage of its own.

    \b
    Examples:
      mock-lms tenants create acme --seed empty
      mock-lms tenants list
    """


@tenants.command("list")
@controls
def list_tenants(control: Control) -> None:
    """List their names.

    \b
    Examples:
      mock-lms tenants list
    """
    show(control.list_tenants())


@tenants.command("create")
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--seed", default="demo", show_default=True, metavar="demo|empty|scale|FILE", help="What it begins with.")
@click.option("--users", type=click.IntRange(1), help="For --seed scale.")
@click.option("--courses", type=click.IntRange(1), help="For --seed scale.")
@click.option("--plans", type=click.IntRange(1), help="For --seed scale.")
@click.option("--policy", multiple=True, metavar="NAME=VALUE", help="Repeatable; see `mock-lms policies`.")
@click.option(
    "--frozen-at", type=click.DateTime([FORMAT]), metavar="MOMENT", help="Its clock stands still at this moment, UTC."
)
@click.option("--sabotage", metavar="NAME", help="Break a rule on purpose; see `mock-lms sabotage`.")
@controls
def create_tenant(
    control: Control,
    name: str | None,
    seed: str,
    policy: tuple[str, ...],
    frozen_at: datetime | None,
    sabotage: str | None,
    **sizes: int | None,
) -> None:
    """Make one. Without a name it is given one.

    \b
    Examples:
      mock-lms tenants create
      mock-lms tenants create acme --policy over_cap=truncate --frozen-at '2026-03-01 12:00:00'
    """
    from mock_lms.testing.control import SEEDS  # noqa: PLC0415 -- --help need not wait for it

    Policy().replace(policy)
    show(
        control.create_tenant(
            name,
            seed=seed if seed in SEEDS else Path(seed),
            policy=dict(assignment.split("=", 1) for assignment in policy) or None,
            frozen_at=frozen_at,
            sabotage=sabotage,
            **sizes,
        )
    )


@tenants.command("show")
@click.argument("name", metavar="NAME")
@controls
def get_tenant(control: Control, name: str) -> None:
    """Show what it is.

    \b
    Examples:
      mock-lms tenants show default
    """
    show(control.get_tenant(name))


@tenants.command("drop")
@click.argument("name", metavar="NAME")
@controls
def drop_tenant(control: Control, name: str) -> None:
    """Remove it with all that it has.

    \b
    Examples:
      mock-lms tenants create acme
      mock-lms tenants drop acme
    """
    show(control.drop_tenant(name))


@click.command("fork")
@click.argument("name", required=False, metavar="[NAME]")
@click.option("--state", default="now", show_default=True, help="Or seed, or a snapshot.")
@controls
def fork(control: Control, name: str | None, state: str) -> None:
    """Make a tenant that begins as another is.

    \b
    Examples:
      mock-lms fork rehearsal
      mock-lms fork --state seed
    """
    show(control.fork_tenant(name, state=state))


SCOPES = ("data", "clock", "faults", "quota", "journal")


@click.command("reset")
@click.option("--to", default="seed", show_default=True, help="Or a snapshot.")
@click.option("--scope", "scopes", multiple=True, type=click.Choice(SCOPES), help="Repeatable; without it, all.")
@controls
def reset(control: Control, to: str, scopes: tuple[str, ...]) -> None:
    """Go back to the seed or to a snapshot, at once or not at all.

    \b
    Examples:
      mock-lms reset
      mock-lms reset --scope data --scope journal
    """
    show(control.reset_tenant(to=to, scopes=scopes or None))
