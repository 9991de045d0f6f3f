"""What a run is asked to do, what it found, and the exit code that follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mock_lms_contracts.adapters import Claims
from mock_lms_contracts.baseline import Known
from mock_lms_contracts.requirements import Requirement
from mock_lms_contracts.verdicts import Result, Verdict

PASSED, FINDINGS, USAGE, UNDECIDED, INTERRUPTED = 0, 1, 2, 3, 130
"""Exit codes."""

NOT_RUN = "not run: the run was interrupted before this check had ended"
"""The message of results that are inconclusive for this reason. Reports count them apart."""

WITHOUT_EFFECT = frozenset({"reads", "auth"})
"""Profiles that only read. A run of these alone needs no effect."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a run is asked to do. No report shows its secrets."""

    base_url: str
    requirements: Sequence[Requirement]
    token: str = field(default="", repr=False)
    login: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The form of the token request."""

    adapter: str = "api"
    control_token: str = field(default="", repr=False)
    tenant: str = "default"
    seed: int = 0
    max_writes: int | None = None
    read_only: bool = False
    without: Sequence[str] = ()
    """Capabilities that the target does not have, whatever its adapter claims."""

    hosts: Sequence[str] = ()
    """Other machines that may be tested."""

    verify: bool | str = True
    """Whether certificates are verified, or the file of those to trust."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Sent with every call to the target."""

    known: Mapping[str, Known] = field(default_factory=dict)
    """The baseline, by requirement."""

    expected: Mapping[str, str] = field(default_factory=dict)
    """By variant, the behavior that the user expects. Another one is a finding."""

    profiles: Sequence[str] = ()
    level: str = "MAY"
    only: Sequence[str] = ()
    pytest: Sequence[str] = ()
    """The user's own arguments of pytest."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found: a result for every selected requirement, in the order of the file.

    Findings about other requirements, which a check came upon, follow these.
    """

    options: Options
    results: Sequence[Result]
    claims: Claims = field(default_factory=Claims)
    writes: int = 0
    """Writing calls to the API under test."""

    problems: Sequence[str] = ()
    """What changed outside the run's worlds, and what could not be removed, in a sentence each."""

    left: Mapping[str, int] = field(default_factory=dict)
    """How many users, courses and plans stay, since the adapter cannot remove them."""

    interrupted: bool = False
    """Whether Ctrl-C or SIGTERM ended the run. The results are those it had by then."""

    name: str = ""
    """The run's name, with which the names of all that it made begin."""

    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def exit_code(self) -> int:
        return self.decision[0]

    @property
    def decision(self) -> tuple[int, str]:
        """The exit code and its meaning. The first reason that applies decides.

        It is 0 only if every selected requirement that the target claims holds or is excused by the baseline, and an
        effect was observed. A read-only run, or one of `WITHOUT_EFFECT` alone, must have made a call instead.
        """
        counts = self.counts
        passed = [result for result in self.results if result.verdict is Verdict.PASS]
        looked = bool(self.effects) if self.needs_effect else any(result.calls for result in passed)
        for is_so, code, meaning in (
            (
                self.interrupted,
                INTERRUPTED,
                f"the run was interrupted: {self.not_run} of {len(self.results)} requirements were not run",
            ),
            (counts[Verdict.FAIL], FINDINGS, "a requirement does not hold"),
            (counts[Verdict.STALE], FINDINGS, "the baseline is out of date: what it excuses holds"),
            (self.problems, UNDECIDED, "something outside the run's worlds changed, or the run left something behind"),
            (counts[Verdict.HARNESS_ERROR], UNDECIDED, "the suite, the adapter or the connection broke down"),
            (
                counts[Verdict.INCONCLUSIVE],
                UNDECIDED,
                "a check could not decide, as what it needs was not there",
            ),
            (
                self.undetermined,
                UNDECIDED,
                f"the run did not find out which behavior there is of {', '.join(self.undetermined)}",
            ),
            (
                not passed and not counts[Verdict.KNOWN],
                UNDECIDED,
                "nothing could be checked: every selected requirement was skipped",
            ),
            (not looked and self.needs_effect, UNDECIDED, "no effect was observed, so nothing is proven"),
            (not looked, UNDECIDED, "no passing check made a call, so nothing is proven"),
            (counts[Verdict.KNOWN], PASSED, "everything that was selected and is claimed holds, or is a known failure"),
        ):
            if is_so:
                return code, meaning
        return PASSED, "everything that was selected and is claimed holds"

    @property
    def not_run(self) -> int:
        return sum(result.message == NOT_RUN for result in self.results)

    @property
    def undetermined(self) -> list[str]:
        """Variants of which a behavior is expected, and none was found out."""
        return [name for name in self.options.expected if name not in self.variants]

    @property
    def needs_effect(self) -> bool:
        profiles = {requirement.profile for requirement in self.options.requirements}
        return not self.options.read_only and not profiles <= WITHOUT_EFFECT

    @property
    def counts(self) -> dict[Verdict, int]:
        by_verdict = Counter(result.verdict for result in self.results)
        return {verdict: by_verdict[verdict] for verdict in Verdict}

    @property
    def effects(self) -> int:
        """How many pairs of user and course or plan were seen to go, come or change."""
        return sum(result.effects for result in self.results)

    @property
    def variants(self) -> dict[str, str]:
        """Which of several legitimate behaviors the target has."""
        return {name: value for result in self.results for name, value in result.variants.items()}
