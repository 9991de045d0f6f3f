"""The journal of a served tenant, from one start to the next."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from tests.support.process import Client, Serve, Served


def noted(server: Served) -> list[dict[str, Any]]:
    control = Client(server.url, server.ready["control_token"])
    entries: list[dict[str, Any]] = control.call("GET", "/_mock/journal?limit=10000")["entries"]
    return entries


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_stop_right_after_the_answer_takes_no_call_out_of_the_journal(
    serve: Serve, tmp_path: Path, workers: int, number: signal.Signals
) -> None:
    # a lone worker notes together what comes close upon each other, and may not have done so yet
    server = serve("--data", tmp_path / "data", "--workers", workers)
    client = server.log_in()
    for search in range(5):
        client.call("GET", f"/manage/v1/user?page_size=1&search_text={search}")
    server.stop(number)
    server.workers_gone()
    found = [entry["query"][-1:] for entry in noted(serve("--data", tmp_path / "data"))]
    assert found == ["", "0", "1", "2", "3", "4"]
