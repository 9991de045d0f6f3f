"""One world for several checks that do not disturb each other."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from string import ascii_lowercase

import pytest

from mock_lms_contracts.adapters import World
from mock_lms_contracts.ground import cleaned
from mock_lms_contracts.lab import Lab
from mock_lms_contracts.plugin import RUN, SHARED, parts_of
from mock_lms_contracts.requirements import by_id
from mock_lms_contracts.scenario import Scenario
from mock_lms_contracts.verdicts import HarnessError


@contextmanager
def shared_world(config: pytest.Config, requirement: str, scenario: Scenario) -> Iterator[tuple[Lab, World]]:
    """Prepares a world for several checks of this process, and ends it after the last one. It is for fixtures.

    The world is named after the requirement. Raises what `Lab.world` raises.
    """
    adapter, claims, target = parts_of(config)
    run = config.stash[RUN]
    chance = random.Random(f"{run['seed']}:{requirement}")  # noqa: S311 -- no secret
    # a fixture that is set up again needs a new name
    shared = config.stash.setdefault(SHARED, [])
    name = f"{run['name']}{ascii_lowercase[len(shared)]}"
    lab = Lab(by_id()[requirement], target, adapter, claims, name, chance)
    world = lab.world(scenario)
    shared.append(world)
    adapter.made[:] = [other for other in adapter.made if other is not world]  # otherwise the first check would end it
    try:
        yield lab, world
    finally:
        adapter.made.append(world)
        problems = [] if target.access.expired else cleaned(adapter, target)
        if problems:
            raise HarnessError("; ".join(problems))
