"""Which of several legitimate behaviors the user expects: `--expect NAME=VALUE`, or a YAML file of such pairs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from mock_lms_contracts.requirements import Requirement, requirements
from mock_lms_contracts.verdicts import Finding


class UnusableExpectation(ValueError):
    """The variant or value does not exist, or no selected requirement finds it out. One line says what does."""


@cache
def accepted() -> Mapping[str, Mapping[str, str]]:
    """By variant: each behavior that is legitimate, with what it means."""
    by_name: dict[str, dict[str, str]] = {}
    for requirement in requirements():
        if requirement.variant:
            by_name.setdefault(requirement.variant, {}).update(requirement.accepts)
    return by_name


def expectations(assignments: Iterable[str], file: Path | None, chosen: Iterable[Requirement]) -> dict[str, str]:
    """By variant, what is expected. An option overrides the file. Raises `UnusableExpectation`."""
    by_name = {name: _checked(f"--expect-file {file}", name, value) for name, value in _entries(file)}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise UnusableExpectation(f"--expect {assignment}: give NAME=VALUE, as in reenrollment=restore")
        by_name[name] = _checked("--expect", name, value)
    found_out = {requirement.variant for requirement in chosen}
    for name, value in by_name.items():
        if name not in found_out:
            finder = next(requirement for requirement in requirements() if requirement.variant == name)
            raise UnusableExpectation(
                f"{name}={value} is expected, but {finder.id}, which finds it out, is not selected: select it, too "
                f"(profile {finder.profile}, level {finder.level.lower()}), or drop the expectation"
            )
    return by_name


def contradictions(expected: Mapping[str, str], variants: Mapping[str, str]) -> Iterator[Finding]:
    """A finding for each behavior of the target that is legitimate and is not the expected one."""
    for name, seen in variants.items():
        wanted = expected.get(name, seen)
        if wanted != seen:
            meanings = accepted().get(name, {})
            message = f"{name}={wanted} is expected ({meanings.get(wanted)}), but the target does {seen}"
            yield Finding(f"{message} ({meanings.get(seen, 'which is not documented')}).", wanted, seen)


def _entries(file: Path | None) -> Iterator[tuple[str, str]]:
    if file is None:
        return
    try:
        contents = yaml.safe_load(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UnusableExpectation(f"--expect-file {file}: {error.strerror}; name a file that can be read") from error
    except (UnicodeDecodeError, yaml.YAMLError) as error:
        raise UnusableExpectation(
            f"--expect-file {file}: this is not YAML; write lines such as reenrollment: restore"
        ) from error
    if not isinstance(contents, Mapping):
        raise UnusableExpectation(
            f"--expect-file {file}: this is not a mapping; write lines such as reenrollment: restore"
        )
    for name, value in contents.items():
        yield str(name), _text(value)


def _text(value: Any) -> str:
    """The value as it is written: YAML reads yes and no as booleans."""
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else str(value)


def _checked(where: str, name: str, value: str) -> str:
    if name not in accepted():
        raise UnusableExpectation(f"{where}: there is no variant {name!r}; there are {', '.join(sorted(accepted()))}")
    if value not in accepted()[name]:
        raise UnusableExpectation(f"{where}: {name} is never {value!r}; it is one of {', '.join(accepted()[name])}")
    return value
