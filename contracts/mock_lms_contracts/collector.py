"""Collects the verdicts in the process that started all checks, and reports the progress."""

from __future__ import annotations

import os
import signal
from collections import defaultdict
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from mock_lms_contracts.verdicts import Result, Verdict, together


def _result(value: dict[str, Any]) -> Result:
    return Result(**{**value, "verdict": Verdict(value["verdict"])})


def _silent(_: Result) -> None:
    """Does nothing."""


@dataclass(slots=True)
class Collector:
    """A plugin of pytest that collects the verdicts of this process and of workers of pytest-xdist."""

    workers: Path
    """The folder in which each worker of pytest-xdist has a file named after its process id."""

    tell: Callable[[Result], None] = _silent
    """Called with each requirement's result when all its checks have ended."""

    interrupted: bool = False
    stopped: str = ""
    """Why nothing more can be checked, if a check found so."""

    _found: dict[str, dict[tuple[str, str], Result]] = field(default_factory=lambda: defaultdict(dict))
    _ended: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    _checks: dict[str, int] = field(default_factory=dict)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        values: dict[str, Any] = dict(report.user_properties)
        self.stopped = str(values.get("contract-stop", self.stopped))
        for other in values.get("contract-others", ()):
            self.take(_result(other), report.nodeid)
        value = values.get("contract")
        if isinstance(value, dict):
            result = _result(value)
            name = result.requirement
            self._found[name][report.nodeid, str(report.when)] = result
            self._checks[name] = int(str(values["contract-checks"]))
            ended = self._ended[name]
            if report.nodeid not in ended:
                ended.add(report.nodeid)
                if len(ended) == self._checks[name]:
                    self.tell(self._together(name))

    def take(self, result: Result, check: str = "") -> None:
        """Adds a result of a check about another requirement than its own, or a result from before all checks."""
        self._found[result.requirement][check, f"other {result.message}"] = result

    @property
    def requirements(self) -> list[str]:
        """All requirements with results, selected or not."""
        return sorted(self._found)

    def pytest_keyboard_interrupt(self, excinfo: pytest.ExceptionInfo[BaseException]) -> None:
        # pytest has interruptions of its own, of derived classes
        if excinfo.type is not KeyboardInterrupt or self.interrupted:
            return
        self.interrupted = True
        for worker in self.workers.glob("*"):  # a terminal signals workers, too; a CI system may not
            with suppress(OSError):
                os.kill(int(worker.name), signal.SIGINT)

    def result(self, requirement: str, otherwise: Result) -> Result:
        """The result of all checks of a requirement, in any order.

        If one of them did not run, verdict and message are those of `otherwise`, unless another one failed.
        """
        if not self._found.get(requirement):
            return otherwise
        result = self._together(requirement)
        if len(self._ended[requirement]) < self._checks.get(requirement, 0) and result.verdict is not Verdict.FAIL:
            return replace(result, verdict=otherwise.verdict, message=otherwise.message)
        return result

    def _together(self, requirement: str) -> Result:
        results = [result for _, result in sorted(self._found[requirement].items(), key=lambda item: item[0])]
        order = list(Verdict)
        worst = max(results, key=lambda result: order.index(result.verdict))
        others = [result.message for result in results if result is not worst and result.verdict is not Verdict.PASS]
        return replace(
            worst,
            message=together(worst.message, *others),
            effects=sum(result.effects for result in results),
            variants={name: value for result in results for name, value in result.variants.items()},
            calls=sum(result.calls for result in results),
            seconds=sum(result.seconds for result in results),
        )
