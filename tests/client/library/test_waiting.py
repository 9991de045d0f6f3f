"""When the client comes back, and when it gives up."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from mock_lms_client import ApiError, Client, ClientError, Refused, Unreachable
from mock_lms_client.waiting import ENDLESS, Waiting, named

from tests.client.harness.scripted import LOST, Says, Scripted, refuses
from tests.client.harness.time import Time

NewClient = Callable[..., Client]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
DATE = format_datetime(NOON, usegmt=True)
LATER = format_datetime(NOON + timedelta(seconds=90), usegmt=True)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120", 120),
        (" 7 ", 7),
        ("1.2", 2),
        (LATER, 90),
        ("Sunday, 01-Mar-26 12:01:30 GMT", 90),
        ("Sun Mar  1 12:01:30 2026", 90),
        ("9" * 30, ENDLESS),
        ("9" * 5000, ENDLESS),
        ("0", None),
        ("-5", None),
        ("soon", None),
        ("", None),
        ("٣", None),
        ("1e9", None),
        ("inf", None),
        ("nan", None),
        (DATE, None),
        ("Sun, 01 Mar 2026 11:00:00 GMT", None),
        ("Sun, 99 Mar 2026 12:00:00 GMT", None),
        ("Sun, 01 Mar 99999 12:00:00 GMT", None),
    ],
)
def test_a_retry_after_is_seconds_or_a_date_and_anything_else_names_no_time(text: str, seconds: float | None) -> None:
    assert named(text, DATE) == seconds


def test_a_date_is_held_against_our_clock_where_the_answer_has_none_and_rounded_up() -> None:
    later = datetime.now(UTC) + timedelta(seconds=100)
    for date in (None, "yesterday"):
        assert named(format_datetime(later, usegmt=True), date) in {99.0, 100.0}


@pytest.mark.parametrize("chance", [0.0, 0.5, 0.999])
@pytest.mark.parametrize(
    ("headers", "seconds"), [([("Retry-After", "30")], 30), ([("Retry-After", LATER), ("Date", DATE)], 90)]
)
def test_the_client_never_returns_early_and_hardly_late(
    server: Scripted, new_client: NewClient, headers: list[tuple[str, str]], seconds: int, chance: float
) -> None:
    server.says(Says(429, {}, headers), Says())
    new_client(chance=chance).get_session()
    first, second = server.heard
    assert seconds <= second.at - first.at <= seconds * 1.1 + 0.25


def test_without_a_time_the_waits_double_up_to_half_a_minute(server: Scripted, client: Client, time: Time) -> None:
    server.says(*[refuses(503)] * 9, Says())
    client.get_session()
    assert time.slept == [0.5, 1, 2, 4, 8, 16, 30, 30, 30]


def test_two_clients_do_not_come_back_at_the_same_time(server: Scripted, new_client: NewClient, time: Time) -> None:
    server.says(refuses(503), Says(), refuses(503), Says())
    for chance in (0.1, 0.9):
        new_client(chance=chance).get_session()
    assert time.slept[0] < time.slept[1]


@pytest.mark.parametrize("status", [200, 400, 404, 409, 500, 503])
def test_after_any_answer_that_names_a_time_the_next_call_waits_for_it(
    server: Scripted, client: Client, status: int
) -> None:
    answer = Says(status, {"data": {}}, [("Retry-After", "60")])
    server.says(answer, Says())
    with suppress(ClientError):
        client.create_course("A")
    client.get_session()
    assert [request.at for request in server.heard] == [0, 60]


def test_an_earlier_time_does_not_take_back_a_later_one(server: Scripted, client: Client) -> None:
    server.says(refuses(503, retry_after="60"), Says())
    with pytest.raises(ApiError):
        client.create_course("A")
    client._waiting.heard({"Retry-After": "1"})
    client.get_session()
    assert server.heard[1].at == 60


def test_a_time_that_has_come_is_not_waited_for(server: Scripted, client: Client, time: Time) -> None:
    server.says(refuses(409, retry_after="60"), Says())
    with pytest.raises(Refused):
        client.create_user("a")
    time.now += 61
    client.get_session()
    assert time.slept == []


def test_all_waits_of_a_client_together_are_no_longer_than_its_patience(
    server: Scripted, new_client: NewClient, time: Time
) -> None:
    client = new_client(patience=100, chance=0.999)
    server.says(*[refuses(429, retry_after="40"), Says()] * 2, refuses(429, retry_after="40"))
    client.get_session()
    client.get_session()
    with pytest.raises(
        Refused, match=r"get_session at 127\.0\.0\.1:\d+: 429 .* patience of 100 s is used up"
    ) as caught:
        client.get_session()
    assert caught.value.retry_after == 40
    assert len(time.slept) == 2
    assert sum(time.slept) <= 100


def test_a_wait_that_just_fits_is_begun(server: Scripted, new_client: NewClient, time: Time) -> None:
    server.says(refuses(429, retry_after="100"), Says())
    new_client(patience=100, chance=0.999).get_session()
    assert time.slept == [100]


def test_who_has_no_patience_hears_of_it_at_once(server: Scripted, new_client: NewClient, time: Time) -> None:
    server.says(refuses(503))
    with pytest.raises(ApiError, match="patience of 0 s is used up"):
        new_client(patience=0).get_session()
    assert time.slept == []


def test_a_call_that_would_come_too_early_is_not_sent(server: Scripted, new_client: NewClient) -> None:
    client = new_client(patience=100)
    server.says(refuses(503, retry_after="9" * 30))
    with pytest.raises(ApiError):
        client.create_course("A")
    with pytest.raises(Unreachable, match=r"^get_session at .* asked for no calls .* patience .* used up") as caught:
        client.get_session()
    assert not caught.value.sent
    assert len(server.heard) == 1


@pytest.mark.parametrize("patience", [-1, float("nan")])
def test_a_patience_is_a_number_of_seconds(patience: float) -> None:
    with pytest.raises(ValueError, match="patience"):
        Waiting(patience)


def test_who_waits_is_told_how_long_and_why_before_each_wait(
    server: Scripted, new_client: NewClient, time: Time
) -> None:
    told: list[tuple[float, str, int]] = []
    client = new_client(on_wait=lambda seconds, why: told.append((seconds, why, len(time.slept))))
    server.says(refuses(429, "Too many calls.", retry_after="5"), LOST, refuses(404, retry_after="2"), Says())
    with pytest.raises(Refused):
        client.get_enrollment(1, 2)
    client.get_session()
    assert [(seconds, before) for seconds, _, before in told] == [(5, 0), (1, 1), (2, 2)]
    assert told[0][1] == "get_enrollment: 429 Refusal: Too many calls."
    assert told[1][1].startswith("get_enrollment: the connection broke off")
    assert told[2][1].startswith("get_session: the server asked for it")


def test_real_waits_are_real() -> None:
    waiting = Waiting(on_wait=lambda *_: None)
    start = waiting._clock()
    waiting._not_before = start + 0.02
    assert waiting.wait("to see")
    assert waiting._clock() >= start + 0.02
    assert waiting.spent >= 0.02
