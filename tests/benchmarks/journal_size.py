"""How much the journal takes, on the disk and in memory, after many large answers."""

from __future__ import annotations

import http.client
from urllib.parse import urlsplit

from tests.benchmarks.measure import Figure, Target, WrongResult
from tests.benchmarks.servers import MockLms, mock_lms
from tests.benchmarks.workshop import Size, Workshop, say

SIZE = Size(400, 20, 2)
PAGE = "/course/v1/courses/enrollments?page_size=200"
READS = ("journal.har", "journal?limit=10000", "journal/misses")


def run(workshop: Workshop) -> list[Figure]:
    """Asks for large pages, then reads the journal in every way, piece by piece as a client would."""
    pages = 200 if workshop.quick else 10_000
    with workshop.tenant(SIZE) as folder, mock_lms("--data", str(folder)) as server:
        client = server.client
        for _ in range(pages):
            client.call("GET", PAGE)
        database = sum(path.stat().st_size for path in folder.rglob("control.db*")) / 1e6
        say(f"{database:.0f} MB of control.db after {pages:,} pages")
        before = server.worker_megabytes("status", "VmHWM")
        figures = [_figure("control.db after 10,000 large pages", database, Target("<", 120))]
        for path in READS:
            sent = _bytes_of(server, path) / 1e6
            peak = server.worker_megabytes("status", "VmHWM")
            say(f"{path}: {sent:.0f} MB sent, {peak - before:.0f} MB more in memory at any moment since the pages")
            figures.append(_figure(f"peak memory for {path}, beyond the pages", peak - before, Target("<", 30)))
    return figures


def _bytes_of(server: MockLms, path: str) -> int:
    connection = http.client.HTTPConnection(urlsplit(server.url).netloc, timeout=300)
    try:
        headers = {"Authorization": f"Bearer {server.ready['control_token']}"}
        connection.request("GET", f"/_mock/{path}", headers=headers)
        answer = connection.getresponse()
        if answer.status != http.HTTPStatus.OK:
            raise WrongResult(f"{path} answers {answer.status}")
        size = 0
        while piece := answer.read(65_536):
            size += len(piece)
        return size
    finally:
        connection.close()


def _figure(what: str, megabytes: float, target: Target) -> Figure:
    return Figure(
        benchmark="journal_size",
        what=what,
        value=megabytes,
        unit="MB",
        samples={"mock-lms": [megabytes]},
        sample_unit="MB",
        target=target,
    )
