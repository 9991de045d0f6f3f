"""auth: who may call. Each operation that the target serves is tried with each kind of token, and then with ours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

import pytest

from mock_lms_contracts import oracle
from mock_lms_contracts.adapters import World
from mock_lms_contracts.fault import fault, is_failure
from mock_lms_contracts.lab import Lab
from mock_lms_contracts.requirements import requirements
from mock_lms_contracts.rightcalls import RightCall, enrolled_before, right_calls
from mock_lms_contracts.scenario import SUBSCRIBED, Scenario
from mock_lms_contracts.shared import shared_world
from mock_lms_contracts.target import Answer
from mock_lms_contracts.verdicts import Finding, HarnessError, NotClaimed

pytestmark = pytest.mark.xdist_group("auth")

NOT_ISSUED = "5" * 40
MOST = 200
NOBODY, UNKNOWN, EXPIRED, LEARNER, FOREIGN = (
    "without a token",
    "with a token that nobody issued",
    "with an expired token",
    "with a learner's token",
    "with another tenant's token",
)
OPTIONAL = {EXPIRED: "expired_token", LEARNER: "learner_token", FOREIGN: "other_token"}
"""Kinds of token that only an adapter can give: its method."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A call with a token that is not good enough, and what came of it."""

    call: RightCall
    answer: Answer
    changed: bool
    curl: str


@dataclass(slots=True)
class Trial:
    """All operations with all kinds of token. Each was tried with those first, and with our own token last."""

    by_kind: dict[str, list[Tried]] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    """By kind: why there is no such token."""

    ours: dict[str, Tried] = field(default_factory=dict)
    """By operation."""

    effects: int = 0

    def undisturbed(self, operation: str) -> bool:
        """Whether no other token had done before what ours was to do."""
        return not any(
            one.changed for tried in self.by_kind.values() for one in tried if one.call.operation == operation
        )

    def of(self, kind: str) -> list[Tried]:
        """What came of this kind, of the operations that the target serves. Raises `NotClaimed`."""
        if kind in self.missing:
            raise NotClaimed(self.missing[kind])
        # what another token got done may not be done a second time, by ours
        served = [
            tried
            for tried in self.by_kind[kind]
            if tried.changed or _is_good(tried) or _is_good(self.ours[tried.call.operation])
        ]
        if not served:
            raise HarnessError("no call works with our own token either; is it good?")
        return served


@pytest.fixture(scope="session")  # one of its checks is of core, which comes first, and the others much later
def trial(request: pytest.FixtureRequest) -> Iterator[Trial]:
    before = enrolled_before()
    enrolled = {(user, 0): SUBSCRIBED for user, needed in enumerate(before) if needed}
    scenario = Scenario(len(before), 3, ((1,), (1,)), enrolled)
    with shared_world(request.config, "AUTH-TOKEN-1", scenario) as (lab, world):
        yield tried_out(lab, world)


def tried_out(lab: Lab, world: World) -> Trial:
    trial = Trial()
    tokens = {NOBODY: "", UNKNOWN: NOT_ISSUED}
    for kind, method in OPTIONAL.items():
        try:
            tokens[kind] = _token(lab, world, method)
        except NotClaimed as error:
            trial.missing[kind] = str(error)
    trial.by_kind = {kind: [] for kind in tokens}
    for call in right_calls(world.ids, world_word(lab)):
        state = seen(world, call)
        for kind, token in tokens.items():
            tried, state = _try(world, call, state, token)
            trial.by_kind[kind].append(tried)
        trial.ours[call.operation], _ = _try(world, call, state, None)
    trial.effects = sum(tried.changed for tried in trial.ours.values())
    return trial


def world_word(lab: Lab) -> str:
    return f"{lab.run}-right"


def _token(lab: Lab, world: World, method: str) -> str:
    """Raises `NotClaimed` where the adapter has none, `HarnessError` where it is no other than ours."""
    missing = lab.claims.missing(["other_tenant" if method == "other_token" else method])
    if missing:
        raise NotClaimed(missing)
    give = getattr(lab.adapter, method, None)
    if give is None:
        raise NotClaimed(f"the adapter has no {method}(world)")
    token = str(give(world))
    if token in {"", world.target.bearer}:
        raise HarnessError(f"the adapter's {method}(world) gave our own token, or none")
    return token


def _try(world: World, call: RightCall, before: Any, token: str | None) -> tuple[Tried, Any]:
    """The call with this token, and what there is after it."""
    answer = world.target.call(call.method, call.path, call.body, token=token)
    curl = world.target.calls[-1]
    after = seen(world, call) if call.writes else before
    return Tried(call, answer, after != before, curl), after


def seen(world: World, call: RightCall) -> Any:
    """All that the call could change and that can be seen: enrollments, and what a list of its path has of its kind."""
    if not call.writes:
        return None
    listed: Any = None
    if call.lists or call.path.endswith("/courses"):
        query: list[tuple[str, Any]] = [("page_size", MOST), *([("search_text", call.word)] if call.lists else ())]
        data = world.target.call("GET", call.path, query=query).data
        listed = data.get("items") if isinstance(data, Mapping) else None
    return oracle.observe(world.target, world.ids), listed


