"""The suite as a plugin of pytest: which checks run, with what, and what is made of their outcome.

`mock-lms-contracts run` writes what a run needs into a file and names it with `--contract-run`. Results go back into a
file beside it, from whichever worker of pytest-xdist they come.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, cast

import pytest

from mock_lms_contracts.adapters.choose import adapter_of
from mock_lms_contracts.lab import Lab
from mock_lms_contracts.requirements import by_id
from mock_lms_contracts.target import Budget, Target
from mock_lms_contracts.verdicts import Finding, Inconclusive, NotClaimed, Result, Verdict

RUN = pytest.StashKey[dict[str, Any]]()
RESULTS = pytest.StashKey[dict[str, dict[str, Any]]]()
LAB = pytest.StashKey[Lab]()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--contract-run", help="The file that `mock-lms-contracts run` wrote.")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "requirement(id): which requirement a check is of")
    path = config.getoption("--contract-run")
    if not path:
        raise pytest.UsageError("the suite is started by `mock-lms-contracts run`")
    config.stash[RUN] = json.loads(Path(path).read_text(encoding="utf-8"))
    config.stash[RESULTS] = {}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the checks of the selected requirements."""
    selected = set(config.stash[RUN]["requirements"])
    kept = [item for item in items if _requirement(item) in selected]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = kept


def _requirement(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("requirement")
    return marker.args[0] if marker else None


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """For the requirement of the check that asks for it."""
    run = request.config.stash[RUN]
    requirement = by_id()[str(_requirement(request.node))]
    adapter, claims, target = _parts(request.config)
    missing = set(requirement.needs) - claims.capabilities
    seed = f"{run['seed']}:{requirement.id}"
    target.calls.clear()
    lab = Lab(requirement, target, adapter, claims, run["name"], random.Random(seed))  # noqa: S311 -- no secret
    request.node.stash[LAB] = lab
    if missing:
        raise NotClaimed(f"the target does not claim {', '.join(sorted(missing))}")
    yield lab
    for world in lab.worlds:
        adapter.clean(world)


PARTS = pytest.StashKey[tuple[Any, Any, Target]]()


def _parts(config: pytest.Config) -> tuple[Any, Any, Target]:
    if PARTS not in config.stash:
        run = config.stash[RUN]
        adapter = adapter_of(run)
        target = Target(run["base_url"], run["token"], Budget(run["max_writes"]))
        config.stash[PARTS] = (adapter, adapter.claims(), target)
    return config.stash[PARTS]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Notes the verdict with the report, which is what travels between the workers of pytest-xdist."""
    report: pytest.TestReport = yield
    requirement = _requirement(item)
    if requirement is None or (call.when == "teardown" and call.excinfo is None):
        return report
    if call.when == "setup" and call.excinfo is None:
        return report
    result = _result(requirement, call, item.stash.get(LAB, None))
    report.user_properties.append(("contract", asdict(result)))
    if result.verdict in {Verdict.SKIPPED, Verdict.INCONCLUSIVE}:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, result.message)
    return report


def _result(requirement: str, call: pytest.CallInfo[None], lab: Lab | None) -> Result:
    error = call.excinfo.value if call.excinfo else None
    verdict, message, expected, seen = Verdict.PASS, "", None, None
    match error:
        case None:
            pass
        case Finding():
            verdict, message, expected, seen = Verdict.FAIL, error.message, error.expected, error.seen
        case NotClaimed():
            verdict, message = Verdict.SKIPPED, str(error)
        case Inconclusive():
            verdict, message = Verdict.INCONCLUSIVE, str(error)
        case _:
            verdict, message = Verdict.HARNESS_ERROR, f"{type(error).__name__}: {error}"
    return Result(
        requirement,
        verdict,
        message,
        expected,
        seen,
        curl=tuple(lab.target.calls) if lab and verdict is Verdict.FAIL else (),
        effects=lab.effects if lab else 0,
        variants=dict(lab.variants) if lab else {},
        seconds=call.duration,
    )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Collects the verdicts, of this process or of another."""
    for name, noted in report.user_properties:
        if name == "contract":
            value = cast("dict[str, Any]", noted)
            found = _results.setdefault(value["requirement"], value)
            if Verdict(value["verdict"]) is Verdict.HARNESS_ERROR:
                _results[value["requirement"]] = {**found, "verdict": value["verdict"], "message": value["message"]}


_results: dict[str, dict[str, Any]] = {}
"""Of this process, which runs one suite."""


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Writes what was found, in the process that started all others."""
    if not hasattr(session.config, "workerinput"):
        run = session.config.stash[RUN]
        out = Path(run["results"])
        new = out.with_suffix(f".{time.monotonic_ns()}")
        new.write_text(json.dumps({"results": _results}), encoding="utf-8")
        new.replace(out)
        _results.clear()
