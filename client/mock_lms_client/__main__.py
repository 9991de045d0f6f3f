"""The command line."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Any

import click

from mock_lms_client.cli import say
from mock_lms_client.cli.apply import apply
from mock_lms_client.cli.ids import ids
from mock_lms_client.cli.login import login
from mock_lms_client.cli.plan import plan
from mock_lms_client.cli.repeats import refuse_repeats
from mock_lms_client.cli.restore import restore
from mock_lms_client.cli.verify import verify
from mock_lms_client.exits import Exit, Stopped

USAGE, UNREADABLE, INTERRUPTED, NOBODY_READS = Exit.NOTHING_DONE, Exit.UNREADABLE, 130, 141
"""Exit codes; the last is what a shell says of a command that writes to a pipe that is closed."""


class _NobodyReads(Exception):
    """Standard output is a pipe, and closed at the other end."""


class _Commands(click.Group):
    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 -- click's
        return [*self.commands]  # in the order in which they were added

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        if not ctx.resilient_parsing:  # a shell that completes a line which is not finished
            refuse_repeats(self, args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:  # click would end with 1
            raise _NobodyReads from error


@click.group(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mock-lms", prog_name="mock-lms-client", message="%(prog)s %(version)s")
def cli() -> None:
    """Unenroll people from courses and learning plans: plan it, look, do it, check it, take it back.

    Credentials are options, or in the environment (MOCK_LMS_URL, MOCK_LMS_TOKEN and so on), or in a file that `login`
    writes (~/.config/mock-lms-client.toml). They are sent to no other address than the one they stand with.

    \b
    Exit codes:
      0    as planned
      1    it could not be read
      2    nothing was done: it was called wrongly, the plan is stale, or things differ from it
      3    partly done: it can be resumed
      4    a guard refused
      5    what became of some is unknown
      130  interrupted: the journal is whole

    \b
    Examples:
      mock-lms-client login
      mock-lms-client ids report people.csv
      mock-lms-client plan unenroll --users people.csv --plans Onboarding --cascade -o plan.json
      mock-lms-client apply plan.json
      mock-lms-client verify plan.json
      mock-lms-client restore plan.backup.json
    """


for command in (login, ids, plan, apply, verify, restore):  # in the order of the story
    cli.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Runs the command line. Whatever goes wrong for the user is one line on standard error."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name may be more than the terminal can show
    arguments = sys.argv[1:] if arguments is None else arguments
    try:
        code = cli([*arguments], prog_name="mock-lms-client", standalone_mode=False)
        sys.stdout.flush()
    except (click.exceptions.Abort, KeyboardInterrupt):
        code = _complain("interrupted", INTERRUPTED)
    except (_NobodyReads, BrokenPipeError):
        # nobody reads any more, as with `| head`; what is still to be written would complain at the end
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = NOBODY_READS
    except Exception as error:
        code = _explained(error)
        if code is None:
            raise
    sys.exit(code if isinstance(code, int) else 0)


def _explained(error: Exception) -> int | None:
    """Says what is wrong, and how the command ends; None if it is not the user's to mend."""
    # imported only when something went wrong
    from mock_lms_client.errors import ClientError  # noqa: PLC0415 -- --help need not wait for it
    from mock_lms_client.people.tables import UnusableReport  # noqa: PLC0415 -- --help need not wait for it

    match error:
        case click.exceptions.NoArgsIsHelpError():
            say(error.format_message(), err=True)
            return USAGE
        case Stopped():
            return _complain(str(error), error.code)
        case click.ClickException():
            return _complain(error.format_message(), USAGE)
        case ClientError() | UnusableReport():
            return _complain(str(error), UNREADABLE)
        case OSError():
            said = error.strerror or str(error)
            return _complain(f"{error.filename}: {said}" if error.filename else said, UNREADABLE)
    return None


def _complain(message: str, code: int) -> int:
    line = " ".join(message.split())
    say(f"mock-lms-client: {line}{'' if line.endswith(('.', '?', '!')) else '.'}", err=True)
    return code


if __name__ == "__main__":
    main()
