"""`mock-lms exec`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mock_lms.cli import Complaint
from mock_lms.terminal import say
from mock_lms.tls import variables

if TYPE_CHECKING:
    from types import FrameType

FORWARDED = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT", "SIGUSR1", "SIGUSR2")
FROM_TERMINAL = ("SIGINT", "SIGQUIT")
NOT_FOUND, NOT_RUNNABLE, KILLED = 127, 126, 128
"""Exit codes as shells have them; the last is added to a signal's number."""


class _Exec(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # click drops the first --, which tells the server's options from the command
        at = args.index("--") if "--" in args else len(args)
        return super().parse_args(ctx, [*args[:at], "--", *args[at:]])


@click.command("exec", cls=_Exec, context_settings={"ignore_unknown_options": True})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED, metavar="[SERVE OPTION]... -- COMMAND...")
def exec_(arguments: tuple[str, ...]) -> int:
    """Run a command with a server of its own.

    The options are those of `mock-lms serve`; without --port it takes a free one. The command finds MOCK_LMS_URL,
    MOCK_LMS_CLIENT_ID, MOCK_LMS_CLIENT_SECRET, MOCK_LMS_USERNAME, MOCK_LMS_PASSWORD and MOCK_LMS_CONTROL_TOKEN in its
    environment, and this machine in NO_PROXY. With --tls self-signed its environment has it trust the server's CA, too.
    The server ends when it does, and its exit code is ours.

    \b
    Examples:
      mock-lms exec -- mock-lms learners 13001
      mock-lms exec --seed empty --frozen-at '2026-03-01 12:00:00' -- sh -c 'curl -s $MOCK_LMS_URL/openapi.yaml'
    """
    at = arguments.index("--") if "--" in arguments else len(arguments)
    options, command = arguments[:at], arguments[at + 1 :]
    if not command:
        raise Complaint("say what to run after --, as in: mock-lms exec -- COMMAND")
    from mock_lms.testing.process import Server, ServerFailed, without_proxy  # noqa: PLC0415 -- --help need not wait for it

    try:
        server = Server(options, environment=os.environ, loud=True)
    except ServerFailed as failed:
        if str(failed):
            raise Complaint(str(failed)) from None
        return failed.code if failed.code > 0 else 1  # it has said why
    try:
        settings = {f"MOCK_LMS_{name.upper()}": str(server.ready[name]) for name in SETTINGS}
        if "ca" in server.ready:
            settings |= variables(Path(server.ready["ca"]), os.environ)
        return _run(command, settings | without_proxy(os.environ))
    finally:
        server.close()


SETTINGS = ("url", "client_id", "client_secret", "username", "password", "control_token")


def _run(command: tuple[str, ...], settings: dict[str, str]) -> int:
    running: list[subprocess.Popen[bytes]] = []

    def forward(number: int, _: FrameType | None) -> None:
        if not running:
            sys.exit(KILLED + number)
        running[0].send_signal(number)

    for name in FORWARDED:
        if signal.getsignal(getattr(signal, name)) is signal.SIG_IGN:
            continue  # as `nohup` wants it, for the command too
        # what is typed at a terminal reaches the command by itself; to ignore it would be inherited
        typed = name in FROM_TERMINAL and _in_foreground()
        signal.signal(getattr(signal, name), (lambda *_: None) if typed else forward)
    try:
        # a token that lies about is another server's
        ours = {name: value for name, value in os.environ.items() if name != "MOCK_LMS_TOKEN"}
        running.append(subprocess.Popen(command, env={**ours, **settings}))  # noqa: S603 -- it is the user's own
    except OSError as error:
        say(f"mock-lms: {command[0]}: {error.strerror}; say a command that can be run after --.", err=True)
        return NOT_FOUND if isinstance(error, FileNotFoundError) else NOT_RUNNABLE
    code = running[0].wait()
    return code if code >= 0 else KILLED - code


def _in_foreground() -> bool:
    try:
        return os.tcgetpgrp(0) == os.getpgrp()
    except OSError:  # no terminal
        return False
