"""The names and addresses by which a server can be called."""

from __future__ import annotations

import re
import socket
from contextlib import suppress

from mock_lms.cli import Complaint

_NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?", re.ASCII)
_FAR = {socket.AF_INET: "192.0.2.1", socket.AF_INET6: "2001:db8::1"}
"""Addresses of nobody (RFC 5737, RFC 3849), which are far from here."""


def allowed(names: tuple[str, ...]) -> tuple[str, ...]:
    """What was given to --allow-host, in lower case. Raises `Complaint`."""
    for name in names:
        if not _NAME.fullmatch(name.lower()):
            raise Complaint(f"--allow-host {name}: say a name as it is called by, without http:// and port: mock-lms")
    return tuple(name.lower() for name in names)


def own_names() -> tuple[str, ...]:
    """What this machine is called: by itself, in short, and by its neighbours (mDNS)."""
    name = socket.gethostname().lower()
    short = name.partition(".")[0]
    return tuple(host for host in dict.fromkeys((name, short, f"{short}.local")) if _NAME.fullmatch(host))


def called(host: str) -> str:
    """How this machine calls a server that listens there, as an address has it."""
    shown = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 -- where to call, not what to bind
    return f"[{shown}]" if ":" in shown else shown


def reachable(address: str) -> list[str]:
    """What other machines can call a server by which listens at the address; an address of all means each."""
    listening = {"0.0.0.0": [socket.AF_INET], "::": [socket.AF_INET6, socket.AF_INET]}.get(address)  # noqa: S104
    if listening is None:
        return [address]
    return [own for family in listening if (own := _own_address(family))] + [*own_names()[:1]]


def _own_address(family: socket.AddressFamily) -> str | None:
    """The address that this machine would call others from. Nothing is sent: the socket only looks up the way."""
    with suppress(OSError), socket.socket(family, socket.SOCK_DGRAM) as probe:
        probe.connect((_FAR[family], 9))
        return str(probe.getsockname()[0])
    return None
