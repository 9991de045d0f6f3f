"""`mock-lms-contracts.toml`: options of a run in a file, without credentials. The command line overrides it."""

from __future__ import annotations

import json
import os
import tempfile
import tomllib
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import click

from mock_lms_contracts.adapters.capabilities import unknown
from mock_lms_contracts.terminal import say

FILE = "mock-lms-contracts.toml"
TEXTS = {"base_url": "base_url", "adapter": "adapter", "tenant": "tenant", "level": "level", "baseline": "baseline",
         "ca": "ca"}  # fmt: skip
"""Keys that hold one text, with the parameter of `run` that each stands for."""

LISTS = {"profiles": "profiles", "without": "without", "expect": "expect", "allow_hosts": "hosts"}
"""The same of keys that hold a list of texts."""

PATHS = ("baseline", "ca")
"""Keys that hold paths, relative to the folder of the config file."""

SECRETS = ("token", "control_token", "client_id", "client_secret", "username", "password", "header", "headers")
HEADING = f"""\
# Options of `mock-lms-contracts run`, which looks for {FILE} in the current folder.
# The command line overrides these lines. Credentials come from the environment:
# MOCK_LMS_CONTRACTS_TOKEN, or ..._CLIENT_ID, ..._CLIENT_SECRET, ..._USERNAME and ..._PASSWORD.
"""


class UnusableConfig(ValueError):
    """The file cannot be read or holds an invalid entry. One line: which file, what is wrong, what to do."""


def load(path: Path, parameters: Collection[str]) -> dict[str, Any]:
    """The file's values, by parameter of `run`. Raises `UnusableConfig`."""
    try:
        entries = tomllib.loads(path.read_text(encoding="utf-8-sig"))  # Notepad writes a byte order mark
    except OSError as error:
        raise UnusableConfig(f"--config {path}: {error.strerror}; `mock-lms-contracts init` writes one") from error
    except ValueError as error:  # not TOML, or not UTF-8
        raise UnusableConfig(f"{path} is not TOML: {error}") from error
    keys = {key: name for key, name in {**TEXTS, **LISTS}.items() if name in parameters}
    values: dict[str, Any] = {}
    for key, value in entries.items():
        if key not in keys:
            raise UnusableConfig(f"{path}: {_unknown_key(key, keys)}")
        is_list = key in LISTS
        if not (isinstance(value, list) and all(isinstance(one, str) for one in value) if is_list else _is_text(value)):
            wanted = 'a list of texts, as in ["a", "b"]' if is_list else "a text"
            raise UnusableConfig(f"{path}: {key} must be {wanted}, but is {value!r:.80}")
        values[keys[key]] = str(path.parent / value) if key in PATHS else value
    problem = unknown(values.get("without", ()))
    if problem:
        raise UnusableConfig(f"{path}: without: {problem}")
    return values


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _unknown_key(key: str, keys: Mapping[str, str]) -> str:
    if key in SECRETS:
        return f"{key} may be a secret and does not belong in a file; set it in the environment or give it as an option"
    near = get_close_matches(key, list(keys), n=1)
    return f"there is no key {key!r}; " + (f"did you mean {near[0]}?" if near else f"known are {', '.join(keys)}")


def use_config(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    """Makes the file's values the defaults of the command."""
    path = Path(value or FILE)
    if ctx.resilient_parsing or not (value or path.exists()):
        return
    try:
        values = load(path, {str(parameter.name) for parameter in ctx.command.params})
    except UnusableConfig as error:
        raise click.UsageError(str(error)) from error
    ctx.default_map = {**(ctx.default_map or {}), **values}
    say(f"mock-lms-contracts: options that are not given are read from {path}", err=True)


def write(path: Path, entries: Mapping[str, str | Collection[str]]) -> None:
    """Writes the entries that are not empty. Whoever reads meanwhile sees the whole old file or the whole new one.

    Raises `OSError`.
    """
    # strings and lists of strings are written alike in JSON and TOML
    lines = [
        f"{key} = {json.dumps(value if isinstance(value, str) else [*value])}"
        for key, value in entries.items()
        if value
    ]
    with tempfile.NamedTemporaryFile(
        "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}-", delete=False
    ) as new:
        try:
            new.write("\n".join([HEADING, *lines, ""]))
            new.flush()
            Path(new.name).chmod(0o644)
            os.replace(new.name, path)  # noqa: PTH105 -- the same, and shorter
        except BaseException:
            Path(new.name).unlink(missing_ok=True)
            raise
