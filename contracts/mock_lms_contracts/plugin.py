"""The suite as a plugin of pytest: which checks run, with what, and what is made of their outcome.

`mock-lms-contracts run` writes what a run needs into a file and names it with `--contract-run`. A verdict travels with
pytest's report of the check, so that it arrives from whichever worker of pytest-xdist; a `Collector` takes it.
"""

from __future__ import annotations

import json
import random
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from mock_lms_contracts.access import EXPIRED, TokenExpired
from mock_lms_contracts.adapters import Claims, World
from mock_lms_contracts.careful import Careful
from mock_lms_contracts.ground import cleaned, described, parts
from mock_lms_contracts.lab import Lab
from mock_lms_contracts.plain import plain, secrets_of
from mock_lms_contracts.requirements import by_id
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import Finding, HarnessError, Inconclusive, NotClaimed, Result, Verdict

RUN = pytest.StashKey[Mapping[str, Any]]()
LAB = pytest.StashKey[Lab]()
PARTS = pytest.StashKey[tuple[Careful, Claims, Target]]()
SHARED = pytest.StashKey[list[World]]()
"""Worlds that several checks share."""

NO_PARTS = pytest.StashKey[Exception]()

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves the checks of the selected requirements.

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
    items[:] = kept


def _requirement(item: pytest.Item) -> str | None:
    marker = item.get_closest_marker("requirement")
    return marker.args[0] if marker else None


def _is_read_only(item: pytest.Item) -> bool:
    return item.get_closest_marker("read_only") is not None


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.config.stash[RUN]["read_only"] and not _is_read_only(item):
        raise NotClaimed("its check writes, and the run is read-only")


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
    result, *others = _results(requirement, call, lab)
    worlds = [*(lab.worlds if lab else ()), *item.config.stash.get(SHARED, [])]
    tokens = [token for world in worlds for token in world.target.tokens]
    if call.excinfo and isinstance(call.excinfo.value, TokenExpired):
        report.user_properties = [*report.user_properties, ("contract-stop", EXPIRED)]
        item.session.shouldstop = str(call.excinfo.value)
    scrub = secrets_of(item.config.stash[RUN], tokens)
    told = [("contract", plain(asdict(one), scrub)) for one in (result, *others)]
    report.user_properties = [*report.user_properties, *told]
    if result.verdict in {Verdict.SKIPPED, Verdict.INCONCLUSIVE}:
        report.outcome = "skipped"
        report.longrepr = (str(item.path), 0, result.message)
    return report


def _results(requirement: str, call: pytest.CallInfo[None], lab: Lab | None) -> list[Result]:
    """The check's own result; and that of another requirement, where that one is what does not hold."""
    result = _result(requirement, call, lab)
    other = getattr(call.excinfo.value, "requirement", "") if call.excinfo else ""
    if result.verdict is not Verdict.FAIL or other in {"", requirement}:
        return [result]
    why = f"{other} does not hold, so that nothing can be said of this: {result.message}"
    own = replace(result, verdict=Verdict.INCONCLUSIVE, message=why, expected=None, seen=None)
    return [own, Result(other, Verdict.FAIL, result.message, result.expected, result.seen, result.curl)]


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
        case TokenExpired():
            verdict, message = Verdict.HARNESS_ERROR, EXPIRED
        case _:
            verdict, message = Verdict.HARNESS_ERROR, described(error)
    lab = lab if call.when == "call" else None  # what lies before and after it is not what the check did
    calls = lab.target.calls if lab else []
    shown = {Verdict.FAIL: calls[:MOST_CALLS], Verdict.PASS: [], Verdict.SKIPPED: []}
    return Result(
        requirement,
        verdict,
        message,
        expected,
        seen,
        curl=tuple(shown.get(verdict, calls[-LAST_CALLS:])),
        effects=lab.effects if lab else 0,
        variants=dict(lab.variants) if lab else {},
        calls=len(calls),
        seconds=call.duration,
    )


@dataclass(slots=True)
class Collector:
    """Takes the verdicts, of this process and of others. A plugin of the process that started all."""

    interrupted: bool = False
    stopped: str = ""
    """Why nothing more could be checked, where a check found that."""

    _found: dict[str, dict[tuple[str, str], Result]] = field(default_factory=lambda: defaultdict(dict))

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        for name, value in report.user_properties:
            if name == "contract-stop":
                self.stopped = str(value)
            if name == "contract" and isinstance(value, dict):
                self.take(Result(**{**value, "verdict": Verdict(value["verdict"])}), report.nodeid, str(report.when))

    def take(self, result: Result, check: str = "", when: str = "") -> None:
        """A result of a check, or of what comes before all checks."""
        self._found[result.requirement][check, when] = result

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        # pytest has interruptions of its own, of derived classes
        self.interrupted = self.interrupted or excinfo.type is KeyboardInterrupt

    @property
    def requirements(self) -> list[str]:
        """All of which something was found, whether or not they were asked for."""
        return sorted(self._found)

    def result(self, requirement: str) -> Result | None:
        """Of all its checks, in whichever order they came. None if there was none."""
        results = [result for _, result in sorted(self._found.get(requirement, {}).items(), key=lambda item: item[0])]
        return _together(results) if results else None


def _together(results: list[Result]) -> Result:
    order = list(Verdict)
    worst = max(results, key=lambda result: order.index(result.verdict))
    others = [
        result.message
        for result in results
        if result.message not in {"", worst.message} and result.verdict is not Verdict.PASS
    ]
    return replace(
        worst,
        message=" ".join([worst.message, *dict.fromkeys(f"Also: {message}" for message in others)]).strip(),
        effects=sum(result.effects for result in results),
        variants={name: value for result in results for name, value in result.variants.items()},
        calls=sum(result.calls for result in results),
        seconds=sum(result.seconds for result in results),
    )
