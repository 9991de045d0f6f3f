"""What every report begins with, what it says once, and what it says of a run that was interrupted."""

from __future__ import annotations

import json
from dataclasses import replace
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from mock_lms_contracts import reports
from mock_lms_contracts.reports import console
from mock_lms_contracts.reports.build import build
from mock_lms_contracts.reports.causes import causes
from mock_lms_contracts.reports.levels import headlines
from mock_lms_contracts.requirements import requirements
from mock_lms_contracts.verdicts import Result, Verdict

from tests.contracts.outcomes import SCHEMA, outcome, partial

# --- a run that was interrupted


def test_a_partial_report_counts_what_was_not_run_apart_and_every_requirement_has_its_result() -> None:
    report = build(partial())
    jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True).validate(report)
    not_run = len(report["results"]) - 1
    assert (report["partial"], report["exit_code"], report["verdict"]) == (True, 130, "undecided")
    assert report["not_run"] == report["counts"]["inconclusive"] == not_run
    assert f"1 pass, {not_run} not run; 1 effects observed" in console.render(report)
    assert f"| {not_run} | 0 | 0 | 0 |" not in (summary := reports.markdown.render(report))
    assert "**Partial.** The run was interrupted" in summary
    invocation = json.loads(reports.sarif.render(report))["runs"][0]["invocations"][0]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 130)
    assert len(invocation["toolExecutionNotifications"]) == not_run
    assert json.loads(reports.badge.render(report))["message"].startswith("partial: ")
    root = ET.fromstring(reports.junit.render(report))  # noqa: S314 -- our own
    assert len(list(root.iter("error"))) == not_run
    properties = {element.attrib["name"]: element.attrib["value"] for element in root.iter("property")}
    assert (properties["partial"], properties["expected.over_cap"]) == ("true", "reject")


def test_a_finding_of_a_run_that_was_interrupted_is_one() -> None:
    whole = partial()
    failed = replace(whole, results=[replace(whole.results[0], verdict=Verdict.FAIL), *whole.results[1:]])
    assert build(failed)["verdict"] == "findings"


# --- what a report begins with, and what it says once


@pytest.mark.parametrize(
    ("verdicts", "said"),
    [
        ([Verdict.PASS] * 3, "3 of 3 MUST hold"),
        ([Verdict.PASS, Verdict.FAIL, Verdict.SKIPPED], "1 of 2 MUST hold, 1 does not; 1 not claimed"),
        ([Verdict.FAIL, Verdict.FAIL, Verdict.KNOWN], "0 of 3 MUST hold, 2 do not, 1 known not to"),
        ([Verdict.STALE, Verdict.INCONCLUSIVE, Verdict.HARNESS_ERROR], "1 of 3 MUST hold, 2 undecided"),
        ([Verdict.SKIPPED], "no MUST checked; 1 not claimed"),
    ],
)
def test_the_musts_come_first_in_every_summary(verdicts: list[Verdict], said: str) -> None:
    musts = [requirement for requirement in requirements() if requirement.level == "MUST"]
    should = next(requirement for requirement in requirements() if requirement.level == "SHOULD")
    results = [Result(should.id, Verdict.PASS)]
    results += [Result(must.id, verdict) for must, verdict in zip(musts, verdicts, strict=False)]
    report = build(replace(outcome(), results=results, problems=()))
    assert headlines(report) == [said, "1 of 1 SHOULD hold"]
    assert f"\n\n{said}\n1 of 1 SHOULD hold\n" in f"\n{console.render(report)}"
    assert reports.markdown.render(report).splitlines()[2] == f"**{said}.**"
    assert said.partition(";")[0] in json.loads(reports.badge.render(report))["message"]
    assert f"<li>{said}</li>\n<li>1 of 1 SHOULD hold</li>" in reports.html.render(report)


def test_what_has_one_cause_is_said_once_with_all_whom_it_concerns() -> None:
    ids = [requirement.id for requirement in requirements()[:4]]
    messages = [f"POST /manage/v1/user: 500 trace {number}" for number in ("1f3a9b2c", "77001234")]
    results = [
        *(Result(name, Verdict.HARNESS_ERROR, message) for name, message in zip(ids[:2], messages, strict=True)),
        *(Result(name, Verdict.FAIL, "The answer is 500, not 200.") for name in ids[2:]),
    ]
    report = build(replace(outcome(), results=results, problems=()))
    assert [cause.requirements for cause in causes(report["results"])] == [ids[:2], ids[2:]]
    lines = console.render(report).splitlines()
    assert lines[0] == f"harness error 2 requirements -- {messages[0]} ({', '.join(ids[:2])})"
    assert lines[1] == f"fail          2 requirements -- The answer is 500, not 200. ({', '.join(ids[2:])})"
    assert reports.markdown.render(report).count("not 200") == 1
    assert reports.html.render(report).count("<article") == 2
    assert json.loads(reports.sarif.render(report))["runs"][0]["results"][1]["ruleId"] == ids[3]
    assert reports.junit.render(report).count("<testcase") == 4


def test_messages_that_differ_in_what_they_say_are_several_causes() -> None:
    messages = ["2 users stayed.", "3 users stayed.", "The answer is 500.", "The answer is 403."]
    results = [{"verdict": "fail", "message": message, "known": ""} for message in messages]
    assert len(causes(results)) == 4
    assert len(causes([*results, {**results[0], "verdict": "harness error"}])) == 5
    known = [{"verdict": "known", "message": "", "known": reason} for reason in ("LMS-1", "LMS-2", "LMS-1")]
    assert [cause.message for cause in causes(known)] == ["LMS-1", "LMS-2"]
