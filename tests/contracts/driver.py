"""Runs of the contract suite against tenants of one mock, each with a policy or a sabotage of its own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Any

import requests
from mock_lms_contracts.requirements import Requirement, requirements
from mock_lms_contracts.run import Options, Outcome, run
from mock_lms_contracts.target import log_in
from mock_lms_contracts.verdicts import Result, Verdict

LOGIN = ("client_id", "client_secret", "username", "password")

EVERYTHING = bool(os.environ.get("CONTRACTS_IN_FULL"))
"""At night: every requirement against every sabotage and every policy."""

OURS = tuple(
    requirement for requirement in requirements() if EVERYTHING or not requirement.id.startswith("ROBUST-SCHEMA-")
)
"""Without those that Schemathesis judges, which takes longer than all others together."""

_numbers = count()


@dataclass(frozen=True, slots=True)
class Mock:
    """A mock that serves: what it said when it was ready."""

    ready: Mapping[str, Any]

    def tenant(self, *, sabotage: str = "", policy: Mapping[str, str] | None = None, seed: str = "empty") -> str:
        """Makes one, and says its name. It is never called itself: the worlds of a run are made after it."""
        name = f"tested-{os.getpid()}-{next(_numbers)}"
        body = {"name": name, "seed": seed, "policy": dict(policy or {}), "sabotage": sabotage}
        answer = requests.post(
            f"{self.ready['url']}/_mock/tenants",
            json=body,
            headers={"Authorization": f"Bearer {self.ready['control_token']}"},
            timeout=30,
        )
        assert answer.ok, answer.text
        return name

    def check(
        self, tenant: str = "default", chosen: Iterable[Requirement] = requirements(), arguments: Sequence[str] = ()
    ) -> Outcome:
        """Runs the checks of these requirements, with the mock's own adapter."""
        url = str(self.ready["url"])
        login = {"grant_type": "password", **{name: str(self.ready[name]) for name in LOGIN}}
        return run(
            Options(
                base_url=url,
                requirements=tuple(chosen),
                token=log_in(url, login),
                login=login,
                adapter="mock",
                control_token=str(self.ready["control_token"]),
                tenant=tenant,
                pytest=tuple(arguments),
            )
        )


def findings(outcome: Outcome) -> list[Result]:
    return [result for result in outcome.results if result.verdict is Verdict.FAIL]


def broken(outcome: Outcome) -> set[str]:
    """The requirements that do not hold."""
    return {result.requirement for result in findings(outcome)}
