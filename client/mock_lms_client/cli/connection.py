"""Which server a command calls, and with what credentials: from options, the environment, or a file."""

from __future__ import annotations

import os
import stat
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import click

from mock_lms_client.cli import clean, say
from mock_lms_client.cli.progress import Waits
from mock_lms_client.commands import command
from mock_lms_client.exits import Stopped

if TYPE_CHECKING:
    from mock_lms_client import Client

F = TypeVar("F", bound=Callable[..., Any])

CREDENTIALS = ("token", "client_id", "client_secret", "username", "password")
SECRETS = {"token", "client_secret", "password"}
SETTINGS = ("url", *CREDENTIALS)
ENVIRONMENT = "MOCK_LMS_"
FILE = "mock-lms-client.toml"
PORTS = {"http": 80, "https": 443}

OPTIONS: tuple[Callable[[F], F], ...] = (
    click.option("--url", metavar="URL", help="Of the tenant. [env: MOCK_LMS_URL]"),
    click.option(
        "--token", metavar="TOKEN", help="An access token. Others can see options: better [env: MOCK_LMS_TOKEN]"
    ),
    click.option("--client-id", metavar="ID", help="Without --token: of the OAuth2 app. [env: MOCK_LMS_CLIENT_ID]"),
    click.option("--client-secret", metavar="SECRET", help="Its secret. Better [env: MOCK_LMS_CLIENT_SECRET]"),
    click.option("--username", metavar="NAME", help="Who logs in with the app. [env: MOCK_LMS_USERNAME]"),
    click.option("--password", metavar="PASSWORD", help="Their password. Better [env: MOCK_LMS_PASSWORD]"),
    click.option(
        "--config",
        type=click.Path(path_type=Path),
        metavar="FILE",
        help=f"TOML with url, token, client_id and so on. Without it ~/.config/{FILE}, if there is one.",
    ),
    click.option("--allow-http", is_flag=True, help="Send secrets without encryption to another machine, too."),
    click.option(
        "--max-wait",
        type=click.FloatRange(min=0),
        default=3600.0,
        show_default="3600",
        metavar="SECONDS",
        help="The longest to wait in all where the server is busy.",
    ),
)


