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
    """What a sabotage may lay hands on. It is off until it is switched on, and can be switched again and again."""

    app: Flask
    _changes: list[tuple[Any, str, Any, Any]] = field(default_factory=list)

    def replace(self, owner: Any, name: str, new: Any) -> None:
        """Puts `new` in place of `owner.name`."""
        self._changes.append((owner, name, getattr(owner, name), new))
        setattr(owner, name, new)

    def around(self, owner: Any, name: str, wrapper: Callable[..., Any]) -> None:
        """Has `owner.name(...)` call `wrapper(the function itself, ...)`."""
        function = getattr(owner, name)
        self.replace(owner, name, lambda *args, **kwargs: wrapper(function, *args, **kwargs))

    def on(self) -> None:
        for owner, name, _, new in self._changes:
            setattr(owner, name, new)

    def off(self) -> None:
        for owner, name, old, _ in reversed(self._changes):
            setattr(owner, name, old)


class Saboteur:
    """Makes the process's server wrong for the calls of some tenants, one call at a time."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._targets: dict[tuple[str, str], Target] = {}
        self._on: tuple[str, str] | None = None

    def be(self, tenant: str, sabotage: str) -> None:
        """What the next call of the tenant meets; no name is a right server. Raises `UnknownSabotage`."""
        wanted = (tenant, sabotage) if sabotage else None
        if wanted == self._on:
            return
        if self._on:
            self._targets[self._on].off()
            self._on = None
        if wanted in self._targets:
            self._targets[wanted].on()
        elif wanted:
            self._targets[wanted] = apply(sabotage, self._app)
        self._on = wanted


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
