"""What comes before all checks and after them: is anybody there, may we call, does the adapter do its work, and is what
the run had no business with as it was."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import requests

from mock_lms_contracts.access import Access
from mock_lms_contracts.adapters import Adapter, Claims
from mock_lms_contracts.adapters.choose import adapter_of
from mock_lms_contracts.adapters.decoys import Decoys, plant_decoys
from mock_lms_contracts.adapters.selfcheck import check
from mock_lms_contracts.careful import Careful, later
from mock_lms_contracts.exchange import exchange
from mock_lms_contracts.safety import NoWrites, Shared, Untouched, unlimited
from mock_lms_contracts.target import Budget, Target, log_in
from mock_lms_contracts.verdicts import HarnessError, Inconclusive, NotClaimed

NOBODY = 10
"""Seconds after which there is nobody at the address."""

Run = Mapping[str, Any]
"""What `run.json` says."""


def parts(run: Run) -> tuple[Careful, Target]:
    """Of this process. Raises `HarnessError`."""
    adapter: Adapter = adapter_of(run)
    budget: Budget = Shared(most=run["max_writes"], file=run["writes"])
    if run["read_only"]:
        adapter, budget = Untouched(adapter), NoWrites()
    access = Access(run["login"])
    access.was_good(run["token"], run["read"])
    return Careful(adapter), Target(run["base_url"], run["token"], budget, hosts=frozenset(run["hosts"]), access=access)


def token(run: Run) -> str:
    """The one that was given, or a new one. Raises `HarnessError`."""
    with requests.Session() as session:
        exchange(session, "GET", f"{run['base_url']}/", timeout=NOBODY)
    return run["token"] or (log_in(run["base_url"], run["login"]) if run["login"] else "")


@dataclass(slots=True)
class Ground:
    """One of a run."""

    run: Run
    claims: Claims = field(default_factory=Claims)
    _adapter: Careful | None = None
    _target: Target | None = None
    _decoys: Decoys | None = None

    def known(self) -> dict[str, str]:
        """For other processes: the token as it is now, and what it was good for."""
        if self._target is None:
            return {}
        token = self._target.bearer
        return {"token": token, "read": self._target.access.read_with(token)}

    @property
    def tokens(self) -> list[str]:
        """All that the run had so far."""
        return self._target.tokens if self._target else []

    @property
    def has_worlds(self) -> bool:
        """Whether something that this process made is not removed."""
        return bool(self._adapter and self._adapter.made)

    def prepare(self, before_writing: Callable[[Target, Claims], None]) -> None:
        """Raises `HarnessError`, `Inconclusive`: nothing that is found without it means anything."""
        try:
            self._adapter, self._target = adapter, target = parts(self.run)
            self.claims = adapter.claims()
            if not self.run["read_only"]:
                before_writing(target, self.claims)
                check(adapter, target, self.run["name"])
                self._decoys = plant_decoys(adapter, target, self.run["name"])
        except (HarnessError, Inconclusive):
            raise
        except NotClaimed as error:
            raise HarnessError(f"the adapter's self-check: {error}") from error
        except Exception as error:
            raise HarnessError(f"adapter {self.run['adapter']}: {described(error)}") from error

    def end(self) -> list[str]:
        """What is not as it was, or cannot be seen or removed; a sentence each."""
        if self._adapter is None or self._target is None:
            return []
        problems = []
        if self._decoys is not None:
            try:
                problems += self._decoys.problems()
            except Exception as error:  # noqa: BLE001 -- an adapter is somebody else's
                problems.append(
                    f"whether the run harmed what it had no business with cannot be seen: {described(error)}"
                )
        return problems + cleaned(self._adapter, self._target)


def cleaned(adapter: Careful, target: Target) -> list[str]:
    """Ends every world, though another could not be ended. What went wrong, a sentence each."""
    failed = []
    with unlimited(target.budget), later():
        for world in tuple(adapter.made):
            try:
                adapter.clean(world)
            except Exception as error:  # noqa: BLE001 -- an adapter is somebody else's
                failed.append(f"what the run made could not be removed: {described(error)}")
    adapter.made.clear()
    return failed


def described(error: BaseException) -> str:
    """One line. Of what is not our own, also where it was raised."""
    if isinstance(error, (HarnessError, Inconclusive, NotClaimed)):
        return str(error)
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" ({Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno})" if trace else ""
    return " ".join(f"{type(error).__name__}: {error}{where}".split())
