"""`mock-lms-contracts init`: asks what a target has, writes that to a config file, and checks the target once."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from mock_lms_contracts import config
from mock_lms_contracts.adapters.capabilities import LISTS, OPERATIONS, unknown
from mock_lms_contracts.adapters.guide import GUIDE
from mock_lms_contracts.adapters.handler import OFFERED, handler
from mock_lms_contracts.command import adapter_named, run_
from mock_lms_contracts.requirements import UnknownRequirement, profiles, select
from mock_lms_contracts.safety import Refused, checked, is_loopback
from mock_lms_contracts.terminal import say

VARIABLES: Mapping[str, Sequence[str]] = {
    "none": (),
    "token": ("TOKEN",),
    "client": ("CLIENT_ID", "CLIENT_SECRET"),
    "password": ("CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD"),
}
"""By way to get a token: the environment variables that must be set. The file holds none of them."""

WITHOUT: Mapping[str, Sequence[str]] = {way: () if names else ("token",) for way, names in VARIABLES.items()}
"""By way to get a token: the capabilities that a target without tokens lacks."""

INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Answers:
    """What the target has."""

    base_url: str
    way: str
    """How to get a token: a key of `VARIABLES`."""

    without: Sequence[str]
    adapter: str
    abilities: Sequence[str]
    """What the state handler can do besides the operations of the API."""

    profiles: Sequence[str]
    hosts: Sequence[str]

    @property
    def over_the_wire(self) -> bool:
        return "://" in self.adapter

    @property
    def capabilities(self) -> list[str]:
        """What the state handler claims."""
        return [*(name for name in OPERATIONS if name not in self.without), *self.abilities]


@click.command("init")
@click.option(
    "--base-url", default="http://127.0.0.1:8000", show_default=True, help="Address of the server.", metavar="URL"
)
@click.option(
    "--token-by",
    type=click.Choice([*VARIABLES]),
    default="token",
    show_default=True,
    help="How to get a token: none is needed; you have one; client id and secret; or these, username and password.",
)
@click.option(
    "--without", multiple=True, help="An operation that the server does not have. Repeatable.", metavar="NAME"
)
@click.option(
    "--adapter", default="api", show_default=True, help="What prepares the server: api, an address, or module:object."
)
@click.option(
    "--with",
    "abilities",
    multiple=True,
    help=f"What else the handler at the address can do: {', '.join(OFFERED)}. Repeatable.",
    metavar="NAME",
)
@click.option(
    "--profile", "chosen", multiple=True, help="Check only this profile. Repeatable. Default: all.", metavar="NAME"
)
@click.option(
    "--allow-host", "hosts", multiple=True, help="Allow a run against this other machine. Repeatable.", metavar="HOST"
)
@click.option("--config", "file", default=config.FILE, show_default=True, help="The file to write.", metavar="FILE")
@click.option("--yes", is_flag=True, help="Ask nothing: options that are not given have their defaults.")
@click.option("--force", is_flag=True, help="Replace the file if it exists.")
def init(file: str, *, yes: bool, force: bool, **options: Any) -> int:
    """Ask what a server has, write that to a file for `run`, and check the server once.

    The file holds no secrets: these stay in environment variables. If an address prepares the server, a state handler
    to start from is printed; nothing else goes to standard output.

    \b
    Examples:
      mock-lms-contracts init
      mock-lms-contracts init --yes --without update --without plan_list
      mock-lms-contracts init --yes --adapter http://127.0.0.1:8099/state --without mixed_list
    """
    path = Path(file)
    if path.exists() and not force:
        raise click.UsageError(f"{path} exists already; --force replaces it")
    try:
        answers = _from_options(options) if yes else _from_answers(options)
    except click.Abort:
        say("\nmock-lms-contracts: nothing was written; if there is no terminal, give --yes.", err=True)
        return INTERRUPTED
    entries = {
        "base_url": answers.base_url,
        "adapter": answers.adapter,
        "without": answers.without,
        "profiles": answers.profiles,
        "allow_hosts": answers.hosts,
    }
    try:
        config.write(path, entries)
    except OSError as error:
        raise click.UsageError(f"--config {path}: {error.strerror}; name a file that can be written") from error
    say(f"{path} is written, and `mock-lms-contracts run --config {path}` uses it", err=True)
    if VARIABLES[answers.way]:
        names = ", ".join(f"MOCK_LMS_CONTRACTS_{name}" for name in VARIABLES[answers.way])
        say(f"it holds no credentials: set {names} in the environment", err=True)
    if answers.over_the_wire:
        say(f"start from this state handler, which answers at {answers.adapter}; {GUIDE}:\n", err=True)
        say(handler(answers.adapter, answers.capabilities))
        if not (yes or click.confirm("Does it answer there already?", err=True)):
            return 0
    return _tried(path, answers)


def _tried(path: Path, answers: Answers) -> int:
    """Checks the adapter and the first requirement. Returns the run's exit code, or 0 if it could not begin."""
    chosen = select(answers.profiles)
    first = next((requirement for requirement in chosen if not requirement.needs), chosen[0]).id
    say(
        f"\nchecking the adapter and the first requirement: mock-lms-contracts run --config {path} --only {first}",
        err=True,
    )
    try:
        with redirect_stdout(sys.stderr):
            code: int = run_.main(["--config", str(path), "--only", first], standalone_mode=False)
    except click.UsageError as error:
        say(f"the run cannot begin yet: {error.format_message()}", err=True)
        return 0
    if code:
        say(f"the lines above say what is wrong; if it is the adapter, {GUIDE}", err=True)
    return code


