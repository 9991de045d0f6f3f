"""The battery: tries all cases in one campus, for all requirements at once, and compares them with the model."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus

from mock_lms_contracts import worlds
from mock_lms_contracts.adapters import Adapter, Claims, World
from mock_lms_contracts.campus import Campus
from mock_lms_contracts.crowd import CROWD, crowded
from mock_lms_contracts.judge import Broken
from mock_lms_contracts.model import CAP, PLACEHOLDER, Call, Fact, is_unused
from mock_lms_contracts.reenroll import come_back
from mock_lms_contracts.scenario import Scenario
from mock_lms_contracts.shrink import shrunk, told
from mock_lms_contracts.target import Target
from mock_lms_contracts.trial import Judged, Observed, judged, observe
from mock_lms_contracts.verdicts import Finding, HarnessError, Inconclusive, NotClaimed
from mock_lms_contracts.worlds import Case

VARIANTS: Mapping[str, tuple[Sequence[str], Callable[[Call], object]]] = {
    "over_cap": (("reject", "truncate"), lambda call: len({*call.users}) > CAP),
    "placeholder_zero": (("ignore", "report"), lambda call: is_unused(call.courses) or is_unused(call.plans)),
    "placeholder_among_ids": (("ignore", "report"), lambda call: PLACEHOLDER in {*call.courses, *call.plans}),
    "shared_courses": (("keep", "remove"), lambda call: call.cascade and call.plans),
    "course_in_plan": (("allow", "refuse"), lambda call: call.courses),
    "listed_and_cascaded": (("left", "error"), lambda call: call.cascade and call.courses and call.plans),
}
"""The variants of a target: the values that the model knows, and which calls can show one."""

JUDGED = (
    *(f"UNENROLL-EFFECT-{number}" for number in range(1, 7)),
    *("UNENROLL-ANSWER-1", "UNENROLL-ANSWER-2", "UNENROLL-STATUS-1", "UNENROLL-STATUS-2", "CALL-STATUS-1"),
    *(f"UNENROLL-ERRORS-{number}" for number in (1, 2, 4, 5)),
    *("UNENROLL-TARGET-1", "UNENROLL-PARTIAL-1"),
    *(
        "UNENROLL-REPEAT-1",
        "UNENROLL-READ-1",
        "UNENROLL-ATOMIC-1",
        "UNENROLL-PLACEHOLDER-1",
        "UNENROLL-PLACEHOLDER-2",
        "ROBUST-TWICE-1",
    ),
    *("UNENROLL-CAP-1", "UNENROLL-CAP-2", "UNENROLL-CAP-3", "PLAN-LEAVE-1", "PLAN-LEAVE-2", "PLAN-DIRECT-1"),
    *(f"PLAN-CASCADE-{number}" for number in range(1, 5)),
    *("COMPLETION-KEEP-1", "COMPLETION-KEEP-2", "COMPLETION-RESET-1", "ENROLL-BACK-1"),
    *(f"COMPLETION-TRACKS-{number}" for number in range(1, 3)),
    *("CERTIFICATE-KEEP-1", "CERTIFICATE-DELETE-1", "CERTIFICATE-DELETE-2", "CERTIFICATE-PLAN-1"),
)
"""The requirements that the battery checks."""

AFTERWARDS = {"UNENROLL-REPEAT-1", "COMPLETION-KEEP-1", "COMPLETION-RESET-1", "ENROLL-BACK-1"}
"""Requirements that only a second call shows. Their cases are not made smaller."""

AGAIN, BACK = 5, 3
"""Every fifth call is repeated. After every third call, and after each reset, the users who left are enrolled again."""

SHRUNK = 4
"""How many findings get a smaller case."""


@dataclass(frozen=True, slots=True)
class Found:
    """A requirement that does not hold, the case that shows it, and its calls."""

    broken: Broken
    scenario: Scenario
    case: Case
    curl: Sequence[str]

    @property
    def message(self) -> str:
        return f"{self.broken.message} {told(self.scenario, self.case)}"


@dataclass(slots=True)
class Explorer:
    """One run of the battery. It ends early once all `wanted` requirements are broken."""

    adapter: Adapter
    target: Target
    claims: Claims
    name: str
    wanted: frozenset[str]
    found: dict[str, Found] = field(default_factory=dict)
    exercised: Counter[str] = field(default_factory=Counter)
    variants: dict[str, str] = field(default_factory=dict)
    effects: int = 0
    """How many facts disappeared. If none did, the run does not show that the others were spared."""

    tried: int = 0
    """How many smaller worlds were prepared for findings."""

    _chance: random.Random = field(init=False)
    _pairs: Sequence[Mapping[str, str]] = ()
    _small: set[str] = field(default_factory=set)

    def run(self, *, seed: str, thorough: bool, crowd: bool) -> Iterator[World]:
        """Tries all cases. Yields each world that it prepares, so that the caller can clean up."""
        yield from self.begin(seed)
        yield from self.more(thorough=thorough, crowd=crowd)

    def begin(self, seed: str) -> Iterator[World]:
        """Tries the cases in which every two choices meet, which is all that core needs."""
        plans = "learning_plans" in self.claims.capabilities
        self._chance = random.Random(seed)  # noqa: S311 -- no secret
        self._pairs = worlds.rows(self._chance, plans=plans)
        yield from self.tried_all([*probes(plans=plans), *self._pairs], self._chance, "pairs", crowd=False)
        yield from self._shrink()

    def more(self, *, thorough: bool, crowd: bool) -> Iterator[World]:
        """Tries more: if `thorough`, cases in which every three choices of `TOGETHER` meet; and those of a `crowd`.

        It tries none if all that is wanted was found before.
        """
        if (thorough or crowd) and not self.wanted <= self.found.keys():
            plans = "learning_plans" in self.claims.capabilities
            rows = worlds.rows(self._chance, thorough=True, plans=plans)[len(self._pairs) :] if thorough else []
            yield from self.tried_all(rows, self._chance, "more", crowd=crowd, in_turns=True)
            yield from self._shrink()

    def tried_all(
        self,
        rows: Sequence[Mapping[str, str]],
        chance: random.Random,
        name: str,
        *,
        crowd: bool,
        in_turns: bool = False,
    ) -> Iterator[World]:
        """Tries all of these rows in one new campus, which it yields. `crowd` adds the calls of many people.

        With `in_turns`, each case is read through only some of the views.
        """
        capabilities = self.claims.capabilities
        plans = "learning_plans" in capabilities
        most = self.claims.limits.get("users", CROWD + 2)
        scenario, cases = worlds.compose(
            rows[: max(1, most // len(worlds.PEOPLE))],
            chance,
            plans=plans,
            statuses="statuses" in capabilities,
            certificates={"certificates", "inspect"} <= capabilities,
            plan_certificates={"plan_certificates", "inspect"} <= capabilities,
        )
        if crowd and most > CROWD + 1:
            scenario, cases = crowded(scenario, cases, plans=plans)
        if not cases:
            return
        campus = self.opened(scenario, f"{self.name}-{name}")
        yield campus.prepared
        for number, case in enumerate(cases):
            if self.wanted <= self.found.keys():
                return
            campus.turn = number if in_turns else None
            self._try(campus, case, number)

    def _shrink(self) -> Iterator[World]:
        """Makes the cases of the first wanted findings smaller. Yields the worlds that it prepares for that."""
        worth = [name for name in self.found if name in self.wanted - AFTERWARDS]
        for requirement in [name for name in worth[:SHRUNK] if name not in self._small]:
            self._small.add(requirement)
            smaller = _Smaller(self, self.found[requirement])
            # if a smaller world cannot be prepared, the finding stays as it is
            with suppress(Finding, HarnessError, Inconclusive, NotClaimed):
                shrunk(smaller.found.scenario, smaller.found.case, smaller.shows_it)
            self.found[requirement] = smaller.found
            yield from smaller.worlds

    def opened(self, scenario: Scenario, name: str) -> Campus:
        """Prepares the scenario and reads it."""
        scenario = self.claims.fitted(scenario)
        prepared = self.adapter.prepare(self.target, scenario, name)
        campus = Campus(prepared, scenario, self.adapter, self.claims.capabilities)
        campus.settle(campus.read_all())
        campus.totals_hold = campus.totals() == campus.counted()
        return campus

    def _try(self, campus: Campus, case: Case, number: int) -> None:
        before = campus.world()
        observed = observe(campus, case, number)
        result = self.judge(campus, observed)
        self._book(result, campus, case, observed)
        self._settle(campus, result, observed)
        self.effects += len(before.held.keys() - campus.held.keys())
        done = result.as_it_must_be and observed.answer.status < HTTPStatus.BAD_REQUEST
        if not done or len(case.people) > len(worlds.PEOPLE):  # crowds are tried only once
            return
        if number % AGAIN == 0:
            self._again(campus, case)
        reset = result.meaning.call.reset_tracks
        if (reset or number % BACK == 0) and "enroll" in self.claims.capabilities:
            self._back(campus, case, result, before.held)

    def judge(self, campus: Campus, observed: Observed) -> Judged:
        """Judges by the known variants, after finding out those that this case shows first."""
        for name, (values, shows) in VARIANTS.items():
            if name not in self.variants and shows(observed.call):
                results = [judged(observed, self.variants | {name: value}) for value in values]
                if len({(*sorted(result.after), *sorted(result.meaning.failed)) for result in results}) > 1:
                    severities = [_severity(result.broken) for result in results]
                    self.variants[name] = values[severities.index(min(severities))]
        result = judged(observed, self.variants)
        if not result.broken and not result.as_it_must_be:  # a total is wrong: the call changed something elsewhere
            return judged(observed, self.variants, campus.read_all())
        return result

    def _settle(self, campus: Campus, result: Judged, observed: Observed) -> None:
        if result.as_it_must_be:
            campus.held = dict(result.after)
        else:
            campus.settle([*observed.readings, *campus.read_all()])
            campus.totals_hold = campus.totals() == campus.counted()

    def _book(self, result: Judged, campus: Campus, case: Case, observed: Observed) -> None:
        self.exercised += result.exercised
        for broken in result.broken:
            self.found.setdefault(broken.requirement, Found(broken, campus.scenario, case, observed.curl))

    def _again(self, campus: Campus, case: Case) -> None:
        """Repeats the call. It has nothing left to do, and must succeed all the same."""
        observed = observe(campus, case, just_read=True)
        result = self.judge(campus, observed)
        self.exercised["UNENROLL-REPEAT-1"] += 1
        for broken in result.broken:
            said = f"When the call is repeated: {broken.message}"
            again = replace(broken, requirement="UNENROLL-REPEAT-1", message=said)
            self.found.setdefault("UNENROLL-REPEAT-1", Found(again, campus.scenario, case, observed.curl))
        self._settle(campus, result, observed)

    def _back(self, campus: Campus, case: Case, result: Judged, before: Mapping[Fact, object]) -> None:
        """Enrolls the users who left again."""
        for looked in come_back(campus, result.meaning, before, self.variants):
            self.exercised[looked.requirement] += 1
            if looked.broken:
                found = Found(looked.broken, campus.scenario, case, looked.curl)
                self.found.setdefault(looked.requirement, found)


@dataclass(slots=True)
class _Smaller:
    """The search for a smaller case of a finding: the smallest case so far, and the worlds prepared on the way."""

    explorer: Explorer
    found: Found
    worlds: list[World] = field(default_factory=list)

    def shows_it(self, scenario: Scenario, case: Case) -> bool:
        """Whether this case breaks the same requirement. If so, it becomes the finding's case."""
        requirement = self.found.broken.requirement
        self.explorer.tried += 1
        campus = self.explorer.opened(scenario, f"{self.explorer.name}-s{self.explorer.tried}")
        self.worlds.append(campus.prepared)
        observed = observe(campus, case)
        found = [broken for broken in self.explorer.judge(campus, observed).broken if broken.requirement == requirement]
        self.explorer.adapter.clean(campus.prepared)
        if found:
            self.found = Found(found[0], scenario, case, observed.curl)
        return bool(found)


def probes(*, plans: bool) -> Iterator[dict[str, str]]:
    """Rows that each show one variant alone. What the target does there applies to the other rows."""
    plain = {"courses": "one", "plans": "none", "unused list": "absent", "first course in": "no plan", "ids": "numbers"}
    plain["among them"] = "nothing else"
    plain |= dict.fromkeys(worlds.FLAGS, "absent") | {"listed": "members", "first status": "0"}
    yield plain
    yield plain | {"unused list": "placeholder"}
    if plans:
        yield plain | {"first course in": "a plan that stays"}
        yield plain | {"courses": "none", "plans": "one", "cascade": "true"}
        yield plain | {"plans": "one", "cascade": "true", "first course in": "a listed plan"}


def _severity(broken: Iterable[Broken]) -> int:
    return sum(1 + len(one.seen if isinstance(one.seen, list) else ()) for one in broken)
