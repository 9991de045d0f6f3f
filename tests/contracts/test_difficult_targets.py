"""Targets as people have them: lists without an end, tokens that expire, certificates of their own; and what stays."""

from __future__ import annotations

import itertools
import json
import re
import shlex
import signal
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from mock_lms_contracts import exchange, fuzz

from mock_lms.testing import MockLMS
from tests.contracts import certificates, fakes
from tests.contracts.driver import LOGIN
from tests.contracts.gateways import Refuse, gateway
from tests.support.process import until

pytestmark = pytest.mark.usefixtures("brief")
BULK = "/learn/v1/enrollments"
ONE = ("--only", "UNENROLL-ERRORS-3", "--seed", "1")


@pytest.fixture(scope="module")
def lms() -> Iterator[MockLMS]:
    with MockLMS(serve=True, seed="empty") as lms:
        yield lms


def login(lms: MockLMS) -> dict[str, str]:
    return {f"MOCK_LMS_CONTRACTS_{name.upper()}": str(getattr(lms, name)) for name in LOGIN}


def control(lms: MockLMS) -> dict[str, str]:
    return {"MOCK_LMS_CONTRACTS_CONTROL_TOKEN": str(lms.control_token)}


def run(url: str, *arguments: str | Path, cwd: Path, **variables: str) -> tuple[int, str]:
    """Exit code, and all that it said."""
    done = fakes.contracts("run", "--base-url", url, *arguments, cwd=cwd, **variables)
    return done.returncode, done.stdout + done.stderr


# --- lists without an end


