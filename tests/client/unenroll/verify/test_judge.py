"""What became of a pair, by what is there and what was noted."""

from __future__ import annotations

import pytest
from mock_lms_client.exits import Exit
from mock_lms_client.unenroll.journal import Entry
from mock_lms_client.unenroll.pairs import COURSE, Intent, Pair
from mock_lms_client.unenroll.verify.judge import SHOWN, Verified, judge


def entry(intent: Intent, outcome: str | None = None, said: str = "") -> Entry:
    return Entry(1, Pair(1, COURSE, 2, intent.value, "", "learning plan 3 contains it"), 1, outcome, said)


NO, YES = False, True
WAS_ABSENT = "it was absent when it was to be removed, and it is there"
TABLE = [
    # intent, outcome, is there, its call was sent, a restore asked for it -> result, reason, as planned
    (Intent.REMOVE, "removed", NO, NO, NO, "removed", "", YES),
    (Intent.CASCADE, "removed", NO, NO, NO, "removed", "", YES),
    (Intent.EITHER, "removed", NO, NO, NO, "removed", "", YES),
    (Intent.REMOVE, "already absent", NO, NO, NO, "already absent", "", YES),
    (Intent.ABSENT, None, NO, NO, NO, "already absent", "learning plan 3 contains it", YES),
    (Intent.REMOVE, None, NO, YES, NO, "removed", "", YES),
    (Intent.REMOVE, None, NO, NO, NO, "already absent", "not by this apply", YES),
    (Intent.REMOVE, "refused", NO, NO, NO, "already absent", "not by this apply", YES),
    (Intent.EITHER, "kept", NO, NO, NO, "already absent", "not by this apply", YES),
    (Intent.KEEP, None, NO, NO, NO, "removed", "was to be kept", NO),
    (Intent.KEEP, None, YES, NO, NO, "kept", "learning plan 3 contains it", YES),
    (Intent.EITHER, "kept", YES, NO, NO, "kept", "learning plan 3 contains it", YES),
    (Intent.ABSENT, None, YES, NO, NO, "kept", "was not there when planned", NO),
    (Intent.REMOVE, "refused", YES, NO, NO, "refused", "said", NO),
    (Intent.EITHER, "refused", YES, NO, NO, "refused", "said", NO),
    (Intent.REMOVE, "removed", YES, NO, NO, "refused", "the server said that it was removed, and it is there", NO),
    (Intent.REMOVE, "already absent", YES, NO, NO, "refused", WAS_ABSENT, NO),
    (Intent.REMOVE, "removed", YES, NO, YES, "kept", "was removed, and a restore brought it back", NO),
    (Intent.REMOVE, "removed", NO, NO, YES, "removed", "", YES),
    (Intent.REMOVE, None, YES, NO, NO, "unknown", "not done yet", NO),
    (Intent.REMOVE, None, YES, YES, NO, "unknown", "a call was sent and its answer is missing", NO),
    (Intent.EITHER, None, YES, NO, NO, "unknown", "not done yet", NO),
]  # fmt: skip


@pytest.mark.parametrize(("intent", "outcome", "present", "sent", "restored", "result", "reason", "as_planned"), TABLE)
def test_what_is_there_now_decides(
    intent: Intent,
    outcome: str | None,
    present: bool,
    sent: bool,
    restored: bool,
    result: str,
    reason: str,
    as_planned: bool,
) -> None:
    said = "said" if outcome == "refused" else ""
    verdict = judge(entry(intent, outcome, said), present=present, sent=sent, restored=restored)
    assert (verdict.result, verdict.reason, verdict.as_planned) == (result, reason, as_planned)


@pytest.mark.parametrize(
    ("results", "code"),
    [
        ({"removed": 1}, Exit.AS_PLANNED),
        ({"removed": 1, "refused": 1}, Exit.PARTIAL),
        ({"refused": 1, "unknown": 1}, Exit.UNKNOWN),
    ],
)
def test_the_exit_code_says_the_worst(results: dict[str, int], code: Exit) -> None:
    found = Verified("tenant")
    for result in results:
        outcome = None if result == "unknown" else result
        found.add(entry(Intent.REMOVE, outcome), judge(entry(Intent.REMOVE, outcome), present=result != "removed"))
    assert found.code == code


def test_of_many_that_are_not_as_planned_some_are_shown() -> None:
    found = Verified("tenant")
    for _ in range(SHOWN + 3):
        found.add(entry(Intent.KEEP), judge(entry(Intent.KEEP), present=False))
    assert (found.not_as_planned, len(found.first)) == (SHOWN + 3, SHOWN)
