"""Tokens that expire during a run, or are invalid from the start."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from pathlib import Path

import pytest
from mock_lms_contracts import fuzz

from mock_lms.testing import MockLMS
from tests.contracts.gateways import Refuse, gateway
from tests.contracts.runs import ONE, control, login, run

pytestmark = pytest.mark.usefixtures("brief")


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