def test_a_list_that_always_says_that_there_is_more_ends_with_an_empty_page(lms: MockLMS, tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        if "has_more_data" in data:
            data["has_more_data"] = True

    with gateway(lms.url, change=change) as between:
        code, told = run(between.url, *ONE, cwd=tmp_path, **login(lms))
    assert code == 1, told
    assert re.search(r"fail +READ-PAGES-2 .*is empty, but its has_more_data says that there is more", told), told
    assert len(between.calls) < 200
    # the same lists are read to clean up
    session = lms.session(lms.token())
    assert session.get(f"{lms.url}/course/v1/courses/enrollments").json()["data"]["items"] == []


def test_a_list_that_says_nothing_of_its_pages_is_read_all_the_same(lms: MockLMS, tmp_path: Path) -> None:
    def change(data: dict[str, Any]) -> None:
        for name in ("total_count", "total_page_count", "count", "has_more_data"):
            data.pop(name, None)

    with gateway(lms.url, change=change) as between:
        code, told = run(between.url, *ONE, cwd=tmp_path, **login(lms))
    assert code == 0, told


# --- silence


def test_a_server_that_falls_silent_is_given_up_after_two_calls(
    lms: MockLMS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    end, turns, unanswered = threading.Event(), itertools.count(), list[str]()

    def refuse(path: str, _: str) -> bool:
        turn = next(turns)
        if turn == 115:
            monkeypatch.setattr(exchange, "TIMEOUT", 1.0)  # not before: a machine that is busy is slow, too
        if turn > 120:
            unanswered.append(path)
            end.wait(60)
        return False

    with gateway(lms.url, refuse=refuse) as between:
        try:
            code, told = run(between.url, "--profile", "core", "--seed", "1", cwd=tmp_path, **login(lms))
        finally:
            end.set()
    assert code == 3
    assert "2 calls were left without an answer in time, so nothing more was asked" in told
    assert "no answer within 1 s" in told
    assert len(unanswered) == 2


IMPATIENT = """
from mock_lms_contracts import careful
from mock_lms_contracts.__main__ import main
careful.GRACE, careful.MORE = 1.0, 0.5
main()
"""
"""The command, with one second to clean up where it otherwise has ten."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_whose_target_answers_no_more(number: signal.Signals, lms: MockLMS, tmp_path: Path) -> None:
    silent, end = threading.Event(), threading.Event()

    def refuse(*_: str) -> bool:
        if silent.is_set():
            end.wait(60)
        return False

    with gateway(lms.url, refuse=refuse) as between:
        command = (sys.executable, "-c", IMPATIENT)
        process = fakes.started(["run", "--base-url", between.url, *ONE], tmp_path, command, **login(lms))
        try:
            until("a call that unenrolls", lambda: ("DELETE", BULK) in between.calls, 60)
            silent.set()
            process.send_signal(number)
            said, _ = process.communicate(timeout=25)  # a call that is not answered takes 30 s
        finally:
            process.kill()
            end.set()
    assert process.returncode == 130, said
    assert "interrupted; the run cleans up for at most 1 s" in said
    assert "the cleanup was cut short: " in said
    assert said.splitlines()[-1].startswith("exit code 130: the run was interrupted: 1 of 1 requirements were not run")


# --- tokens


def expiring(most: int) -> Refuse:
    """A token is good for so many calls."""
    used: Counter[str] = Counter()

    def refuse(path: str, token: str) -> bool:
        if token and not path.startswith(("/oauth2/", "/_mock/")):
            used[token] += 1
        return used[token] > most

    return refuse


def test_a_token_that_expires_is_followed_by_another(lms: MockLMS, tmp_path: Path) -> None:
    with gateway(lms.url, refuse=expiring(60)) as between:
        options = (*ONE, "--only", "UNENROLL-REPEAT-1", "--report", tmp_path / "r")
        code, told = run(between.url, *options, cwd=tmp_path, **login(lms))
    assert code == 0, told
    assert sum(path == "/oauth2/token" for _, path in between.calls) > 2
    report = json.loads((tmp_path / "r" / "report.json").read_text())
    assert (report["counts"]["harness error"], report["problems"]) == (0, [])


@pytest.mark.parametrize(("status", "workers"), [(401, ()), (403, ("--", "-n", "2"))])
def test_a_token_that_expires_every_few_calls_is_followed_by_another_in_every_part_of_a_run(
    status: int, workers: tuple[str, ...], lms: MockLMS, tmp_path: Path
) -> None:
    """In the self-check, in what is prepared, read, written and cleaned up, and in the decoys at the end."""
    with gateway(lms.url, refuse=expiring(7), status=status) as between:
        code, told = run(between.url, *ONE, *workers, cwd=tmp_path, **login(lms))
    assert code == 0, told
    assert sum(path == "/oauth2/token" for _, path in between.calls) > 10


def test_a_token_of_a_world_that_expires_is_followed_by_another(lms: MockLMS, tmp_path: Path) -> None:
    with gateway(lms.url, refuse=expiring(4)) as between:
        options = (*ONE, "--adapter", "mock", "--", "-n", "2")
        code, told = run(between.url, *options, cwd=tmp_path, **login(lms), **control(lms))
    assert code == 0, told
    asked = sum(path.endswith("/oauth2/token") for _, path in between.calls)
    assert asked > 4, "one for the run, and one for each of its three worlds"


def test_a_token_that_expires_while_schemathesis_calls_is_followed_by_another(
    lms: MockLMS, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "OPERATIONS", ("bulk_unenroll",))
    with gateway(lms.url, refuse=expiring(25)) as between:
        options = ("--adapter", "mock", "--only", "ROBUST-SCHEMA-1", "--seed", "1")
        _, told = run(between.url, *options, cwd=tmp_path, **login(lms), **control(lms))
    assert "1 pass" in told, told
    fuzzed = [path for method, path in between.calls if method == "DELETE" and path.endswith("/learn/v1/enrollments")]
    assert len(fuzzed) > 50
    assert sum(path.endswith("/oauth2/token") for _, path in between.calls) > 4


def test_credentials_follow_a_token_that_was_expired_from_the_start(lms: MockLMS, tmp_path: Path) -> None:
    code, told = run(lms.url, *ONE, cwd=tmp_path, MOCK_LMS_CONTRACTS_TOKEN="5" * 40, **login(lms))
    assert code == 0, told


def test_a_token_that_is_no_good_is_said_once_with_what_to_do(lms: MockLMS, tmp_path: Path) -> None:
    with gateway(lms.url) as between:
        code, told = run(between.url, "--profile", "core", cwd=tmp_path, MOCK_LMS_CONTRACTS_TOKEN="5" * 40)
    assert code == 3
    assert told.count("the token is invalid: the server refuses a read with it; give another --token") == 1
    assert len(between.calls) < 5


@pytest.mark.parametrize("workers", [(), ("--", "-n", "2")])
def test_a_token_alone_that_expires_ends_the_run_with_one_reason(
    workers: tuple[str, ...], lms: MockLMS, tmp_path: Path
) -> None:
    with gateway(lms.url, refuse=expiring(150)) as between:
        options = ("--profile", "core", "--level", "must", *workers)
        code, told = run(between.url, *options, cwd=tmp_path, MOCK_LMS_CONTRACTS_TOKEN=lms.token())
        calls = len(between.calls)
    assert code == 3
    assert told.count("give a new --token, or credentials") == 1, told
    assert "created nothing" not in told
    assert calls < 200


def test_a_target_that_answers_401_without_reason_is_not_given_a_new_token(lms: MockLMS, tmp_path: Path) -> None:
    with gateway(lms.url, refuse=lambda path, _: path == "/learn/v1/enrollments" and next(turns) > 6) as between:
        turns = itertools.count()
        code, told = run(between.url, *ONE, cwd=tmp_path, **login(lms))
    assert code != 0
    assert sum(path == "/oauth2/token" for _, path in between.calls) == 1, told


# --- certificates


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this machine that nobody signed, and its key."""
    return certificates.make(tmp_path_factory.mktemp("certificate") / "cert.pem")


@pytest.fixture(scope="module")
def over_tls(lms: MockLMS, certificate: Path) -> Iterator[str]:
    with gateway(lms.url, tls=certificates.context(certificate), needs=GATE) as between:
        yield between.url


GATE = {"X-Gateway": "sesame-open"}
KEY = ("--header", "X-Gateway: sesame-open")


@pytest.mark.parametrize("way", ["option", "environment", "insecure"])
def test_an_https_server_with_a_certificate_of_its_own_is_checked(
    way: str, lms: MockLMS, over_tls: str, certificate: Path, tmp_path: Path
) -> None:
    variables = login(lms) | {"HTTPS_PROXY": "http://127.0.0.1:9"}
    variables |= {"REQUESTS_CA_BUNDLE": str(certificate)} if way == "environment" else {}
    (tmp_path / "ca.pem").write_bytes(certificate.read_bytes())
    options = {"option": ("--ca", "ca.pem"), "insecure": ("--insecure",)}.get(way, ())
    workers = ("--", "-n", "2") if way == "option" else ()
    code, told = run(over_tls, *ONE, *KEY, *options, *workers, cwd=tmp_path, **variables)
    assert code == 0, told
    assert told.count("--insecure: certificates are not verified") == (way == "insecure")
    assert "InsecureRequestWarning" not in told


def test_the_mock_s_control_calls_and_schemathesis_go_the_same_way(
    lms: MockLMS, over_tls: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "OPERATIONS", ("bulk_unenroll",))
    options = ("--adapter", "mock", "--only", "ROBUST-SCHEMA-1", "--seed", "1", *KEY, "--insecure")
    code, told = run(over_tls, *options, cwd=tmp_path, **login(lms), **control(lms))
    assert "1 pass" in told, told
    assert code in {0, 3}  # nothing is to happen there


def test_no_report_has_the_value_of_a_header_and_the_command_to_run_again_runs(
    lms: MockLMS, over_tls: str, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "OPERATIONS", ("bulk_unenroll",))
    monkeypatch.setattr(fuzz, "is_garbage", lambda _: True)  # so that there are findings, whatever is sent
    options = ("--adapter", "mock", "--only", "ROBUST-SCHEMA-3", "--only", "UNENROLL-EFFECT-1", "--seed", "1", *KEY)
    variables = login(lms) | control(lms)
    _, told = run(over_tls, *options, "--ca", str(certificate), "--report", "r", cwd=tmp_path, **variables)
    for file in (tmp_path / "r").iterdir():
        assert "sesame" not in file.read_text(encoding="utf-8"), file.name
    assert "sesame" not in told
    report = json.loads((tmp_path / "r" / "report.json").read_text())
    again = [shlex.split(result["again"]) for result in report["results"] if result["again"]]
    for words in again:
        assert words[words.index("--header") + 1] == "X-Gateway: ..."
        _, told = run(over_tls, *words[4:], cwd=tmp_path, **variables)
        assert "407" in told, "all that it lacks is the value"


@pytest.mark.parametrize("bundle", ["", "nowhere.pem"])
def test_without_the_certificate_it_is_said_in_one_line_what_to_do(
    bundle: str, lms: MockLMS, over_tls: str, tmp_path: Path
) -> None:
    variables = login(lms) | {"REQUESTS_CA_BUNDLE": bundle, "CURL_CA_BUNDLE": ""}
    code, told = run(over_tls, *ONE, *KEY, cwd=tmp_path, **variables)
    assert code == (2 if bundle else 3)
    (line,) = [line for line in told.splitlines() if "certificate" in line]
    assert ("REQUESTS_CA_BUNDLE=nowhere.pem: No such file" if bundle else "--ca FILE names the certificates") in line
    assert "Traceback" not in told


# --- other statuses


def test_a_server_that_leads_every_call_to_a_path_with_a_slash_and_says_201_of_what_it_created_is_checked(
    lms: MockLMS, tmp_path: Path
) -> None:
    with gateway(lms.url, slash=True, created=True) as between:
        code, told = run(between.url, *ONE, "--only", "SINGLE-LEAVE-1", cwd=tmp_path, **login(lms))
    assert code == 0, told


# --- what stays


def test_a_run_says_what_it_leaves_behind_and_how_to_find_it(lms: MockLMS, tmp_path: Path) -> None:
    # each process has a battery of its own where nobody keeps the two requirements together
    options = (
        "--only",
        "UNENROLL-REPEAT-1",
        "--only",
        "UNENROLL-STATUS-1",
        "--report",
        tmp_path / "r",
        "--",
        "-n",
        "2",
    )
    code, told = run(lms.url, *ONE, *options, cwd=tmp_path, **login(lms))
    assert code == 0, told
    (line,) = re.findall(r"^left on the target.*$", told, re.MULTILINE)
    name = json.loads((tmp_path / "r" / "report.json").read_text())["times"]["run"]
    assert line.endswith(f"(names begin with {name})")
    session = lms.session(lms.token())
    for path, key, kind in (
        ("/manage/v1/user", "username", "users"),
        ("/learn/v1/courses", "name", "courses"),
        ("/learn/v1/lp", "name", "plans"),
    ):
        left = named(session, f"{lms.url}{path}", key, name)
        assert f" {len(left)} {kind}" in line
        assert left
    assert f"{name}" in (tmp_path / "r" / "summary.md").read_text()
    assert f"{name}" in (tmp_path / "r" / "report.html").read_text()


def named(session: requests.Session, url: str, key: str, name: str) -> list[str]:
    """Of all items of a list: what begins with the name."""
    rows: list[dict[str, Any]] = []
    for page in itertools.count(1):
        data = session.get(url, params={"page": page, "page_size": 200}).json()["data"]
        rows += data["items"]
        if not data["has_more_data"]:
            return [row[key] for row in rows if str(row.get(key)).startswith(name)]
    raise AssertionError
