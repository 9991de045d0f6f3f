"""Prepares a target with a Python object: `module:object`, imported from the folder in which the run is started."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any

from mock_lms_contracts.adapters import Adapter, Claims, World
from mock_lms_contracts.adapters.guide import GUIDE
from mock_lms_contracts.adapters.ids import ids_of
from mock_lms_contracts.scenario import Scenario
from mock_lms_contracts.target import Target
from mock_lms_contracts.verdicts import HarnessError

METHODS = ("claims", "prepare", "inspect", "other_token", "clean")


@dataclass(frozen=True, slots=True)
class PythonAdapter:
    """A user's object, whose results are checked."""

    name: str
    inner: Adapter

    def claims(self) -> Claims:
        claims: Any = self.inner.claims()
        if not isinstance(claims, Claims):
            raise HarnessError(
                f"{self.name}: claims() must give mock_lms_contracts.adapters.Claims, not {claims!r:.80}; {GUIDE}"
            )
        return claims

    def prepare(self, target: Target, scenario: Scenario, name: str) -> World:
        world: Any = self.inner.prepare(target, scenario, name)
        if not isinstance(world, World):
            raise HarnessError(
                f"{self.name}: prepare() must give mock_lms_contracts.adapters.World, not {world!r:.80}; {GUIDE}"
            )
        ids = {"users": world.ids.users, "courses": world.ids.courses, "plans": world.ids.plans}
        ids_of(scenario, ids, f"{self.name}, prepare()")
        return world

    def inspect(self, world: World, user_ids: Collection[int]) -> Mapping[int, Mapping[str, Any]]:
        return self.inner.inspect(world, user_ids)

    def other_token(self, world: World) -> str:
        return self.inner.other_token(world)

    def expired_token(self, world: World) -> str:
        token: str = self._optional("expired_token")(world)
        return token

    def learner_token(self, world: World) -> str:
        token: str = self._optional("learner_token")(world)
        return token

    def limit(self, world: World, calls: int, seconds: int) -> None:
        self._optional("limit")(world, calls, seconds)

    def _optional(self, method: str) -> Callable[..., Any]:
        """A method that only some claims need. Raises `HarnessError` if it is missing."""
        found: Callable[..., Any] | None = getattr(self.inner, method, None)
        if found is None:
            raise HarnessError(f"{self.name} claims something that needs {method}(), but has no such method; {GUIDE}")
        return found

    def clean(self, world: World) -> None:
        self.inner.clean(world)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)  # optional methods


def imported(name: str) -> PythonAdapter:
    """The object of this name, or what it returns if it is a class or a function. Raises `HarnessError`."""
    module, _, path = name.partition(":")
    here = str(Path.cwd())
    if here not in sys.path:
        sys.path.append(here)  # last, so that files there shadow no other module
    try:
        adapter: Any = reduce(getattr, path.split("."), importlib.import_module(module))
        if isinstance(adapter, type) or (callable(adapter) and not hasattr(adapter, "prepare")):
            adapter = adapter()
    except Exception as error:
        raise HarnessError(f"--adapter {name}: {type(error).__name__}: {error}, in {here}; {GUIDE}") from error
    missing = [method for method in METHODS if not callable(getattr(adapter, method, None))]
    if missing:
        raise HarnessError(f"--adapter {name} has no {', '.join(f'{method}()' for method in missing)}; {GUIDE}")
    return PythonAdapter(name, adapter)
