"""Deliberately wrong servers, each with one rule broken: to prove that *your* tests notice.

A sabotage acts from outside. It replaces a function that the code calls by name, or wraps the WSGI application; nothing
that serves asks whether it is sabotaged.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask


class UnknownSabotage(ValueError):
    """There is no sabotage of this name."""


@dataclass
class Target:
    """What a sabotage may lay hands on. Everything it does can be undone."""

    app: Flask
    _undo: list[Callable[[], None]] = field(default_factory=list)

    def replace(self, owner: Any, name: str, new: Any) -> None:
        """Puts `new` in place of `owner.name`."""
        old = getattr(owner, name)
        setattr(owner, name, new)
        self._undo.append(lambda: setattr(owner, name, old))

    def around(self, owner: Any, name: str, wrapper: Callable[..., Any]) -> None:
        """Has `owner.name(...)` call `wrapper(the function itself, ...)`."""
        function = getattr(owner, name)
        self.replace(owner, name, lambda *given, **named: wrapper(function, *given, **named))

    def undo(self) -> None:
        while self._undo:
            self._undo.pop()()


@dataclass(frozen=True, slots=True)
class Sabotage:
    """`breaks` is the rule that holds no more, as a sentence about right servers."""

    name: str
    breaks: str
    commit: Callable[[Target], None]


SABOTAGES: dict[str, Sabotage] = {}


def sabotage(breaks: str) -> Callable[[Callable[[Target], None]], Callable[[Target], None]]:
    """Registers the function that commits it, under the function's name."""

    def register(commit: Callable[[Target], None]) -> Callable[[Target], None]:
        SABOTAGES[commit.__name__] = Sabotage(commit.__name__, breaks, commit)
        return commit

    return register


def known() -> dict[str, Sabotage]:
    """Every sabotage by name."""
    from mock_lms.control.sabotage import around_http, around_unenroll  # noqa: F401, PLC0415 -- they register themselves

    return SABOTAGES


def rule_broken_by(name: str) -> str | None:
    """The sentence of the rule; None where nothing is sabotaged. Raises `UnknownSabotage`."""
    if not name:
        return None
    if name not in known():
        raise UnknownSabotage(f"there is no sabotage '{name}'; `mock-lms sabotage` lists them")
    return SABOTAGES[name].breaks


def apply(name: str, app: Flask) -> Target:
    """Makes this process's server a wrong one. Raises `UnknownSabotage`."""
    rule_broken_by(name)
    target = Target(app)
    known()[name].commit(target)
    return target
