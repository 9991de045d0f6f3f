"""Known failures: which requirement, why, and until when.

A list in YAML or JSON:

    - requirement: UNENROLL-CAP-1
      reason: the cap comes with release 4 (LMS-1234)
      expires: 2026-12-31
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import yaml

from mock_lms_contracts.requirements import UnknownRequirement, find
from mock_lms_contracts.verdicts import Result, Verdict

FIELDS = frozenset({"requirement", "reason", "expires"})


class UnusableBaseline(ValueError):
    """The file cannot be used. One line: where, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Known:
    """A failure that does not count up to and including the day on which it expires."""

    requirement: str
    reason: str
    expires: date


def load(path: Path) -> dict[str, Known]:
    """By requirement. Raises `UnusableBaseline`."""
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnusableBaseline(f"{path}: {error.strerror}; name a file that can be read") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        line = getattr(getattr(error, "problem_mark", None), "line", None)
        raise UnusableBaseline(
            f"{path}{'' if line is None else f', line {line + 1}'}: this is not YAML; correct it there"
        ) from error
    if not isinstance(entries, list):
        raise UnusableBaseline(
            f"{path}: this is not a list; write a list of entries with requirement, reason and expires"
        )
    by_requirement: dict[str, Known] = {}
    for number, entry in enumerate(entries, start=1):
        known = _known(f"{path}, entry {number}", entry)
        if known.requirement in by_requirement:
            raise UnusableBaseline(
                f"{path}, entry {number}: {known.requirement} is listed twice; remove one of the entries"
            )
        by_requirement[known.requirement] = known
    return by_requirement


def _known(where: str, entry: Any) -> Known:
    if not isinstance(entry, Mapping) or not set(entry) <= FIELDS:
        raise UnusableBaseline(f"{where}: an entry must have requirement, reason and expires, and nothing else")
    try:
        requirement = find(str(entry.get("requirement", ""))).id
    except UnknownRequirement as error:
        raise UnusableBaseline(f"{where}: {error}") from error
    reason = entry.get("reason")
    if not isinstance(reason, str) or not reason.strip():
        raise UnusableBaseline(f"{where}: {requirement} has no reason; say why it is known to fail")
    return Known(requirement, " ".join(reason.split()), _day(where, requirement, entry.get("expires")))


def _day(where: str, requirement: str, value: Any) -> date:
    try:
        # YAML has dates, JSON has not
        if isinstance(value, str):
            return date.fromisoformat(value)
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
    except ValueError:
        pass
    raise UnusableBaseline(f"{where}: {requirement} must say when it expires, as in 2026-12-31")


def applied(results: Iterable[Result], known: Mapping[str, Known], today: date) -> list[Result]:
    """The results after the baseline is applied. Undecided results stay undecided."""
    return [
        _applied(result, known[result.requirement], today) if result.requirement in known else result
        for result in results
    ]


def _applied(result: Result, known: Known, today: date) -> Result:
    if result.verdict is Verdict.FAIL and today <= known.expires:
        return replace(result, verdict=Verdict.KNOWN, known=known.reason)
    if result.verdict is Verdict.FAIL:
        was = f"The baseline excused it until {known.expires}: {known.reason}"
        return replace(result, message=f"{result.message} {was}", known=known.reason)
    if result.verdict is Verdict.PASS:
        message = f"The requirement holds, though the baseline says that it fails ({known.reason}): remove the entry."
        return replace(result, verdict=Verdict.STALE, message=message, known=known.reason)
    return result