def _from_options(options: Mapping[str, Any]) -> Answers:
    """What the options say. Raises `click.UsageError`."""
    url = options["base_url"]
    try:
        base_url = checked("--base-url", url, options["hosts"])
        return Answers(
            base_url,
            options["token_by"],
            _without(" ".join([*options["without"], *WITHOUT[options["token_by"]]])),
            _adapter(options["adapter"], options["hosts"]),
            _abilities(" ".join(options["abilities"])),
            _profiles(" ".join(options["chosen"])),
            options["hosts"],
        )
    except Refused as error:
        raise click.UsageError(str(error)) from error


def _from_answers(options: Mapping[str, Any]) -> Answers:
    """What the user answers at the terminal; the options are the suggestions. Raises `click.Abort`."""
    hosts = [*options["hosts"]]

    def address(value: str) -> str:
        host = _host(value)
        if host and host not in hosts and not is_loopback(host):
            if not click.confirm(f"A run writes to {host}, which is another machine. Is it yours to test?", err=True):
                raise click.UsageError("then give another address")
            hosts.append(host)
        try:
            return checked("the address", value, hosts)
        except Refused as error:
            raise click.UsageError(str(error)) from error

    base_url = _ask("Address of the server", options["base_url"], address)
    say("Ways to get a token: none (not needed), token (you have one), client (id and secret), password", err=True)
    way = _ask("Which", options["token_by"], click.Choice([*VARIABLES]))
    say("\n".join(["Besides the bulk unenrollment, the server may have:", *_table(OPERATIONS)]), err=True)
    suggested = " ".join([*options["without"], *WITHOUT[way]])
    without = _ask("Which of these does it lack (names; - for none)", suggested or "-", _without)
    say("What prepares worlds: api (the API itself), an address (a handler that you write), or module:object", err=True)
    adapter = _ask("Adapter", options["adapter"], lambda value: _adapter(value, hosts))
    abilities: Sequence[str] = ()
    if "://" in adapter:
        abilities = _ask(
            f"What the handler can do ({', '.join(OFFERED)}; - for nothing)",
            " ".join(options["abilities"]) or "-",
            _abilities,
        )
    say("\n".join(["Profiles:", *_table(profiles())]), err=True)
    chosen = _ask("Which to check (names; - for all)", " ".join(options["chosen"]) or "-", _profiles)
    return Answers(base_url, way, without, adapter, abilities, chosen, hosts)


def _host(address: str) -> str:
    """The host of an address; empty if there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _ask(question: str, suggested: str, converter: Callable[[str], Any] | click.Choice[str]) -> Any:
    """Asks until the answer is valid."""
    kind: dict[str, Any] = {"type": converter} if isinstance(converter, click.Choice) else {"value_proc": converter}
    return click.prompt(question, default=suggested, err=True, **kind)


def _table(meanings: Mapping[str, str]) -> list[str]:
    return [f"  {name:<16} {meaning}" for name, meaning in meanings.items()]


def _names(text: str) -> list[str]:
    """The names in a text, separated by commas or spaces. A dash stands for none."""
    return [name for name in dict.fromkeys(text.replace(",", " ").split()) if name != "-"]


def _without(text: str) -> list[str]:
    names = _names(text)
    problem = unknown(names)
    if problem:
        raise click.UsageError(problem)
    if set(LISTS) <= set(names):
        raise click.UsageError(f"one of {' and '.join(LISTS)} is needed to see what a call did")
    return names


def _abilities(text: str) -> list[str]:
    names = _names(text)
    not_offered = [name for name in names if name not in OFFERED]
    if not_offered:
        raise click.UsageError(f"{not_offered[0]}: the handler can have {', '.join(OFFERED)}; for others {GUIDE}")
    return names


def _profiles(text: str) -> list[str]:
    names = _names(text)
    try:
        select(names)
    except UnknownRequirement as error:
        raise click.UsageError(str(error)) from error
    return names


def _adapter(value: str, hosts: Sequence[str]) -> str:
    try:
        return adapter_named(value, hosts)
    except Refused as error:
        raise click.UsageError(str(error)) from error
