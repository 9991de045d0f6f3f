"""`mock-lms-contracts`: run, init, list, explain."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict

import click

from mock_lms_contracts import terminal
from mock_lms_contracts.adapters.guide import guide
from mock_lms_contracts.careful import no_hurry
from mock_lms_contracts.command import run_
from mock_lms_contracts.repeats import refuse_repeats
from mock_lms_contracts.requirements import LEVELS, UnknownRequirement, find, profiles, select
from mock_lms_contracts.terminal import say
from mock_lms_contracts.wizard import init


class _Commands(click.Group):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:  # shell completion passes an unfinished line
            refuse_repeats(self, args)
        return super().parse_args(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mock-lms", prog_name="mock-lms-contracts", message="%(prog)s %(version)s")
def cli() -> None:
    """Check any implementation of the enrollment API against its contract.

    \b
    Examples:
      mock-lms exec -- mock-lms-contracts run --adapter mock --profile core
      mock-lms-contracts init
      mock-lms-contracts list --profile core
      mock-lms-contracts explain UNENROLL-CAP-1
    """


cli.add_command(run_)
cli.add_command(init)


@cli.command("list")
@click.option(
    "--profile", "chosen", multiple=True, help="List only this profile. Repeatable. Default: all.", metavar="NAME"
)
@click.option(
    "--level",
    type=click.Choice([level.lower() for level in LEVELS]),
    default="may",
    show_default=True,
    help="List the requirements of this level and of stronger ones.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
def list_requirements(chosen: tuple[str, ...], level: str, *, as_json: bool) -> None:
    """List the requirements.

    \b
    Examples:
      mock-lms-contracts list
      mock-lms-contracts list --profile core --level must
      mock-lms-contracts list --json
    """
    selected = select(chosen, level.upper())
    if as_json:
        say(terminal.as_json([asdict(requirement) for requirement in selected]))
        return
    profile = ""
    for requirement in selected:
        if requirement.profile != profile:
            profile = requirement.profile
            say(f"\n{profile}: {profiles()[profile]}")
        say(f"  {requirement.id:<24} {requirement.level:<6} {requirement.sentence}")


@cli.command()
@click.argument("name", metavar="ID|adapters")
def explain(name: str) -> None:
    """Explain a requirement, its source and how certain it is; or print the guide to writing an adapter.

    \b
    Examples:
      mock-lms-contracts explain UNENROLL-CAP-1
      mock-lms-contracts explain adapters
    """
    if name.lower() == "adapters":
        say(guide())
        return
    requirement = find(name)
    say(f"{requirement.id}  {requirement.level}, profile {requirement.profile}, since {requirement.since}")
    say(f"\n  {requirement.sentence}\n")
    say(f"operation    {requirement.operation}")
    say(f"source       {requirement.source}")
    say(f"confidence   {requirement.confidence}")
    if requirement.accepts:
        say(f"accepted     {requirement.variant} is one of")
        for value, meaning in requirement.accepts.items():
            say(f"               {value}: {meaning}")
    if requirement.needs:
        say(f"needs        {', '.join(requirement.needs)}; skipped where the target does not claim it")
    say(f"check it     mock-lms-contracts run --base-url URL --only {requirement.id}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line. A user's mistake is reported in one line on standard error, with exit code 2."""
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        try:
            code = cli([*arguments], standalone_mode=False)
        finally:
            no_hurry()
    except (click.exceptions.Abort, KeyboardInterrupt):
        say("mock-lms-contracts: interrupted; there is no report.", err=True)
        code = 130
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message(), err=True)
        code = 2
    except click.ClickException as error:
        code = _complain(error.format_message())
    except UnknownRequirement as error:
        code = _complain(str(error))
    sys.exit(code if isinstance(code, int) else 0)


def _complain(message: str) -> int:
    line = " ".join(message.split())
    say(f"mock-lms-contracts: {line}{'' if line.endswith(('.', '?')) else '.'}", err=True)
    return 2


if __name__ == "__main__":
    main()