def connected(command: F) -> F:
    """Adds the options that `connect` takes."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


def connect(options: Mapping[str, Any]) -> Client:
    """A client as the options say, and where they say nothing the environment or a file. Raises `Stopped`."""
    from mock_lms_client import Client  # noqa: PLC0415 -- --help need not wait for requests

    url, credentials = settings(options)
    try:
        return Client(
            url,
            token=credentials.get("token"),
            client_id=credentials.get("client_id"),
            client_secret=credentials.get("client_secret"),
            username=credentials.get("username"),
            password=credentials.get("password"),
            patience=options["max_wait"],
            on_wait=Waits(),
            allow_http=options["allow_http"],
        )
    except ValueError as error:
        said = str(error).replace("base_url", "--url").replace("allow_http=True", "--allow-http")
        raise Stopped(said) from error


def same_server(options: Mapping[str, Any]) -> list[str | Path]:
    """The words that lead another command to the server and the login of this one; secrets are left out."""
    words: list[str | Path] = []
    for name in ("url", "client_id", "username", "config"):
        if value := options.get(name):
            words += [f"--{name.replace('_', '-')}", value]
    if options.get("allow_http"):
        words.append("--allow-http")
    return words


@dataclass(frozen=True)
class _Source:
    """Where settings come from."""

    name: str
    values: Mapping[str, str]

    def has(self, *names: str) -> dict[str, str]:
        return {name: self.values[name] for name in names if self.values.get(name)}


def settings(options: Mapping[str, Any]) -> tuple[str, dict[str, str]]:
    """The address, and the credentials that are for it. Raises `Stopped`."""
    sources = [*_sources(options)]
    url = next((source.values["url"] for source in sources if source.has("url")), "")
    file = options.get("config") or default_file() or Path("~/.config") / FILE
    if not url:
        raise Stopped(
            f"which server? Give --url URL, or {ENVIRONMENT}URL, or url in {file}, as `{command('login')}` writes it"
        )
    # what belongs to another server, a mock that happens to run or another tenant, is not sent to this one
    ours = [source for source in sources if server_of(source.values.get("url") or url) == server_of(url)]
    credentials: dict[str, str] = {}
    for source in ours:
        # a lower source completes a login that a higher one began; its token would be another login
        wanted = CREDENTIALS if not credentials else () if "token" in credentials else CREDENTIALS[1:]
        credentials = {**source.has(*wanted), **credentials}
    if missing := _missing(credentials):
        flags, variables = (
            " and ".join(map(form, missing))
            for form in (lambda name: f"--{name.replace('_', '-')}", lambda name: f"{ENVIRONMENT}{name.upper()}")
        )
        left_out = [source.name for source in sources if source not in ours and source.has(*CREDENTIALS)]
        but = f" (what {' and '.join(left_out)} holds is for another address)" if left_out else ""
        what = ", ".join(missing).replace("_", " ")
        stored = f"put it in {file}, as `{command('login')}` does"
        raise Stopped(f"no {what} for {_shown(url)}{but}: give {flags}, or {variables}, or {stored}")
    return url, credentials


def _missing(credentials: Mapping[str, str]) -> list[str]:
    if "token" in credentials:
        return []
    if not credentials:
        return ["token"]
    person = ("username", "password") if {"username", "password"} & credentials.keys() else ()
    return [name for name in ("client_id", "client_secret", *person) if name not in credentials]


def _sources(options: Mapping[str, Any]) -> Iterator[_Source]:
    yield _Source("an option", {name: options.get(name) or "" for name in SETTINGS})
    yield _Source("the environment", {name: os.environ.get(f"{ENVIRONMENT}{name.upper()}", "") for name in SETTINGS})
    if file := options.get("config"):
        yield _Source(str(file), read_file(file))
    elif (default := default_file()) and default.is_file():
        yield _Source(str(default), read_file(default))


def default_file() -> Path | None:
    """Where settings lie that no option names; None where nobody is at home."""
    folder = Path(os.environ.get("XDG_CONFIG_HOME", ""))
    if folder.is_absolute():  # another is none, says its specification
        return folder / FILE
    try:
        return Path.home() / ".config" / FILE
    except RuntimeError:  # nobody's
        return None


def read_file(path: Path) -> dict[str, str]:
    """The settings in a file. Raises `Stopped`."""
    try:
        with path.open("rb") as file:
            values = tomllib.load(file)
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    except OSError as error:
        raise Stopped(f"{path}: {error.strerror}") from error
    except ValueError as error:
        # not its message, which may quote what is written there
        raise Stopped(f'{path} is no TOML; it holds lines like: url = "https://..."') from error
    for name, value in values.items():
        if name not in SETTINGS:
            raise Stopped(f"{path}: there is no setting {clean(name)}; there are {', '.join(SETTINGS)}")
        if not isinstance(value, str):
            raise Stopped(f"{path}: {name} is a text, and stands in quotes")
    if os.name == "posix" and mode & 0o077 and SECRETS & values.keys():
        mend = command("600", path, program="chmod")
        say(f"mock-lms-client: others can read the secrets in {path}: {mend}", err=True)
    return values


def server_of(url: str) -> tuple[str, str, int | None, str]:
    """Returns scheme, host, port and path, which are equal for two spellings of one address."""
    try:
        parts = urlsplit(url)
        port = parts.port or PORTS.get(parts.scheme)
    except ValueError:  # the client says what is wrong with it
        return url, "", None, ""
    return parts.scheme, parts.hostname or "", port, parts.path.rstrip("/")


def _shown(url: str) -> str:
    """Without a password that stands in it."""
    return clean(url.rpartition("@")[2])
