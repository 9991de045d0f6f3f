"""The requirements are data that holds."""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from mock_lms_contracts import requirements as module
from mock_lms_contracts.adapters.capabilities import CAPABILITIES
from mock_lms_contracts.explore import JUDGED
from mock_lms_contracts.lab import short
from mock_lms_contracts.requirements import CONFIDENCES, LEVELS, Requirement, by_id, profiles, requirements, select

from mock_lms.policy import switches

PACKAGE = Path(module.__file__).parent
OPENAPI = yaml.safe_load(Path("openapi.yaml").read_text())
METHODS = {"get", "post", "put", "delete"}
ID = re.compile(r"[A-Z]+-[A-Z]+-[1-9][0-9]?")
OPERATIONS = {item[method]["operationId"] for item in OPENAPI["paths"].values() for method in METHODS & item.keys()}
every_requirement = pytest.mark.parametrize("requirement", requirements(), ids=lambda requirement: requirement.id)


def test_ids_are_unique_and_short_enough_to_be_in_names() -> None:
    ids = [requirement.id for requirement in requirements()]
    assert [name for name, times in Counter(ids).items() if times > 1] == []
    assert [name for name, times in Counter(map(short, ids)).items() if times > 1] == []
    assert max(len(short(name)) for name in ids) <= 12


def test_the_file_has_no_key_twice() -> None:
    text = (PACKAGE / "requirements.yaml").read_text()
    for entry in text.split("\n  - ")[1:]:
        keys = re.findall(r"^(?:    )?(\w+):", entry, re.MULTILINE)
        assert [key for key, times in Counter(keys).items() if times > 1] == [], entry


@every_requirement
def test_a_requirement_says_everything_of_itself(requirement: Requirement) -> None:
    assert ID.fullmatch(requirement.id)
    assert requirement.level in LEVELS
    assert requirement.profile in profiles()
    assert requirement.operation in OPERATIONS
    assert requirement.confidence in CONFIDENCES
    assert requirement.source
    assert re.fullmatch(r"[0-9]+\.[0-9]+", requirement.since)
    assert set(requirement.needs) <= CAPABILITIES.keys()
    assert requirement.sentence.endswith(".")
    assert requirement.sentence.count(".") == 1, "one sentence"


@every_requirement
def test_what_is_of_low_confidence_is_no_must(requirement: Requirement) -> None:
    assert requirement.confidence != "low" or requirement.level != "MUST"


@every_requirement
def test_where_several_behaviors_are_legitimate_they_are_those_of_the_policy_of_that_name(
    requirement: Requirement,
) -> None:
    assert bool(requirement.variant) == bool(requirement.accepts)
    values = {switch.name: switch.values for switch in switches()}
    if requirement.variant in values:
        assert set(requirement.accepts) == set(values[requirement.variant])


STRICTNESS = {"content_types", "dates", "unknown_values", "user_level"}
"""Policies about what a target takes beside what the suite sends, or how it words what the suite does not read."""


def test_every_other_policy_is_a_variant_of_some_requirement() -> None:
    policies = {switch.name for switch in switches()}
    assert policies >= STRICTNESS
    assert policies - STRICTNESS <= {requirement.variant for requirement in requirements()}


def test_profiles_come_one_after_the_other_and_each_has_requirements() -> None:
    order = list(dict.fromkeys(requirement.profile for requirement in requirements()))
    assert set(order) == set(profiles())
    assert [requirement.profile for name in order for requirement in select([name])] == [
        requirement.profile for requirement in requirements()
    ]


BY_BOTH = {"CALL-STATUS-1", "COMPLETION-KEEP-1", "COMPLETION-RESET-1", "ENROLL-BACK-1", "UNENROLL-ATOMIC-1"}
"""On these the battery decides, and a check of their own that looks where the battery does not."""


def checks() -> Iterator[tuple[str, bool, str]]:
    """Of every check: its requirement, whether it only reads, and its name; without the battery's, one for many."""
    for path in sorted((PACKAGE / "suite").glob("test_*.py")):
        for node in ast.parse(path.read_text()).body:
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                marks = [ast.unparse(decorator) for decorator in node.decorator_list]
                named = [re.search(r"requirement\('([^']+)'\)", mark) for mark in marks]
                if path.name == "test_model.py":
                    continue
                (requirement,) = [match[1] for match in named if match]
                yield requirement, any("read_only" in mark for mark in marks), node.name


def test_every_requirement_has_one_check_and_every_check_one_requirement() -> None:
    marked = list(checks())
    alone = {requirement for requirement, *_ in marked}
    assert alone | {*JUDGED} == by_id().keys()
    assert alone & {*JUDGED} == BY_BOTH
    assert len(JUDGED) == len({*JUDGED})
    # a requirement may have a second one, for runs that only read
    twice = [key for key, times in Counter((name, reads) for name, reads, _ in marked).items() if times > 1]
    assert twice == []


def test_no_check_has_the_name_of_another() -> None:
    assert [name for name, times in Counter(name for *_, name in checks()).items() if times > 1] == []
