"""What an outcome means: the exit code, and what is said of it."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from mock_lms_contracts.baseline import Known
from mock_lms_contracts.outcome import Options, Outcome
from mock_lms_contracts.requirements import by_id
from mock_lms_contracts.verdicts import Result, Verdict

TOKEN = "0123456789abcdef0123456789abcdef"


def outcome(*results: Result, **options: Any) -> Outcome:
    chosen = [by_id()[result.requirement] for result in results]
    return Outcome(Options(base_url="http://127.0.0.1:9", requirements=chosen, **options), results)


def of(verdict: Verdict, requirement: str = "UNENROLL-EFFECT-1", **more: Any) -> Result:
    return Result(requirement, verdict, **more)


HELD = of(Verdict.PASS, effects=3, calls=4)


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ([HELD], 0),
        ([HELD, of(Verdict.SKIPPED, "PLAN-LEAVE-1")], 0),
        ([HELD, of(Verdict.KNOWN, "PLAN-LEAVE-1")], 0),
        ([of(Verdict.PASS, calls=4)], 3),
        ([of(Verdict.SKIPPED)], 3),
        ([of(Verdict.KNOWN, effects=1)], 0),
        ([HELD, of(Verdict.INCONCLUSIVE, "UNENROLL-ERRORS-3")], 3),
        ([HELD, of(Verdict.HARNESS_ERROR, "PLAN-LEAVE-1")], 3),
        ([HELD, of(Verdict.STALE, "PLAN-LEAVE-1")], 1),
        ([HELD, of(Verdict.FAIL, "UNENROLL-ERRORS-3")], 1),
        ([of(Verdict.FAIL), of(Verdict.HARNESS_ERROR, "PLAN-LEAVE-1")], 1),
        ([of(Verdict.PASS, "READ-PAGES-1", calls=4)], 0),
        ([of(Verdict.PASS, "READ-PAGES-1", calls=4), of(Verdict.PASS, "AUTH-TOKEN-1", calls=2)], 0),
        ([of(Verdict.PASS, "READ-PAGES-1")], 3),
        ([of(Verdict.PASS, "READ-PAGES-1", calls=4), of(Verdict.PASS, "ROBUST-BODY-1", calls=4)], 3),
    ],
)
def test_the_exit_code_is_0_only_where_something_was_seen_to_hold(results: list[Result], code: int) -> None:
    assert outcome(*results).exit_code == code


def test_what_passes_without_an_effect_is_said_to_prove_nothing() -> None:
    assert outcome(of(Verdict.PASS, calls=4)).decision[1] == "no effect was observed, so nothing is proven"
    assert outcome(of(Verdict.PASS, "READ-PAGES-1")).decision[1].startswith("no passing check made a call")


def test_a_run_that_is_read_only_must_have_looked_at_something() -> None:
    assert outcome(of(Verdict.PASS, calls=2), read_only=True).exit_code == 0
    assert outcome(of(Verdict.PASS), read_only=True).exit_code == 3


def test_what_the_run_had_no_business_with_and_changed_is_no_success() -> None:
    harmful = Outcome(outcome(HELD).options, [HELD], problems=["user 1 in course 2 is gone"])
    assert harmful.exit_code == 3


def test_what_is_asked_for_does_not_show_its_secrets() -> None:
    options = Options(
        base_url="http://127.0.0.1:9", requirements=(), token=TOKEN, control_token=TOKEN, login={"password": TOKEN},
        known={"X": Known("X", "reason", date(2026, 1, 1))},
    )  # fmt: skip
    assert TOKEN not in repr(options)
    assert TOKEN not in repr(Outcome(options, [], began=datetime.now(UTC)))
