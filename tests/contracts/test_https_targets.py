"""Servers behind https with a certificate of their own, and behind a gateway that asks for a header."""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from mock_lms_contracts import fuzz

from mock_lms.testing import MockLMS
from tests.contracts import certificates
from tests.contracts.gateways import gateway
from tests.contracts.runs import ONE, control, login, run

pytestmark = pytest.mark.usefixtures("brief")
GATE = {"X-Gateway": "sesame-open"}
KEY = ("--header", "X-Gateway: sesame-open")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for this machine that nobody signed, and its key."""
    return certificates.make(tmp_path_factory.mktemp("certificate") / "cert.pem")


@pytest.fixture(scope="module")
def over_tls(lms: MockLMS, certificate: Path) -> Iterator[str]:
    with gateway(lms.url, tls=certificates.context(certificate), needs=GATE) as between:
        yield between.url


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
