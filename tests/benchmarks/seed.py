"""How long a large tenant takes to make."""

from __future__ import annotations

import shutil
from statistics import median

from tests.benchmarks.measure import Figure, Target
from tests.benchmarks.servers import mock_lms
from tests.benchmarks.workshop import MILLION, Size, Workshop


def run(workshop: Workshop) -> list[Figure]:
    """From the start of the process to its ready line, each time in a new folder."""
    size = workshop.size(MILLION, Size(1_000, 10, 1))
    seconds = []
    for number in range(workshop.rounds(3)):
        folder = workshop.folder / f"seed-{number}"
        with mock_lms("--data", str(folder), *size.options()) as server:
            seconds.append(server.seconds)
        shutil.rmtree(folder)
    return [
        Figure(
            benchmark="seed",
            what=f"process start to ready, seeding {size.enrollments:,}",
            value=median(seconds),
            unit="s",
            samples={"mock-lms": seconds},
            sample_unit="s",
            target=Target("<", 30),
        )
    ]
