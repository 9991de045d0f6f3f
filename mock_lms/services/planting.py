"""Making large tenants in processes of their own, so that a worker goes on answering."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from mock_lms.domain import errors
from mock_lms.services import passwords

LARGE = 100_000
"""Users, and enrollments, of the seed `scale` that are no matter of a second."""

LARGE_CONTENTS = 256 * 1024
"""Characters of a seed file: so many are read in half a second, which is less than a process takes to begin."""

MANY_PASSWORDS = 20
"""In a seed file. Hashing one takes some hundredths of a second."""

MODULE = "mock_lms.planter"

LINE = 1_000_000
"""Characters of what such a process says, at most."""


def is_large(seed: str, sizes: Mapping[str, int], contents: str | None) -> bool:
    """Whether nobody should wait while it is planted."""
    if contents is not None:
        return len(contents) > LARGE_CONTENTS or contents.count("password") > MANY_PASSWORDS
    return seed == "scale" and sizes["users"] * (1 + sizes["courses"] + sizes["plans"]) > LARGE


class Planter:
    """Where the tenants are; and who is at work there for this worker, one process at a time."""

    def __init__(self, database: Path | str, prefix: str) -> None:
        self._place = {"folder": isinstance(database, Path), "database": str(database), "prefix": prefix}
        self._working: Planting | None = None

    def begin(self, asked: Mapping[str, Any]) -> Planting:
        """Prepares to have a tenant made of what `Tenants.create` takes. It begins when it is first asked for."""
        policy, clock = asked["policy"], asked["clock"]
        told = {**asked, "policy": policy and policy.as_dict(), "clock": clock and clock.frozen_at.isoformat()}
        return Planting(self, {**self._place, "method": passwords.METHOD, "asked": told})

    def take_turn(self, planting: Planting) -> bool:
        """Whether it is the one that may work now."""
        if self._working is not None and self._working is not planting and self._working.is_at_work():
            return False
        self._working = planting
        return True


class Planting:
    """A tenant that is being made."""

    def __init__(self, planter: Planter, request: Mapping[str, Any]) -> None:
        self.name: str = request["asked"]["name"]
        self._planter = planter
        self._request = request
        self._process: subprocess.Popen[bytes] | None = None

    def is_at_work(self) -> bool:
        return self._process is not None and self._process.poll() is None

    def has_ended(self) -> bool:
        """Whether `check` knows how it went. It is to be asked again and again, since it begins when it is its turn."""
        if self._process is None:
            if self._planter.take_turn(self):
                self._process = _start(self._request)
            return False
        return not self.is_at_work()

    def check(self) -> None:
        """Raises the refusal, if there is no tenant now; `ChildProcessError` where the process died."""
        with cast("subprocess.Popen[bytes]", self._process) as process:  # closes its pipes
            said = cast("IO[bytes]", process.stdout).read(LINE)
        if process.returncode == 0:
            return
        if not said:
            raise ChildProcessError(f"the process that makes the tenant {self.name} ended with {process.returncode}")
        refused = json.loads(said)
        refusal: errors.LmsError = getattr(errors, refused["kind"])(*refused["said"])
        raise refusal


def _start(request: Mapping[str, Any]) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(  # noqa: S603 -- our own program
        [sys.executable, "-P", "-m", MODULE],  # without -P a module of the current folder could stand for one of ours
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    stdin = cast("IO[bytes]", process.stdin)
    with suppress(BrokenPipeError):  # it died, and `check` says so
        # it reads this before it imports anything that takes long; the end of its input, which is ours, ends it
        stdin.write(json.dumps(request).encode() + b"\n")
        stdin.flush()
    return process
