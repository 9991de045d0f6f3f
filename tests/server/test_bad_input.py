"""What is the user's to mend: one line on standard error that names it, exit code 2, and nothing else."""

from __future__ import annotations

import socket
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import Serve, Served, run


def complaint(*arguments: str | Path, **settings: str) -> str:
    """What is said of a command that can't be carried out."""
    done = run(*map(str, arguments), **settings)
    assert "Traceback" not in done.stderr, done.stderr
    assert done.returncode == 2, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("mock-lms: ")
    return lines[0]


def refused(*options: str | Path, **settings: str) -> str:
    """What is said of a `serve` that can't be. A port of its own, so that only the options are at fault."""
    port = () if "--port" in options else ("--port", "0")
    return complaint("serve", *options, *port, **settings)


# --- options


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (["server"], "server"),
        (["--prot", "0"], "--prot"),
        (["serve", "--prot", "0"], "--prot"),
        (["serve", "demo"], "demo"),
        (["serve", "--port", "http"], "--port"),
        (["serve", "--port"], "--port"),
        (["serve", "--workers", "0"], "--workers"),
        (["serve", "--workers", "many"], "--workers"),
        (["serve", "--users", "0"], "--users"),
        (["policies", "--yaml"], "--yaml"),
    ],
)
def test_what_no_command_knows_is_named(arguments: list[str], named: str) -> None:
    assert named in complaint(*arguments)


def test_an_unknown_policy_is_named(tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert "over_the_cap" in refused("--policy", "over_the_cap=reject", "--data", data)
    assert not (data / "tenants").exists()


@pytest.mark.parametrize("assignment", ["over_cap=explode", "over_cap=", "over_cap", "over_cap=Reject"])
def test_an_unknown_value_of_a_policy_is_named_with_those_there_are(assignment: str) -> None:
    line = refused("--policy", assignment)
    assert "over_cap" in line
    assert "reject, truncate" in line


def test_an_unknown_setting_in_the_environment_is_named_with_those_there_are() -> None:
    line = refused(MOCK_LMS_PASSWROD="oops")
    assert "MOCK_LMS_PASSWROD" in line
    assert "MOCK_LMS_PASSWORD" in line


# --- seeds


def test_a_missing_seed_file_is_named_with_the_seeds_there_are(tmp_path: Path) -> None:
    line = refused("--seed", tmp_path / "missing.yaml")
    assert "missing.yaml" in line
    assert "demo" in line


@pytest.mark.parametrize(
    ("content", "number"),
    [
        (b"users:\n  - {id: 11, username: a}\n  - {id: 12, username: [\n", 4),
        (b"users:\n  - {id: 11, username: a}\n  - {id: 12, usrname: b}\n", 3),
        (b"users:\n  - {id: 11, username: a}\n\n  - {id: 11, username: b}\n", 4),
        (b"\n\nusers: 12\n", 3),
        (b'{"users": [\n{"id": 11}\n]}', 2),
    ],
)
def test_an_invalid_seed_file_is_named_with_the_line(tmp_path: Path, content: bytes, number: int) -> None:
    seed = tmp_path / "wrong.yaml"
    seed.write_bytes(content)
    line = refused("--seed", seed)
    assert "wrong.yaml" in line
    assert f"line {number}" in line or f"wrong.yaml:{number}" in line


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b"\x00" * 100, b"%PDF-1.7\n\xe2\xe3\xcf\xd3"])
def test_a_seed_file_that_is_no_text_is_named(tmp_path: Path, content: bytes) -> None:
    seed = tmp_path / "binary.yaml"
    seed.write_bytes(content)
    assert "binary.yaml" in refused("--seed", seed)


def test_a_seed_that_is_a_directory_is_named(tmp_path: Path) -> None:
    assert str(tmp_path) in refused("--seed", tmp_path)


def test_after_a_wrong_seed_the_same_data_can_be_used_with_a_right_one(tmp_path: Path) -> None:
    data = tmp_path / "data"
    refused("--data", data, "--seed", tmp_path / "missing.yaml")
    assert list((data / "tenants").glob("[!.]*")) == []


# --- host and port


