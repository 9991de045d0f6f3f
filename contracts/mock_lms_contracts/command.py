"""`mock-lms-contracts run`."""

from __future__ import annotations

import os
import secrets
import signal
import threading
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import click

from mock_lms_contracts import terminal
from mock_lms_contracts.adapters.capabilities import CAPABILITIES, LISTS
from mock_lms_contracts.careful import interrupt
from mock_lms_contracts.config import FILE, use_config
from mock_lms_contracts.network_options import headers_of, verify_of
from mock_lms_contracts.requirements import LEVELS, Requirement, find, select
from mock_lms_contracts.safety import Refused, checked
from mock_lms_contracts.terminal import say

OWN, EXEC = "MOCK_LMS_CONTRACTS_", "MOCK_LMS_"
LOGIN = ("client_id", "client_secret", "username", "password")
EXTRA = ("covertable", "jinja2", "jsonschema_rs", "pytest", "schemathesis", "xdist")
"""Modules that a run needs and that mock-lms itself does not bring."""

AFTER = "mock_lms_contracts.pytest"


class _Run(click.Command):
    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        # arguments after -- are for pytest; click would take them for ours
        at = args.index("--") if "--" in args else len(args)
        ctx.meta[AFTER] = args[at + 1 :]
        return super().parse_args(ctx, args[:at])


