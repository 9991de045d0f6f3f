"""One run of the suite: its environment, pytest, and the outcome."""

from __future__ import annotations

import io
import json
import os
import secrets
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from mock_lms_contracts import baseline
from mock_lms_contracts.access import EXPIRED, TokenExpired
from mock_lms_contracts.adapters import Claims
from mock_lms_contracts.adapters.api import Left
from mock_lms_contracts.advice import advised
from mock_lms_contracts.careful import no_hurry
from mock_lms_contracts.collector import Collector
from mock_lms_contracts.estimate import asks_for_workers, estimated
from mock_lms_contracts.fault import STATUS
from mock_lms_contracts.ground import Ground, token
from mock_lms_contracts.outcome import FINDINGS as FINDINGS
from mock_lms_contracts.outcome import NOT_RUN
from mock_lms_contracts.outcome import PASSED as PASSED
from mock_lms_contracts.outcome import UNDECIDED as UNDECIDED
from mock_lms_contracts.outcome import USAGE as USAGE
from mock_lms_contracts.outcome import Options as Options
from mock_lms_contracts.outcome import Outcome as Outcome
from mock_lms_contracts.plain import plain, secrets_of
from mock_lms_contracts.progress import Progress
from mock_lms_contracts.safety import is_loopback, written
from mock_lms_contracts.target import Target
from mock_lms_contracts.terminal import say
from mock_lms_contracts.verdicts import Finding, HarnessError, Inconclusive, Result, Verdict

PACKAGE = Path(__file__).parent


class PytestRefused(ValueError):
    """pytest refuses the arguments after --."""


def run(options: Options) -> Outcome:
    """Runs the checks, and leaves no file in the current folder.

    If it is interrupted, it cleans up and returns the outcome so far. Raises `PytestRefused`.
    """
    began, name = datetime.now(UTC), f"ct{secrets.token_hex(3)}"
    with tempfile.TemporaryDirectory(prefix="mock-lms-contracts-") as folder, _surroundings(options, Path(folder)):
        writes, workers = Path(folder, "writes"), Path(folder, "workers")
        workers.mkdir()
        told = {
            "base_url": options.base_url,
            "token": options.token,
            "read": "",
            "login": dict(options.login),
            "adapter": options.adapter,
            "control_token": options.control_token,
            "tenant": options.tenant,
            "seed": options.seed,
            "max_writes": options.max_writes,
            "read_only": options.read_only,
            "hosts": list(options.hosts),
            "verify": options.verify,
            "headers": dict(options.headers),
            "without": dict.fromkeys(options.without, "--without"),
            "expected": dict(options.expected),
            "name": name,
            "requirements": [requirement.id for requirement in options.requirements],
            "writes": str(writes),
            "turns": str(Path(folder, "turns")),
            "workers": str(workers),
            "silences": str(Path(folder, "silences")),
            "left": str(Path(folder, "left")),
        }
        progress = Progress(options.requirements, lambda: written(writes, options.max_writes))
        collector = Collector(workers) if options.pytest else Collector(workers, progress)
        ground, problems = Ground(told), []
        try:
            verdict, why = _found(options, told, ground, collector, Path(folder))
        finally:
            progress.end()
            problems = _ended(ground, collector, told)
        why = plain(why, secrets_of(told))
        # a check may find that a requirement does not hold which was not selected
        names = dict.fromkeys([*(requirement.id for requirement in options.requirements), *collector.requirements])
        results = [collector.result(name, Result(name, verdict, why)) for name in names]
        return Outcome(
            options,
            baseline.applied(results, options.known, began.date()),
            ground.claims,
            writes=written(writes, options.max_writes),
            problems=problems,
            left=Left(str(Path(folder, "left"))).counted(),
            interrupted=collector.interrupted,
            name=name,
            began=began,
            ended=datetime.now(UTC),
        )


