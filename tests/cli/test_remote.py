"""The commands that control a running server: what they print, and what they say of a server that cannot be used."""

from __future__ import annotations

import errno
import http.server
import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mock_lms.__main__ import main
from mock_lms.testing import MockLMS, MockTenant, process
from tests.support.process import run

BULK = "/learn/v1/enrollments"
NO_FILE = os.strerror(errno.ENOENT)


@pytest.fixture(scope="module")
def running() -> Iterator[MockLMS]:
    with MockLMS(serve=True, seed="empty") as lms:
        yield lms


@pytest.fixture
def lms(running: MockLMS) -> MockTenant:
    """A demo tenant of a running server."""
    return running.tenant(running.control.create_tenant(seed="demo", frozen_at="2026-03-01 12:00:00")["name"])


def mock_lms(lms: MockTenant, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that names the server and tenant by the environment."""
    url = lms.url.partition("/t/")[0]
    return run(*arguments, MOCK_LMS_URL=url, MOCK_LMS_CONTROL_TOKEN=lms.control_token, MOCK_LMS_TENANT=lms.name)


def told(lms: MockTenant, *arguments: str) -> str:
    done = mock_lms(lms, *arguments)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def given(lms: MockTenant, *arguments: str) -> Any:
    return json.loads(told(lms, *arguments))


def unenroll(lms: MockTenant, *users: int) -> None:
    session = lms.session(lms.token())
    assert session.delete(lms.url + BULK, json={"user_ids": users, "course_ids": [201]}).ok


def test_tenants(lms: MockTenant, tmp_path: Path) -> None:
    made = given(
        lms,
        *("tenants", "create", "of-a-file", "--seed", str(Path(__file__).parents[2] / "mock_lms/seeds/demo.yaml")),
        *("--policy", "over_cap=truncate", "--frozen-at", "2026-03-01 12:00:00", "--sabotage", "no_cap"),
    )
    assert (made["policy"]["over_cap"], made["sabotage"]) == ("truncate", "no_cap")
    assert given(lms, "tenants", "show", "of-a-file") == made
    assert {lms.name, "of-a-file", "default"} <= set(given(lms, "tenants", "list")["tenants"])
    sized = given(lms, "tenants", "create", "--seed", "scale", "--users", "5", "--courses", "2", "--plans", "1")
    assert sized["seed"].startswith("scale")
    for name in ("of-a-file", sized["name"]):
        given(lms, "tenants", "drop", name)
    assert "of-a-file" not in given(lms, "tenants", "list")["tenants"]


def test_snapshots_forks_resets_and_the_diff(lms: MockTenant, tmp_path: Path) -> None:
    given(lms, "snapshot", "save", "before")
    unenroll(lms, 13001)
    assert given(lms, "diff", "before", "now", "--json")["summary"]["enrollments"]["lost"] == 1
    assert "13001" in told(lms, "diff")
    assert len(told(lms, "diff", "--csv").splitlines()) == 2
    fork = lms.tenant(given(lms, "fork", "--state", "before")["name"])
    assert fork.control.diff()["summary"]["enrollments"]["lost"] == 0
    path = tmp_path / "now.gz"
    assert given(lms, "snapshot", "export", "now", str(path)) == {"file": str(path), "bytes": path.stat().st_size}
    given(lms, "snapshot", "restore", "before")
    assert lms.control.diff()["summary"]["enrollments"]["lost"] == 0
    given(lms, "snapshot", "import", "after", str(path))
    assert {"before", "after"} <= {each["name"] for each in given(lms, "snapshot", "list")["snapshots"]}
    assert given(lms, "reset", "--to", "after", "--scope", "data")["scopes"] == ["data"]
    assert lms.control.diff()["summary"]["enrollments"]["lost"] == 1
    given(lms, "snapshot", "drop", "after")
    assert set(given(lms, "reset")["scopes"]) == {"data", "clock", "faults", "quota", "journal", "jobs"}


def test_the_clock(lms: MockTenant) -> None:
    assert given(lms, "clock", "show")["now"] == "2026-03-01 12:00:00"
    assert given(lms, "clock", "freeze", "2026-04-01 00:00:00")["now"] == "2026-04-01 00:00:00"
    for how_far, now in (("90", "00:01:30"), ("30s", "00:02:00"), ("15m", "00:17:00"), ("1.5h", "01:47:00")):
        assert given(lms, "clock", "advance", how_far)["now"] == f"2026-04-01 {now}"
    assert given(lms, "clock", "advance", "1d")["now"] == "2026-04-02 01:47:00"
    assert given(lms, "clock", "run")["mode"] == "real"


def test_faults(lms: MockTenant, tmp_path: Path) -> None:
    assert told(lms, "fault", "list") == "No call goes wrong.\n"
    path = tmp_path / "rule.json"
    path.write_text('{"action": "drop", "nth": 5}')
    shown = told(lms, "fault", "set", '{"action": "status", "status": 503, "every": 3}', f"@{path}")
    assert shown.startswith('1. {"action": "status"')
    assert '\n2. {"action": "drop"' in shown
    assert [each["rule"]["action"] for each in given(lms, "fault", "list", "--json")["faults"]] == ["status", "drop"]
    given(lms, "fault", "profile", "flaky-network", "--seed", "7", "--json")
    profiles = told(lms, "fault", "profiles")
    for profile in given(lms, "fault", "profiles", "--json")["profiles"]:
        assert f"  {profile['name']}\n" in profiles
    assert told(lms, "fault", "clear") == "No call goes wrong.\n"


def test_the_quota(lms: MockTenant) -> None:
    assert given(lms, "quota", "show") == {"quota": None}
    limit = {"calls": 5, "seconds": 60, "retry_after": "date"}
    shown = given(lms, "quota", "set", "--calls", "5", "--seconds", "60", "--retry-after", "date")
    assert shown["quota"]["limit"] == limit
    assert given(lms, "quota", "clear") == {"quota": None}


def test_the_journal(lms: MockTenant) -> None:
    assert told(lms, "journal", "list") == "No call.\n"
    assert told(lms, "journal", "misses") == "Every call hit an operation.\n"
    unenroll(lms, 13001)
    lms.session().get(f"{lms.url}/learn/v1/enrolments")
    lines = told(lms, "journal", "list").splitlines()
    assert len(lines) == 3
    assert lines[1].split()[2:] == ["200", "DELETE", BULK, "(bulk_unenroll)"]
    assert "(no operation)" in lines[2]
    assert len(given(lms, "journal", "list", "--json", "--since", "1", "--last", "--limit", "1")["entries"]) == 1
    assert "bulk_unenroll" in told(lms, "journal", "search", '{"users": {"at_least": 1}}')
    assert "/learn/v1/enrollments" in told(lms, "journal", "misses")
    assert given(lms, "journal", "misses", "--json")["misses"]
    assert given(lms, "journal", "har")["log"]["version"] == "1.2"
    assert told(lms, "journal", "clear") == "No call.\n"


@pytest.mark.parametrize("command", [("verify",), ("wait", "--seconds", "0.1")])
def test_a_verdict_is_the_exit_code(lms: MockTenant, command: tuple[str, ...]) -> None:
    unenroll(lms, 13001)
    once = '{"called": {"operation": "bulk_unenroll"}, "times": 1}'
    assert told(lms, "journal", *command, once) == "All of it holds, of 2 calls.\n"
    done = mock_lms(lms, "journal", *command, once, once.replace("1}", "2}"))
    assert done.returncode == 1
    assert done.stdout.startswith("Not the calls that were expected, of 2:\n  expectation 2: ")
    assert done.stderr == ""
    done = mock_lms(lms, "journal", *command, "--json", once.replace("1}", "2}"))
    assert done.returncode == 1
    assert json.loads(done.stdout)["failures"][0]["expectation"] == 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ("tenants show nonesuch", "nonesuch"),
        ("tenants create --policy nonsense", "nonsense"),
        ("tenants create --seed nonesuch", f"nonesuch: {NO_FILE}"),
        ("tenants create --seed .", os.strerror(errno.EISDIR)),
        ("tenants drop default", "default"),
        ("snapshot restore nonesuch", "nonesuch"),
        ("snapshot save now", "now"),
        ("snapshot export now /nonesuch/file", "/nonesuch/file"),
        ("snapshot import other /nonesuch/file", f"/nonesuch/file: {NO_FILE}"),
        ("diff nonesuch", "nonesuch"),
        ("clock freeze yesterday", "yesterday"),
        ("clock advance soon", "soon: say how long"),
        ("clock advance 999999999999d", "year 9000"),
        ("clock advance 0", "seconds"),
        ("fault set x", "x: this is no JSON"),
        ("fault set []", "[]: this is no object"),
        ("fault set {}", "rules.0.action"),
        ("fault set @/nonesuch", f"@/nonesuch: {NO_FILE}"),
        ("fault profile nonesuch", "nonesuch"),
        ("quota set --calls 0", "--calls"),
        ('journal search {"nonesuch":1}', "nonesuch"),
        ("journal verify {}", "expectations"),
        ("learners", "USER_ID"),
        ("learners x", "x"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_exit_code_2(lms: MockTenant, arguments: str, said: str) -> None:
    done = mock_lms(lms, *arguments.split())
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_server_that_cannot_be_used_is_named() -> None:
    class Other(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"<html>")

        def log_message(self, *_: Any) -> None:
            pass

    other = http.server.HTTPServer(("127.0.0.1", 0), Other)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    for url, said in (
        (f"http://127.0.0.1:{other.server_port}", "is no mock-lms"),
        ("http://127.0.0.1:9", os.strerror(errno.ECONNREFUSED)),
        ("http://127.0.0.1:x", "no address"),
        ("ftp://127.0.0.1", "no address"),
        (f"https://127.0.0.1:{other.server_port}", "speaks no TLS"),
        ("nonsense", "no address"),
        ("http://nonesuch.invalid", "nonesuch.invalid"),
    ):
        done = run("clock", "show", "--url", url, "--control-token", "wrong")
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
        assert f"mock-lms: {url}: " in done.stderr
        assert said in done.stderr
        assert "--control-token" in done.stderr
    other.shutdown()
    other.server_close()


def test_a_wrong_control_token_is_said(lms: MockTenant) -> None:
    done = run("clock", "show", "--url", lms.url, "--control-token", "wrong")
    assert done.returncode == 2
    assert "name the server's --url and --control-token. `mock-lms clock show --help` says more." in done.stderr


def test_the_url_may_name_the_tenant(lms: MockTenant) -> None:
    done = run("clock", "show", "--url", lms.url, "--control-token", lms.control_token)
    assert json.loads(done.stdout)["now"] == "2026-03-01 12:00:00"


def test_a_path_forges_no_line(lms: MockTenant) -> None:
    lms.session(lms.token()).get(f"{lms.url}/nowhere%0d%0a%20%2099%20FORGED")
    for listed in ("list", "misses"):
        lines = told(lms, "journal", listed).splitlines()
        assert [line for line in lines if "FORGED" in line and "/nowhere" not in line] == []
        assert "\\r\\n" in lines[-1]


@pytest.mark.parametrize("content", ["{}", "null"])
def test_what_answers_something_else_is_said_to_in_one_line(
    content: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(process, "over_http", lambda *_: lambda *_: (200, "application/json", content.encode()))
    with pytest.raises(SystemExit) as ended:
        main(["journal", "list", "--url", "http://127.0.0.1:1"])
    said = capsys.readouterr()
    assert (ended.value.code, said.out, len(said.err.splitlines())) == (2, "", 1)
    assert "no mock-lms" in said.err


def test_a_difference_is_one_kind_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["diff", "--json", "--csv"])
    assert (ended.value.code, "Give one of them" in capsys.readouterr().err) == (2, True)


@pytest.fixture(scope="module")
def secure() -> Iterator[MockLMS]:
    with MockLMS(serve=True, seed="empty", tls=True) as lms:
        yield lms


def test_a_server_that_speaks_https_is_controlled_by_who_knows_its_ca(secure: MockLMS) -> None:
    command = ("clock", "show", "--url", secure.url, "--control-token", secure.control_token)
    assert secure.ca is not None
    for done in (run(*command, "--ca", secure.ca), run(*command, MOCK_LMS_CA=secure.ca)):
        assert (done.returncode, done.stderr) == (0, "")
        assert "now" in json.loads(done.stdout)


def test_who_does_not_know_the_ca_is_told_which_option_names_it(secure: MockLMS, tmp_path: Path) -> None:
    nonsense = tmp_path / "nonsense"
    nonsense.write_text("nonsense")
    for more, said in (
        ((), "its certificate is not trusted (unable to get local issuer certificate); name its CA's file with --ca"),
        (("--ca", str(tmp_path / "none")), f"--ca {tmp_path}/none: {NO_FILE}; name the file that the server printed."),
        (("--ca", str(nonsense)), f"--ca {nonsense}: it holds no certificate; name the file that the server printed."),
    ):
        done = run("clock", "show", "--url", secure.url, "--control-token", secure.control_token, *more)
        assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
        assert said in done.stderr


def test_to_call_it_by_http_is_one_line(secure: MockLMS) -> None:
    done = run("clock", "show", "--url", secure.url.replace("https:", "http:"))
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "is no mock-lms" in done.stderr
