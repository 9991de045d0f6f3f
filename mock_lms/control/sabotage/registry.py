"""A sabotage, what it may change, and the list in which each enters itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from flask import Flask


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