def _found(
    options: Options, told: dict[str, Any], ground: Ground, collector: Collector, folder: Path
) -> tuple[Verdict, str]:
    """Runs the checks. Returns the verdict and message of a requirement that has no result."""
    workers: list[str] = []

    def announce(target: Target, claims: Claims) -> None:
        try:
            estimate = estimated(target, claims, options)
        except (HarnessError, Inconclusive):
            return  # the first check that makes a call reports what is wrong
        say(f"mock-lms-contracts: {estimate}", err=True)
        workers.extend(estimate.workers())

    try:
        told["token"] = token(told)
        ground.prepare(announce)
        for finding in ground.found:
            text = plain([finding.message, finding.expected, finding.seen], secrets_of(told, ground.tokens))
            collector.take(Result(finding.requirement, Verdict.FAIL, *text))
        told |= ground.known()
        why = _checks(options, told, collector, folder, workers)
    except HarnessError as error:
        return Verdict.HARNESS_ERROR, EXPIRED if isinstance(error, TokenExpired) else advised(str(error))
    except Inconclusive as error:
        return Verdict.INCONCLUSIVE, str(error)
    except Finding as error:
        broken = error.requirement or STATUS
        text = plain([error.message, error.expected, error.seen, ground.calls], secrets_of(told, ground.tokens))
        collector.take(Result(broken, Verdict.FAIL, *text))
        return Verdict.INCONCLUSIVE, f"{broken} does not hold, and without it nothing can be checked"
    except KeyboardInterrupt:
        collector.interrupted = True
    return (Verdict.INCONCLUSIVE, NOT_RUN) if collector.interrupted else (Verdict.HARNESS_ERROR, advised(why))


def _ended(ground: Ground, collector: Collector, told: Mapping[str, Any]) -> list[str]:
    """Removes what the run made. Returns a sentence for each thing that went wrong or has changed."""
    problems = []
    try:
        problems += ground.end()
    except KeyboardInterrupt:
        collector.interrupted = True
    if collector.interrupted and (ground.has_worlds or any(collector.workers.iterdir())):
        problems.append(
            "the cleanup was cut short: remove whatever still has the run's name (times.run in report.json)"
        )
    no_hurry()
    return [str(problem) for problem in plain(problems, secrets_of(told, ground.tokens))]


def _checks(
    options: Options, told: Mapping[str, Any], collector: Collector, folder: Path, workers: Sequence[str]
) -> str:
    """Runs pytest. Returns the message of a requirement that has no result."""
    file = folder / "run.json"
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as opened:
        json.dump(told, opened)
    arguments = [
        str(PACKAGE / "suite"),
        "-c", str(PACKAGE / "pytest.ini"), f"--rootdir={PACKAGE}",
        "-p", "mock_lms_contracts.plugin", "-p", "xdist", "-p", "no:cacheprovider",
        f"--basetemp={folder / 'basetemp'}", f"--contract-run={file}",
        "--quiet", "--no-header", "--tb=no", "-rN", "-W", "ignore::pytest.PytestAssertRewriteWarning",
    ]  # fmt: skip
    if workers or asks_for_workers(options.pytest):
        # checks that share a world are in one file, and stay in one worker; requirements keep their order
        arguments += ["--dist=loadfile", "--no-loadscope-reorder"]
    shown = sys.stderr if options.pytest else io.StringIO()  # without arguments for it, the progress line is enough
    with redirect_stdout(shown):
        code = int(pytest.main([*arguments, *workers, *options.pytest], plugins=[collector]))
    if code == pytest.ExitCode.USAGE_ERROR:
        raise PytestRefused("pytest refuses the arguments after --; see its message above")
    if code == pytest.ExitCode.INTERNAL_ERROR and isinstance(shown, io.StringIO):
        say(shown.getvalue(), err=True)
    if collector.stopped:
        return collector.stopped
    return f"its check did not run: pytest deselected it, or stopped before it (exit code {code})"


@contextmanager
def _surroundings(options: Options, folder: Path) -> Iterator[None]:
    """Isolates the run from installed plugins, settings and the current folder, in which it writes nothing."""
    host = urlsplit(options.base_url).hostname or ""
    direct = [host] if is_loopback(host) else []  # no proxy leads to this machine
    changed = {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": None,
        "PYTEST_PLUGINS": None,
        "PYTHONDONTWRITEBYTECODE": "1",  # for the workers of pytest-xdist
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis"),
        "NETRC": os.devnull,  # otherwise requests would use its credentials instead of ours
        "no_proxy": ",".join([*filter(None, [os.environ.get("no_proxy") or os.environ.get("NO_PROXY")]), *direct]),
    }
    before = {name: os.environ.get(name) for name in changed}
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    _set(changed)
    try:
        yield
    finally:
        _set(before)
        sys.dont_write_bytecode = writes_bytecode


def _set(variables: Mapping[str, str | None]) -> None:
    for name, value in variables.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value
