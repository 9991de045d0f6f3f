"""The command line."""

from __future__ import annotations

import sys

import click

from mock_lms.cli import Complaint
from mock_lms.cli.learners import learners
from mock_lms.cli.policies import policies
from mock_lms.cli.sabotage import sabotage
from mock_lms.cli.serve import serve
from mock_lms.policy import UnknownPolicy


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mock-lms", prog_name="mock-lms", message="%(prog)s %(version)s")
def cli() -> None:
    """A local, stateful mock of an LMS's enrollment API.

    \b
    Examples:
      mock-lms serve
      mock-lms policies
      mock-lms learners 13001
      mock-lms sabotage
    """


for command in (serve, policies, learners, sabotage):
    cli.add_command(command)


def main() -> None:
    """Runs the command line. Whatever is the user's to mend is one line on standard error, and exit code 2."""
    try:
        code = cli(standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        code = _complain(error.format_message())
    except (Complaint, UnknownPolicy) as error:
        code = _complain(str(error))
    except Exception as error:
        # imported only when something went wrong: --help and a wrong option need not wait for all of it
        from mock_lms.control.sabotage import UnknownSabotage  # noqa: PLC0415
        from mock_lms.seeds import UnusableSeed  # noqa: PLC0415
        from mock_lms.server import PortInUse  # noqa: PLC0415
        from mock_lms.storage.database import UnusableDatabase  # noqa: PLC0415

        if not isinstance(error, (PortInUse, UnknownSabotage, UnusableDatabase, UnusableSeed)):
            raise
        code = _complain(str(error))
    sys.exit(code if isinstance(code, int) else 0)


def _complain(message: str) -> int:
    line = " ".join(message.split())
    line += "" if line.endswith((".", "?", "!")) else "."
    asked = next((argument for argument in sys.argv[1:] if argument in cli.commands), "")
    print(f"mock-lms: {line} `{' '.join(filter(None, ('mock-lms', asked, '--help')))}` says more.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
