"""The suite as a plugin of pytest: which checks run, with what, and what is made of their outcome.

`mock-lms-contracts run` writes what a run needs into a file and names it with `--contract-run`. A verdict travels with
pytest's report of the check, so that it arrives from whichever worker of pytest-xdist; `collector.Collector` takes it.
"""

from __future__ import annotations

import json
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest

from mock_lms_contracts.access import EXPIRED, TokenExpired
from mock_lms_contracts.adapters import Claims, World
from mock_lms_contracts.advice import advised
from mock_lms_contracts.careful import Careful, end_once
from mock_lms_contracts.expect import contradictions
from mock_lms_contracts.ground import cleaned, described, parts
from mock_lms_contracts.lab import Lab
from mock_lms_contracts.order import in_order, turn
from mock_lms_contracts.plain import plain, secrets_of
from mock_lms_contracts.requirements import by_id
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import Finding, HarnessError, Inconclusive, NotClaimed, Result, Verdict, together

RUN = pytest.StashKey[Mapping[str, Any]]()
LAB = pytest.StashKey[Lab]()
PARTS = pytest.StashKey[tuple[Careful, Claims, Target]]()
SHARED = pytest.StashKey[list[World]]()
"""Worlds that several checks share."""

NO_PARTS = pytest.StashKey[Exception]()
CHECKS = pytest.StashKey[Mapping[str, int]]()

MOST_CALLS, LAST_CALLS = 100, 5
"""Of a finding, and of what came to nothing: how many calls are shown."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--contract-run", help="The file that `mock-lms-contracts run` wrote.")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "requirement(id): which requirement a check is of")
    config.addinivalue_line("markers", "read_only: the check makes no world and writes nothing: it sees what is there")
    path = config.getoption("--contract-run")
    if not path:
        raise pytest.UsageError("the suite is started by `mock-lms-contracts run`")
    config.stash[RUN] = json.loads(Path(path).read_text(encoding="utf-8"))
    if hasattr(config, "workerinput"):
        end_once()
        Path(config.stash[RUN]["workers"], str(os.getpid())).touch()


def pytest_unconfigure(config: pytest.Config) -> None:
    """A worker that leaves nothing behind takes its file away, and so says it."""
    if hasattr(config, "workerinput") and not (PARTS in config.stash and config.stash[PARTS][0].made):
        Path(config.stash[RUN]["workers"], str(os.getpid())).unlink(missing_ok=True)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the checks of the selected requirements, in the order of requirements.yaml: core is first.

    Where a requirement has checks of both kinds, those that write nothing are for a run that is read-only, and only
    for that.
    """
    run = config.stash[RUN]
    selected = set(run["requirements"])
    kinds: dict[str | None, set[bool]] = defaultdict(set)
    for item in items:
        kinds[_requirement(item)].add(_is_read_only(item))
    kept = [
        item
        for item in items
        if (name := _requirement(item)) in selected
        and (len(kinds[name]) == 1 or _is_read_only(item) == run["read_only"])
    ]
    config.hook.pytest_deselected(items=[item for item in items if item not in kept])
    items[:] = in_order(kept, lambda item: str(_requirement(item)))
    config.stash[CHECKS] = Counter(str(_requirement(item)) for item in items)


