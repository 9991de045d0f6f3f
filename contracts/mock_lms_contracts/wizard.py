"""`mock-lms-contracts init`: asks what a target has, writes it down, and tries it."""

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
"""By way to a token: what the environment has to hold. The file holds none of it."""

WITHOUT: Mapping[str, Sequence[str]] = {way: () if names else ("token",) for way, names in VARIABLES.items()}
"""By the same: what a target without tokens does not have."""

INTERRUPTED = 130


@dataclass(frozen=True, slots=True)
class Answers:
    """What the target has."""

    base_url: str
    way: str
    """To a token: a key of `VARIABLES`."""

    without: Sequence[str]
    adapter: str
    abilities: Sequence[str]
    """What the handler of states can do besides."""

    profiles: Sequence[str]
    hosts: Sequence[str]

    @property
    def over_the_wire(self) -> bool:
        return "://" in self.adapter

    @property
    def capabilities(self) -> list[str]:
        """What the handler of states claims."""
        return [*(name for name in OPERATIONS if name not in self.without), *self.abilities]


@click.command("init")
@click.option("--base-url", default="http://127.0.0.1:8000", show_default=True, help="Of the server.", metavar="URL")
@click.option(
    "--token-by",
    type=click.Choice([*VARIABLES]),
    default="token",
    show_default=True,
    help="none is needed; you have a token; by a client's id and secret; or by these, a user's name and password.",
)
@click.option("--without", multiple=True, help="An operation that it does not have. Repeatable.", metavar="NAME")
@click.option("--adapter", default="api", show_default=True, help="Who prepares it: api, an address, or module:object.")
@click.option(
    "--with",
    "abilities",
    multiple=True,
    help=f"What the handler at an address can do besides: {', '.join(OFFERED)}. Repeatable.",
    metavar="NAME",
)
@click.option("--profile", "chosen", multiple=True, help="What to check; without it, all. Repeatable.", metavar="NAME")
@click.option("--allow-host", "hosts", multiple=True, help="May be checked, though elsewhere.", metavar="HOST")
@click.option("--config", "file", default=config.FILE, show_default=True, help="What is written.", metavar="FILE")
@click.option("--yes", is_flag=True, help="Ask nothing: what is not given is as it says here.")
@click.option("--force", is_flag=True, help="Replace the file if there is one.")
def init(file: str, *, yes: bool, force: bool, **options: Any) -> int:
    """Ask what a server has, write that down for `run`, and check the server once.

    The file holds no secret: it says which variables of the environment hold them. Where an address prepares the
    server, a handler of its states is printed to start from; nothing else goes to standard output.

    \b
    Examples:
      mock-lms-contracts init
      mock-lms-contracts init --yes --without update --without plan_list
      mock-lms-contracts init --yes --adapter http://127.0.0.1:8099/state --without mixed_list
    """
    path = Path(file)
    if path.exists() and not force:
        raise click.UsageError(f"{path} is there already; --force replaces it")
    try:
        answers = _from_options(options) if yes else _from_answers(options)
    except click.Abort:
        say("\nmock-lms-contracts: nothing was written; without a terminal to ask at, give --yes.", err=True)
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
        say(f"it holds no credentials: the environment has to hold {names}", err=True)
    if answers.over_the_wire:
        say(f"this handler of states answers at {answers.adapter}; {GUIDE}:\n", err=True)
        say(handler(answers.adapter, answers.capabilities))
        if not (yes or click.confirm("Does it answer there already?", err=True)):
            return 0
    return _tried(path, answers)


def _tried(path: Path, answers: Answers) -> int:
    """Runs the first check, before which the adapter is checked. The run's exit code; 0 where it could not begin."""
    chosen = select(answers.profiles)
    first = next((requirement for requirement in chosen if not requirement.needs), chosen[0]).id
    say(
        f"\nthe first check, and before it the adapter's: mock-lms-contracts run --config {path} --only {first}",
        err=True,
    )
    try:
        with redirect_stdout(sys.stderr):
            code: int = run_.main(["--config", str(path), "--only", first], standalone_mode=False)
    except click.UsageError as error:
        say(f"it cannot begin yet: {error.format_message()}", err=True)
        return 0
    if code:
        say(f"the lines above say what is wrong; if that is the adapter, {GUIDE}", err=True)
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
    """What is answered at a terminal; the options are what is suggested. Raises `click.Abort`."""
    hosts = [*options["hosts"]]

    def address(value: str) -> str:
        host = _host(value)
        if host and host not in hosts and not is_loopback(host):
            if not click.confirm(f"A run writes to {host}, which is another machine. Is it yours to test?", err=True):
                raise click.UsageError("then give the address of another")
            hosts.append(host)
        try:
            return checked("the address", value, hosts)
        except Refused as error:
            raise click.UsageError(str(error)) from error

    base_url = _ask("Address of the server", options["base_url"], address)
    say("A token is had: none (it needs none), token (you have one), client (by id and secret), password", err=True)
    way = _ask("How", options["token_by"], click.Choice([*VARIABLES]))
    say("\n".join(["Besides the bulk unenrollment it may have:", *_table(OPERATIONS)]), err=True)
    suggested = " ".join([*options["without"], *WITHOUT[way]])
    without = _ask("Which of these does it not have (names; - for none)", suggested or "-", _without)
    say("Who prepares worlds: api (the API itself), an address (a handler that you write), or module:object", err=True)
    adapter = _ask("Who", options["adapter"], lambda value: _adapter(value, hosts))
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
    """Empty where there is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _ask(question: str, suggested: str, converter: Callable[[str], Any] | click.Choice[str]) -> Any:
    """Asks again where the answer cannot be meant."""
    kind: dict[str, Any] = {"type": converter} if isinstance(converter, click.Choice) else {"value_proc": converter}
    return click.prompt(question, default=suggested, err=True, **kind)


def _table(meanings: Mapping[str, str]) -> list[str]:
    return [f"  {name:<16} {meaning}" for name, meaning in meanings.items()]


def _names(text: str) -> list[str]:
    """Separated by commas or spaces; a dash alone is none."""
    return [name for name in dict.fromkeys(text.replace(",", " ").split()) if name != "-"]


def _without(text: str) -> list[str]:
    names = _names(text)
    problem = unknown(names)
    if problem:
        raise click.UsageError(problem)
    if set(LISTS) <= set(names):
        raise click.UsageError(f"of {' and '.join(LISTS)} one is needed to see what a call did")
    return names


def _abilities(text: str) -> list[str]:
    names = _names(text)
    strangers = [name for name in names if name not in OFFERED]
    if strangers:
        raise click.UsageError(f"{strangers[0]}: the handler can have {', '.join(OFFERED)}; for others {GUIDE}")
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
