"""One run of the suite: what is asked, pytest, what was found, and what that means."""

from __future__ import annotations

import json
import os
import secrets
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from mock_lms_contracts.requirements import Requirement, by_id
from mock_lms_contracts.verdicts import Result, Verdict

PACKAGE = Path(__file__).parent
PASSED, FINDINGS, USAGE, UNDECIDED = 0, 1, 2, 3
"""Exit codes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a run is asked to do. Secrets are in no report."""

    base_url: str
    requirements: Sequence[Requirement]
    token: str = ""
    login: Mapping[str, str] = field(default_factory=dict)
    adapter: str = "api"
    control_token: str = ""
    tenant: str = "default"
    seed: int = 0
    max_writes: int | None = None
    pytest: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found: a result for every requirement that was asked for, in the order of the file."""

    asked: Asked
    results: Sequence[Result]

    @property
    def exit_code(self) -> int:
        """0 only if every MUST that the target claims passed, nothing was found, and at least one effect was seen."""
        verdicts = {result.verdict for result in self.results}
        if Verdict.FAIL in verdicts:
            return FINDINGS
        if verdicts & {Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE}:
            return UNDECIDED
        musts = [r for r in self.results if by_id()[r.requirement].level == "MUST" and r.verdict is Verdict.PASS]
        seen = any(result.effects for result in self.results)
        return PASSED if musts and seen else UNDECIDED

    @property
    def variants(self) -> dict[str, str]:
        """Which of several legitimate behaviors the target has."""
        return {name: value for result in self.results for name, value in result.variants.items()}


def run(asked: Asked) -> Outcome:
    """Runs the checks. Nothing is left behind in the folder that one is in."""
    with tempfile.TemporaryDirectory(prefix="mock-lms-contracts-") as folder:
        results = Path(folder, "results.json")
        file = Path(folder, "run.json")
        told = {
            "base_url": asked.base_url,
            "token": asked.token,
            "login": dict(asked.login),
            "adapter": asked.adapter,
            "control_token": asked.control_token,
            "tenant": asked.tenant,
            "seed": asked.seed,
            "max_writes": asked.max_writes,
            "name": f"ct{secrets.token_hex(3)}",
            "requirements": [each.id for each in asked.requirements],
            "results": str(results),
        }
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as opened:
            json.dump(told, opened)
        code = _pytest([*_arguments(asked, file, folder), *asked.pytest])
        found: dict[str, Any] = json.loads(results.read_text())["results"] if results.exists() else {}
    return Outcome(asked, [_result(each, found, code) for each in asked.requirements])


def _arguments(asked: Asked, file: Path, folder: str) -> list[str]:
    arguments = [
        str(PACKAGE / "suite"),
        "-c", str(PACKAGE / "pytest.ini"), f"--rootdir={PACKAGE}",
        "-p", "mock_lms_contracts.plugin", "-p", "no:cacheprovider",
        f"--basetemp={Path(folder, 'basetemp')}", f"--contract-run={file}",
        "--quiet", "--no-header", "--no-summary",
    ]  # fmt: skip
    if any(each in {"-n", "--numprocesses"} or each.startswith(("-n", "--numprocesses=")) for each in asked.pytest):
        arguments += ["-p", "xdist"]
    return arguments


def _pytest(arguments: Sequence[str]) -> int:
    # what else is installed beside us must not change what we find
    before = {name: os.environ.get(name) for name in ("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_ADDOPTS")}
    os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    os.environ.pop("PYTEST_ADDOPTS", None)
    writes_bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
    try:
        with redirect_stdout(sys.stderr):
            return int(pytest.main(list(arguments)))
    finally:
        sys.dont_write_bytecode = writes_bytecode
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _result(requirement: Requirement, found: Mapping[str, Any], code: int) -> Result:
    entry = found.get(requirement.id)
    if entry is None:
        return Result(requirement.id, Verdict.HARNESS_ERROR, f"its check did not run (pytest's exit code is {code})")
    return Result(**{**entry, "verdict": Verdict(entry["verdict"])})