@pytest.fixture
def taken() -> Iterator[int]:
    """A port on which somebody else listens."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_port_that_another_program_has_is_named(taken: int) -> None:
    line = refused("--port", str(taken))
    assert str(taken) in line
    assert "--port" in line


def test_a_port_that_another_mock_lms_has_is_named_and_the_other_goes_on(server: Served) -> None:
    assert str(server.port) in refused("--port", str(server.port))
    server.log_in()


@pytest.mark.parametrize("port", ["70000", "65536", "-1", "99999999999999999999"])
def test_a_port_that_cannot_be_is_named(port: str) -> None:
    assert port in refused("--port", port)


@pytest.mark.parametrize("host", ["no-such-host.invalid", "ä" * 70, "", "256.0.0.1", "192.0.2.1", "[::1]"])
def test_a_host_that_is_not_here_is_named(host: str) -> None:
    assert host in refused("--host", host)


# --- data


def test_data_that_is_a_file_is_named(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    assert str(file) in refused("--data", file)


@pytest.mark.parametrize("folder", ["/proc", "/proc/mock-lms"])
def test_data_that_cannot_be_written_is_named(folder: str) -> None:
    # not even root can write there
    assert f"--data {folder}" in refused("--data", folder)


@pytest.mark.parametrize("content", [b"garbage", b"garbage" * 5_000, b"SQLite format 3\0" + b"\xff" * 4_096])
def test_a_tenant_that_is_garbage_is_named_and_left_alone(tmp_path: Path, content: bytes) -> None:
    file = _control_of(tmp_path)
    file.write_bytes(content)
    assert str(tmp_path) in refused("--data", tmp_path)
    assert file.read_bytes() == content


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE tenant SET value = '0' WHERE name = 'format'",
        "DELETE FROM tenant WHERE name = 'format'",
    ],
)
def test_a_tenant_of_another_format_is_refused_with_what_to_do(serve: Serve, tmp_path: Path, sql: str) -> None:
    serve("--data", tmp_path).stop()
    _change(sql, tmp_path)
    line = refused("--data", tmp_path)
    assert "format" in line
    assert "--data" in line


@pytest.mark.parametrize("sql", ["CREATE TABLE meta (x)", "CREATE TABLE users (x)"])
def test_a_database_of_another_program_is_named(tmp_path: Path, sql: str) -> None:
    _change(sql, tmp_path)
    assert str(tmp_path) in refused("--data", tmp_path)


def test_a_folder_that_is_no_tenant_is_named_and_left_alone(tmp_path: Path) -> None:
    file = tmp_path / "tenants" / "default" / "letter.txt"
    file.parent.mkdir(parents=True)
    file.write_text("Dear Sir")
    assert str(tmp_path) in refused("--data", tmp_path)
    assert file.read_text() == "Dear Sir"


def _control_of(folder: Path) -> Path:
    file = folder / "tenants" / "default" / "control.db"
    file.parent.mkdir(parents=True, exist_ok=True)
    (folder / "tenants" / ".mock-lms").touch()
    return file


def test_a_directory_of_somebody_else_is_refused_and_left_alone(tmp_path: Path) -> None:
    hidden = tmp_path / "tenants" / ".git" / "HEAD"
    hidden.parent.mkdir(parents=True)
    hidden.write_text("ref: refs/heads/main")
    assert str(tmp_path) in refused("--data", tmp_path)
    assert hidden.read_text() == "ref: refs/heads/main"


def _change(sql: str, folder: Path) -> None:
    database = sqlite3.connect(_control_of(folder))
    database.executescript(sql)
    database.close()


@pytest.mark.parametrize("content", ["", "no JSON", "[]", "null", '{"client_secret": 5}', '{"password": ["p"]}'])
def test_kept_credentials_that_are_garbage_are_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "credentials.json"
    file.write_text(content)
    assert str(file) in refused("--data", tmp_path)


# --- database


@pytest.mark.parametrize("address", ["nonsense", "", "postgresql+psycopg://h:port/name", "mysql://root@127.0.0.1/name"])
def test_a_database_address_that_cannot_be_is_named(address: str) -> None:
    assert "--database" in refused("--database", address)


@pytest.mark.parametrize("address", ["sqlite://", "sqlite:///:memory:"])
def test_a_database_that_workers_cannot_share_is_refused(address: str) -> None:
    # else each process would have an empty one of its own
    assert "--database" in refused("--database", address)


@pytest.mark.parametrize("scheme", ["postgresql+psycopg", "postgresql"])
def test_a_postgresql_that_does_not_answer_is_named_without_its_password(scheme: str) -> None:
    with socket.socket() as closed:  # bound, and nobody listens
        closed.bind(("127.0.0.1", 0))
        port = closed.getsockname()[1]
        line = refused("--database", f"{scheme}://somebody:a-secret-word@127.0.0.1:{port}/name")
    assert f"127.0.0.1:{port}" in line
    assert "a-secret-word" not in line


def test_a_refused_start_leaves_no_temporary_folder(tmp_path: Path) -> None:
    refused("--policy", "over_cap=explode", TMPDIR=str(tmp_path))
    refused("--seed", "missing.yaml", TMPDIR=str(tmp_path))
    assert list(tmp_path.iterdir()) == []


def test_an_unknown_sabotage_is_named() -> None:
    assert "'nothing'" in refused("--sabotage", "nothing")


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])  # noqa: S104 -- it is refused
def test_an_address_that_other_machines_can_reach_needs_a_word(host: str) -> None:
    assert "--expose" in refused("--host", host)


@pytest.mark.parametrize("name", ["http://mock-lms", "mock-lms:8080", "", "*.example.com", "a/b", "é", "x" * 300, "-a"])
def test_a_name_that_no_host_has_cannot_be_allowed(name: str) -> None:
    assert "--allow-host" in refused("--allow-host", name)