@click.command("run", cls=_Run)
@click.option(
    "--config",
    is_eager=True,
    expose_value=False,
    callback=use_config,
    help=f"Read options from this file, as `init` writes it.  [default: {FILE}, if it is here]",
    metavar="FILE",
)
@click.option("--base-url", help="Address of the server to check. [env: MOCK_LMS_URL]", metavar="URL")
@click.option("--token", help="Access token. Without it the run logs in with the next four options. [env: ..._TOKEN]")
@click.option("--client-id", help="Id of the OAuth 2 client. [env: ..._CLIENT_ID]")
@click.option("--client-secret", help="Secret of the OAuth 2 client. [env: ..._CLIENT_SECRET]")
@click.option("--username", help="User who logs in. [env: ..._USERNAME]")
@click.option("--password", help="Password of that user. [env: ..._PASSWORD]")
@click.option(
    "--adapter",
    default="api",
    show_default=True,
    help="What prepares the server: api, mock, an address, or module:object.",
)
@click.option("--control-token", help="The mock's control token, for --adapter mock. [env: ..._CONTROL_TOKEN]")
@click.option("--tenant", default="default", show_default=True, help="The tenant to check, for --adapter mock.")
@click.option(
    "--profile", "profiles", multiple=True, help="Check only this profile. Repeatable. Default: all.", metavar="NAME"
)
@click.option(
    "--level",
    type=click.Choice([name.lower() for name in LEVELS]),
    help="Check requirements of this level and of stronger ones. Default: should; with --only, may.",
)
@click.option("--only", multiple=True, help="Check only this requirement. Repeatable.", metavar="ID")
@click.option(
    "--report",
    help="Write report.json, .html, .sarif, junit.xml, badge.json and summary.md to this folder.",
    metavar="DIR",
)
@click.option(
    "--expect",
    "assignments",
    multiple=True,
    help="Expect one of several legitimate behaviors; another one is a finding. Repeatable.",
    metavar="NAME=VALUE",
)
@click.option("--expect-file", help="The same from a file, as a YAML mapping.", metavar="FILE")
@click.option("--baseline", help="A file of known failures: requirement, reason, expires.", metavar="FILE")
@click.option(
    "--allow-host", "hosts", multiple=True, help="Allow a run against this other machine. Repeatable.", metavar="HOST"
)
@click.option("--ca", help="Trust the certificates in this PEM file. [env: REQUESTS_CA_BUNDLE]", metavar="FILE")
@click.option("--insecure", is_flag=True, help="Do not verify the certificate of an https server.")
@click.option(
    "--header",
    "headers",
    multiple=True,
    help="Send this header with every call, as in 'X-Gateway: value'. Repeatable. Reports hide the value.",
    metavar="'NAME: VALUE'",
)
@click.option(
    "--without",
    multiple=True,
    type=click.Choice([*CAPABILITIES]),
    help="Do not check what the server lacks. `explain adapters` lists the names. Repeatable.",
    metavar="NAME",
)
@click.option("--read-only", is_flag=True, help="Write nothing: check only what the existing data shows.")
@click.option(
    "--max-writes",
    type=click.IntRange(min=0),
    help="Make at most this many writing calls; core comes first.",
    metavar="N",
)
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    help="Seed of the random choices. Default: another one for each run.",
    metavar="N",
)
@click.option("--json", "as_json", is_flag=True, help="Print report.json.")
@click.pass_context
def run_(ctx: click.Context, /, **values: Any) -> int:
    """Check a server, and report which requirements hold.

    Arguments after -- are passed to pytest. Options that are not given are read from MOCK_LMS_CONTRACTS_TOKEN,
    ..._CLIENT_ID, ..._CLIENT_SECRET, ..._USERNAME, ..._PASSWORD and ..._CONTROL_TOKEN, or from what
    `mock-lms exec` sets.

    \b
    Exit codes:
      0  everything that was selected and is claimed holds, and an effect was observed
      1  findings, or a baseline that is out of date
      2  wrong usage
      3  inconclusive, a harness error, or no effect was observed
      130  interrupted: the run cleans up for at most 10 seconds, and the report is partial

    At the end the run takes its users out of its courses and plans. The users, courses and plans themselves stay,
    since the API cannot remove them; another adapter may. The summary counts by kind what stays, with memberships
    and enrollments that could not be ended, and says how the names begin.

    A requirement is skipped if it needs something that the server does not have: something that its adapter does not
    claim, that --without names, or, if the adapter claims no operation at all, an operation that answers 405, 501, or
    like an unknown path.

    \b
    Examples:
      mock-lms exec -- mock-lms-contracts run --adapter mock --profile core
      mock-lms exec -- mock-lms-contracts run --adapter mock --only UNENROLL-EFFECT-2 --seed 7 -- -v
      mock-lms exec -- mock-lms-contracts run --without plan_list --without mixed_list --profile core
      mock-lms exec -- mock-lms-contracts run --adapter mock --profile completion --expect reenrollment=restore
      mock-lms exec -- mock-lms-contracts run --read-only --profile reads --report report
    """
    missing = [name for name in EXTRA if find_spec(name) is None]
    if missing:
        raise click.UsageError(
            f"{', '.join(missing)}: not installed; in a checkout of mock-lms, `pip install '.[contracts]'` installs it"
        )
    from mock_lms_contracts import run  # noqa: PLC0415 -- --help need not wait for pytest
    from mock_lms_contracts.baseline import UnusableBaseline, load  # noqa: PLC0415
    from mock_lms_contracts.expect import UnusableExpectation, expectations  # noqa: PLC0415
    from mock_lms_contracts.reports import prepare, write  # noqa: PLC0415
    from mock_lms_contracts.reports.build import build  # noqa: PLC0415
    from mock_lms_contracts.reports.console import render  # noqa: PLC0415

    base_url, settings = _settings(values)
    if set(LISTS) <= set(values["without"]):
        raise click.UsageError(f"--without: one of {' and '.join(LISTS)} is needed to see what a call did")
    level = values["level"] or ("may" if values["only"] else "should")
    folder = Path(values["report"]) if values["report"] else None
    expect_file = Path(values["expect_file"]) if values["expect_file"] else None
    try:
        requirements = _selected(values["profiles"], level, values["only"])
        options = run.Options(
            base_url=checked("--base-url", base_url, values["hosts"]),
            requirements=requirements,
            token=settings["token"],
            login=_login(settings, needed="token" not in values["without"]),
            adapter=_adapter(values["adapter"], settings, values["hosts"]),
            control_token=settings["control_token"],
            tenant=values["tenant"],
            seed=secrets.randbelow(1 << 32) if values["seed"] is None else values["seed"],
            max_writes=values["max_writes"],
            read_only=values["read_only"],
            verify=verify_of(values["ca"], insecure=values["insecure"], addresses=(base_url, values["adapter"])),
            headers=headers_of(values["headers"]),
            without=values["without"],
            hosts=tuple(host.strip("[]").lower() for host in values["hosts"]),
            known=load(Path(values["baseline"])) if values["baseline"] else {},
            expected=expectations(values["assignments"], expect_file, requirements),
            profiles=values["profiles"],
            level=level.upper(),
            only=values["only"],
            pytest=ctx.meta[AFTER],
        )
        if folder:
            prepare(folder)
    except (Refused, UnusableBaseline, UnusableExpectation) as error:
        raise click.UsageError(str(error)) from error
    except OSError as error:
        raise click.UsageError(f"--report {folder}: {error.strerror}; name a folder that can be written to") from error
    say(f"mock-lms-contracts: {len(options.requirements)} requirements, seed {options.seed}", err=True)
    if values["insecure"]:
        say("--insecure: certificates are not verified, so another machine could pose as the server", err=True)
    _end_as_if_interrupted()
    try:
        outcome = run.run(options)
    except run.PytestRefused as error:
        raise click.UsageError(str(error)) from error
    report = build(outcome)
    say(render(report), err=values["as_json"])
    if values["as_json"]:
        say(terminal.as_json(report))
    if folder:
        write(report, folder)
        say(f"{folder}: report.html is for people, summary.md for a CI job", err=True)
    return outcome.exit_code


