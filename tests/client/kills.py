"""`kill -9` at random moments, of the client or of the server, until there were so many; then all must be as planned.

`python -m tests.client.kills --kills 200 --pairs 10000 --whom client` is the whole of it; `--trouble` has the calls go
wrong as well, in one of the mock's ways. The tests do a little.
"""

from __future__ import annotations

import argparse
import json
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from itertools import repeat
from pathlib import Path
from typing import Any

from mock_lms_client import Client

from mock_lms import MockLMS
from mock_lms.control.faults.profiles import PROFILES
from mock_lms.testing.control import Control
from mock_lms.testing.process import over_http
from tests.client.harness.commands import SECRETS, settings
from tests.client.harness.expected import state
from tests.client.harness.rehearsal import (
    CASES,
    FIRST,
    TIMEOUT,
    Case,
    Rehearsal,
    company,
    no_call_was_too_large,
    result_equals,
    unenrollments,
)
from tests.client.harness.stage import rows_of
from tests.support.process import Served

CALLS, SECONDS, FORMS = 20, 2, ("seconds", "date")
"""A quota that a plan is over now and then, and the forms of its Retry-After."""

DISTURBED, ENDS = 5, 20
"""Applies of one plan that somebody may be killed in; and in all, where more are a client that does not get on."""


@dataclass
class Tally:
    """What happened."""

    kills: int = 0
    stories: int = 0
    codes: Counter[int] = field(default_factory=Counter)
    calls: int = 0
    repeated: int = 0
    """Calls that asked for somebody who was gone: an effect that came after it had been looked for."""

    def __str__(self) -> str:
        codes = ", ".join(f"{code}: {number}" for code, number in sorted(self.codes.items()))
        return (
            f"{self.kills} kills in {self.stories} stories; {self.calls} bulk calls, "
            f"{self.repeated} of which named somebody who was gone; exit codes of applies {{{codes}}}"
        )


def pairs_of(case: Case) -> int:
    """Of one user, that go."""
    return case.leaves_plan + case.leaves_course


