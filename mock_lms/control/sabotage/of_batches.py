"""The table of batches."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Any

from mock_lms.control.sabotage.registry import Target, wrong
from mock_lms.domain import batch
from mock_lms.domain.batch import Known, Outcome, Row
from mock_lms.domain.unenroll import Decision
from mock_lms.services import batch as batch_service


def _failures_last(target: Target) -> None:
    def other(function: Any, *args: Any, **kwargs: Any) -> list[Outcome]:
        outcomes: list[Outcome] = function(*args, **kwargs)
        return sorted(outcomes, key=lambda outcome: bool(outcome.problem))

    for operation in ("batch_enroll", "batch_unenroll"):
        target.around(batch_service, operation, other)


def _until_the_first_failure(target: Target) -> None:
    def other(function: Any, outcomes: Sequence[Outcome]) -> Iterator[list[Outcome]]:
        before = takewhile(lambda outcome: not outcome.problem, outcomes)
        yield from function([*before])

    target.around(batch, "rounds", other)


def _no_names(target: Target) -> None:
    def other(function: Any, rows: Sequence[Row], known: Known) -> list[Outcome]:
        outcomes: list[Outcome] = function(rows, replace(known, user_ids={}, course_ids={}))
        return outcomes

    target.around(batch, "resolve", other)


def _leaves_the_last(target: Target) -> None:
    def other(function: Any, outcomes: Sequence[Outcome], *args: Any) -> Decision:
        decision: Decision = function(outcomes[:-1] or outcomes, *args)
        return decision

    target.around(batch, "decide_to_unenroll", other)


wrong(
    "batches",
    batch_lists_failures_last=("the rows of a batch's answer are in the order of the items", _failures_last),
    batch_stops_at_the_first_failure=(
        "rows of a batch are carried out also where others fail",
        _until_the_first_failure,
    ),
    batch_knows_ids_only=("a row of a batch may name a course by its code and a user by the username", _no_names),
    batch_unenrolls_all_but_the_last=("a batch unenrolls the users of all its rows", _leaves_the_last),
)
