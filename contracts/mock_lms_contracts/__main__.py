"""`mock-lms-contracts`: run, list, explain."""

from __future__ import annotations

import sys

import click

from mock_lms_contracts.requirements import LEVELS, UnknownRequirement, find, profiles, select


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mock-lms", prog_name="mock-lms-contracts")
def cli() -> None:
    """Check any implementation of the enrollment API against its contract.

    \b
    Examples:
      mock-lms-contracts list --profile core
      mock-lms-contracts explain UNENROLL-CAP-1
    """


@cli.command("list")
@click.option("--profile", "chosen", multiple=True, help="Repeatable; without it, all.")
@click.option("--level", type=click.Choice([each.lower() for each in LEVELS]), default="may", show_default=True)
def list_requirements(chosen: tuple[str, ...], level: str) -> None:
    """List the requirements.

    \b
    Examples:
      mock-lms-contracts list
      mock-lms-contracts list --profile core --level must
    """
    profile = ""
    for each in select(chosen, level.upper()):
        if each.profile != profile:
            profile = each.profile
            click.echo(f"\n{profile}: {profiles()[profile]}")
        click.echo(f"  {each.id:<24} {each.level:<6} {each.sentence}")


@cli.command()
@click.argument("name", metavar="ID")
def explain(name: str) -> None:
    """Say what a requirement asks for, where that was read, and how sure it is.

    \b
    Examples:
      mock-lms-contracts explain UNENROLL-CAP-1
    """
    each = find(name)
    click.echo(f"{each.id}  {each.level}, profile {each.profile}, since {each.since}\n\n  {each.sentence}\n")
    click.echo(f"operation    {each.operation}\nsource       {each.source}\nconfidence   {each.confidence}")
    if each.accepts:
        click.echo(f"accepted     {each.variant} is one of")
        for value, meaning in each.accepts.items():
            click.echo(f"               {value}: {meaning}")
    if each.needs:
        click.echo(f"needs        {', '.join(each.needs)}; skipped where the target does not claim it")


def main() -> None:
    """Runs the command line. What is the user's to mend is one line on standard error, and exit code 2."""
    try:
        code = cli(standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        code = _complain(error.format_message())
    except UnknownRequirement as error:
        code = _complain(str(error))
    sys.exit(code if isinstance(code, int) else 0)


def _complain(message: str) -> int:
    line = " ".join(message.split())
    click.echo(f"mock-lms-contracts: {line}{'' if line.endswith(('.', '?')) else '.'}", err=True)
    return 2


if __name__ == "__main__":
    main()
