"""What a run may touch: the machine that it is on, unless another is named, and nothing where it is read-only."""

from __future__ import annotations

import os
import socket
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_lms_contracts.adapters import Adapter, Claims, World
from mock_lms_contracts.scenario import Scenario
from mock_lms_contracts.target import Budget, BudgetSpent, Target
from mock_lms_contracts.verdicts import HarnessError


class Refused(ValueError):
    """An address that a run does not touch. One line: why, and what to do."""


def checked(option: str, address: str, allowed: Collection[str]) -> str:
    """The address, without what it may end in. Raises `Refused` unless all that it resolves to is this machine."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise Refused(f"{option}: this is no address ({error}); give one as in http://127.0.0.1:8080") from error
    if parts.username is not None or parts.password is not None:
        raise Refused(f"{option}: an address with credentials is not taken; give them as options, or by environment")
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise Refused(f"{option} {address}: give an address as in http://127.0.0.1:8080")
    if parts.query or parts.fragment:
        raise Refused(f"{option} {address}: the address ends before ? and #")
    if host.rstrip(".") not in {name.lower().strip("[]").rstrip(".") for name in allowed} and not is_loopback(host):
        raise Refused(
            f"{option}: {host} is not this machine, and the run would write there;"
            f" if it is yours to test, add --allow-host {host}"
        )
    return address.rstrip("/")


def is_loopback(host: str) -> bool:
    """True if nothing that the name resolves to is another machine."""
    try:
        addresses = {str(answer[4][0]) for answer in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761: it can be nothing else
    return bool(addresses) and all(_is_loopback(address) for address in addresses)


def _is_loopback(address: str) -> bool:
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        return parsed.ipv4_mapped.is_loopback
    return parsed.is_loopback


@dataclass(slots=True)
class Shared(Budget):
    """One budget for all processes of a run: a file that each writing call makes a byte longer."""

    most: int | None = None
    file: str = os.devnull
    cleaning: bool = False
    """What was made is taken away whatever it costs."""

    def take(self) -> None:
        # appending is atomic; where it ended is this call's number, whoever appends meanwhile
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, b".")
            made = os.lseek(descriptor, 0, os.SEEK_CUR)
        finally:
            os.close(descriptor)
        if self.most is not None and made > self.most and not self.cleaning:
            raise BudgetSpent(f"the run may make {self.most:,} writing calls and has made them; raise --max-writes")


@dataclass(slots=True)
class NoWrites(Budget):
    """Of a run that is read-only: a check that writes is wrong."""

    def take(self) -> None:
        raise HarnessError("the run is read-only, and a writing call was about to be made; it was not")


@contextmanager
def unlimited(budget: Budget) -> Iterator[None]:
    """While what the run made is removed."""
    if isinstance(budget, Shared):
        budget.cleaning = True
    try:
        yield
    finally:
        if isinstance(budget, Shared):
            budget.cleaning = False


def written(file: Path, most: int | None) -> int:
    """How many writing calls were made."""
    made = file.stat().st_size if file.exists() else 0
    return made if most is None else min(made, most)


@dataclass(frozen=True, slots=True)
class Untouched:
    """An adapter that prepares nothing, for a run that is read-only: checks look at what is there."""

    adapter: Adapter

    def claims(self) -> Claims:
        return self.adapter.claims()

    def prepare(self, target: Target, scenario: Scenario, name: str) -> World:  # noqa: ARG002
        raise HarnessError("the run is read-only, and a world was about to be prepared; it was not")

    def inspect(self, world: World, user_ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
        return self.adapter.inspect(world, user_ids)

    def other_token(self, world: World) -> str:  # noqa: ARG002
        raise HarnessError("the run is read-only, and another tenant was about to be prepared; it was not")

    def clean(self, world: World) -> None:
        """There is nothing to end."""