def story(
    tally: Tally, kills: int, case: Case, pairs: int, rehearsal: Rehearsal, world: World, moments: Iterator[float]
) -> None:
    """One plan, applied as often as it takes; somebody is killed in it until there were so many kills."""
    users = range(FIRST, FIRST + pairs // pairs_of(case))
    goes = rehearsal.plan(case, users)
    for number in range(ENDS):
        process = rehearsal.apply(goes, *(["--resume"] if number else []))
        if number < DISTURBED and tally.kills < kills:
            tally.kills += world.disturb(process, next(moments))
        out, err = process.communicate(timeout=TIMEOUT)
        tally.codes[process.returncode] += 1
        if process.returncode == 0:
            break
        # what is left to do, or that the server was away; nothing else may happen
        assert process.returncode in {-signal.SIGKILL, 2, 3, 5}, (process.returncode, out, err)
        assert "Traceback" not in err, err
    else:
        raise AssertionError(f"not done after {ENDS} applies: {err}")
    world.control.reset_tenant(scopes=["faults", "quota"])
    verified = rehearsal.run("verify", "plan.json", "--json")
    assert verified.returncode == 0, verified.stderr
    left = state(world.client)
    expected = case.left(users, world.users)
    assert left == expected, (case, len(left - expected), len(expected - left), sorted(left ^ expected)[:5])
    rows = rows_of(rehearsal.folder / "plan.result.csv")
    assert len(rows) == json.loads((rehearsal.folder / "plan.json").read_text())["summary"]["pairs"]
    result_equals(rows, left)
    calls = unenrollments(world.control)
    no_call_was_too_large(world.control)
    tally.calls += len(calls)
    tally.repeated += sum(named_somebody_who_was_gone(call) for call in calls)
    tally.stories += 1


def named_somebody_who_was_gone(call: dict[str, Any]) -> bool:
    """Whether the answer has errors. Of one that was cut in half nobody knows."""
    if call["status"] != HTTPStatus.OK:
        return False
    try:
        return bool(json.loads(call["answer"]["body"])["data"]["errors"])
    except ValueError:
        return False


@dataclass
class World:
    """The tenant of the stories, and who is killed."""

    client: Client
    control: Control
    settings: dict[str, str]
    users: range
    disturb: Callable[[subprocess.Popen[str], float], bool]
    """Kills somebody after so many seconds, unless the command ended before. Whether it did."""
    trouble: str | None = None
    """A profile of faults, or a form of the quota's Retry-After."""

    def begin(self, seed: int) -> None:
        """All as it was in the beginning, and the trouble that there is to be."""
        self.control.reset_tenant(scopes=["data", "journal", "faults", "quota"])
        if self.trouble in FORMS:
            self.control.set_quota(CALLS, SECONDS, self.trouble)
        elif self.trouble:
            self.control.set_faults(profile=self.trouble, seed=seed)


def kill_client(process: subprocess.Popen[str], seconds: float) -> bool:
    """`kill -9` of the command."""
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        return True
    return False


@contextmanager
def world_of_a_client_that_dies(users: int) -> Iterator[World]:
    """A server that lives."""
    with MockLMS(seed=company(users), serve=True) as lms:
        secrets = {name: getattr(lms, name) for name in SECRETS}
        yield World(
            Client(lms.url, **secrets),
            lms.control,
            settings(lms.url, secrets),
            range(FIRST, FIRST + users),
            kill_client,
        )


@contextmanager
def world_of_a_server_that_dies(users: int) -> Iterator[World]:
    """A server that keeps its data in a folder, and is started again at its address each time it was killed."""
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        folder = Path(name)
        seed = folder / "seed.json"
        seed.write_text(json.dumps(company(users)))
        options = ("--data", str(folder / "data"), "--seed", str(seed))
        servers = [Served(folder / "server0", *options)]
        port = str(servers[0].port)
        secrets = {name: servers[0].ready[name] for name in SECRETS}

        def kill_server(process: subprocess.Popen[str], seconds: float) -> bool:
            try:
                process.wait(seconds)
            except subprocess.TimeoutExpired:
                servers[-1].kill()
                servers[:] = [Served(folder / f"server{time.monotonic_ns()}", *options, "--port", port)]
                return True
            return False

        try:
            ready = servers[0].ready
            yield World(
                Client(servers[0].url, **secrets),
                Control(over_http(servers[0].url, ready["control_token"])),
                settings(servers[0].url, secrets),
                range(FIRST, FIRST + users),
                kill_server,
            )
        finally:
            servers[-1].kill()


def play(world: World, kills: int, pairs: int, seed: int, say: Callable[[str], None] = lambda _: None) -> Tally:
    """Stories, until there were so many kills."""
    tally, chance = Tally(), random.Random(seed)
    seconds: dict[str, float] = {}
    while tally.kills < kills:
        name = [*CASES][tally.stories % len(CASES)]
        with tempfile.TemporaryDirectory(prefix="rehearsal-") as folder:
            rehearsal = Rehearsal(world.settings, Path(folder))
            if name not in seconds:
                seconds[name] = undisturbed(CASES[name], pairs, rehearsal, world)
            world.begin(tally.stories)
            moments = map(partial(chance.uniform, 0), repeat(1.2 * seconds[name]))
            story(tally, kills, CASES[name], pairs, rehearsal, world, moments)
        say(str(tally))
    return tally


def undisturbed(case: Case, pairs: int, rehearsal: Rehearsal, world: World) -> float:
    """The seconds that an apply takes that nobody disturbs."""
    world.begin(seed=0)
    goes = rehearsal.plan(case, range(FIRST, FIRST + pairs // pairs_of(case)))
    begun = time.monotonic()
    process = rehearsal.apply(goes)
    _, err = process.communicate(timeout=TIMEOUT)
    assert process.returncode == 0, err
    seconds = time.monotonic() - begun
    if world.trouble in FORMS:
        quota = world.control.get_quota()["quota"]
        assert quota["refused"] > 0
        assert quota["early"] == 0
    rehearsal.clear()
    return seconds


def main() -> None:
    """The whole of it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--pairs", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--whom", choices=["client", "server"], default="client")
    parser.add_argument("--trouble", choices=[*PROFILES, *FORMS])
    options = parser.parse_args()
    worlds = {"client": world_of_a_client_that_dies, "server": world_of_a_server_that_dies}
    with worlds[options.whom](options.pairs) as world:
        world.trouble = options.trouble
        print(play(world, options.kills, options.pairs, options.seed, lambda line: print(line, file=sys.stderr)))  # noqa: T201


if __name__ == "__main__":
    main()
