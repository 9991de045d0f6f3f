"""`mock-lms serve`."""

from __future__ import annotations

import ipaddress
import os
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mock_lms import tls
from mock_lms.cli import Complaint, hosts
from mock_lms.cli.words import banner, tell_misses
from mock_lms.clock import FORMAT, Clock
from mock_lms.policy import Policy
from mock_lms.terminal import as_json, say
from mock_lms.tls import Tls

if TYPE_CHECKING:
    from mock_lms.services.tenants import Tenants

SETTINGS = {"MOCK_LMS_CLIENT_SECRET", "MOCK_LMS_CONTROL_TOKEN", "MOCK_LMS_PASSWORD"}
# of the commands that call a server, and of what `exec` runs
OTHERS = {"MOCK_LMS_URL", "MOCK_LMS_TENANT", "MOCK_LMS_CLIENT_ID", "MOCK_LMS_USERNAME", "MOCK_LMS_TOKEN", "MOCK_LMS_CA"}
CREDENTIALS, TENANTS, TLS = "credentials.json", "tenants", "tls"
"""What there is in a --data directory."""

RESERVED = ("MOCK_LMS_TEST_",)  # our own tests' settings


@dataclass(frozen=True, slots=True)
class Options:
    """What was said to `serve`; the options themselves say what each means."""

    host: str
    expose: bool
    allow_host: tuple[str, ...]
    port: int
    data: Path | None
    database: str | None
    seed: str
    users: int
    courses: int | None
    plans: int | None
    frozen_at: datetime | None
    tls: str | None
    workers: int
    sabotage: str
    assignments: tuple[str, ...]


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Name or address to listen on.")
@click.option(
    "--expose",
    is_flag=True,
    help="Needed for a --host that other machines can reach. It then answers to this machine's own names too.",
)
@click.option(
    "--allow-host",
    multiple=True,
    metavar="NAME",
    help="Answer to this name too, such as a container's or a gateway's. Repeatable.",
)
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
@click.option(
    "--courses",
    type=click.IntRange(1, 100_000),
    help="For --seed scale.  [default: 100; fewer for over 50,000 users]",
)
@click.option(
    "--plans",
    type=click.IntRange(1, 100_000),
    help="For --seed scale.  [default: 10; fewer for over 50,000 users]",
)
@click.option(
    "--frozen-at",
    type=click.DateTime([FORMAT]),
    metavar="MOMENT",
    help="A new tenant's clock stands still at this moment, UTC: '2026-03-01 12:00:00'.",
)
@click.option(
    "--tls",
    metavar="self-signed|CERT,KEY",
    help="Speak https: by a CA that the mock makes and, with --data, keeps; or with the files of a certificate.",
)
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes that answer.")
@click.option("--sabotage", default="", metavar="NAME", help="Break a rule on purpose; see `mock-lms sabotage`.")
@click.option(
    "--policy", "assignments", multiple=True, metavar="NAME=VALUE", help="Repeatable; see `mock-lms policies`."
)
@click.pass_context
def serve(context: click.Context, /, **values: Any) -> None:
    """Serve a tenant until Ctrl-C.

    When it answers, the first line on standard output is a JSON object with the address and the credentials; what is
    for people goes to standard error.

    \b
    Examples:
      mock-lms serve
      mock-lms serve --port 0 --data ./lms --policy over_cap=truncate
      mock-lms serve --host 0.0.0.0 --expose --allow-host mock-lms
      mock-lms serve --port 8443 --tls self-signed --allow-host acme.docebosaas.com
      mock-lms serve --seed scale --users 1000 --courses 20 --plans 4
    """
    unknown = [name for name in os.environ if name.startswith("MOCK_LMS_") and name not in SETTINGS | OTHERS]
    unknown = [name for name in unknown if not name.startswith(RESERVED)]
    if unknown:
        raise Complaint(f"{unknown[0]} is no setting; there are {', '.join(sorted(SETTINGS))}")
    options = Options(**values)
    policy = Policy().replace(options.assignments)
    heard: list[int] = []

    def end(number: int, _: object) -> None:
        heard.append(number)
        sys.exit(128 + number)

    # until Granian listens to it; an exit, unlike the signal itself, passes the `finally` below
    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)  # Windows has no SIGHUP, and `nohup` has it ignored
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, end)
    folder = _folder(options.data)
    try:
        _serve(options, policy, folder, heard, quiet=bool(context.obj))
    finally:
        if options.data is None:
            shutil.rmtree(folder, ignore_errors=True)


def _folder(data: Path | None) -> Path:
    return Path(tempfile.mkdtemp(prefix="mock-lms-")) if data is None else data


@contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise Complaint(f"--data {folder}: {error.strerror or error}; name a directory that can be written") from None


