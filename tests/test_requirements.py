"""What `make` installs: locked to the file, the same wherever it was compiled, and what pyproject.toml asks for."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
GROUPS = PROJECT["dependency-groups"]
ASKED = {
    "serve": [*PROJECT["project"]["dependencies"], *GROUPS["build"]],
    "develop": [*PROJECT["project"]["dependencies"], *GROUPS["build"], *GROUPS["test"], *GROUPS["lint"]],
    "mutants": GROUPS["mutants"],
}

PIN = re.compile(r"([a-z0-9][a-z0-9-]*)(?:\[[a-z,]+\])?==([0-9][0-9a-z.]*)(?: ; [a-z_]+ [!=<>]+ '[^':/]+'[^:/]*)? \\")
HASH = re.compile(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?")


def lines(name: str) -> list[str]:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    return [line for line in text.splitlines() if not line.startswith("#")]


def pins(name: str) -> dict[str, str]:
    """By package, the one version."""
    found = [match for line in lines(name) if (match := PIN.fullmatch(line))]
    assert len({match[1] for match in found}) == len(found)
    return {match[1]: match[2] for match in found}


@pytest.mark.parametrize("name", ASKED)
def test_every_line_is_a_version_or_a_hash_and_no_host_path_or_option(name: str) -> None:
    for line in lines(name):
        assert PIN.fullmatch(line) or HASH.fullmatch(line), line


@pytest.mark.parametrize("name", ASKED)
def test_the_comments_name_no_host_or_path(name: str) -> None:
    text = (ROOT / "requirements" / f"{name}.txt").read_text()
    assert not re.findall(r"^#.*(?:[:/\\@]\S|--).*$", text, re.MULTILINE)


@pytest.mark.parametrize("name", ASKED)
def test_every_version_has_a_hash(name: str) -> None:
    for line, after in zip(lines(name), [*lines(name)[1:], ""], strict=True):
        if PIN.fullmatch(line):
            assert HASH.fullmatch(after), line


@pytest.mark.parametrize("name", ASKED)
def test_all_that_the_project_asks_for_is_locked_in_a_version_that_it_takes(name: str) -> None:
    locked = pins(name)
    for asked in map(Requirement, ASKED[name]):
        assert locked[canonicalize_name(asked.name)] in asked.specifier, f"{asked}: run `make lock`"


def test_what_serves_is_what_is_tested() -> None:
    tested = pins("develop")
    assert pins("serve").items() <= tested.items()


def test_what_runs_against_mutants_is_what_is_tested() -> None:
    tested = pins("develop")
    mutants = pins("mutants")
    assert {name: mutants[name] for name in mutants.keys() & tested.keys()}.items() <= tested.items()


def test_the_project_is_built_by_what_is_locked() -> None:
    assert GROUPS["build"] == PROJECT["build-system"]["requires"]
