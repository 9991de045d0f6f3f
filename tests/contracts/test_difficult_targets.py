"""Targets as people have them: lists without an end, tokens that expire, certificates of their own; and what stays."""

from __future__ import annotations

import ipaddress
import itertools
import json
import re
import signal
import ssl
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import requests
from mock_lms_contracts import fuzz

from mock_lms.testing import MockLMS
from tests.contracts import fakes
from tests.contracts.driver import LOGIN
from tests.contracts.gateways import Refuse, gateway
from tests.support.process import until

ONE = ("--only", "UNENROLL-EFFECT-1", "--seed", "1")


@pytest.fixture(scope="module")
def lms() -> Iterator[MockLMS]:
    with MockLMS(serve=True, seed="empty") as lms:
        yield lms


def login(lms: MockLMS) -> dict[str, str]:
    return {f"MOCK_LMS_CONTRACTS_{name.upper()}": str(getattr(lms, name)) for name in LOGIN}


def run(url: str, *arguments: str | Path, cwd: Path, **variables: str) -> tuple[int, str]:
    """Exit code, and all that it said."""
    done = fakes.contracts("run", "--base-url", url, *arguments, cwd=cwd, **variables)
    return done.returncode, done.stdout + done.stderr


# --- lists without an end


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        (True, "page 2 is empty, and has_more_data still says true"),
        ("false", "has_more_data is the text 'false', no boolean"),
        (1, "has_more_data is 1, no boolean"),
    ],
)
def test_a_list_without_an_end_is_a_verdict_after_a_few_pages(
    flag: object, said: str, lms: MockLMS, tmp_path: Path
) -> None:
    def change(data: dict[str, Any]) -> None:
        if "has_more_data" in data:
            data["has_more_data"] = flag

    with gateway(lms.url, change=change) as between:
        code, told = run(between.url, *ONE, cwd=tmp_path, **login(lms))
    assert code == 3
    assert told.count(said) == 1, told
    assert len(between.calls) < 100
    # the same lists are read to clean up
    session = lms.session(lms.token())
    assert session.get(f"{lms.url}/course/v1/courses/enrollments").json()["data"]["items"] == []


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
            until("a call that unenrolls", lambda: any(call[0] == "DELETE" for call in between.calls), 60)
            silent.set()
            process.send_signal(number)
            said, _ = process.communicate(timeout=25)  # a call that is not answered takes 30 s
        finally:
            process.kill()
            end.set()
    assert process.returncode == 130, said
    assert "interrupted; what the run made is removed, for 1 s at the most" in said
    assert "the cleaning up was broken off: " in said
    assert said.splitlines()[-1].startswith("exit code 130: the run was interrupted: 1 of 1 requirements were not run")


# --- tokens


def expiring(most: int) -> Refuse:
    """A token is good for so many calls."""
    used: Counter[str] = Counter()

    def refuse(path: str, token: str) -> bool:
        if token and not path.startswith("/oauth2/"):
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
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "cert.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


@pytest.fixture(scope="module")
def over_tls(lms: MockLMS, certificate: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with gateway(lms.url, tls=context) as between:
        yield between.url


def test_an_https_server_of_this_machine_is_checked_with_a_certificate_of_its_own(
    lms: MockLMS, over_tls: str, certificate: Path, tmp_path: Path
) -> None:
    variables = login(lms) | {"REQUESTS_CA_BUNDLE": str(certificate), "HTTPS_PROXY": "http://127.0.0.1:9"}
    code, told = run(over_tls, *ONE, cwd=tmp_path, **variables)
    assert code == 0, told


def test_schemathesis_trusts_the_same_certificate(
    lms: MockLMS, over_tls: str, certificate: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fuzz, "OPERATIONS", ("bulk_unenroll",))
    variables = {
        **login(lms),
        "MOCK_LMS_CONTRACTS_CONTROL_TOKEN": lms.control_token,
        "REQUESTS_CA_BUNDLE": str(certificate),
    }
    options = ("--adapter", "mock", "--only", "ROBUST-SCHEMA-1", "--seed", "1")
    code, told = run(over_tls, *options, cwd=tmp_path, **variables)
    assert "1 pass" in told, told
    assert code in {0, 3}  # nothing is to happen there


@pytest.mark.parametrize("bundle", ["", "nowhere.pem"])
def test_without_the_certificate_it_is_said_in_one_line_what_to_set(
    bundle: str, lms: MockLMS, over_tls: str, tmp_path: Path
) -> None:
    code, told = run(over_tls, *ONE, cwd=tmp_path, **login(lms), REQUESTS_CA_BUNDLE=bundle, CURL_CA_BUNDLE="")
    assert code == 3
    (line,) = [line for line in told.splitlines() if line.startswith("harness error")]
    assert "REQUESTS_CA_BUNDLE" in line
    assert "Traceback" not in told


# --- what stays


def test_a_run_says_what_it_leaves_behind_and_how_to_find_it(lms: MockLMS, tmp_path: Path) -> None:
    options = ("--only", "UNENROLL-REPEAT-1", "--report", tmp_path / "r", "--", "-n", "2")
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
