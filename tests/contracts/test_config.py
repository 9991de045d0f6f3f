"""Options of a run in a file: what the command line says wins, and what has no meaning is refused."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path

import pytest
from mock_lms_contracts import config
from mock_lms_contracts.command import run_
from mock_lms_contracts.config import FILE, SECRETS, UnusableConfig, load

from tests.contracts import fakes
from tests.contracts.driver import Mock

PARAMETERS = {str(parameter.name) for parameter in run_.params}
SMALL = 'profiles = ["core"]\nlevel = "must"\n'


def report(mock: Mock, *arguments: str | Path, cwd: Path) -> dict[str, object]:
    done = fakes.contracts("run", "--only", "UNENROLL-STATUS-1", "--json", *arguments, cwd=cwd, **fakes.settings(mock))
    assert done.returncode == 0, done.stderr
    told: dict[str, object] = json.loads(done.stdout)["selection"]
    return told


@pytest.mark.usefixtures("brief")
def test_a_run_finds_the_file_in_its_folder_and_says_so(mock: Mock, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text('adapter = "mock"\nprofiles = ["core"]\nlevel = "must"\nwithout = ["update"]\n')
    done = fakes.contracts("run", "--only", "UNENROLL-STATUS-1", "--json", cwd=tmp_path, **fakes.settings(mock))
    told = json.loads(done.stdout)
    assert (told["selection"]["profiles"], told["selection"]["level"]) == (["core"], "must")
    assert told["target"]["adapter"] == "mock"
    assert "update" not in told["target"]["capabilities"]
    assert f"options that are not given are read from {FILE}" in done.stderr


@pytest.mark.usefixtures("brief")
def test_an_option_wins_over_the_file(mock: Mock, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(SMALL)
    assert report(mock, "--adapter", "mock", cwd=tmp_path)["level"] == "must"
    assert report(mock, "--adapter", "mock", "--level", "may", cwd=tmp_path)["level"] == "may"


def test_another_file_is_named_and_paths_in_it_begin_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "ours").mkdir()
    (tmp_path / FILE).write_text("level = 5\n")
    (tmp_path / "ours" / "it.toml").write_text('baseline = "known.yaml"\n')
    assert load(tmp_path / "ours" / "it.toml", PARAMETERS) == {"baseline": str(tmp_path / "ours" / "known.yaml")}
    done = fakes.contracts("run", "--config", "ours/it.toml", *("--base-url", "http://127.0.0.1:9", "--token", "x"),
                           cwd=tmp_path)  # fmt: skip
    assert "known.yaml" in done.stderr.splitlines()[-1]


def test_a_file_as_notepad_saves_it_is_read(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b'\xef\xbb\xbflevel = "must"\r\nwithout = ["update"]\r\n')
    assert load(tmp_path / FILE, PARAMETERS) == {"level": "must", "without": ["update"]}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('profile = ["core"]', "there is no key 'profile'; did you mean profiles?"),
        ('spaceship = "x"', "there is no key 'spaceship'; known are base_url, adapter"),
        ('token = "x"', "token may be a secret"),
        ("[headers]", "headers may be a secret"),
        ('without = "update"', "without must be a list of texts"),
        ("base_url = 5", "base_url must be a text, but is 5"),
        ('without = ["updates"]', "there is no capability 'updates'; did you mean update?"),
        ("base_url = ", "is not TOML"),
    ],
)
def test_what_has_no_meaning_is_refused_in_one_line_that_names_the_file(text: str, said: str, tmp_path: Path) -> None:
    (tmp_path / FILE).write_text(f"{text}\n")
    done = fakes.contracts("run", cwd=tmp_path)
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert FILE in line
    assert said in line


def test_a_file_that_is_named_must_be_there(tmp_path: Path) -> None:
    done = fakes.contracts("run", "--config", "nowhere.toml", cwd=tmp_path)
    assert done.returncode == 2
    assert "`mock-lms-contracts init` writes one" in done.stderr


def test_no_key_is_a_secret_and_each_stands_for_a_parameter_of_run() -> None:
    keys = {**config.TEXTS, **config.LISTS}
    assert not keys.keys() & set(SECRETS)
    assert {"base_url", "adapter", "without", "profiles", "baseline", "hosts", "tenant", "level"} <= PARAMETERS
    assert set(keys.values()) - PARAMETERS <= {"expect", "ca"}, "these come with options of their own"


def test_what_is_written_can_be_read_and_is_replaced_at_once(tmp_path: Path) -> None:
    path = tmp_path / FILE
    path.write_text("old")
    config.write(path, {"base_url": 'http://x/"\\\n', "without": ["update"], "profiles": []})
    assert tomllib.loads(path.read_text()) == {"base_url": 'http://x/"\\\n', "without": ["update"]}
    with pytest.raises(TypeError):
        config.write(path, {"base_url": object()})  # type: ignore[dict-item]
    assert tomllib.loads(path.read_text())["without"] == ["update"]
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    (tmp_path / FILE).write_bytes(b"\xff")
    with pytest.raises(UnusableConfig, match="is not TOML"):
        load(tmp_path / FILE, PARAMETERS)
    with pytest.raises(UnusableConfig, match=str(tmp_path)):
        load(tmp_path, PARAMETERS)
