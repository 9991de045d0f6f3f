"""How many calls each requirement needs: `python -m tests.contracts.costs` measures it, and writes costs.yaml.

What checks of one `xdist_group` do is counted once for all of them: they share it.
"""

from __future__ import annotations

import contextlib
import io
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import mock_lms_contracts
import pytest
import requests
from mock_lms_contracts.requirements import Requirement, requirements
from mock_lms_contracts.run import PASSED, Options, run
from mock_lms_contracts.target import log_in

from tests.contracts.driver import LOGIN, Mock
from tests.support.process import serving

PUBLISHED = Path(mock_lms_contracts.__file__).with_name("costs.yaml")
ADAPTERS = {"api": "api", "own": "mock"}
"""By the name in the file: through the API itself, and as an adapter does it that prepares a world in one call."""

RUN = ""
"""What counts what no check does: the self-check, the decoys, and the last cleaning up."""

ABOUT = """\
# What a run needs: [calls, writing calls, milliseconds of the suite's own work]. `python -m tests.contracts.costs`
# measured this on a right mock-lms, and writes this file; tests hold the calls to what is measured. `api`: with the
# adapter of that name, `own`: with one that prepares a world in one call. What several checks do together is under
# `shared`.
"""


@dataclass(slots=True)
class Counts:
    """Calls, writing calls and milliseconds, by requirement or by what several share."""

    by_name: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0, 0]))
    shares: dict[str, str] = field(default_factory=dict)
    now: str = RUN
    calling: float = 0.0
    """Seconds of processor time that calls took: they are counted, and no work of the suite's own."""

    def own(self) -> float:
        return time.process_time() - self.calling


COUNTS = Counts()
"""Of the run that is being measured. pytest is given this module as a plugin."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    marker, group = item.get_closest_marker("requirement"), item.get_closest_marker("xdist_group")
    name = str(marker.args[0]) if marker else RUN
    if group:
        COUNTS.shares[name] = str(group.args[0])
    COUNTS.now, before = COUNTS.shares.get(name, name), COUNTS.own()
    try:
        return (yield)
    finally:
        milliseconds = round(1_000 * (COUNTS.own() - before))
        COUNTS.by_name[COUNTS.now][2] += milliseconds
        COUNTS.by_name[RUN][2] -= milliseconds
        COUNTS.now = RUN


def measured(mock: Mock, adapter: str, chosen: Iterable[Requirement]) -> Counts:
    """One run, in this process, that counts every request."""
    COUNTS.by_name.clear()
    COUNTS.shares.clear()
    before = COUNTS.own()
    send = requests.Session.send

    def counting(session: requests.Session, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        counts = COUNTS.by_name[COUNTS.now]
        counts[0] += 1
        counts[1] += request.method not in {"GET", "HEAD"}
        before = time.process_time()
        try:
            return send(session, request, **options)
        finally:
            COUNTS.calling += time.process_time() - before

    url = str(mock.ready["url"])
    login = {"grant_type": "password", **{name: str(mock.ready[name]) for name in LOGIN}}
    with pytest.MonkeyPatch.context() as patched, contextlib.redirect_stderr(io.StringIO()):
        patched.setattr(requests.Session, "send", counting)
        outcome = run(
            Options(
                base_url=url,
                requirements=tuple(chosen),
                token=log_in(url, login),
                login=login,
                adapter=adapter,
                control_token=str(mock.ready["control_token"]),
                tenant=mock.tenant(),
                seed=1,
                pytest=("-p", __name__),
            )
        )
    assert outcome.exit_code == PASSED, outcome.results
    COUNTS.by_name[RUN][2] += round(1_000 * (COUNTS.own() - before))
    return Counts({name: [*counts] for name, counts in COUNTS.by_name.items()}, dict(COUNTS.shares))


def rendered(by_adapter: dict[str, Counts]) -> str:
    """The file."""

    def line(name: str) -> str:
        return ", ".join(f"{kind}: {counts.by_name.get(name, [0, 0, 0])}" for kind, counts in by_adapter.items())

    shares = {name: group for counts in by_adapter.values() for name, group in counts.shares.items()}
    lines = [f"run: {{{line(RUN)}}}", "shared:" if shares else "shared: {}"]
    lines += [f"  {group}: {{{line(group)}}}" for group in dict.fromkeys(shares.values())]
    lines.append("requirements:")
    for requirement in requirements():
        shared = f", shares: {shares[requirement.id]}" if requirement.id in shares else ""
        lines.append(f"  {requirement.id}: {{{line(requirement.id)}{shared}}}")
    return ABOUT + "\n".join(lines) + "\n"


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        for start in serving(Path(folder)):
            mock = Mock(start("--seed", "empty").ready)
            by_adapter = {kind: measured(mock, adapter, requirements()) for kind, adapter in ADAPTERS.items()}
    PUBLISHED.write_text(rendered(by_adapter), encoding="utf-8")


if __name__ == "__main__":
    from tests.contracts import costs  # the module that pytest imports, not this one, counts

    costs.main()
