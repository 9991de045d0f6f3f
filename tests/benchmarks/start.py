"""How long one waits for a server: mock-lms with the demo tenant, and Prism with the same contract."""

from __future__ import annotations

from tests.benchmarks.measure import Figure, Target, ratio
from tests.benchmarks.servers import mock_lms, seconds_to_start_prism
from tests.benchmarks.workshop import Workshop


def run(workshop: Workshop) -> list[Figure]:
    """From the start of the process to its word that it answers, in turns; the first round warms up."""
    samples: dict[str, list[float]] = {"mock-lms": [], "Prism": []}
    for number in range(workshop.rounds(9) + 1):
        with mock_lms() as server:
            ours = server.seconds
        theirs = seconds_to_start_prism()
        if number:
            samples["mock-lms"].append(ours)
            samples["Prism"].append(theirs)
    return [ratio("start", "process start to ready, demo tenant", samples, "s", Target("≤", 0.667))]
