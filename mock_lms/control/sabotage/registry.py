"""What a sabotage is, what it may change, and the registry of all sabotages.

A sabotage is made of parts. A part says where it acts and by which rule; where it acts on enrollments, a scope
(`scopes.py`) says on which of them. The tables give each combination a name and the sentence that it breaks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from flask import Flask


@dataclass
class Target:
    """What a sabotage may change. The changes are made at once, and can be switched off and on again."""

    app: Flask
    _changes: list[tuple[Any, str, Any, Any]] = field(default_factory=list)

    def replace(self, owner: Any, name: str, new: Any) -> None:
        """Puts `new` in place of `owner.name`."""
        self._changes.append((owner, name, getattr(owner, name), new))
        setattr(owner, name, new)

    def around(self, owner: Any, name: str, wrapper: Callable[..., Any]) -> None:
        """Has `owner.name(...)` call `wrapper(function, ...)` with the right function."""
        function = getattr(owner, name)
        self.replace(owner, name, lambda *args, **kwargs: wrapper(function, *args, **kwargs))

    def on(self) -> None:
        for owner, name, _, new in self._changes:
            setattr(owner, name, new)

    def off(self) -> None:
        for owner, name, old, _ in reversed(self._changes):
            setattr(owner, name, old)


Part: TypeAlias = Callable[[Target], None]
"""Makes the server wrong in one way."""


@dataclass(frozen=True, slots=True)
class Sabotage:
    """One way to be wrong. `breaks` is the broken rule, a sentence about right servers; `family` is the topic."""

    name: str
    family: str
    breaks: str
    commit: Part


SABOTAGES: dict[str, Sabotage] = {}


def wrong(family: str, /, **rows: tuple[str, Part]) -> None:
    """Registers a table of sabotages: by name, the sentence that is broken, and the part that breaks it."""
    for name, (breaks, part) in rows.items():
        if name in SABOTAGES:
            raise ValueError(f"there are two sabotages {name}")
        SABOTAGES[name] = Sabotage(name, family, breaks, part)
