"""The command line."""

from __future__ import annotations

import itertools
import json
import os
import shlex
import shutil
import signal
import sys
import tempfile
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from mock_lms.policy import Policy, UnknownPolicy, switches

SETTINGS = {"MOCK_LMS_CLIENT_SECRET", "MOCK_LMS_PASSWORD"}
RESERVED = ("MOCK_LMS_TEST_",)  # our own tests' settings


class CannotStart(Exception):
    """One line for people: what is wrong, and what to do."""


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="mock-lms", prog_name="mock-lms", message="%(prog)s %(version)s")
def cli() -> None:
    """A local, stateful mock of an LMS's enrollment API.

    \b
    Examples:
      mock-lms serve
      mock-lms policies
    """


@cli.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Name or address to listen on.")
@click.option("--port", type=int, default=8080, show_default=True, help="0 takes a free port.")
@click.option(
    "--data",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Keep the data, and the credentials, in this directory. Without it they go when the server stops.",
)
@click.option(
    "--database", metavar="URL", help="PostgreSQL in place of SQLite: postgresql+psycopg://user:password@host/name"
)
@click.option(
    "--seed",
    default="demo",
    show_default=True,
    metavar="demo|empty|scale|FILE",
    help="What a new tenant holds. Data that is there already is kept.",
)
@click.option("--users", type=click.IntRange(1, 1_000_000), default=10_000, show_default=True, help="For --seed scale.")
@click.option("--courses", type=click.IntRange(1, 100_000), default=100, show_default=True, help="For --seed scale.")
@click.option("--plans", type=click.IntRange(1, 100_000), default=10, show_default=True, help="For --seed scale.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that answer.")
@click.option(
    "--policy", "assignments", multiple=True, metavar="NAME=VALUE", help="Repeatable; see `mock-lms policies`."
)
def serve(
    host: str,
    port: int,
    data: Path | None,
    database: str | None,
    seed: str,
    users: int,
    courses: int,
    plans: int,
    workers: int,
    assignments: tuple[str, ...],
) -> None:
    """Serve a tenant until Ctrl-C.

    When it answers, the first line on standard output is a JSON object with the address and the credentials; what is
    for people goes to standard error.

    \b
    Examples:
      mock-lms serve
      mock-lms serve --port 0 --data ./lms --policy over_cap=truncate
      mock-lms serve --seed scale --users 1000 --courses 20 --plans 4
    """
    unknown = [name for name in os.environ if name.startswith("MOCK_LMS_") and name not in SETTINGS]
    unknown = [name for name in unknown if not name.startswith(RESERVED)]
    if unknown:
        raise CannotStart(f"{unknown[0]} is no setting; there are {', '.join(sorted(SETTINGS))}")
    sizes = {"users": users, "courses": courses, "plans": plans}
    # until Granian listens to it; an exit, unlike the signal itself, passes the `finally` below
    signal.signal(signal.SIGTERM, lambda number, _frame: sys.exit(128 + number))
    folder = _folder(data)
    try:
        _serve(host, port, data, folder, database, seed, sizes, workers, Policy().replace(assignments))
    finally:
        if data is None:
            shutil.rmtree(folder, ignore_errors=True)


def _folder(data: Path | None) -> Path:
    if data is None:
        return Path(tempfile.mkdtemp(prefix="mock-lms-"))
    try:
        data.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CannotStart(f"--data {data}: {error.strerror}; name a directory that can be written") from None
    return data


def _serve(
    host: str,
    port: int,
    data: Path | None,
    folder: Path,
    database: str | None,
    seed: str,
    sizes: dict[str, int],
    workers: int,
    policy: Policy,
) -> None:
    # imported here, so that --help and a wrong option need not wait
    from mock_lms import server  # noqa: PLC0415
    from mock_lms.config import Config  # noqa: PLC0415
    from mock_lms.services import tenants  # noqa: PLC0415
    from mock_lms.services.tenant import Tenant  # noqa: PLC0415
    from mock_lms.storage.database import Database, sqlite_url  # noqa: PLC0415

    address, port, _held = server.free_port(host, port)
    try:
        known = tenants.credentials(os.environ, data / "credentials.json" if data else None)
    except OSError as error:
        raise CannotStart(f"--data {data}: {error.strerror}; name a directory that can be written") from None
    config = Config(
        database=sqlite_url(folder / "tenant.db") if database is None else database, host=host, policy=policy
    )
    opened = Database(config.database, config.schema)
    if opened.kind == "sqlite" and opened.url.database in {None, "", ":memory:"}:
        raise CannotStart("--database: a SQLite in memory cannot be shared; --data keeps one in a directory")
    try:
        made = tenants.prepare(Tenant(opened, policy), known, seed, sizes)
    except opened.engine.dialect.loaded_dbapi.Error as error:
        # the address is shown without its password
        raise CannotStart(f"the database {opened.url} cannot be used: {str(error) or type(error).__name__}") from None
    opened.close()  # a connection must not be shared with a fork
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- where to call, not what to bind
    url = f"http://{f'[{shown}]' if ':' in shown else shown}:{port}"

    def ready() -> None:
        first = {"event": "ready", "url": url, "pid": os.getpid()}
        first |= {name: getattr(known, name) for name in ("client_id", "client_secret", "username", "password")}
        print(json.dumps(first), flush=True)
        print(_banner(url, known, seed, made=made, kept=data), file=sys.stderr, flush=True)

    server.serve(config, address, port, workers, ready)


