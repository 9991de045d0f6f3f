"""Which server, and with what credentials: the nearer source wins, and no secret goes to another address."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner
from mock_lms_client.cli import connection
from mock_lms_client.cli.connection import CREDENTIALS, connect, connected, settings
from mock_lms_client.exits import Stopped

URL, OTHER = "https://acme.example.com", "https://other.example.com"
LOGIN = {"client_id": "app", "client_secret": "s3cret-a", "username": "admin", "password": "s3cret-b"}
SECRETS = ("s3cret-a", "s3cret-b", "s3cret-c")


@pytest.fixture(autouse=True)
def nothing_said(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in connection.SETTINGS:
        monkeypatch.delenv(f"MOCK_LMS_{name.upper()}", raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch) -> Any:
    def set_(**values: str) -> None:
        for name, value in values.items():
            monkeypatch.setenv(f"MOCK_LMS_{name.upper()}", value)

    return set_


@pytest.fixture
def config(tmp_path: Path) -> Any:
    def write(contents: str | None = None, **values: str) -> Path:
        path = tmp_path / "mock-lms-client.toml"
        path.write_text("".join(f'{name} = "{value}"\n' for name, value in values.items()) + (contents or ""))
        path.chmod(0o600)
        return path

    return write


def complaint(**options: Any) -> str:
    with pytest.raises(Stopped) as caught:
        settings(options)
    assert caught.value.code == 1
    message = str(caught.value)
    assert "\n" not in message
    assert not any(secret in message for secret in SECRETS)
    return message


# --- which one wins


def test_an_option_wins_over_the_environment_and_that_over_the_file(environment: Any, config: Any) -> None:
    config(url=URL, **LOGIN)
    assert settings({}) == (URL, LOGIN)
    environment(url=URL, username="bob")
    assert settings({}) == (URL, {**LOGIN, "username": "bob"})
    assert settings({"username": "eve"}) == (URL, {**LOGIN, "username": "eve"})
    environment(url=OTHER, token="s3cret-c")
    assert settings({}) == (OTHER, {"username": "bob", "token": "s3cret-c"})
    assert settings({"url": URL}) == (URL, LOGIN)


def test_a_login_that_an_option_began_is_not_replaced_by_a_token_from_elsewhere(environment: Any) -> None:
    environment(url=URL, token="s3cret-c", **LOGIN)
    assert "token" not in settings({"username": "eve"})[1]
    assert settings({"token": "mine"})[1] == {"token": "mine"}


def test_an_app_without_a_person_is_enough(environment: Any) -> None:
    app = {"client_id": "app", "client_secret": "s3cret-a"}
    environment(**app)
    assert settings({"url": URL}) == (URL, app)


def test_a_named_file_is_read_in_place_of_the_usual_one(config: Any, tmp_path: Path) -> None:
    config(url=OTHER, token="s3cret-c")
    mine = tmp_path / "mine.toml"
    mine.write_text(f'url = "{URL}"\ntoken = "x"\n')
    mine.chmod(0o600)
    assert settings({"config": mine}) == (URL, {"token": "x"})


def test_the_usual_file_is_in_the_home_where_no_other_folder_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", "relative")
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".config").mkdir()
    file = tmp_path / ".config" / "mock-lms-client.toml"
    file.write_text(f'url = "{URL}"\ntoken = "x"\n')
    file.chmod(0o600)
    assert settings({}) == (URL, {"token": "x"})


# --- whose credentials they are


@pytest.mark.parametrize(
    "url",
    [
        OTHER,
        f"{URL}/t/acme",
        "https://acme.example.com:8443",
        "http://acme.example.com",
        "https://acme.example.com.evil.test",
    ],
)
def test_credentials_are_not_sent_to_another_address(environment: Any, config: Any, url: str) -> None:
    environment(url=URL, **LOGIN)
    path = config(url=URL, token="s3cret-c")
    message = complaint(url=url)
    assert "no token" in message
    assert f"the environment and {path} holds is for another address" in message


@pytest.mark.parametrize("url", [f"{URL}/", "https://ACME.example.com", "https://acme.example.com:443/"])
def test_one_address_can_be_written_in_several_ways(environment: Any, url: str) -> None:
    environment(url=URL, token="x")
    assert settings({"url": url}) == (url, {"token": "x"})


def test_credentials_without_an_address_are_for_the_one_that_is_named(environment: Any, config: Any) -> None:
    environment(token="x")
    config(url=URL)
    assert settings({}) == (URL, {"token": "x"})


# --- what is missing


def test_without_an_address_the_three_ways_to_give_it_are_named(tmp_path: Path) -> None:
    message = complaint()
    assert all(way in message for way in ("--url", "MOCK_LMS_URL", str(tmp_path / "mock-lms-client.toml")))


def test_what_is_missing_of_a_login_is_named_with_the_three_ways(environment: Any, tmp_path: Path) -> None:
    environment(client_id="app", username="admin")
    message = complaint(url=URL)
    assert "no client secret, password for https://acme.example.com" in message
    assert "--client-secret and --password" in message
    assert "MOCK_LMS_CLIENT_SECRET and MOCK_LMS_PASSWORD" in message
    assert str(tmp_path / "mock-lms-client.toml") in message


def test_a_secret_in_an_address_is_not_said() -> None:
    assert "acme.example.com" in complaint(url="https://admin:s3cret-a@acme.example.com")


@pytest.mark.parametrize(
    "url", ["acme", "ftp://acme.example.com", "https://[", "https://a:b", "http://acme.example.com"]
)
def test_an_address_that_is_none_is_refused_in_the_options_words(url: str) -> None:
    options = {"url": url, "token": "x", "max_wait": 1.0, "allow_http": False}
    with pytest.raises(Stopped) as caught, connect(options):
        pass
    assert "--url" in str(caught.value)


# --- the file


def test_a_setting_that_there_is_not_is_an_error(config: Any) -> None:
    config(url=URL, tokn="s3cret-a")
    assert "no setting tokn; there are url, token" in complaint()


@pytest.mark.parametrize("contents", ["url = ", 'token = "s3cret-a', "token: s3cret-b", "password = s3cret-c", "\x00"])
def test_a_file_that_is_no_toml_is_an_error_that_quotes_nothing(config: Any, contents: str) -> None:
    config(contents)
    assert "no TOML" in complaint()


def test_a_setting_that_is_no_text_is_an_error(config: Any) -> None:
    config("password = 12345")
    assert "password is a text" in complaint()


def test_a_file_that_was_named_must_be_there(tmp_path: Path) -> None:
    assert os.strerror(errno.ENOENT) in complaint(url=URL, config=tmp_path / "nothing.toml")
    assert os.strerror(errno.EISDIR) in complaint(url=URL, config=tmp_path)


def test_a_file_whose_secrets_others_can_read_is_warned_of_and_used(
    config: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = config(url=URL, token="s3cret-c")
    path.chmod(0o640)
    assert settings({}) == (URL, {"token": "s3cret-c"})
    said = capsys.readouterr().err
    assert said.splitlines() == [f"mock-lms-client: others can read the secrets in {path}: chmod 600 {path}"]


@pytest.mark.parametrize(("mode", "values"), [(0o600, {"token": "x"}), (0o644, {})])
def test_nobody_is_warned_without_need(
    config: Any, capsys: pytest.CaptureFixture[str], mode: int, values: dict[str, str]
) -> None:
    config(url=URL, **values).chmod(mode)
    settings({"token": "x"})
    assert capsys.readouterr().err == ""


# --- the options


@pytest.fixture
def help_(monkeypatch: pytest.MonkeyPatch) -> str:
    for at, name in enumerate(CREDENTIALS):
        monkeypatch.setenv(f"MOCK_LMS_{name.upper()}", f"leak-{at}")

    @click.command()
    @connected
    def command(**options: Any) -> None:
        """Nothing."""

    return CliRunner().invoke(command, ["--help"]).output


def test_the_help_names_every_variable_and_shows_no_value(help_: str) -> None:
    assert all(f"MOCK_LMS_{name.upper()}" in help_ for name in connection.SETTINGS)
    assert "leak-" not in help_


def test_the_client_waits_as_long_as_it_is_told_and_shows_no_token(environment: Any) -> None:
    environment(url="http://127.0.0.1:1", token="x")
    options = {"max_wait": 7.0, "allow_http": False}
    with connect(options) as client:
        assert client.tenant == "127.0.0.1:1"
        assert client._waiting.patience == 7.0
    assert os.environ["MOCK_LMS_TOKEN"] not in repr(client)
