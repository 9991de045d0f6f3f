"""The command line."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click

from mock_lms.cli import Complaint
from mock_lms.cli.clock import clock
from mock_lms.cli.exec import exec_
from mock_lms.cli.faults import fault
from mock_lms.cli.journal import journal
from mock_lms.cli.keys import keys
from mock_lms.cli.learners import learners
from mock_lms.cli.policies import policies
from mock_lms.cli.quota import quota
from mock_lms.cli.repeats import refuse_repeats
from mock_lms.cli.sabotage import sabotage
from mock_lms.cli.serve import serve
from mock_lms.cli.snapshots import diff, snapshot
from mock_lms.cli.tenants import fork, reset, tenants
from mock_lms.policy import UnknownPolicy
from mock_lms.terminal import say


class _Commands(click.Group):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:  # a shell that completes a line which is not finished
            refuse_repeats(self, args)
        return super().parse_args(ctx, args)


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mock-lms", prog_name="mock-lms", message="%(prog)s %(version)s")
def cli() -> None:
    """A local, stateful mock of an LMS's enrollment API.

    \b
    Examples:
      mock-lms serve
      mock-lms exec -- mock-lms learners 13001
      mock-lms policies
      mock-lms sabotage

    \b
    Examples of what a running server can be told:
      mock-lms snapshot save before
      mock-lms diff before
      mock-lms reset
    """


for command in (
    *(serve, exec_, policies, sabotage),
    *(tenants, fork, reset, snapshot, diff, learners, clock, fault, quota, keys, journal),
):
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None, *, quiet: bool = False) -> None:
    """Runs the command line. Whatever is the user's to mend is one line on standard error, and exit code 2.

    `quiet` is for programs: what a command has only for people is not printed.
    """
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        code = cli([*arguments], standalone_mode=False, obj=quiet)
    except click.exceptions.Abort:
        code = 130
    except click.exceptions.NoArgsIsHelpError as error:
        say(error.format_message(), err=True)
        code = 2
    except click.ClickException as error:
        code = _complain(arguments, error.format_message())
    except (Complaint, UnknownPolicy) as error:
        code = _complain(arguments, str(error))
    except Exception as error:
        # imported only when something went wrong: --help and a wrong option need not wait for all of it
        from mock_lms.control.sabotage import UnknownSabotage  # noqa: PLC0415
        from mock_lms.seeds import UnusableSeed  # noqa: PLC0415
        from mock_lms.server import PortInUse, TooFewDescriptors  # noqa: PLC0415
        from mock_lms.storage.database import UnusableDatabase  # noqa: PLC0415

        if not isinstance(error, (PortInUse, TooFewDescriptors, UnknownSabotage, UnusableDatabase, UnusableSeed)):
            raise
        code = _complain(arguments, str(error))
    sys.exit(code if isinstance(code, int) else 0)


def _complain(arguments: Sequence[str], message: str) -> int:
    line = " ".join(message.split())
    line += "" if line.endswith((".", "?", "!")) else "."
    say(f"mock-lms: {line} `{' '.join((*_asked(arguments), '--help'))}` says more.", err=True)
    return 2


def _asked(arguments: Sequence[str]) -> list[str]:
    """The command: `mock-lms snapshot save`."""
    names, commands = ["mock-lms"], cli.commands
    for argument in arguments:
        if argument in commands:
            names.append(argument)
            commands = getattr(commands[argument], "commands", {})
    return names


if __name__ == "__main__":
    main()
