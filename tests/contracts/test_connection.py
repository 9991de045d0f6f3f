"""How a run reaches a server: redirects, silence, headers of one's own, and what it costs."""

from __future__ import annotations

import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from mock_lms_contracts import connection, exchange, target
from mock_lms_contracts.connection import Connection, Pace
from mock_lms_contracts.failures import GivenUp, TimedOut, TooLarge
from mock_lms_contracts.network_options import headers_of, verify_of
from mock_lms_contracts.safety import Refused
from mock_lms_contracts.target import Target, log_in
from mock_lms_contracts.verdicts import HarnessError, Inconclusive

from tests.contracts.scripted import Play, Script, drips, drips_headers, says, sleeps

LIST = "/course/v1/courses/enrollments"
BULK = "/learn/v1/enrollments"
BODY = {"user_ids": [13001], "course_ids": [201]}


@pytest.fixture
def at(script: Script) -> Target:
    return Target(script.url, "a-token")


# --- redirects


@pytest.mark.parametrize("status", [307, 308])
def test_method_and_body_follow_a_redirect_that_keeps_them(script: Script, at: Target, status: int) -> None:
    for method, path, body in (("DELETE", BULK, BODY), ("POST", BULK, BODY), ("PUT", BULK, {**BODY, "status": 2})):
        script.plays = [says(status, Location=f"{path}/"), says(200)]
        assert at.call(method, path, body).status == 200
        assert [call[:2] for call in script.seen[-2:]] == [(method, path), (method, f"{path}/")]
        assert script.bodies[-1] == script.bodies[-2] != b""


@pytest.mark.parametrize("status", [307, 308])
@pytest.mark.parametrize("to", ["/oauth2/token/", "{}/oauth2/token"])
def test_a_token_is_asked_for_where_the_server_leads(script: Script, status: int, to: str) -> None:
    script.plays = [says(status, Location=to.format(script.url)), says(200, b'{"access_token": "t"}')]
    assert log_in(script.url, {"password": "secret"}) == "t"
    assert script.bodies == [b"password=secret"] * 2


