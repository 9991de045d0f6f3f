"""`kill -9` at random moments: a little of what `python -m tests.client.kills` does in full."""

from __future__ import annotations

import pytest

from tests.client.kills import play, world_of_a_client_that_dies, world_of_a_server_that_dies

PAIRS, KILLS = 1_200, 3


@pytest.mark.timeout(600)
def test_a_client_that_is_killed_ends_what_it_began() -> None:
    with world_of_a_client_that_dies(PAIRS) as world:
        tally = play(world, KILLS, PAIRS, seed=1)
    assert tally.kills >= KILLS
    assert tally.repeated == 0


@pytest.mark.timeout(600)
def test_a_client_whose_server_is_killed_ends_what_it_began() -> None:
    with world_of_a_server_that_dies(PAIRS) as world:
        tally = play(world, KILLS, PAIRS, seed=1)
    assert tally.kills >= KILLS
