"""What an update makes of an enrollment."""

from __future__ import annotations

from typing import Any

import pytest
from mock_lms_client.unenroll import states
from mock_lms_client.unenroll.states import LEVELS, State, changes, state_of

from mock_lms.api import vocabulary
from mock_lms.domain.enrollments import Level

DONE_ON_D = {"status": 2, "date_complete": "d"}


def state(status: str, **fields: Any) -> State:
    return state_of(
        "course", {"enrollment_status": status, **{f"enrollment_{name}": each for name, each in fields.items()}}
    )


@pytest.mark.parametrize(
    ("was", "now", "update"),
    [
        (state("enrolled"), state("enrolled"), {}),
        (state("completed", completion_date="d"), state("enrolled"), DONE_ON_D),
        (state("completed", completion_date="d"), state("completed"), DONE_ON_D),
        (state("completed", completion_date="d"), state("waiting", completion_date="d"), DONE_ON_D),
        (state("completed"), state("waiting"), {"status": 2}),
        (state("suspended"), state("in_progress"), {"status": 3}),
        (state("in_progress"), state("completed", completion_date="e"), {}),  # learned since
        (state("enrolled"), state("in_progress"), {}),
        (state("enrolled"), state("waiting"), {"status": 0}),
        (state("unheard_of"), state("enrolled"), {}),
        (state("enrolled", level="coach"), state("enrolled", level="student"), {"level": 6}),
        (state("enrolled", level="learner"), state("subscribed", level="student"), {}),
        (state("enrolled", score=0), state("enrolled"), {"score_given": 0}),
        (state("enrolled", score=80), state("enrolled", score=90), {}),
        (state("enrolled", validity_begin_date="a"), state("enrolled"), {"date_begin_validity": "a"}),
        (state("enrolled"), state("enrolled", validity_end_datetime="z"), {}),  # no call takes one away
        (state("enrolled", validity_end_datetime="z"), state("enrolled"), {"date_expire_validity": "z"}),
        (state("enrolled", created_at="a"), state("enrolled", created_at="b"), {}),
    ],
)  # fmt: skip
def test_an_update_brings_back_what_was_and_takes_nothing_away(was: State, now: State, update: dict[str, Any]) -> None:
    assert dict(changes(was, now, dates=False)) == update


def test_the_numbers_are_the_contracts() -> None:
    assert {level.name.lower(): int(level) for level in Level} == LEVELS
    named = {name: vocabulary.COURSE[name] for name in vocabulary.STATUS_NUMBER}
    assert {named[name]: number for name, number in vocabulary.STATUS_NUMBER.items()} == states.STATUSES
