"""Reports: what each of the six files says, and that nothing breaks them."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest
from mock_lms_contracts import reports
from mock_lms_contracts.adapters import Claims
from mock_lms_contracts.outcome import Outcome
from mock_lms_contracts.plain import Scrubber, plain
from mock_lms_contracts.reports.build import build, difference, without_credentials
from mock_lms_contracts.reports.markdown import cell, fenced
from mock_lms_contracts.requirements import by_id
from mock_lms_contracts.verdicts import Verdict

from tests.contracts.outcomes import RUN, SCHEMA, files, outcome, partial, report

__all__ = ["files", "report"]

# --- report.json


def test_the_schema_is_one_and_the_report_is_what_it_says(report: dict[str, Any], files: dict[str, str]) -> None:
    jsonschema_rs.meta.validate(SCHEMA)
    validator = jsonschema_rs.Draft202012Validator(SCHEMA, validate_formats=True)
    validator.validate(report)
    validator.validate(json.loads(files["report.json"]))


def test_the_schema_names_every_verdict_and_everything_that_a_report_has(report: dict[str, Any]) -> None:
    verdicts = [verdict.value for verdict in Verdict]
    result = SCHEMA["properties"]["results"]["items"]
    assert result["properties"]["verdict"]["enum"] == verdicts
    assert SCHEMA["properties"]["counts"]["required"] == verdicts == list(report["counts"])
    for schema, value in ((SCHEMA, report), (result, report["results"][0])):
        assert set(schema["required"]) == set(schema["properties"]) == set(value)


def test_a_report_of_a_run_that_found_nothing_to_say_is_valid_too() -> None:
    whole = outcome()
    passed = replace(whole, results=whole.results[:1], problems=(), claims=Claims())
    jsonschema_rs.Draft202012Validator(SCHEMA).validate(build(passed))
    assert build(passed)["verdict"] == "passed"


def test_a_finding_has_the_difference_of_the_sets_and_how_to_see_it_again(report: dict[str, Any]) -> None:
    (first, *_) = [result for result in report["results"] if result["verdict"] == "fail"]
    requirement = by_id()[first["requirement"]]
    assert first["sentence"] == requirement.sentence
    assert first["difference"] == {"missing": [["course", 1, 2]], "unexpected": [["plan", 4, 5]]}
    assert first["again"] == (
        f"mock-lms-contracts run --base-url http://127.0.0.1:9/api --seed 7 --only {requirement.id}"
    )


def test_the_name_of_the_run_is_only_among_the_times(report: dict[str, Any]) -> None:
    assert report["times"]["run"] == RUN
    assert RUN not in json.dumps({**report, "times": {}})


def test_a_call_is_still_a_command_of_a_shell(report: dict[str, Any]) -> None:
    (call, *_) = next(result["curl"] for result in report["results"] if result["verdict"] == "fail")
    script = f'set -- {call.removeprefix("curl ")}; echo "$4"'
    done = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True, env={"RUN": RUN})
    assert done.stdout == f"http://127.0.0.1:9/t/{RUN}-unen/learn/v1/enrollments\n"


@pytest.mark.parametrize(
    ("expected", "seen", "sets"),
    [
        ([1, 2], [2, 3], {"missing": [1], "unexpected": [3]}),
        ([], [], {"missing": [], "unexpected": []}),
        ([{"a": 1, "b": 2}], [{"b": 2, "a": 1}], {"missing": [], "unexpected": []}),
        (200, [200], None),
        ({"gone": []}, {"stayed": []}, None),
    ],
)
def test_two_lists_differ_as_sets(expected: Any, seen: Any, sets: Any) -> None:
    assert difference(expected, seen) == sets


def test_an_address_is_recorded_without_credentials() -> None:
    assert without_credentials("https://me:secret@lms.example:1/api?token=x#y") == "https://lms.example:1/api"
    assert without_credentials("mine:Adapter") == "mine:Adapter"


# --- what a check may have seen


def test_what_a_check_saw_becomes_json_whatever_it_is() -> None:
    seen = {1: {3, 1, 2}, "t": (1, None), "f": float("nan"), "b": b"\xff", "v": Verdict.PASS, "o": object}
    shown = plain(seen)
    assert shown == {
        "1": [1, 2, 3], "t": [1, None], "f": "nan", "b": "\\xff", "v": "pass", "o": "<class 'object'>"
    }  # fmt: skip
    json.dumps(shown, allow_nan=False).encode()


def test_what_no_file_has_a_place_for_is_escaped() -> None:
    assert plain("a\x00b\x1bc\ud800d\ufffe\te\n") == "a\\x00b\\x1bc\\ud800d\\ufffe\te\n"


def test_secrets_become_names_the_longest_first_and_short_ones_do_not() -> None:
    scrub = Scrubber({"secret": "$A", "secret-and-more": "$B", "on": "$C", "": "$D"})
    assert plain({"secret": ["secret-and-more on"]}, scrub) == {"$A": ["$B on"]}


# --- junit.xml


def test_junit_has_a_case_for_each_requirement_and_no_doubt_looks_like_a_pass(files: dict[str, str]) -> None:
    root = ET.fromstring(files["junit.xml"])  # noqa: S314 -- our own
    kinds = {
        case.attrib["name"].split()[0]: [element.tag for element in case]
        for case in root.iter("testcase")
        if not case.attrib["classname"].endswith(".run")
    }
    expected = {
        Verdict.PASS: [], Verdict.SKIPPED: ["skipped"], Verdict.KNOWN: ["skipped"], Verdict.INCONCLUSIVE: ["error"],
        Verdict.HARNESS_ERROR: ["error"], Verdict.STALE: ["failure"], Verdict.FAIL: ["failure"],
    }  # fmt: skip
    assert kinds == {result.requirement: expected[result.verdict] for result in outcome().results}


def test_junit_counts_what_it_has_and_has_the_problems_of_the_run(files: dict[str, str]) -> None:
    root = ET.fromstring(files["junit.xml"])  # noqa: S314 -- our own
    for element in (root, *root.iter("testsuite")):
        for attribute, tag in (("tests", "testcase"), ("failures", "failure"), ("errors", "error")):
            assert int(element.attrib[attribute]) == len(list(element.iter(tag)))
        assert int(element.attrib["skipped"]) == len(list(element.iter("skipped")))
    (run,) = [case for case in root.iter("testcase") if case.attrib["classname"].endswith(".run")]
    assert run[0].tag == "error"


def test_a_failure_in_junit_says_the_sentence_the_difference_the_call_and_the_seed(files: dict[str, str]) -> None:
    (failure, *_) = [
        element
        for element in ET.fromstring(files["junit.xml"]).iter("failure")  # noqa: S314 -- our own
        if element.attrib["type"] == "fail"
    ]
    said = str(failure.text)
    (first, *_) = [result for result in outcome().results if result.verdict is Verdict.FAIL]
    for text in (by_id()[first.requirement].sentence, "user 2 in course 1", "user 5 in plan 4", "$TOKEN", "seed 7"):
        assert text in said


# --- report.sarif


def test_sarif_has_what_its_standard_requires_and_a_finding_lies_where_the_contract_says_so(
    files: dict[str, str],
) -> None:
    sarif = json.loads(files["report.sarif"])
    assert sarif["version"] == "2.1.0"
    assert sarif["$schema"].endswith("/sarif-schema-2.1.0.json")
    (run,) = sarif["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert run["tool"]["driver"]["name"] == "mock-lms-contracts"
    assert [rule["id"] for rule in rules] == [result.requirement for result in outcome().results]
    assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in rules)
    by_requirement = {result["ruleId"]: result for result in run["results"]}
    counted = {Verdict.FAIL, Verdict.STALE, Verdict.KNOWN}
    assert list(by_requirement) == [result.requirement for result in outcome().results if result.verdict in counted]
    for name, result in by_requirement.items():
        requirement = by_id()[name]
        assert rules[result["ruleIndex"]]["id"] == name
        assert result["level"] == {"MUST": "error", "SHOULD": "warning", "MAY": "note"}[requirement.level]
        assert result["message"]["text"].startswith(requirement.sentence)
        assert result["partialFingerprints"] == {"requirement/v1": name}
        for location, said in (
            (result["locations"][0], f"operationId: {requirement.operation}"),
            (result["relatedLocations"][0], f"id: {name}"),
        ):
            physical = location["physicalLocation"]
            path = Path(physical["artifactLocation"]["uri"])
            file = path if path.exists() else Path(reports.__file__).parents[1] / path
            assert said in file.read_text().splitlines()[physical["region"]["startLine"] - 1]


def test_sarif_suppresses_what_is_known_and_tells_what_could_not_be_decided(files: dict[str, str]) -> None:
    (run,) = json.loads(files["report.sarif"])["runs"]
    suppressed = [result["ruleId"] for result in run["results"] if result.get("suppressions")]
    assert suppressed == [result.requirement for result in outcome().results if result.verdict is Verdict.KNOWN]
    (invocation,) = run["invocations"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", invocation["startTimeUtc"])
    assert len(invocation["toolExecutionNotifications"]) == 3  # a problem, an inconclusive, a harness error


SARIF = json.loads((Path(__file__).parent / "data" / "sarif-schema-2.1.0.json").read_text())
"""As OASIS publishes it."""


@pytest.mark.parametrize(
    "one",
    [outcome(), partial(), replace(outcome(), results=outcome().results[:1], problems=())],
    ids=["with findings", "partial", "with nothing"],
)
def test_sarif_is_what_its_schema_says(one: Outcome) -> None:
    validator = jsonschema_rs.Draft4Validator(SARIF, validate_formats=True)
    rendered = json.loads(reports.sarif.render(build(one)))
    validator.validate(rendered)
    assert not validator.is_valid({**rendered, "version": "2.2.0"})


# --- badge.json, summary.md


@pytest.mark.parametrize(
    ("results", "color"),
    [(slice(0, 1), "brightgreen"), (slice(0, 5), "orange"), (slice(0, 8), "red")],
)
def test_the_badge_is_one_of_shields_io(results: slice, color: str) -> None:
    whole = outcome()
    badge = json.loads(reports.badge.render(build(replace(whole, results=whole.results[results], problems=()))))
    assert badge["schemaVersion"] == 1
    assert badge["color"] == color
    assert badge["isError"] is (color != "brightgreen")
    assert {"label", "message"} < set(badge) <= {"schemaVersion", "label", "message", "color", "isError"}


def test_the_summary_has_a_row_for_each_finding_and_nothing_in_it_is_markup(files: dict[str, str]) -> None:
    summary = files["summary.md"]
    assert summary.startswith("## Enrollment contract: ❌ findings\n")
    (rows,) = re.findall(r"\| --- \| --- \| --- \| --- \| --- \|\n((?:\|.*\n)+)", summary)
    told = {Verdict.FAIL, Verdict.STALE, Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE}
    named = [name for row in rows.splitlines() for name in re.split(r"(?<!\\)\|", row)[2].strip().split(", ")]
    assert sorted(named) == sorted(result.requirement for result in outcome().results if result.verdict in told)
    assert all(len(re.findall(r"(?<!\\)\|", row)) == 6 for row in rows.splitlines())
    outside = re.sub(r"^(`{3,}).*?^\1$", "", summary, flags=re.DOTALL | re.MULTILINE)
    assert "<script" not in outside


def test_text_in_markdown_stays_text() -> None:
    assert cell("a|b\n<c> *d* [e](f) `g`") == "a\\|b &lt;c&gt; \\*d\\* \\[e\\](f) \\`g\\`"
    assert fenced("```\nx") == "````\n```\nx\n````"


# --- the files


def test_there_are_six_files_and_no_other(files: dict[str, str]) -> None:
    assert set(files) == set(reports.FILES)
    assert set(files) == {"report.json", "junit.xml", "report.html", "report.sarif", "badge.json", "summary.md"}


def test_a_file_is_there_whole_or_not_at_all(
    report: dict[str, Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    with pytest.raises(OSError, match="No space"):
        reports.write(report, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_what_an_earlier_run_wrote_is_gone_before_a_run_and_nothing_else_is(
    report: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "made" / "for it"
    reports.prepare(folder)
    reports.write(report, folder)
    (folder / "mine.txt").write_text("mine")
    reports.prepare(folder)
    assert [path.name for path in folder.iterdir()] == ["mine.txt"]
