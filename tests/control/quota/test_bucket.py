"""The quota, held against a model in fractions that knows nothing of parts."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from fractions import Fraction
from typing import get_args

from hypothesis import given
from hypothesis import strategies as st

from mock_lms.control.quota.bucket import (
    MOST,
    SECOND,
    Bucket,
    Form,
    Limit,
    dump,
    load,
    report,
    retry_after,
    take,
)

START = 1_767_225_600 * SECOND  # 2026-01-01
YEAR = 366 * 86_400 * SECOND

limits = st.builds(
    Limit,
    calls=st.integers(1, 8) | st.integers(1, MOST["calls"]),
    seconds=st.integers(1, 8) | st.integers(1, MOST["seconds"]),
    form=st.sampled_from(get_args(Form)),
)
small = st.builds(Limit, calls=st.integers(1, 7), seconds=st.integers(1, 20), form=st.sampled_from(get_args(Form)))
gaps = st.lists(st.integers(0, 3) | st.integers(0, 30 * SECOND), min_size=1, max_size=50)
starts = st.integers(-YEAR, START + YEAR)


def moments(start: int, between: Sequence[int]) -> list[int]:
    found = [start]
    for gap in between:
        found.append(found[-1] + gap)
    return found


def passing(limit: Limit, calls: Sequence[int]) -> list[bool]:
    bucket, passed = Bucket(), list[bool]()
    for now in calls:
        bucket, wait = take(limit, bucket, now)
        passed.append(wait is None)
    return passed


def header_moment(limit: Limit, wait: int, now: int) -> int:
    """When a client comes back that does what the header says."""
    header = retry_after(limit, wait, now)
    if header.isdigit():
        return now + int(header) * SECOND
    return int(parsedate_to_datetime(header).timestamp()) * SECOND


# --- how many pass


def test_a_thousand_calls_pass_at_once_and_the_next_waits_for_its_part_of_the_hour() -> None:
    bucket = Bucket()
    for _ in range(1_000):
        bucket, wait = take(Limit(), bucket, START)
        assert wait is None
    bucket, wait = take(Limit(), bucket, START)
    assert wait == 4  # 3.6 seconds, rounded up
    assert (bucket.taken, bucket.refused) == (1_000, 1)


def test_calls_come_back_one_by_one_and_not_all_at_the_hour() -> None:
    limit = Limit(calls=4, seconds=2)
    half = SECOND // 2
    assert passing(limit, [START] * 4 + [START + half - 1, START + half, START + half]) == [True] * 4 + [
        False,
        True,
        False,
    ]


def test_a_long_rest_fills_the_bucket_and_no_more() -> None:
    assert passing(Limit(calls=2, seconds=1), [START, START + YEAR, START + YEAR, START + YEAR]) == [True] * 3 + [False]


@given(limit=small, start=starts, between=gaps)
def test_in_no_window_do_more_pass_than_the_limit_and_what_came_back(
    limit: Limit, start: int, between: list[int]
) -> None:
    calls = moments(start, between)
    passed = [now for now, passes in zip(calls, passing(limit, calls), strict=True) if passes]
    for first, begin in enumerate(passed):
        for last, end in enumerate(passed[first:], first):
            came_back = math.floor(Fraction(end - begin, SECOND) * Fraction(limit.calls, limit.seconds))
            assert last - first + 1 <= limit.calls + came_back


@given(limit=limits, start=starts, between=gaps, already=st.integers(0, 9))
def test_each_call_passes_just_when_a_model_in_fractions_has_a_whole_token(
    limit: Limit, start: int, between: list[int], already: int
) -> None:
    # most of a large limit is used up beforehand, or nothing would ever be refused
    used = max(0, limit.calls - already)
    bucket = Bucket(spent=used * limit.seconds * SECOND, last=start)
    tokens, before = Fraction(limit.calls - used), start
    for now in moments(start, between):
        tokens = min(Fraction(limit.calls), tokens + Fraction(now - before, SECOND) * limit.calls / limit.seconds)
        before = now
        bucket, wait = take(limit, bucket, now)
        assert (wait is None) == (tokens >= 1)
        tokens -= wait is None
        assert report(limit, bucket, now)["remaining"] == math.floor(tokens)


@given(limit=limits, calls=st.integers(1, 1_000))
def test_many_small_steps_give_back_what_one_large_step_does(limit: Limit, calls: int) -> None:
    empty = Bucket(spent=limit.calls * limit.seconds * SECOND, last=START)
    walked = empty
    for step in range(calls):
        walked, wait = take(limit, walked, START + step)
        if wait is None:
            return
    assert walked.spent == take(limit, empty, START + calls - 1)[0].spent


# --- who is told to come back when


@given(limit=small, start=starts, rests=st.lists(st.integers(0, 5 * SECOND), min_size=1, max_size=40))
def test_who_waits_as_told_is_never_refused_twice_in_a_row_and_never_early(
    limit: Limit, start: int, rests: list[int]
) -> None:
    bucket, now, refused_before = Bucket(), start, False
    for rest in rests:
        bucket, wait = take(limit, bucket, now)
        assert wait is None or (wait >= 1 and not refused_before)
        refused_before = wait is not None
        now = now + rest if wait is None else header_moment(limit, wait, now)
    assert bucket.early == 0


@given(limit=limits, start=starts, used=st.integers(0, MOST["calls"]))
def test_one_second_less_than_told_would_not_do(limit: Limit, start: int, used: int) -> None:
    part = limit.seconds * SECOND
    bucket = Bucket(spent=limit.calls * part - min(used, part - 1), last=start)
    bucket, wait = take(limit, bucket, start)
    assert wait is not None
    assert take(limit, bucket, start + wait * SECOND)[1] is None
    if wait > 1:
        assert take(limit, bucket, start + (wait - 1) * SECOND)[1] is not None


@given(limit=small, start=starts, parts=st.lists(st.floats(0, 1, exclude_max=True), min_size=1, max_size=20))
def test_who_comes_back_early_is_counted_each_time_refused_or_not(limit: Limit, start: int, parts: list[float]) -> None:
    bucket = Bucket()
    for _ in range(limit.calls + 1):
        bucket, wait = take(limit, bucket, start)
    assert (wait is None, bucket.early) == (False, 0)
    now = start
    for early, part in enumerate(parts, 1):
        assert bucket.told_until is not None
        now += int((bucket.told_until - now) * part)
        bucket, _ = take(limit, bucket, now)
        assert bucket.early == early


def test_a_call_between_the_exact_moment_and_the_rounded_one_passes_and_is_early() -> None:
    limit = Limit(calls=1, seconds=2)
    bucket, _ = take(limit, Bucket(), START)
    bucket, wait = take(limit, bucket, START + SECOND // 2)
    assert wait == 2  # 1.5 would do
    bucket, wait = take(limit, bucket, START + 2 * SECOND)
    assert (wait, bucket.early) == (None, 1)


def test_the_moment_that_was_told_is_not_early() -> None:
    limit = Limit(calls=1, seconds=3)
    bucket, _ = take(limit, Bucket(), START)
    bucket, wait = take(limit, bucket, START)
    assert (wait, bucket.told_until) == (3, START + 3 * SECOND)
    assert take(limit, bucket, START + 3 * SECOND - 1)[0].early == 1
    assert take(limit, bucket, START + 3 * SECOND)[0].early == 0


@given(limit=limits, start=starts, calls=gaps)
def test_every_call_is_taken_or_refused(limit: Limit, start: int, calls: list[int]) -> None:
    bucket = Bucket()
    for now in moments(start, calls):
        bucket, _ = take(limit, bucket, now)
    assert bucket.taken + bucket.refused == len(calls) + 1
    assert bucket.early <= len(calls)


# --- a clock that is set back


@given(limit=small, start=starts, back=st.integers(1, YEAR), calls=st.integers(1, 20))
def test_a_clock_that_is_set_back_gives_nothing_back(limit: Limit, start: int, back: int, calls: int) -> None:
    bucket = Bucket()
    for _ in range(limit.calls):
        bucket, _ = take(limit, bucket, start)
    for step in range(1, calls + 1):
        bucket, wait = take(limit, bucket, start - step * back)
        assert wait is not None
    assert report(limit, bucket, start - YEAR * 99)["remaining"] == 0


@given(limit=small, start=starts, back=st.integers(1, YEAR), before=st.integers(0, 8))
def test_after_the_clock_was_set_back_who_waits_as_told_passes_and_is_not_early(
    limit: Limit, start: int, back: int, before: int
) -> None:
    bucket = Bucket()
    for _ in range(min(before, limit.calls + 1)):  # one more would be early
        bucket, _ = take(limit, bucket, start)
    now, wait = start - back, None
    while wait is None:
        bucket, wait = take(limit, bucket, now)
    bucket, again = take(limit, bucket, header_moment(limit, wait, now))
    assert (again, bucket.early) == (None, 0)


@given(limit=small, start=starts, jumps=st.lists(st.integers(-20 * SECOND, 20 * SECOND), min_size=1, max_size=40))
def test_only_the_time_that_went_forward_gives_calls_back(limit: Limit, start: int, jumps: list[int]) -> None:
    calls = moments(start, jumps)
    forward = Fraction(sum(jump for jump in jumps if jump > 0), SECOND)
    assert sum(passing(limit, calls)) <= limit.calls + math.floor(forward * limit.calls / limit.seconds)


# --- what is written


def test_retry_after_is_seconds_unless_the_limit_says_date() -> None:
    assert retry_after(Limit(), 120, START) == "120"
    assert retry_after(Limit(form="date"), 120, START) == "Thu, 01 Jan 2026 00:02:00 GMT"


def test_a_date_is_rounded_up_to_the_second() -> None:
    assert retry_after(Limit(form="date"), 1, START + 1) == "Thu, 01 Jan 2026 00:00:02 GMT"
    assert retry_after(Limit(form="date"), 1, START + SECOND) == "Thu, 01 Jan 2026 00:00:02 GMT"


@given(wait=st.integers(1, MOST["seconds"]), now=starts)
def test_a_date_is_never_before_the_wait_is_over_nor_a_second_later(wait: int, now: int) -> None:
    told = parsedate_to_datetime(retry_after(Limit(form="date"), wait, now))
    late = told - datetime.fromtimestamp((now + wait * SECOND) // SECOND, UTC)
    assert 0 <= late.total_seconds() <= 1
    assert 0 <= header_moment(Limit(form="date"), wait, now) - (now + wait * SECOND) < SECOND


@given(limit=small, start=starts)
def test_who_is_counted_early_came_before_the_moment_in_the_header(limit: Limit, start: int) -> None:
    bucket = Bucket()
    for _ in range(limit.calls):
        bucket, _ = take(limit, bucket, start)
    bucket, wait = take(limit, bucket, start)
    assert wait is not None
    assert bucket.told_until == header_moment(limit, wait, start)


def test_a_report_says_how_things_stand_now() -> None:
    limit = Limit(calls=2, seconds=10)
    bucket = Bucket()
    for _ in range(3):
        bucket, _ = take(limit, bucket, START)
    bucket, _ = take(limit, bucket, START + 1)
    assert report(limit, bucket, START + 1) == {
        "limit": {"calls": 2, "seconds": 10, "retry_after": "seconds"},
        "remaining": 0,
        "taken": 2,
        "refused": 2,
        "early": 1,
    }
    assert report(limit, bucket, START + 5 * SECOND)["remaining"] == 1
    assert report(limit, bucket, START + YEAR)["remaining"] == 2


def test_a_new_bucket_is_full_whatever_the_time() -> None:
    for now in (-START, 0, START):
        assert report(Limit(), Bucket(), now)["remaining"] == 1_000


@given(limit=limits, start=starts, between=gaps)
def test_a_bucket_survives_storage(limit: Limit, start: int, between: list[int]) -> None:
    bucket = Bucket()
    for now in moments(start, between):
        bucket, _ = take(limit, bucket, now)
        assert load(json.loads(json.dumps(dump(bucket)))) == bucket
        assert all(value is None or abs(value) < 2**63 for value in dump(bucket).values())
