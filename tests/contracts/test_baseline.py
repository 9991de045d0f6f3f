"""Known failures: what a baseline may say, and what becomes of a verdict."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from mock_lms_contracts.baseline import Known, UnusableBaseline, applied, load
from mock_lms_contracts.verdicts import Result, Verdict

from tests.contracts import fakes
from tests.contracts.driver import Mock

TODAY = date(2026, 6, 1)
KNOWN = {"UNENROLL-CAP-1": Known("UNENROLL-CAP-1", "LMS-12", TODAY)}


def of(verdict: Verdict) -> Result:
    return Result("UNENROLL-CAP-1", verdict, "2 users stayed.")


@pytest.mark.parametrize(
    "text",
    [
        "- requirement: UNENROLL-CAP-1\n  reason: LMS-12\n  expires: 2026-06-01\n",
        '- requirement: UNENROLL-CAP-1\n  reason: "  LMS-12  "\n  expires: "2026-06-01"\n',
        '[{"requirement": "UNENROLL-CAP-1", "reason": "LMS-12", "expires": "2026-06-01"}]',
    ],
)
def test_a_baseline_is_a_list_in_yaml_or_json(text: str, tmp_path: Path) -> None:
    file = tmp_path / "known"
    file.write_text(text)
    assert load(file) == KNOWN


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "this is not a list"),
        ("requirement: UNENROLL-CAP-1", "this is not a list"),
        ("- UNENROLL-CAP-1", "entry 1: an entry must have requirement, reason and expires, and nothing else"),
        ("- {requirement: UNENROLL-CAP-1, why: x}", "entry 1: an entry must have requirement, reason and expires"),
        ("- {requirement: UNENROLL-CAP-99, reason: x, expires: 2026-06-01}", "there is no requirement"),
        ("- {reason: x, expires: 2026-06-01}", "there is no requirement"),
        ("- {requirement: UNENROLL-CAP-1, expires: 2026-06-01}", "UNENROLL-CAP-1 has no reason; say why"),
        ("- {requirement: UNENROLL-CAP-1, reason: ' ', expires: 2026-06-01}", "has no reason"),
        ("- {requirement: UNENROLL-CAP-1, reason: 7, expires: 2026-06-01}", "has no reason"),
        ("- {requirement: UNENROLL-CAP-1, reason: x}", "must say when it expires, as in 2026-12-31"),
        ("- {requirement: UNENROLL-CAP-1, reason: x, expires: never}", "must say when it expires"),
        ("- {requirement: UNENROLL-CAP-1, reason: x, expires: 2026-06-01 10:00:00}", "must say when it expires"),
        (
            "- {requirement: UNENROLL-CAP-1, reason: x, expires: 2026-06-01}\n" * 2,
            "entry 2: UNENROLL-CAP-1 is listed twice",
        ),
        ("- [\n", "line 2: this is not YAML"),
        ("- \x00", "this is not YAML"),
    ],
)
def test_what_a_baseline_may_not_be_is_said_in_one_line(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "known.yaml"
    file.write_text(text)
    with pytest.raises(UnusableBaseline) as raised:
        load(file)
    assert message in str(raised.value)
    assert str(raised.value).startswith(str(file))
    assert "\n" not in str(raised.value)


def test_a_baseline_that_is_not_utf_8_or_not_there_is_unusable(tmp_path: Path) -> None:
    (tmp_path / "known.yaml").write_bytes(b"- \xff\xfe")
    for file in (tmp_path / "known.yaml", tmp_path / "none.yaml", tmp_path):
        with pytest.raises(UnusableBaseline, match=str(file)):
            load(file)


def test_a_known_failure_is_known_through_the_day_on_which_it_expires() -> None:
    (result,) = applied([of(Verdict.FAIL)], KNOWN, TODAY)
    assert (result.verdict, result.known, result.message) == (Verdict.KNOWN, "LMS-12", "2 users stayed.")


def test_after_that_day_it_is_a_finding_that_says_that_it_was_known() -> None:
    (result,) = applied([of(Verdict.FAIL)], KNOWN, date(2026, 6, 2))
    assert result.verdict is Verdict.FAIL
    assert result.message == "2 users stayed. The baseline excused it until 2026-06-01: LMS-12"


@pytest.mark.parametrize("today", [TODAY, date(2026, 6, 2)])
def test_an_entry_that_no_longer_fails_is_stale_expired_or_not(today: date) -> None:
    (result,) = applied([of(Verdict.PASS)], KNOWN, today)
    assert result.verdict is Verdict.STALE
    assert "remove the entry" in result.message


@pytest.mark.parametrize("verdict", [Verdict.SKIPPED, Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR])
def test_what_could_not_be_decided_is_neither_known_nor_stale(verdict: Verdict) -> None:
    assert applied([of(verdict)], KNOWN, TODAY) == [of(verdict)]


def test_what_the_baseline_does_not_name_is_as_it_was() -> None:
    other = Result("UNENROLL-CAP-2", Verdict.FAIL, "x")
    assert applied([other], KNOWN, TODAY) == [other]


@pytest.mark.usefixtures("brief")
def test_a_run_with_a_baseline_excuses_what_it_names_and_fails_where_it_is_out_of_date(
    mock: Mock, tmp_path: Path
) -> None:
    file = tmp_path / "known.yaml"
    entries = [{"requirement": "UNENROLL-EFFECT-2", "reason": "LMS-12", "expires": "2999-12-31"}]
    file.write_text(json.dumps(entries))
    tenant = mock.tenant(sabotage="empties_the_course")
    options = ("--baseline", file, "--only", "UNENROLL-EFFECT-1", "--only", "UNENROLL-EFFECT-2")
    done = fakes.against(mock, *options, "--tenant", tenant, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "known         UNENROLL-EFFECT-2" in done.stdout
    done = fakes.against(mock, *options, cwd=tmp_path)
    assert done.returncode == 1
    assert "stale         UNENROLL-EFFECT-2" in done.stdout


def test_a_baseline_that_cannot_be_used_is_usage(mock: Mock, tmp_path: Path) -> None:
    (tmp_path / "known.yaml").write_text("- {requirement: UNENROLL-CAP-1}")
    done = fakes.against(mock, "--baseline", "known.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert (
        done.stderr
        == "mock-lms-contracts: known.yaml, entry 1: UNENROLL-CAP-1 has no reason; say why it is known to fail.\n"
    )