def _serve(options: Options, policy: Policy, folder: Path, heard: Sequence[int], *, quiet: bool) -> None:
    # imported here, so that --help and a wrong option need not wait
    from mock_lms import server  # noqa: PLC0415
    from mock_lms.app import open_store  # noqa: PLC0415
    from mock_lms.config import Config  # noqa: PLC0415
    from mock_lms.control.sabotage import rule_broken_by  # noqa: PLC0415
    from mock_lms.services import credentials  # noqa: PLC0415
    from mock_lms.services.oauth2 import digest  # noqa: PLC0415
    from mock_lms.services.tenants import Tenants, trouble  # noqa: PLC0415
    from mock_lms.storage import files  # noqa: PLC0415
    from mock_lms.storage.meta import FORMAT  # noqa: PLC0415

    allowed = hosts.allowed(options.allow_host)
    broken = rule_broken_by(options.sabotage)
    if options.database is not None and not options.database.startswith("postgresql"):
        raise Complaint(
            "--database is an address like postgresql+psycopg://user:password@host/name; without it there is SQLite, "
            "and --data says where"
        )
    server.check_descriptors()
    database = options.database or folder / TENANTS
    store = open_store(database)
    with _writing(folder):
        files.make_directory(folder)
        store.hold()  # before anything is looked at, as all of it may be another server's
        if options.data:
            _make_private(options.data)
    address, port, _held = server.free_port(options.host, options.port)
    if not options.expose and not ipaddress.ip_address(address).is_loopback:
        raise Complaint(f"--host {options.host}: other machines could reach the mock there; say --expose if they may")
    with _writing(folder):
        known = credentials.credentials(os.environ, options.data / CREDENTIALS if options.data else None)
    config = Config(
        database=database,
        access=known.hashed(),
        host=options.host,
        allowed_hosts=(*allowed, *(hosts.own_names() if options.expose else ())),
        policy=policy,
        control_token_hash=digest(known.control_token),
        sabotage=options.sabotage,
    )
    others = hosts.reachable(address) if options.expose else []
    certificate = _tls(options, folder, (options.host, *others, *config.allowed_hosts))
    tenants = Tenants(store, config.access, policy)
    try:
        for name, format_before in store.prepare().items():
            say(f"mock-lms: the tenant {name} was upgraded from format {format_before} to {FORMAT}.", err=True)
        made = _make(tenants, options)
    except store.errors as error:
        # the address is shown without its password
        raise Complaint(f"{store} cannot be used: {trouble(error) or str(error) or type(error).__name__}") from None
    tenants.close()  # a connection must not be shared with a fork
    scheme = "https" if certificate else "http"
    url = f"{scheme}://{hosts.called(options.host)}:{port}"
    ca = certificate.ca if certificate else None

    def ready() -> None:
        store.serves(url)
        first = {"event": "ready", "url": url, "pid": os.getpid()}
        first |= asdict(known) | ({"ca": str(ca)} if ca else {})
        say(as_json(first, indent=None))
        if broken:
            say(f"\n  SABOTAGED: it does not hold here that {broken}", err=True)
        if not quiet:
            urls = [f"{scheme}://{hosts.called(other)}:{port}/" for other in others]
            say(banner(url, known, options.seed, urls, made=made, kept=options.data, ca=ca), err=True)

    server.serve(config, address, port, options.workers, ready, tell_misses, heard, certificate)


def _tls(options: Options, folder: Path, names: Iterable[str]) -> Tls | None:
    """The certificate that was asked for, made for these names if it is ours."""
    if options.tls is None:
        return None
    try:
        if options.tls != tls.SELF_SIGNED:
            certificate, warning = tls.given_certificate(options.tls)
            if warning:
                say(f"mock-lms: --tls {warning}.", err=True)
            return certificate
        with _writing(folder):
            certificate, unnamed = tls.own_certificate(folder.absolute() / TLS, names)
    except tls.UnusableCertificate as error:
        raise Complaint(f"--tls {error}") from None
    if unnamed:
        say(f"mock-lms: no certificate can be for {', '.join(unnamed)}; https clients will refuse that name.", err=True)
    return certificate


def _make(tenants: Tenants, options: Options) -> bool:
    """Makes the tenant, if there is none, and says whether it did; either can be written to."""
    from mock_lms.services.tenants import DEFAULT  # noqa: PLC0415 -- --help need not wait for it

    clock = Clock(options.frozen_at.replace(tzinfo=UTC)) if options.frozen_at else None
    numbers = {"users": options.users, "courses": options.courses, "plans": options.plans}
    sizes = {name: number for name, number in numbers.items() if number is not None}
    made = tenants.ensure(DEFAULT, options.seed, sizes=sizes if options.seed == "scale" else None, clock=clock)
    tenants.check_writable(DEFAULT)
    return made


def _make_private(data: Path) -> None:
    """Keeps everybody but the owner out of the directory, unless it holds others' things too; then out of ours."""
    from mock_lms.storage import files  # noqa: PLC0415 -- --help need not wait for it

    files.tighten_file(data / CREDENTIALS)
    if all(path.name in {CREDENTIALS, TENANTS, TLS} for path in data.iterdir()):
        with suppress(PermissionError):  # another's, or on a file system without modes
            data.chmod(files.PRIVATE_DIRECTORY)
    if files.is_open(data):
        say(f"mock-lms: others on this machine can read --data {data}; chmod 700 keeps them out.", err=True)
