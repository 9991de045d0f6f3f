"""`report.sarif`: SARIF 2.1.0, for code scanning. A rule for each requirement, a result for each finding.

The location of a result is its operation in openapi.yaml; its sentence in requirements.yaml is a related location.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import mock_lms_contracts
from mock_lms.spec import spec_path
from mock_lms_contracts.reports.values import sides
from mock_lms_contracts.verdicts import Verdict

LEVELS = {"MUST": "error", "SHOULD": "warning", "MAY": "note"}
RESULTS = {Verdict.FAIL, Verdict.STALE, Verdict.KNOWN}
UNDECIDED = {Verdict.HARNESS_ERROR, Verdict.INCONCLUSIVE}
PROPERTIES = (
    "target", "selection", "seed", "partial", "not_run", "levels", "expected", "variants", "effects"
)  # fmt: skip
"""Fields of the report that are copied as they are."""

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def render(report: Mapping[str, Any]) -> str:
    """The file."""
    results = report["results"]
    index = {result["requirement"]: number for number, result in enumerate(results)}
    run = {
        "tool": {
            "driver": {
                "name": report["suite"]["name"],
                "version": report["suite"]["version"],
                "rules": [_rule(result) for result in results],
            }
        },
        "invocations": [
            {
                "executionSuccessful": report["verdict"] != "undecided" and not report["partial"],
                "exitCode": report["exit_code"],
                "exitCodeDescription": report["meaning"],
                "startTimeUtc": report["times"]["began"].replace("+00:00", "Z"),
                "endTimeUtc": report["times"]["ended"].replace("+00:00", "Z"),
                "toolExecutionNotifications": [
                    *({"level": "error", "message": {"text": problem}} for problem in report["problems"]),
                    *(
                        {
                            "level": "error",
                            "message": {"text": f"{result['verdict']}: {result['message']}"},
                            "associatedRule": {"id": result["requirement"], "index": index[result["requirement"]]},
                        }
                        for result in results
                        if result["verdict"] in UNDECIDED
                    ),
                ],
            }
        ],
        "results": [_finding(result, index, report) for result in results if result["verdict"] in RESULTS],
        "properties": {name: report[name] for name in PROPERTIES},
    }
    return json.dumps({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _rule(result: Mapping[str, Any]) -> dict[str, Any]:
    said = f"{result['source']} (confidence {result['confidence']})"
    return {
        "id": result["requirement"],
        "shortDescription": {"text": result["sentence"]},
        "fullDescription": {"text": f"{result['level']}, profile {result['profile']}: {result['sentence']}"},
        "help": {
            "text": f"{result['sentence']}\n\nSource: {said}. `mock-lms-contracts explain {result['requirement']}`"
        },
        "defaultConfiguration": {"level": LEVELS[result["level"]]},
        "properties": {"tags": [result["profile"], result["operation"]], "confidence": result["confidence"]},
    }


def _finding(result: Mapping[str, Any], index: Mapping[str, int], report: Mapping[str, Any]) -> dict[str, Any]:
    name = result["requirement"]
    lines = [f"{result['sentence']} {result['message']}"]
    if result["verdict"] != Verdict.STALE:
        lines += [f"{title}: {'; '.join(of) or 'nothing'}" for title, of in sides(result).items()]
    lines += [*result["curl"][:5], f"Again: {result['again']}"]
    finding: dict[str, Any] = {
        "ruleId": name,
        "ruleIndex": index[name],
        "kind": "fail",
        "level": LEVELS[result["level"]],
        "message": {"text": "\n".join(lines)},
        "locations": [_location("openapi.yaml", _line("openapi.yaml", f"operationId: {result['operation']}"))],
        "relatedLocations": [{"id": 1, **_location("requirements.yaml", _line("requirements.yaml", f"- id: {name}"))}],
        "partialFingerprints": {"requirement/v1": name},
        "properties": {"seed": report["seed"], "verdict": result["verdict"]},
    }
    if result["verdict"] == Verdict.KNOWN:
        finding["suppressions"] = [{"kind": "external", "status": "accepted", "justification": result["known"]}]
    return finding


def _location(artifact: str, line: int) -> dict[str, Any]:
    return {"physicalLocation": {"artifactLocation": {"uri": artifact}, "region": {"startLine": line}}}


@cache
def _line(artifact: str, text: str) -> int:
    """The number of the line with this text, or 1."""
    path = spec_path() if artifact == "openapi.yaml" else Path(mock_lms_contracts.__file__).with_name(artifact)
    lines = path.read_text(encoding="utf-8").splitlines()
    return next((number for number, line in enumerate(lines, start=1) if line.strip() == text), 1)