def test_a_token_is_asked_for_again_where_the_server_is_busy(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    script.plays = [says(429, Retry_After="3"), says(503), says(200, b'{"access_token": "t"}')]
    assert log_in(script.url, {"password": "secret"}) == "t"


def test_a_token_call_that_is_answered_with_a_page_elsewhere_is_not_made_a_read(script: Script) -> None:
    script.plays = [says(302, Location="/login"), says(200)]
    with pytest.raises(HarnessError, match="which only reads follow"):
        log_in(script.url, {"password": "secret"})


def test_a_redirect_to_https_says_which_address_to_give(script: Script, at: Target) -> None:
    script.plays = [says(308, Location=f"https://127.0.0.1:8443{LIST}")]
    with pytest.raises(HarnessError, match=r"give the address that begins with https://127\.0\.0\.1:8443"):
        at.call("GET", LIST)


@pytest.mark.parametrize("to", ["http://[", "http://127.0.0.1:port/"])
def test_a_redirect_to_what_is_no_address_is_named(script: Script, at: Target, to: str) -> None:
    script.plays = [says(307, Location=to)]
    with pytest.raises(HarnessError, match="redirects to an invalid address"):
        at.call("GET", LIST)


def test_the_body_of_a_redirect_has_a_bound_too(script: Script, at: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exchange, "MOST_READ", 1_000)
    script.plays = [says(307, b" " * 2_000_000, Location="/elsewhere")]
    with pytest.raises(TooLarge, match="more than 1,000 bytes"):
        at.call("GET", LIST)


# --- silence


def test_a_server_that_was_silent_twice_is_asked_nothing_more(
    script: Script, at: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "TIMEOUT", 0.05)
    script.plays = [sleeps]
    copy = at.at(token="another")
    for caller in (at, copy):
        with pytest.raises(TimedOut, match=r"no answer within 0\.05 s"):
            caller.call("DELETE", BULK, BODY)
    reasons = set()
    for caller in (at, copy):
        for _ in range(5):
            with pytest.raises(GivenUp) as raised:
                caller.call("GET", LIST)
            reasons.add(str(raised.value))
    assert len(reasons) == 1, "one cause is said in one way"
    assert len(script.seen) == 2


def test_what_one_process_of_a_run_waited_for_in_vain_no_other_asks_again(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "TIMEOUT", 0.05)
    script.plays = [sleeps]
    processes = [Connection(silences=tmp_path / "silences") for _ in range(3)]
    for process, error in zip(processes, (TimedOut, TimedOut, GivenUp), strict=True):
        with pytest.raises(error):
            process.call("GET", script.url)
    assert len(script.seen) == 2


def test_a_server_that_stays_busy_twice_is_asked_nothing_more(
    script: Script, at: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(time, "sleep", lambda _: None)
    script.plays = [says(503, Retry_After="3600")]
    for _ in range(2):
        with pytest.raises(Inconclusive):
            at.call("GET", LIST)
    with pytest.raises(GivenUp):
        at.call("GET", LIST)
    assert len(script.seen) == 2


@pytest.mark.parametrize("play", [drips, drips_headers])
def test_an_answer_that_comes_byte_by_byte_has_a_bound(
    play: Play, script: Script, at: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(exchange, "IN_ALL", 0.1)
    script.plays = [play]
    with pytest.raises(TimedOut, match=r"did not end within 0\.1 s"):
        at.call("DELETE", BULK, BODY)


# --- what each call bears


def test_a_cookie_is_not_kept_since_a_call_without_a_token_would_bear_it(script: Script, at: Target) -> None:
    script.plays = [says(200, Set_Cookie="session=ours; Path=/")]
    at.call("GET", LIST)
    at.call("GET", LIST, token="")
    assert [headers.get("Cookie") for headers in script.headers] == [None, None]


def test_headers_of_ones_own_go_to_the_host_under_test_and_nowhere_else(script: Script) -> None:
    ours = Connection(headers={"X-Gateway": "sesame", "x-world": "0"}, host="127.0.0.1")
    Target(script.url, "t", headers={"X-World": "1"}, connection=ours).call("GET", LIST)
    ours.call("GET", script.url.replace("127.0.0.1", "localhost"))
    assert [(headers.get_all("X-Gateway"), headers.get_all("X-World")) for headers in script.headers] == [
        (["sesame"], ["1"]),
        (None, None),
    ]


def test_no_note_of_a_call_has_the_value_of_a_header(script: Script) -> None:
    ours = Connection(headers={"X-Gateway": "sesame"}, host="127.0.0.1")
    at = Target(script.url, "t", connection=ours)
    at.call("DELETE", BULK, BODY)
    assert "-H 'X-Gateway: ...'" in at.calls[0]
    assert "sesame" not in at.calls[0] + repr(at)


def test_curl_is_told_whom_to_trust() -> None:
    assert Connection().curl_options("https://h") == []
    assert Connection(verify=False).curl_options("https://h") == ["--insecure"]
    assert Connection(verify="c a.pem").curl_options("https://h") == ["--cacert 'c a.pem'"]
    assert Connection(verify="ca.pem").curl_options("http://h") == []


# --- what is kept of many calls


def test_of_many_calls_the_first_and_the_last_are_kept_and_all_are_counted(
    at: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "exchange", lambda *_, **__: exchange.Answer(200, {}, "{}"))
    monkeypatch.setattr(target, "MOST_CALLS", 20)
    monkeypatch.setattr(target, "FIRST_CALLS", 10)
    for number in range(50):
        at.call("GET", f"{BULK}/1/{number + 1}")
    at.call("DELETE", BULK, BODY)
    assert len(at.calls) == 20
    assert [call.split("'")[1].rpartition("/")[2] for call in at.calls[8:12]] == ["9", "10", "42", "43"]
    assert (at.pace.calls, at.pace.writes) == (51, 1)


def test_a_note_of_a_call_is_short_though_its_address_is_long(script: Script, at: Target) -> None:
    at.call("GET", LIST, query=[("course_id[]", number) for number in range(1, 500)])
    assert len(at.calls[0]) < target.SHOWN + 200


def test_a_round_trip_is_the_median_of_the_last_calls() -> None:
    pace = Pace()
    assert pace.round_trip == 0
    for seconds in [9.0] * 200 + [1.0] * 49 + [2.0] * 2 + [3.0] * 49:
        pace.note("GET", seconds)
    assert (pace.round_trip, pace.calls, pace.writes) == (2, 300, 0)


def test_a_slow_server_has_a_long_round_trip(script: Script, at: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    ticks = iter(range(0, 1_000, 3))
    monkeypatch.setattr(connection, "time", SimpleNamespace(monotonic=lambda: next(ticks)))
    at.call("GET", LIST)
    assert at.pace.round_trip >= 3


# --- options


def test_a_header_is_a_name_a_colon_and_a_value() -> None:
    assert headers_of(["X-Gateway: a: b ", "Cookie:c"]) == {"X-Gateway": "a: b", "Cookie": "c"}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["X-Gateway"], "give a name, a colon and a value"),
        ([": secret"], "give a name, a colon and a value"),
        (["X Gateway: secret"], "give a name, a colon and a value"),
        (["X-Gateway: secret\r\nX-Other: secret"], "--header X-Gateway: the value has a line break"),
        (["X-Gateway: secret\u20ac"], "--header X-Gateway: the value has a line break or another character"),
        (["authorization: secret"], "give --token instead"),
        (["Host: secret"], "the run sets this header itself"),
        (["Content-Length: 7"], "the run sets this header itself"),
        (["X-A: secret", "x-a: secret"], "this header is given twice"),
    ],
)
def test_what_is_no_header_or_is_not_theirs_to_set_is_refused_without_its_value(lines: list[str], said: str) -> None:
    with pytest.raises(Refused) as raised:
        headers_of(lines)
    assert said in str(raised.value)
    assert "secret" not in str(raised.value)


def test_without_an_option_the_environment_says_whom_to_trust_and_only_for_https(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    assert verify_of(None, insecure=False, addresses=["https://h"]) is True
    monkeypatch.setenv("CURL_CA_BUNDLE", "nowhere.pem")
    with pytest.raises(Refused, match=r"CURL_CA_BUNDLE=nowhere\.pem: No such file"):
        verify_of(None, insecure=False, addresses=["http://h", "https://h"])
    assert verify_of(None, insecure=False, addresses=["http://h"]) is True
    assert verify_of(None, insecure=True, addresses=["https://h"]) is False
    assert verify_of(str(tmp_path), insecure=False, addresses=["https://h"]) == str(tmp_path)
    (tmp_path / "no.pem").write_text("nothing")
    with pytest.raises(Refused, match=r"--ca .*no\.pem: it holds no certificate"):
        verify_of(str(tmp_path / "no.pem"), insecure=False, addresses=[])
    with pytest.raises(Refused, match="give one of them"):
        verify_of(str(tmp_path / "no.pem"), insecure=True, addresses=[])