def _is_good(tried: Tried) -> bool:
    return HTTPStatus.OK <= tried.answer.status < HTTPStatus.MULTIPLE_CHOICES


def require_refused(lab: Lab, trial: Trial, kind: str, status: HTTPStatus, *, only_writes: bool = False) -> None:
    """Every operation is, with this status, and changes nothing; with our own token it does what it is for."""
    tried = [one for one in trial.of(kind) if one.call.writes or not only_writes]
    wrong = [one for one in tried if one.answer.status != status or one.changed]
    lab.target.calls[:] = [one.curl for one in wrong or tried]
    lab.effects = trial.effects
    lab.require(
        not wrong,
        f"Calls {kind} are not refused with {int(status)}, or change something.",
        {one.call.operation: int(status) for one in wrong},
        {one.call.operation: f"{one.answer.status}{', and something changed' * one.changed}" for one in wrong},
    )
    for one in tried:
        ours = trial.ours[one.call.operation]
        broken = _of_its_effect(one.call)
        if broken and not ours.changed and trial.undisturbed(one.call.operation):
            said = f"{one.call.operation} is answered with {ours.answer.status}, and changes nothing."
            raise Finding(said, requirement=broken)


def _of_its_effect(call: RightCall) -> str:
    """The requirement that says what a call of this operation changes. Empty where none does."""
    of_it = (one.id for one in requirements() if one.operation == call.operation and one.profile != "auth")
    return next(of_it, "") if call.writes else ""


@pytest.mark.requirement("AUTH-TOKEN-1")
def test_without_a_token_or_with_one_that_nobody_issued_a_call_is_401_and_changes_nothing(
    lab: Lab, trial: Trial
) -> None:
    require_refused(lab, trial, NOBODY, HTTPStatus.UNAUTHORIZED)
    require_refused(lab, trial, UNKNOWN, HTTPStatus.UNAUTHORIZED)


@pytest.mark.requirement("AUTH-TOKEN-2")
def test_a_token_of_another_tenant_is_401_and_changes_nothing(lab: Lab, trial: Trial) -> None:
    require_refused(lab, trial, FOREIGN, HTTPStatus.UNAUTHORIZED)


@pytest.mark.requirement("AUTH-TOKEN-3")
def test_an_expired_token_is_401_and_changes_nothing(lab: Lab, trial: Trial) -> None:
    require_refused(lab, trial, EXPIRED, HTTPStatus.UNAUTHORIZED)


@pytest.mark.requirement("AUTH-TOKEN-4")
def test_with_a_learners_token_a_call_that_would_change_something_is_403_and_changes_nothing(
    lab: Lab, trial: Trial
) -> None:
    require_refused(lab, trial, LEARNER, HTTPStatus.FORBIDDEN, only_writes=True)


@pytest.mark.requirement("AUTH-TOKEN-5")
def test_a_learners_token_shows_nobody_elses_enrollments(lab: Lab, trial: Trial) -> None:
    tried = [one for one in trial.of(LEARNER) if not one.call.writes and "enrollment" in one.call.operation]
    lab.given(tried, "the target serves no operation that shows enrollments")
    shows = [one for one in tried if _is_good(one) and _rows(one.answer)]
    lab.target.calls[:] = [one.curl for one in shows or tried]
    lab.effects = trial.effects
    lab.require(
        not shows,
        "With the token of a learner who is enrolled in nothing, enrollments are shown.",
        [],
        {one.call.operation: one.answer.text[:200] for one in shows},
    )


def _rows(answer: Answer) -> Any:
    """The enrollments in an answer: a list's items, or the record."""
    data = answer.data
    return (data.get("items") or data.get("records")) if isinstance(data, Mapping) else None


@pytest.mark.requirement("CALL-STATUS-1")
def test_a_right_call_is_neither_refused_nor_answered_with_5xx(lab: Lab, trial: Trial) -> None:
    lab.target.calls[:] = [one.curl for one in trial.ours.values()]
    lab.effects = trial.effects
    wrong = {}
    for name, one in trial.ours.items():
        if one.answer.status >= HTTPStatus.BAD_REQUEST and trial.undisturbed(name):
            found = fault(one.call.method, one.call.path, one.answer)
            if isinstance(found, Finding):
                wrong[name] = one
    lab.given(any(_is_good(one) for one in trial.ours.values()), "no call works; is the token good?")
    if wrong:
        lab.target.calls[:] = [one.curl for one in wrong.values()]
    failed = [name for name, one in wrong.items() if is_failure(one.answer.status)]
    lab.require(
        not wrong,
        f"Right calls are answered with 5xx ({', '.join(failed)})." if failed else "Right calls are refused.",
        dict.fromkeys(wrong, "2xx"),
        {name: f"{one.answer.status} {one.answer.text[:200]}" for name, one in wrong.items()},
    )