def _banner(url: str, known: Any, seed: str, *, made: bool, kept: Path | None) -> str:
    tenant = f"new tenant, seed {seed}" if made else "tenant as it was left (--seed only fills a new one)"
    secret, password = (shlex.quote(f"{name}={getattr(known, name)}") for name in ("client_secret", "password"))
    return f"""
  mock-lms serves a {tenant}{f", kept in {kept}" if kept else ""}

  API browser   {url}/api-browser/   (Authorize, then log in as {known.username} / {known.password})
  contract      {url}/openapi.yaml
  client        {known.client_id} / {known.client_secret}

  Try it: paste this into another terminal. It sets URL and TOKEN, and asks who you are.

  URL={url}; TOKEN=$(curl -s $URL/oauth2/token -d grant_type=password -d client_id={known.client_id} \\
    --data-urlencode {secret} -d username={known.username} --data-urlencode {password} \\
    | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')
  curl -s -H "Authorization: Bearer $TOKEN" $URL/manage/v1/user/session

  Ctrl-C stops it.
"""


@cli.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def policies(*, as_json: bool) -> None:
    """List what the sources leave open, and what the mock can do.

    \b
    Examples:
      mock-lms policies
      mock-lms policies --json
    """
    if as_json:
        shown = [
            {
                "name": switch.name,
                "question": switch.question,
                "default": switch.default,
                "values": dict(switch.values),
                "confidence": switch.confidence,
                "source": switch.source,
            }
            for switch in switches()
        ]
        click.echo(json.dumps(shown, indent=2))
        return
    click.echo(_table(("policy", "value", "what it does", "confidence, source"), _policy_rows()))
    click.echo("* is the default. Choose with: mock-lms serve --policy NAME=VALUE")


def _policy_rows() -> Iterator[tuple[str, ...]]:
    for switch in switches():
        yield switch.name, "", switch.question, f"{switch.confidence}: {switch.source}"
        for value, meaning in switch.values.items():
            yield "", f"{'*' if value == switch.default else ' '} {value}", meaning, ""
        yield ("",) * len(COLUMNS)


COLUMNS = (20, 12, 46, 40)
"""Characters that a cell of the table has on a line."""


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Rows as text, long cells on several lines."""
    lines = [heads, ["-" * width for width in COLUMNS]]
    for row in rows:
        cells = [
            textwrap.wrap(cell, width, drop_whitespace=bool(cell.strip()))
            for cell, width in zip(row, COLUMNS, strict=True)
        ]
        lines += itertools.zip_longest(*(cell or [""] for cell in cells), fillvalue="")
    return "\n".join(
        "  ".join(f"{cell:<{width}}" for cell, width in zip(line, COLUMNS, strict=True)).rstrip() for line in lines
    )


def main() -> None:
    """Runs the command line. Whatever is the user's to mend is one line on standard error, and exit code 2."""
    try:
        code = cli(standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        code = _complain(error.format_message())
    except (CannotStart, UnknownPolicy) as error:
        code = _complain(str(error))
    except Exception as error:
        from mock_lms.seeds import UnusableSeed  # noqa: PLC0415
        from mock_lms.server import PortInUse  # noqa: PLC0415
        from mock_lms.storage.database import UnusableDatabase  # noqa: PLC0415

        if not isinstance(error, (PortInUse, UnusableDatabase, UnusableSeed)):
            raise
        code = _complain(str(error))
    sys.exit(code if isinstance(code, int) else 0)


def _complain(message: str) -> int:
    line = " ".join(message.split())
    line += "" if line.endswith(".") else "."
    print(f"mock-lms: {line} `mock-lms serve --help` shows the options.", file=sys.stderr)
    return 2


if __name__ == "__main__":
    main()
