"""What a run may touch: only its own machine unless another is named, and nothing at all if it is read-only."""

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
    """An address that a run must not use. One line: why, and what to do."""


def checked(option: str, address: str, allowed: Collection[str]) -> str:
    """The address without a slash at its end. Raises `Refused` if it leads to another machine that is not allowed."""
    try:
        parts = urlsplit(address)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise Refused(f"{option}: this is not an address ({error}); give one as in http://127.0.0.1:8080") from error
    if parts.username is not None or parts.password is not None:
        raise Refused(f"{option}: the address must not hold credentials; give them as options or in the environment")
    if parts.scheme not in {"http", "https"} or not host or port == 0:
        raise Refused(f"{option} {address}: give an address as in http://127.0.0.1:8080")
    if parts.query or parts.fragment:
        raise Refused(f"{option} {address}: the address must have no query or fragment; remove ? or # and what follows")
    if host.rstrip(".") not in {name.lower().strip("[]").rstrip(".") for name in allowed} and not is_loopback(host):
        raise Refused(
            f"{option}: {host} is not this machine, and the run would write there;"
            f" if it is yours to test, add --allow-host {host}"
        )
    return address.rstrip("/")


def is_loopback(host: str) -> bool:
    """True if all addresses that the name resolves to are this machine."""
    try:
        addresses = {str(answer[4][0]) for answer in socket.getaddrinfo(host, None)}
    except (OSError, UnicodeError):
        return host == "localhost" or host.endswith(".localhost")  # RFC 6761 reserves these names for loopback
    return bool(addresses) and all(_is_loopback(address) for address in addresses)


def _is_loopback(address: str) -> bool:
    parsed = ip_address(address.partition("%")[0])
    if isinstance(parsed, IPv6Address) and parsed.ipv4_mapped:
        return parsed.ipv4_mapped.is_loopback
    return parsed.is_loopback


@dataclass(slots=True)
class Shared(Budget):
    """One budget for all processes of a run: each writing call appends a byte to a file."""

    most: int | None = None
    file: str = os.devnull
    cleaning: bool = False
    """Whether the run is cleaning up, which no budget limits."""

    def take(self) -> None:
        # appending is atomic: the position after it is this call's number, even if others append meanwhile
        descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, b".")
            made = os.lseek(descriptor, 0, os.SEEK_CUR)
        finally:
            os.close(descriptor)
        if self.most is not None and made > self.most and not self.cleaning:
            raise BudgetSpent(
                f"the run has made all of the {self.most:,} writing calls that it may make; raise --max-writes"
            )


@dataclass(slots=True)
class NoWrites(Budget):
    """The budget of a read-only run: a check that writes is an error of the suite."""

    def take(self) -> None:
        raise HarnessError("the run is read-only, and a check tried to make a writing call; none was made")


@contextmanager
def unlimited(budget: Budget) -> Iterator[None]:
    """Lifts the limit while the run cleans up."""
    if isinstance(budget, Shared):
        budget.cleaning = True
    try:
        yield
    finally:
        if isinstance(budget, Shared):
            budget.cleaning = False


def written(file: Path, most: int | None) -> int:
    """The number of writing calls that were made."""
    made = file.stat().st_size if file.exists() else 0
    return made if most is None else min(made, most)


@dataclass(frozen=True, slots=True)
class Untouched:
    """An adapter that prepares nothing, for a read-only run. Checks read the existing data."""

    adapter: Adapter

    def claims(self) -> Claims:
        return self.adapter.claims()

    def prepare(self, target: Target, scenario: Scenario, name: str) -> World:  # noqa: ARG002
        raise HarnessError("the run is read-only, and a check tried to prepare a world; none was prepared")

    def inspect(self, world: World, user_ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
        return self.adapter.inspect(world, user_ids)

    def other_token(self, world: World) -> str:  # noqa: ARG002
        raise HarnessError("the run is read-only, and a check tried to prepare another tenant; none was prepared")

    def clean(self, world: World) -> None:
        """Does nothing: there are no worlds."""
