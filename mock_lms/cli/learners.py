"""`mock-lms learners`."""

from __future__ import annotations

import json

import click

from mock_lms.cli import Complaint


@click.command()
@click.argument("user_ids", nargs=-1, required=True, type=click.IntRange(1), metavar="USER_ID...")
@click.option("--url", default="http://127.0.0.1:8080", show_default=True, envvar="MOCK_LMS_URL", help="Of the server.")
@click.option("--control-token", envvar="MOCK_LMS_CONTROL_TOKEN", help="That the server printed.")
def learners(user_ids: tuple[int, ...], url: str, control_token: str | None) -> None:
    """Show everything a running server holds about users.

    By layer: enrollments, tracking, certificates, learning plans; also what the vendor's API does not show.

    \b
    Examples:
      mock-lms learners 13001 13008
    """
    from mock_lms.control.caller import call  # noqa: PLC0415

    query = "&".join(f"user_id[]={user}" for user in user_ids)
    try:
        answer = call(url, control_token or "", "GET", f"/_mock/learners?{query}")
    except OSError as error:
        raise Complaint(f"{url}: {str(error).rstrip('.')}; name the server's --url and --control-token") from None
    click.echo(json.dumps(answer, indent=2))
