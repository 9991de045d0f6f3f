"""Deliberately wrong servers, each with one rule broken, to prove that *your* tests notice.

A sabotage acts from outside: it replaces a function that the code calls by name, or wraps the WSGI application. No code
of the server asks whether it is sabotaged.
"""

from __future__ import annotations

from flask import Flask

from mock_lms.control.sabotage.registry import SABOTAGES as SABOTAGES
from mock_lms.control.sabotage.registry import Sabotage
from mock_lms.control.sabotage.registry import Target as Target


class UnknownSabotage(ValueError):
    """There is no sabotage of this name."""


class Saboteur:
    """Makes the process's server wrong for the calls of some tenants, one call at a time."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._targets: dict[tuple[str, str], Target] = {}
        self._on: tuple[str, str] | None = None

    def be(self, tenant: str, sabotage: str) -> None:
        """Sets the sabotage for the tenant's next call; an empty name is none. Raises `UnknownSabotage`."""
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


def known() -> dict[str, Sabotage]:
    """Every sabotage by name, family by family."""
    from mock_lms.control.sabotage import (  # noqa: PLC0415 -- a right server needs none; they register on import
        of_access,  # noqa: F401
        of_answers,  # noqa: F401
        of_batches,  # noqa: F401
        of_calls,  # noqa: F401
        of_enrolling,  # noqa: F401
        of_enrollments,  # noqa: F401
        of_reads,  # noqa: F401
    )

    return SABOTAGES


def rule_broken_by(name: str) -> str | None:
    """The rule that a sabotage breaks, or None for no sabotage. Raises `UnknownSabotage`."""
    if not name:
        return None
    if name not in known():
        raise UnknownSabotage(f"there is no sabotage '{name}'; `mock-lms sabotage` lists them")
    return SABOTAGES[name].breaks


def apply(name: str, app: Flask) -> Target:
    """Sabotages this process's server. Raises `UnknownSabotage`."""
    rule_broken_by(name)
    target = Target(app)
    known()[name].commit(target)
    return target
