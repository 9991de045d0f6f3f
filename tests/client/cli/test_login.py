"""`mock-lms-client login`: what it asks, what it tries, what it writes, and what it leaves alone."""

from __future__ import annotations

import io
import json
import os
import stat
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_lms_client.cli.login import _toml

from mock_lms.testing import MockTenant
from tests.client.harness.commands import COMMAND, CommandLine, Done, at_a_terminal, settings_of


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the login goes, of somebody whom the environment says nothing."""
    for name in [name for name in os.environ if name.startswith("MOCK_LMS_")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "mock-lms-client.toml"


@pytest.fixture
def line(capsys: pytest.CaptureFixture[str]) -> CommandLine:
    """The command line in this process."""
    return CommandLine(capsys)


@pytest.fixture
def login(line: CommandLine, monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(*arguments: str, stdin: str = "") -> Done:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        return line("login", *arguments)

    return run


def options(lms: MockTenant) -> tuple[str, ...]:
    names = ("url", "client_id", "client_secret", "username")
    return tuple(word for name in names for word in (f"--{name.replace('_', '-')}", str(getattr(lms, name))))


def test_what_is_stored_logs_in_and_is_for_its_owner_only(
    lms: MockTenant, file: Path, login: Any, line: CommandLine
) -> None:
    done = login(*options(lms), "--password-stdin", stdin=f"{lms.password}\n")
    assert (done.returncode, done.stderr) == (0, "")
    names = ("url", "client_id", "client_secret", "username", "password")
    assert tomllib.loads(file.read_text()) == {name: str(getattr(lms, name)) for name in names}
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700
    assert [*file.parent.iterdir()] == [file]
    assert done.stdout.splitlines() == [
        f"logged in at {lms.url} as admin; url, client id, client secret, username, password are in {file}",
        "try it: mock-lms-client ids users",
        f"to undo it: rm {file}",
    ]
    assert line("ids", "users", "--limit", "1").returncode == 0


def test_with_what_is_stored_a_token_renews_itself(lms: MockTenant, file: Path, login: Any, line: CommandLine) -> None:
    login(*options(lms), "--password-stdin", stdin=lms.password)
    lms.control.set_faults([{"action": "reject_token", "operation": "list_users", "count": 1}])
    assert line("ids", "users", "--limit", "1").returncode == 0


def test_somebody_at_a_terminal_is_asked_and_shows_no_secret(lms: MockTenant, file: Path) -> None:
    answers = {
        "URL of the tenant: ": lms.url,
        "Client id of the OAuth2 app: ": lms.client_id,
        "Its secret: ": lms.client_secret,
        r"Username \(none: the app logs in by itself\): ": lms.username,
        "Password: ": lms.password,
    }
    code, _, screen = at_a_terminal([*COMMAND, "login"], file.parents[1], os.environ, answers)
    assert code == 0, screen
    assert lms.username in screen
    assert not [secret for secret in (lms.password, lms.client_secret) if secret in screen]
    assert tomllib.loads(file.read_text())["password"] == lms.password


def test_an_app_can_log_in_by_itself(lms: MockTenant, file: Path, login: Any) -> None:
    assert login(*options(lms)[:6]).returncode == 0
    assert tomllib.loads(file.read_text()).keys() == {"url", "client_id", "client_secret"}


def test_a_login_that_fails_is_not_stored(lms: MockTenant, file: Path, login: Any) -> None:
    done = login(*options(lms), "--password-stdin", stdin="wr0ng")
    assert (done.returncode, done.stdout) == (1, "")
    assert "invalid_grant" in done.stderr
    assert "wr0ng" not in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert not file.parent.exists()


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "no url, client id, client secret, username, password, and there is no terminal"),
        (("--url", "http://127.0.0.1:9", "--client-id", "a", "--client-secret", "b", "--username", "c"), "no password"),
        (("--url", "acme", "--client-id", "a", "--client-secret", "b"), "--url must be an address"),
        (("--url", "http://acme.example.com", "--client-id", "a", "--client-secret", "b"), "--allow-http"),
    ],
)
def test_what_cannot_be_tried_is_not_stored(file: Path, login: Any, arguments: tuple[str, ...], said: str) -> None:
    done = login(*arguments)
    assert (done.returncode, done.stdout, said in done.stderr) == (1, "", True), done.stderr
    assert not file.parent.exists()


def test_a_password_is_no_option(login: Any, file: Path) -> None:
    assert "o such option" in login("--password", "x").stderr


def test_the_login_of_another_tenant_is_not_lost(lms: MockTenant, file: Path, login: Any) -> None:
    file.parent.mkdir()
    company = 'url = "https://acme.example.com"\nclient_id = "app"\n'
    file.write_text(company)
    done = login(*options(lms), "--password-stdin", stdin=lms.password)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"{file} holds the login of https://acme.example.com; nothing was written" in done.stderr
    assert file.read_text() == company
    other = file.with_name("mock.toml")
    assert login(*options(lms), "--password-stdin", "--config", str(other), stdin=lms.password).returncode == 0
    assert other.exists()
    assert file.read_text() == company


@pytest.mark.parametrize("earlier", ["http://127.0.0.1:9", "{url}"])
def test_a_mock_s_login_and_the_tenant_s_own_are_replaced(
    lms: MockTenant, file: Path, login: Any, earlier: str
) -> None:
    file.parent.mkdir()
    file.write_text(f'url = "{earlier.format(url=lms.url)}"\ntoken = "old"\n')
    file.chmod(0o644)
    assert login(*options(lms), "--password-stdin", stdin=lms.password).returncode == 0
    assert "token" not in tomllib.loads(file.read_text())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_link_is_replaced_and_not_written_through(lms: MockTenant, file: Path, login: Any, tmp_path: Path) -> None:
    theirs = tmp_path / "theirs"
    theirs.write_text('url = "http://127.0.0.1:9"\n')
    file.parent.mkdir()
    file.symlink_to(theirs)
    assert login(*options(lms), "--password-stdin", stdin=lms.password).returncode == 0
    assert theirs.read_text() == 'url = "http://127.0.0.1:9"\n'
    assert not file.is_symlink()


def test_the_environment_of_another_address_is_not_sent(
    lms: MockTenant, file: Path, login: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in settings_of(lms).items():
        monkeypatch.setenv(name, value)
    done = login("--url", "http://localhost:9")
    assert "no client id, client secret, username, password" in done.stderr
    assert login("--url", lms.url).returncode == 0


def test_what_goes_before_the_file_is_named(lms: MockTenant, file: Path, login: Any, monkeypatch: Any) -> None:
    monkeypatch.setenv("MOCK_LMS_TOKEN", "x")
    monkeypatch.setenv("MOCK_LMS_URL", "http://127.0.0.1:9")
    done = login(*options(lms), "--password-stdin", stdin=lms.password)
    assert done.stdout.splitlines()[-1] == (
        "the environment goes before the file, so: unset MOCK_LMS_TOKEN MOCK_LMS_URL"
    )


def test_an_old_token_s_refusal_names_login(lms: MockTenant, file: Path, line: CommandLine) -> None:
    said = line("ids", "users", "--url", lms.url, "--token", "old").stderr
    assert "with which it renews itself: `mock-lms-client login` stores some. Unset MOCK_LMS_TOKEN then" in said


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=20))
def test_any_secret_is_stored_as_it_is(text: str) -> None:
    assert tomllib.loads(f"a = {_toml(text)}") == {"a": text}
    assert json.dumps(_toml(text)).isprintable()
