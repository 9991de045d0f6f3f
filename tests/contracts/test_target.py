"""How the suite calls a server that it does not trust: bounded, and never led elsewhere."""

from __future__ import annotations

import socket
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
from mock_lms_contracts import connection, exchange
from mock_lms_contracts.failures import Dropped, TimedOut, TooLarge, Unreachable
from mock_lms_contracts.target import Budget, BudgetSpent, Target, log_in
from mock_lms_contracts.verdicts import HarnessError, Inconclusive

from tests.contracts.scripted import Script, breaks_off, drips, hangs_up, says, says_dated, sleeps

LIST = "/course/v1/courses/enrollments"
BULK = "/learn/v1/enrollments"
BODY = {"user_ids": [13001], "course_ids": [201]}


@pytest.fixture
def at(script: Script) -> Target:
    return Target(script.url, "a-token")


def test_nobody_there_a_closed_connection_and_silence_are_told_apart(
    script: Script, at: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.plays = [sleeps]
    with pytest.raises(TimedOut, match=r"no answer within 0\.1 s"):
        exchange.exchange(at.connection.session, "GET", script.url, timeout=0.1)
    monkeypatch.setattr(exchange, "IN_ALL", 0.1)
    garbled = says(200, Content_Encoding="gzip")
    for play, kind in ((hangs_up, Dropped), (breaks_off, Dropped), (garbled, Dropped), (drips, TimedOut)):
        script.plays = [play]
        with pytest.raises(kind, match=f"DELETE {script.url}{BULK}: "):
            at.call("DELETE", BULK, BODY)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with pytest.raises(Unreachable, match="nobody listens there"):
        Target(f"http://127.0.0.1:{port}").call("GET", LIST)


def test_a_read_that_is_dropped_is_made_again_and_a_write_is_not(script: Script, at: Target) -> None:
    script.plays = [hangs_up, says(200)]
    assert at.call("GET", LIST).status == 200
    script.plays = [hangs_up, says(200)]
    with pytest.raises(Dropped):
        at.call("DELETE", BULK, BODY)
    assert [method for method, _, _ in script.seen] == ["GET", "GET", "DELETE"]


def test_an_answer_without_end_is_not_read_to_its_end(
    script: Script, at: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "MOST_READ", 1_000)
    script.plays = [says(200, b" " * 1_001)]
    with pytest.raises(TooLarge, match="more than 1,000 bytes"):
        at.call("GET", LIST)


def test_a_body_of_ours_that_is_too_large_is_not_sent(
    script: Script, at: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "MOST_SENT", 10)
    with pytest.raises(TooLarge, match="our own body"):
        at.call("DELETE", BULK, BODY)
    assert script.seen == []


def test_no_redirect_leads_to_another_server(script: Script, at: Target) -> None:
    for to in ("http://localhost:1/", "https://127.0.0.1/", "//example.org/", "ftp://example.org"):
        script.plays = [says(307, Location=to)]
        with pytest.raises(HarnessError, match="redirects to"):
            at.call("GET", LIST)
    assert len(script.seen) == 4


def test_a_redirect_within_the_server_is_followed_by_reads_and_by_what_it_means(script: Script, at: Target) -> None:
    script.plays = [says(301, Location="/elsewhere"), says(200)]
    assert at.call("GET", LIST).status == 200
    script.plays = [says(308, Location=f"{script.url}/elsewhere"), says(200)]
    assert at.call("DELETE", BULK, BODY).status == 200
    script.plays = [says(302, Location="/elsewhere"), says(200)]
    with pytest.raises(HarnessError, match="which only reads follow"):
        at.call("DELETE", BULK, BODY)
    script.plays = [says(301, Location="/round")]
    with pytest.raises(HarnessError, match="more than 5 redirects"):
        at.call("GET", LIST)
    assert {token for _, _, token in script.seen} == {"Bearer a-token"}


def test_a_password_does_not_follow_a_redirect(script: Script) -> None:
    script.plays = [says(307, Location="http://localhost:1/")]
    with pytest.raises(HarnessError, match="redirects to another server"):
        log_in(script.url, {"password": "secret"})
    assert len(script.seen) == 1


def test_no_netrc_replaces_the_token(
    script: Script, at: Target, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    at.call("GET", LIST)
    assert script.seen[0][2] == "Bearer a-token"


def test_no_proxy_stands_before_this_machine(script: Script, at: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    assert at.call("GET", LIST).status == 200


@pytest.mark.parametrize("status", [429, 503])
def test_a_busy_server_is_asked_again_when_it_says_that_one_may(
    script: Script, at: Target, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    moment = datetime(2026, 3, 1, 12, tzinfo=UTC)
    later = {"Date": format_datetime(moment, usegmt=True), "Retry_After": _http(moment + timedelta(seconds=7))}
    script.plays = [
        says(status, Retry_After="3"),
        says_dated(status, later["Date"], later["Retry_After"]),
        says(status),
        says(status, Retry_After="soon"),
        says(status, Retry_After="0"),
        says(200),
    ]
    assert at.call("DELETE", BULK, BODY).status == 200
    assert slept == [3, 7, 1, 1, connection.LEAST_WAIT]
    assert at.budget.made == 1


def _http(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


def test_a_server_that_stays_busy_is_given_up(script: Script, at: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr(time, "sleep", slept.append)
    for after, most in (("0", 60), ("3600", 0)):
        slept.clear()
        script.plays = [says(429, Retry_After=after)]
        with pytest.raises(Inconclusive, match="has answered 429 for more than 60 s"):
            at.call("GET", LIST)
        assert sum(slept) <= most


def test_who_wants_to_see_the_refusal_is_not_patient(script: Script, at: Target) -> None:
    script.plays = [says(429, Retry_After="3600")]
    answer = at.call("GET", LIST, patient=False)
    assert (answer.status, answer.retry_after) == (429, 3600)


def test_a_budget_of_nothing_lets_reads_through(script: Script) -> None:
    reader = Target(script.url, budget=Budget(0))
    reader.call("GET", LIST)
    with pytest.raises(BudgetSpent, match="may only read"):
        reader.call("DELETE", BULK, BODY)
    writer = Target(script.url, budget=Budget(1))
    writer.call("DELETE", BULK, BODY)
    with pytest.raises(BudgetSpent, match="raise --max-writes"):
        writer.call("DELETE", BULK, BODY)
    assert [method for method, _, _ in script.seen] == ["GET", "DELETE"]


def test_a_request_of_ours_that_breaks_the_contract_is_our_error_and_is_not_sent(script: Script, at: Target) -> None:
    with pytest.raises(HarnessError, match="asks for: the body at user_ids/0"):
        at.call("DELETE", BULK, {**BODY, "user_ids": ["all"]})
    assert script.seen == []
    at.call("DELETE", BULK, {**BODY, "user_ids": ["all"]}, valid=False)
    at.call("DELETE", BULK, raw=b"{")
    assert len(script.seen) == 2
    assert at.budget.made == 2


def test_an_adapter_leads_to_no_host_that_may_not_be_tested(at: Target) -> None:
    with pytest.raises(HarnessError, match="--allow-host lms"):
        at.at("https://lms.example.org/t/1")
    allowed = Target(at.base_url, hosts=frozenset({"lms.example.org"}))
    assert allowed.at("https://lms.example.org/t/1").base_url == "https://lms.example.org/t/1"
    near = at.at("http://localhost:8080/t/1", "another", {"X-Tenant": "1"})
    assert (near.token, near.headers, near.calls is at.calls, near.budget is at.budget) == (
        "another",
        {"X-Tenant": "1"},
        True,
        True,
    )
