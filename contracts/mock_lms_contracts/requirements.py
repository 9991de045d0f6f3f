"""The requirements as data: `requirements.yaml`."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any

import yaml

LEVELS = ("MUST", "SHOULD", "MAY")
CONFIDENCES = ("high", "medium", "low")


class UnknownRequirement(ValueError):
    """There is no such requirement or profile. One line suggests the nearest name."""


@dataclass(frozen=True, slots=True)
class Requirement:
    """One sentence that an implementation must, should or may make true."""

    id: str
    level: str
    profile: str
    operation: str
    sentence: str
    source: str
    confidence: str
    since: str
    accepts: Mapping[str, str] = field(default_factory=dict)
    """Legitimate behaviors, if there are several: each by name, with its meaning. The run finds out which one it is."""

    variant: str = ""
    """The name of that choice, which several requirements may share."""

    needs: tuple[str, ...] = ()
    """Capabilities that the target must claim; otherwise the requirement is skipped."""

    kills_nothing: str = ""
    """Why this requirement finds no sabotage of mock-lms. Only tests of the suite use it."""


@cache
def requirements() -> tuple[Requirement, ...]:
    """All of them, in the order of the file."""
    text = Path(__file__).with_name("requirements.yaml").read_text(encoding="utf-8")
    return tuple(_requirement(entry) for entry in yaml.safe_load(text)["requirements"])


def _requirement(entry: Mapping[str, Any]) -> Requirement:
    return Requirement(**{**entry, "needs": tuple(entry.get("needs", ())), "since": str(entry["since"])})


@cache
def by_id() -> Mapping[str, Requirement]:
    return {requirement.id: requirement for requirement in requirements()}


@cache
def profiles() -> Mapping[str, str]:
    """Each profile by name, with what it is about."""
    text = Path(__file__).with_name("requirements.yaml").read_text(encoding="utf-8")
    by_name: dict[str, str] = yaml.safe_load(text)["profiles"]
    return by_name


def find(name: str) -> Requirement:
    """The requirement of this id. Raises `UnknownRequirement`."""
    if name in by_id():
        return by_id()[name]
    raise UnknownRequirement(f"there is no requirement {name!r}{_nearest(name.upper(), by_id())}")


def select(chosen: Collection[str], level: str = "MAY", only: Collection[str] = ()) -> list[Requirement]:
    """The requirements of these profiles, or of all, at this level or stronger, and in `only` if that names any.

    Raises `UnknownRequirement`.
    """
    for name in chosen:
        if name not in profiles():
            raise UnknownRequirement(f"there is no profile {name!r}{_nearest(name, profiles())}")
    wanted = {find(name).id for name in only}
    levels = LEVELS[: LEVELS.index(level) + 1]
    return [
        requirement
        for requirement in requirements()
        if (not chosen or requirement.profile in chosen)
        and requirement.level in levels
        and (not wanted or requirement.id in wanted)
    ]


def _nearest(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1)
    return f"; did you mean {near[0]}?" if near else "; `mock-lms-contracts list` shows what there is"