def _settings(values: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The address and credentials: from options, else from our own variables, else from those of `mock-lms exec`."""
    url = os.environ.get(f"{EXEC}URL", "")
    base_url = values["base_url"] or url
    if not base_url:
        raise click.UsageError("say what to check: --base-url http://127.0.0.1:8080, or `mock-lms-contracts init`")
    # the credentials of a mock that happens to run are for no other server
    prefixes = (OWN, EXEC) if base_url.rstrip("/") == url.rstrip("/") else (OWN,)
    names = ("token", "control_token", *LOGIN)
    return base_url, {
        name: values[name] or next(filter(None, (os.environ.get(f"{prefix}{name.upper()}") for prefix in prefixes)), "")
        for name in names
    }


def _login(settings: Mapping[str, str], *, needed: bool = True) -> dict[str, str]:
    """The form of the token request; empty if there are no credentials."""
    credentials = {name: settings[name] for name in LOGIN if settings[name]}
    missing = [f"--{name.replace('_', '-')}" for name in LOGIN if name not in credentials]
    if not missing:
        return {"grant_type": "password", **credentials}
    if set(credentials) == {"client_id", "client_secret"}:
        return {"grant_type": "client_credentials", **credentials}
    if settings["token"] or not (needed or credentials):
        return {}
    raise click.UsageError(
        f"give --token, or also {', '.join(missing)}: every call needs a token"
        " (if the server needs none, say --without token)"
    )


def _adapter(adapter: str, settings: Mapping[str, str], hosts: Sequence[str]) -> str:
    """Raises `Refused`."""
    if adapter == "mock":
        if not settings["control_token"]:
            raise click.UsageError("--adapter mock needs --control-token, which `mock-lms serve` printed")
        if not _login(settings):
            raise click.UsageError("--adapter mock requests tokens itself: give --client-id and so on, not --token")
    return adapter_named(adapter, hosts)


def adapter_named(adapter: str, hosts: Sequence[str]) -> str:
    """The adapter's name, if it has one of the four forms. Raises `Refused`, `click.UsageError`."""
    if "://" in adapter:
        return checked("--adapter", adapter, hosts)
    if adapter not in {"api", "mock"} and not all(part.strip() for part in [*adapter.partition(":")]):
        raise click.UsageError(f"there is no adapter {adapter!r}; it is api, mock, an address, or module:object")
    return adapter


def _selected(profiles: Sequence[str], level: str, only: Sequence[str]) -> list[Requirement]:
    selected = select(profiles, level.upper(), only)
    left_out = [requirement for requirement in map(find, only) if requirement not in selected]
    if left_out:
        name = left_out[0]
        raise click.UsageError(f"{name.id} is a {name.level} of profile {name.profile}: change --level or --profile")
    if not selected:
        raise click.UsageError("no requirement is selected; `mock-lms-contracts list` shows what there is")
    return selected


def _end_as_if_interrupted() -> None:
    """Has SIGTERM end the run as Ctrl-C does, with cleanup: a CI job that is cancelled gets SIGTERM."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, interrupt)
        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:  # if SIGINT is ignored, it stays so
            signal.signal(signal.SIGINT, interrupt)
