"""`--expect`: of behaviors that are all legitimate, another than the expected one is a finding."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from mock_lms_contracts.expect import UnusableExpectation, accepted, contradictions, expectations
from mock_lms_contracts.outcome import Options, Outcome
from mock_lms_contracts.reports.build import again, build
from mock_lms_contracts.reports.console import expected, render
from mock_lms_contracts.requirements import by_id, requirements, select
from mock_lms_contracts.verdicts import Result, Verdict

from tests.contracts import fakes
from tests.contracts.driver import Mock

EVERYTHING = requirements()


def test_every_variant_of_the_requirements_can_be_expected() -> None:
    for name, values in accepted().items():
        for value in values:
            assert expectations([f"{name}={value}"], None, EVERYTHING) == {name: value}


def test_a_file_says_the_same_and_an_option_overrides_it(tmp_path: Path) -> None:
    file = tmp_path / "expected.yaml"
    file.write_text("reenrollment: restore\nplan_enrolls_courses: yes\nover_cap: reject\n")
    assert expectations(["over_cap=truncate"], file, EVERYTHING) == {
        "reenrollment": "restore",
        "plan_enrolls_courses": "yes",
        "over_cap": "truncate",
    }


@pytest.mark.parametrize(
    ("assignment", "message"),
    [
        (
            "reenrollments=restore",
            "there is no variant 'reenrollments'; there are batch_status, course_in_plan",
        ),
        ("reenrollment=keep", "reenrollment is never 'keep'; it is one of restore, discard"),
        ("reenrollment", "give NAME=VALUE"),
    ],
)
def test_what_cannot_be_expected_is_refused_and_what_can_be_is_listed(assignment: str, message: str) -> None:
    with pytest.raises(UnusableExpectation, match=message):
        expectations([assignment], None, EVERYTHING)


@pytest.mark.parametrize(
    ("contents", "message"),
    [
        (b"reenrollment: keep", "it is one of restore, discard"),
        (b"- reenrollment", "this is not a mapping"),
        (b"a: b: c", "this is not YAML"),
        (b"\xff\xfe", "this is not YAML"),
        (None, "name a file that can be read"),
    ],
)
def test_a_file_that_cannot_be_used_is_named(contents: bytes | None, message: str, tmp_path: Path) -> None:
    file = tmp_path / "expected.yaml"
    if contents is not None:
        file.write_bytes(contents)
    with pytest.raises(UnusableExpectation, match=message) as raised:
        expectations([], file, EVERYTHING)
    assert str(file) in str(raised.value)


def test_what_no_selected_requirement_finds_out_cannot_be_expected() -> None:
    with pytest.raises(UnusableExpectation, match=r"COMPLETION-KEEP-1, .*profile completion, level must"):
        expectations(["reenrollment=restore"], None, select(["core"]))


def test_another_behavior_than_the_expected_one_contradicts_it() -> None:
    (finding,) = contradictions({"reenrollment": "restore", "over_cap": "reject"}, {"reenrollment": "discard"})
    assert (finding.expected, finding.seen) == ("restore", "discard")
    assert finding.message == (
        "reenrollment=restore is expected (status, score and completion date are as before), "
        "but the target does discard (the learner starts anew)."
    )
    assert list(contradictions({"reenrollment": "restore"}, {"reenrollment": "restore", "over_cap": "reject"})) == []


def outcome(result: Result) -> Outcome:
    chosen = [by_id()["COMPLETION-KEEP-1"]]
    return Outcome(Options(base_url="http://x", requirements=chosen, expected={"reenrollment": "restore"}), [result])


@pytest.mark.parametrize(
    ("verdict", "variants", "code", "said"),
    [
        (Verdict.PASS, {"reenrollment": "restore"}, 0, "expected: reenrollment=restore (found)"),
        (Verdict.PASS, {}, 3, "expected: reenrollment=restore (not found out)"),
        (Verdict.FAIL, {"reenrollment": "discard"}, 1, "expected: reenrollment=restore (found: discard)"),
    ],
)
def test_what_is_expected_must_have_been_found(
    verdict: Verdict, variants: dict[str, str], code: int, said: str
) -> None:
    report = build(outcome(Result("COMPLETION-KEEP-1", verdict, "", effects=1, calls=1, variants=variants)))
    assert report["exit_code"] == code
    assert f"expected: {expected(report)}" == said
    assert said in render(report).splitlines()


def test_how_to_see_a_finding_again_says_what_its_requirement_was_expected_to_find() -> None:
    run = outcome(Result("COMPLETION-KEEP-1", Verdict.FAIL))
    assert "--expect reenrollment=restore" in again(run, "COMPLETION-KEEP-1")
    assert "--expect" not in again(run, "UNENROLL-CAP-1")


@pytest.mark.parametrize("workers", [(), ("--", "-n", "1")])
def test_a_target_that_does_not_do_what_is_expected_has_a_finding_with_its_calls(
    workers: Sequence[str], mock: Mock, tmp_path: Path
) -> None:
    tenant = mock.tenant(policy={"reenrollment": "discard"})
    options = ("--only", "COMPLETION-KEEP-1", "--tenant", tenant, "--json", "--expect")
    assert fakes.against(mock, *options, "reenrollment=discard", *workers, cwd=tmp_path).returncode == 0
    done = fakes.against(mock, *options, "reenrollment=restore", *workers, cwd=tmp_path)
    assert done.returncode == 1
    report = json.loads(done.stdout)
    (result,) = report["results"]
    assert (result["expected"], result["seen"]) == ("restore", "discard")
    assert result["curl"]
    assert report["expected"] == {"reenrollment": "restore"}


def test_what_cannot_be_expected_is_usage(mock: Mock, tmp_path: Path) -> None:
    done = fakes.against(mock, "--expect", "over_cap=ignore", cwd=tmp_path)
    assert done.returncode == 2
    assert done.stderr == "mock-lms-contracts: --expect: over_cap is never 'ignore'; it is one of reject, truncate.\n"