def _requirement(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("requirement")
    return marker.args[0] if marker else None


def _is_read_only(item: pytest.Item) -> bool:
    return item.get_closest_marker("read_only") is not None


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.config.stash[RUN]["read_only"] and not _is_read_only(item):
        raise NotClaimed("its check writes, and the run is read-only")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Iterator[None]:
    """The budget of writes is spent on core first, also where another process checks something else meanwhile."""
    run, requirement = item.config.stash[RUN], by_id().get(str(_requirement(item)))
    if run["max_writes"] is None or requirement is None:
        return (yield)
    with turn(Path(run["turns"]), requirement.profile):
        return (yield)


@pytest.fixture
def lab(request: pytest.FixtureRequest) -> Iterator[Lab]:
    """For the requirement of the check that asks for it."""
    run = request.config.stash[RUN]
    requirement = by_id()[str(_requirement(request.node))]
    adapter, claims, target = parts_of(request.config)
    missing = claims.missing(requirement.needs)
    seed = f"{run['seed']}:{requirement.id}"
    target.calls.clear()
    lab = Lab(requirement, target, adapter, claims, run["name"], random.Random(seed))  # noqa: S311 -- no secret
    request.node.stash[LAB] = lab
    if missing:
        raise NotClaimed(missing)
    yield lab
    if target.access.expired:  # nothing can be removed either; what is left is said at the end
        return
    problems = cleaned(adapter, target)
    if problems:
        raise HarnessError("; ".join(problems))


def parts_of(config: pytest.Config) -> tuple[Careful, Claims, Target]:
    """Of this process. An adapter that failed is not asked again."""
    if NO_PARTS in config.stash:
        raise config.stash[NO_PARTS]
    if PARTS not in config.stash:
        try:
            adapter, target = parts(config.stash[RUN])
            config.stash[PARTS] = (adapter, adapter.claims(), target)
        except Exception as error:
            config.stash[NO_PARTS] = error
            raise
    return config.stash[PARTS]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> Any:
    """Notes the verdict with the report, which is what travels between the workers of pytest-xdist."""
    report: pytest.TestReport = yield
    requirement = _requirement(item)
    if requirement is None or (call.when != "call" and call.excinfo is None):
        return report
    lab = item.stash.get(LAB, None)
    result, *others = _results(requirement, call, lab, item.config.stash[RUN]["expected"])
    worlds = [*(lab.worlds if lab else ()), *item.config.stash.get(SHARED, [])]
    tokens = [token for world in worlds for token in world.target.tokens]
    if call.excinfo and isinstance(call.excinfo.value, TokenExpired):
        report.user_properties = [*report.user_properties, ("contract-stop", EXPIRED)]
        item.session.shouldstop = str(call.excinfo.value)
    scrub = secrets_of(item.config.stash[RUN], tokens)
    report.user_properties = [
        *report.user_properties,
        ("contract", plain(asdict(result), scrub)),
        ("contract-others", [plain(asdict(other), scrub) for other in others]),
        ("contract-checks", item.config.stash[CHECKS][requirement]),
    ]
    if result.verdict in {Verdict.SKIPPED, Verdict.INCONCLUSIVE}:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, result.message)
    return report


def _results(
    requirement: str, call: pytest.CallInfo[None], lab: Lab | None, expected: Mapping[str, str]
) -> list[Result]:
    """The check's own result, and those of other requirements that were seen not to hold."""
    result = _result(requirement, call, lab, expected)
    others = [
        Result(oddity.requirement, Verdict.FAIL, oddity.message, seen=f"{oddity.operation}, page {oddity.page}")
        for oddity in (lab.target.oddities if lab else ())
    ]
    if lab:
        lab.target.oddities.clear()
    broken = getattr(call.excinfo.value, "requirement", "") if call.excinfo else ""
    if result.verdict is not Verdict.FAIL or broken in {"", requirement}:
        return [result, *others]
    why = f"{broken} does not hold, so that nothing can be said of this: {result.message}"
    own = replace(result, verdict=Verdict.INCONCLUSIVE, message=why, expected=None, seen=None)
    return [own, Result(broken, Verdict.FAIL, result.message, result.expected, result.seen, result.curl), *others]


def _result(
    requirement: str, call: pytest.CallInfo[None], lab: Lab | None, expected: Mapping[str, str] = MappingProxyType({})
) -> Result:
    error = call.excinfo.value if call.excinfo else None
    lab = lab if call.when == "call" else None  # what lies before and after it is not what the check did
    findings = [*lab.findings, *contradictions(expected, lab.variants)] if lab else []
    if isinstance(error, Finding):
        findings.insert(0, error)
    verdict, message = _said(error)
    if findings:
        verdict, message = Verdict.FAIL, together(*(finding.message for finding in findings))
    first = findings[0] if findings else None
    calls = lab.target.calls if lab else []
    shown = {Verdict.FAIL: calls[:MOST_CALLS], Verdict.PASS: [], Verdict.SKIPPED: []}
    return Result(
        requirement,
        verdict,
        message,
        first.expected if first else None,
        first.seen if first else None,
        curl=tuple(shown.get(verdict, calls[-LAST_CALLS:])),
        effects=lab.effects if lab else 0,
        variants=dict(lab.variants) if lab else {},
        calls=len(calls),
        seconds=call.duration,
    )


def _said(error: BaseException | None) -> tuple[Verdict, str]:
    """What a check says by how it ends, findings aside."""
    match error:
        case None:
            return Verdict.PASS, ""
        case NotClaimed():
            return Verdict.SKIPPED, str(error)
        case Inconclusive():
            return Verdict.INCONCLUSIVE, str(error)
        case TokenExpired():
            return Verdict.HARNESS_ERROR, EXPIRED
        case _:
            return Verdict.HARNESS_ERROR, advised(described(error))
