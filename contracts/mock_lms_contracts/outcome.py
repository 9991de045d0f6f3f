"""What a run is asked to do, what was found, and what that means."""

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
"""The message of what is inconclusive for this reason. It is counted apart."""

WITHOUT_EFFECT = frozenset({"reads", "auth"})
"""Profiles that look and change nothing: a run of these alone need not have seen anything happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What a run is asked to do. Secrets are in no report."""

    base_url: str
    requirements: Sequence[Requirement]
    token: str = field(default="", repr=False)
    login: Mapping[str, str] = field(default_factory=dict, repr=False)
    """The form that a token is asked with."""

    adapter: str = "api"
    control_token: str = field(default="", repr=False)
    tenant: str = "default"
    seed: int = 0
    max_writes: int | None = None
    read_only: bool = False
    without: Sequence[str] = ()
    """Capabilities that the target does not have, whatever its adapter claims."""

    hosts: Sequence[str] = ()
    """That may be tested though they are not this machine."""

    verify: bool | str = True
    """Whether certificates are checked; or a file of those to trust."""

    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    """That each call to the target bears."""

    known: Mapping[str, Known] = field(default_factory=dict)
    """The baseline, by requirement."""

    expected: Mapping[str, str] = field(default_factory=dict)
    """By variant, the behavior that the user expects; another one is a finding."""

    profiles: Sequence[str] = ()
    level: str = "MAY"
    only: Sequence[str] = ()
    pytest: Sequence[str] = ()
    """What pytest is given beside what we give it."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What was found: a result for every requirement that was asked for, in the order of the file.

    After these come findings of others, which a check met on its way.
    """

    options: Options
    results: Sequence[Result]
    claims: Claims = field(default_factory=Claims)
    writes: int = 0
    """Writing calls to the API under test."""

    problems: Sequence[str] = ()
    """What the run had no business with and is not as it was, or could not be removed. A sentence each."""

    left: Mapping[str, int] = field(default_factory=dict)
    """How many users, courses and plans stay, as the adapter has no way to remove them."""

    interrupted: bool = False
    """Whether Ctrl-C or SIGTERM ended it: the results are those that were there by then."""

    name: str = ""
    """Of the run, in the names of all that it made."""

    began: datetime = field(default_factory=lambda: datetime.now(UTC))
    ended: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def exit_code(self) -> int:
        return self.decision[0]

    @property
    def decision(self) -> tuple[int, str]:
        """The exit code, and what it means: of what is the case, the first.

        0 only if all that was asked for and that the target claims passed or is excused by the baseline, and an effect
        was observed. A run of nothing but `WITHOUT_EFFECT`, or one that is read-only, must have looked at something.
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
            (self.problems, UNDECIDED, "the run had no business with something that changed, or left something behind"),
            (counts[Verdict.HARNESS_ERROR], UNDECIDED, "the suite, the adapter or the connection broke down"),
            (
                counts[Verdict.INCONCLUSIVE],
                UNDECIDED,
                "what a check needs was not the case, so that nothing was decided",
            ),
            (
                self.undetermined,
                UNDECIDED,
                f"a behavior is expected, and which one there is was not found out: {', '.join(self.undetermined)}",
            ),
            (
                not passed and not counts[Verdict.KNOWN],
                UNDECIDED,
                "nothing could be checked: all that was asked for was skipped",
            ),
            (not looked and self.needs_effect, UNDECIDED, "nothing was seen to happen, so that nothing is proven"),
            (not looked, UNDECIDED, "nothing was looked at, so that nothing is proven"),
            (counts[Verdict.KNOWN], PASSED, "all that was asked for and is claimed holds, or is known not to"),
        ):
            if is_so:
                return code, meaning
        return PASSED, "all that was asked for and is claimed holds"

    @property
    def not_run(self) -> int:
        return sum(result.message == NOT_RUN for result in self.results)

    @property
    def undetermined(self) -> list[str]:
        """Variants of which a behavior is expected and none was found."""
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
