"""One run of the suite: its surroundings, pytest, and what came of it."""

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
    """pytest does not take what it was given after --."""


def run(options: Options) -> Outcome:
    """Runs the checks. Nothing is left behind in the folder that one is in.

    Who interrupts it gets the outcome so far, when what the run made is removed. Raises `PytestRefused`.
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
        # a check may find that another requirement does not hold than those that were asked for
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
    """Runs the checks. What is to be said of a requirement of which no result came."""
    workers: list[str] = []

    def announce(target: Target, claims: Claims) -> None:
        try:
            estimate = estimated(target, claims, options)
        except (HarnessError, Inconclusive):
            return  # what is wrong is said of the first call that a check needs
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
    """Removes what the run made. What went wrong, or is not as it was, a sentence each."""
    problems = []
    try:
        problems += ground.end()
    except KeyboardInterrupt:
        collector.interrupted = True
    if collector.interrupted and (ground.has_worlds or any(collector.workers.iterdir())):
        problems.append(
            "the cleaning up was broken off: remove what still has the name of the run (times.run in report.json)"
        )
    no_hurry()
    return [str(problem) for problem in plain(problems, secrets_of(told, ground.tokens))]


def _checks(
    options: Options, told: Mapping[str, Any], collector: Collector, folder: Path, workers: Sequence[str]
) -> str:
    """Runs pytest. What to say of a requirement of which nothing came."""
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
        # what shares a world is in one file, so in one worker; in the order of the requirements, whatever takes long
        arguments += ["--dist=loadfile", "--no-loadscope-reorder"]
    shown = sys.stderr if options.pytest else io.StringIO()  # else the progress says enough
    with redirect_stdout(shown):
        code = int(pytest.main([*arguments, *workers, *options.pytest], plugins=[collector]))
    if code == pytest.ExitCode.USAGE_ERROR:
        raise PytestRefused("pytest does not take what stands after --; it has said why above")
    if code == pytest.ExitCode.INTERNAL_ERROR and isinstance(shown, io.StringIO):
        say(shown.getvalue(), err=True)
    if collector.stopped:
        return collector.stopped
    return f"its check did not run: pytest left it out, or stopped before (its exit code is {code})"


@contextmanager
def _surroundings(options: Options, folder: Path) -> Iterator[None]:
    """Nothing of what else is installed, configured or here changes what we find, and nothing is written here."""
    host = urlsplit(options.base_url).hostname or ""
    direct = [host] if is_loopback(host) else []  # this machine is not reached through a proxy
    changed = {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_ADDOPTS": None,
        "PYTEST_PLUGINS": None,
        "PYTHONDONTWRITEBYTECODE": "1",  # for the workers of pytest-xdist
        "HYPOTHESIS_STORAGE_DIRECTORY": str(folder / "hypothesis"),
        "NETRC": os.devnull,  # else requests would put its credentials in the place of ours
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
