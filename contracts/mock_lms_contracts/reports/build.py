"""Makes `report.json` of an outcome. With the same target and seed only its `times` differ."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from mock_lms_contracts.outcome import PASSED, Outcome
from mock_lms_contracts.plain import Scrubber, plain
from mock_lms_contracts.reports.levels import by_level
from mock_lms_contracts.requirements import by_id
from mock_lms_contracts.verdicts import Result, Verdict

SCHEMA = 1
"""The version of `report.schema.json`. A change that would break consumers needs a new one."""

TOLD = frozenset({Verdict.FAIL, Verdict.STALE, Verdict.KNOWN, Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR})
"""Verdicts whose results have a command that checks them again."""


def build(outcome: Outcome) -> dict[str, Any]:
    """The report, as JSON."""
    options, claims = outcome.options, outcome.claims
    code, meaning = outcome.decision
    scrub = Scrubber({outcome.name: "$RUN"})
    return {
        "schema": SCHEMA,
        "suite": {"name": "mock-lms-contracts", "version": suite_version()},
        "target": {
            "base_url": without_credentials(options.base_url),
            "tenant": options.tenant,
            "adapter": without_credentials(options.adapter),
            "build": plain(claims.build, scrub),
            "capabilities": plain(claims.capabilities, scrub),
            "claimed": _sorted(claims.variants),
        },
        "selection": {
            "profiles": list(options.profiles),
            "level": options.level.lower(),
            "only": list(options.only),
            "read_only": options.read_only,
            "max_writes": options.max_writes,
        },
        "seed": options.seed,
        "verdict": _verdict(outcome),
        "exit_code": code,
        "meaning": meaning,
        "partial": outcome.interrupted,
        "not_run": outcome.not_run,
        "levels": by_level(outcome.results),
        "counts": {verdict.value: number for verdict, number in outcome.counts.items()},
        "effects": outcome.effects,
        "writes": outcome.writes,
        "expected": _sorted(options.expected),
        "variants": _sorted(outcome.variants),
        "problems": plain(outcome.problems, scrub),
        "left": dict(outcome.left),
        "results": [_result(result, outcome, scrub) for result in outcome.results],
        "times": {
            "began": outcome.began.isoformat(timespec="seconds"),
            "ended": outcome.ended.isoformat(timespec="seconds"),
            "seconds": round((outcome.ended - outcome.began).total_seconds(), 3),
            "run": outcome.name,
            "of": {result.requirement: round(result.seconds, 3) for result in outcome.results},
        },
    }


def _verdict(outcome: Outcome) -> str:
    """The run's verdict in one word. Findings count in an interrupted run, too."""
    if outcome.counts[Verdict.FAIL] or outcome.counts[Verdict.STALE]:
        return "findings"
    return "passed" if outcome.exit_code == PASSED else "undecided"


def _result(result: Result, outcome: Outcome, scrub: Scrubber) -> dict[str, Any]:
    requirement = by_id()[result.requirement]
    expected, seen = plain(result.expected, scrub), plain(result.seen, scrub)
    # a shell expands variables only outside single quotes
    in_shell = Scrubber({outcome.name: "'\"$RUN\"'"})
    return {
        "requirement": requirement.id,
        "level": requirement.level,
        "profile": requirement.profile,
        "operation": requirement.operation,
        "sentence": requirement.sentence,
        "source": requirement.source,
        "confidence": requirement.confidence,
        "since": requirement.since,
        "verdict": result.verdict.value,
        "message": plain(result.message, scrub),
        "expected": expected,
        "seen": seen,
        "difference": difference(expected, seen),
        "curl": [plain(call, in_shell) for call in result.curl],
        "again": again(outcome, result.requirement) if result.verdict in TOLD else "",
        "effects": result.effects,
        "variants": _sorted(result.variants),
        "known": plain(result.known, scrub),
    }


def _sorted(variants: Mapping[str, Any]) -> dict[str, str]:
    return {str(plain(name)): str(plain(value)) for name, value in sorted(variants.items())}


def difference(expected: Any, seen: Any) -> dict[str, list[Any]] | None:
    """The difference of two lists as sets: missing and unexpected items. None if one is not a list."""
    if not (isinstance(expected, list) and isinstance(seen, list)):
        return None
    wanted, actual = ({json.dumps(item, sort_keys=True): item for item in side} for side in (expected, seen))
    return {
        "missing": [item for key, item in wanted.items() if key not in actual],
        "unexpected": [item for key, item in actual.items() if key not in wanted],
    }


def again(outcome: Outcome, *requirements: str) -> str:
    """The command that checks these requirements again. It takes credentials from the environment."""
    options = outcome.options
    arguments: Mapping[str, str | None] = {
        "--base-url": without_credentials(options.base_url),
        "--adapter": without_credentials(options.adapter) if options.adapter != "api" else None,
        "--tenant": options.tenant if options.tenant != "default" else None,
        "--seed": str(options.seed),
    }
    words = [word for name, value in arguments.items() if value is not None for word in (name, value)]
    words += [word for name in options.without for word in ("--without", name)]
    words += [word for host in options.hosts for word in ("--allow-host", host)]
    words += ["--ca", options.verify] if isinstance(options.verify, str) else []
    words += ["--insecure"] if options.verify is False else []
    words += [word for name in options.headers for word in ("--header", f"{name}: ...")]
    variants = {by_id()[name].variant for name in requirements}
    words += [
        word for name, value in options.expected.items() if name in variants for word in ("--expect", f"{name}={value}")
    ]
    words += ["--read-only"] if options.read_only else []
    words += [word for name in requirements for word in ("--only", name)]
    return shlex.join(["mock-lms-contracts", "run", *words])


def without_credentials(address: str) -> str:
    if "://" not in address:
        return address
    parts = urlsplit(address)
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def suite_version() -> str:
    try:
        return version("mock-lms")
    except PackageNotFoundError:  # a checkout that is not installed
        return "unknown"
