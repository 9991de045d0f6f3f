"""`mock-lms-client login`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from mock_lms_client.cli import ask, at_terminal, say
from mock_lms_client.cli.connection import FILE, default_file, read_file, server_of
from mock_lms_client.commands import command
from mock_lms_client.exits import Stopped
from mock_lms_client.unenroll.files import new_beside

QUESTIONS = {
    "url": "URL of the tenant",
    "client_id": "Client id of the OAuth2 app",
    "client_secret": "Its secret",
    "username": "Username",
    "password": "Password",
}
"""The settings that a login needs, each with the question that asks for it."""

HIDDEN = {"client_secret", "password"}

Settings = dict[str, str]
"""The settings of a login, in the order of `QUESTIONS`."""


@click.command("login")
@click.option("--url", metavar="URL", help="Of the tenant. [env: MOCK_LMS_URL]")
@click.option("--client-id", metavar="ID", help="Of the OAuth2 app. [env: MOCK_LMS_CLIENT_ID]")
@click.option("--client-secret", metavar="SECRET", help="Its secret. Better [env: MOCK_LMS_CLIENT_SECRET]")
@click.option("--username", metavar="NAME", help="Who logs in with the app. [env: MOCK_LMS_USERNAME]")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@click.option(
    "--config", type=click.Path(path_type=Path), metavar="FILE", help=f"Where to write. Without it ~/.config/{FILE}."
)
@click.option("--allow-http", is_flag=True, help="Send secrets without encryption to another machine, too.")
def login(*, password_stdin: bool, config: Path | None, allow_http: bool, **options: str | None) -> None:
    """Try a login, and store it for the other commands.

    What no option says and no variable is asked for, secrets without showing them; a password is no option, since
    others can see options. The login is tried before anything is written. The file is readable by you only; with what
    is in it, tokens renew themselves.

    \b
    Examples:
      mock-lms-client login
      mock-lms-client login --url https://acme.docebosaas.com --client-id app --username admin
      mock-lms-client login --config acme.toml
    """
    path = config or default_file()
    if path is None:
        raise Stopped("you have no home folder; say where to write it: --config FILE")
    known = _known(options)
    if password_stdin:
        known["password"] = sys.stdin.readline().rstrip("\r\n")
    settings = _complete(known)
    _check_replaceable(path, settings["url"])
    who = _try(settings, allow_http=allow_http)
    _write(path, settings)
    where: list[str | Path] = ["--config", path] if config else []
    used = command("ids", "users", *where, *(["--allow-http"] if allow_http else []))
    say(f"logged in at {settings['url']} as {who}; {', '.join(settings).replace('_', ' ')} are in {path}")
    say(f"try it: {used}")
    say(f"to undo it: {command(path, program='rm')}")
    others = ["MOCK_LMS_TOKEN"] if os.environ.get("MOCK_LMS_TOKEN") else []
    if server_of(os.environ.get("MOCK_LMS_URL") or settings["url"]) != server_of(settings["url"]):
        others.append("MOCK_LMS_URL")
    if others:
        say(f"the environment goes before the file, so: {command(*others, program='unset')}")


def _known(options: Mapping[str, str | None]) -> Settings:
    """What options and environment say; the environment of another address is for that one."""
    variables = {name: os.environ.get(f"MOCK_LMS_{name.upper()}", "") for name in QUESTIONS}
    url = options.get("url") or variables["url"]
    ours = server_of(variables["url"] or url) == server_of(url)
    return {name: options.get(name) or (variables[name] if ours else "") for name in QUESTIONS}


def _complete(known: Mapping[str, str]) -> Settings:
    """All that a login needs; an app may log in without a person. Asks for what is missing. Raises `Stopped`."""
    settings = {name: value for name, value in known.items() if value}
    missing = [name for name in QUESTIONS if name not in settings]
    if missing and not at_terminal():
        # an app alone is a login, too, where nobody began to say who
        if {"username", "password"} & settings.keys() or {"url", "client_id", "client_secret"} & {*missing}:
            what = ", ".join(missing).replace("_", " ")
            raise Stopped(f"no {what}, and there is no terminal to ask at; nothing was written")
        return settings
    for name in missing:
        if name == "password" and not settings.get("username"):
            continue
        optional = name == "username"
        answer = ask(
            f"{QUESTIONS[name]}{' (none: the app logs in by itself)' if optional else ''}",
            hidden=name in HIDDEN,
            default="" if optional else None,
        )
        settings |= {name: answer} if answer else {}
    return {name: settings[name] for name in QUESTIONS if name in settings}


def _try(settings: Settings, *, allow_http: bool) -> str:
    """Logs in, and says as whom. Raises `Stopped` or `ClientError`."""
    from mock_lms_client import Client  # noqa: PLC0415 -- --help need not wait for requests

    try:
        with Client(patience=0, allow_http=allow_http, base_url=settings["url"], **_credentials(settings)) as client:
            return str(client.get_session().get("username"))
    except ValueError as error:
        said = str(error).replace("base_url", "--url").replace("allow_http=True", "--allow-http")
        raise Stopped(f"{said}; nothing was written") from error


def _credentials(settings: Settings) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name != "url"}


def _check_replaceable(path: Path, url: str) -> None:
    """Raises `Stopped` where another tenant's login lies: who tries a mock should not lose that of their company."""
    try:
        there = read_file(path).get("url", "")
    except Stopped as error:
        if not path.exists():
            return
        raise Stopped(f"{error}; nothing was written") from error
    if server_of(there) != server_of(url) and not _is_local(there):
        remove = command(path, program="rm")
        line = f"{path} holds the login of {there or 'a tenant that it does not name'}; nothing was written"
        raise Stopped(f"{line}. Keep this one elsewhere with --config FILE, or remove that one: `{remove}`")


def _is_local(url: str) -> bool:
    from mock_lms_client.asking import is_this_machine  # noqa: PLC0415 -- --help need not wait for requests

    try:
        return is_this_machine(urlsplit(url).hostname or "")
    except ValueError:
        return False


def _write(path: Path, settings: Settings) -> None:
    """Puts the file in its place, whole, for its owner only."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary, number = new_beside(path)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as file:
            file.writelines(f"{name} = {_toml(value)}\n" for name, value in settings.items())
            file.flush()
            os.fsync(number)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _toml(text: str) -> str:
    escaped = "".join(char if char.isprintable() and char not in '"\\' else f"\\U{ord(char):08x}" for char in text)
    return f'"{escaped}"'
