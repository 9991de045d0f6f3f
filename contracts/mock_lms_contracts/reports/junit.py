"""`junit.xml`: a test suite for each profile, a test case for each requirement.

Consumers treat skipped tests as fine. So only requirements that the target does not claim, or that a baseline excuses,
are skipped. Requirements that could not be decided are errors, not failures.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from typing import Any
from xml.etree import ElementTree as ET

from mock_lms_contracts.reports.levels import headlines
from mock_lms_contracts.reports.values import sides
from mock_lms_contracts.verdicts import Verdict

ELEMENTS = {
    Verdict.SKIPPED: "skipped",
    Verdict.KNOWN: "skipped",
    Verdict.INCONCLUSIVE: "error",
    Verdict.HARNESS_ERROR: "error",
    Verdict.STALE: "failure",
    Verdict.FAIL: "failure",
}


def render(report: Mapping[str, Any]) -> str:
    """The file."""
    root = ET.Element("testsuites", name=report["suite"]["name"])
    results = sorted(report["results"], key=_profile)
    for profile, of in groupby(results, key=_profile):
        _suite(root, f"{report['suite']['name']}.{profile}", list(of), report)
    _count(root, results, report)
    if report["problems"]:
        _problems(root, report)
    ET.indent(root)
    return f'<?xml version="1.0" encoding="utf-8"?>\n{ET.tostring(root, encoding="unicode")}\n'


def _problems(root: ET.Element, report: Mapping[str, Any]) -> None:
    """Adds a test case for the run itself, for consumers that read nothing but JUnit."""
    name = f"{report['suite']['name']}.run"
    suite = ET.SubElement(root, "testsuite", name=name, tests="1", errors="1", failures="0", skipped="0", time="0")
    case = ET.SubElement(suite, "testcase", classname=name, name="The run leaves everything as it was", time="0")
    ET.SubElement(case, "error", message=report["problems"][0], type="problem").text = "\n".join(report["problems"])
    root.attrib |= {name: str(int(root.attrib[name]) + 1) for name in ("tests", "errors")}


def _profile(result: Mapping[str, Any]) -> str:
    return str(result["profile"])


def _suite(root: ET.Element, name: str, results: list[Mapping[str, Any]], report: Mapping[str, Any]) -> None:
    suite = ET.SubElement(root, "testsuite", name=name, timestamp=report["times"]["began"])
    _count(suite, results, report)
    properties = ET.SubElement(suite, "properties")
    for key, value in {
        "version": report["suite"]["version"],
        "target": report["target"]["base_url"],
        "build": report["target"]["build"],
        "seed": report["seed"],
        "partial": str(report["partial"]).lower(),
        **{f"level.{level}": headline for level, headline in zip(report["levels"], headlines(report), strict=True)},
        **{f"expected.{name}": value for name, value in report["expected"].items()},
        **{f"variant.{name}": value for name, value in report["variants"].items()},
    }.items():
        ET.SubElement(properties, "property", name=key, value=str(value))
    for result in results:
        _case(suite, name, result, report)


def _count(element: ET.Element, results: list[Mapping[str, Any]], report: Mapping[str, Any]) -> None:
    kinds = [ELEMENTS.get(Verdict(result["verdict"])) for result in results]
    seconds = sum(report["times"]["of"][result["requirement"]] for result in results)
    element.attrib |= {
        "tests": str(len(results)),
        "failures": str(kinds.count("failure")),
        "errors": str(kinds.count("error")),
        "skipped": str(kinds.count("skipped")),
        "time": f"{seconds:.3f}",
    }


def _case(suite: ET.Element, name: str, result: Mapping[str, Any], report: Mapping[str, Any]) -> None:
    seconds = report["times"]["of"][result["requirement"]]
    title = f"{result['requirement']} {result['sentence']}"
    case = ET.SubElement(suite, "testcase", classname=name, name=title, time=f"{seconds:.3f}")
    verdict = Verdict(result["verdict"])
    if verdict not in ELEMENTS:
        return
    message = f"known: {result['known']}" if verdict is Verdict.KNOWN else result["message"]
    element = ET.SubElement(case, ELEMENTS[verdict], message=message, type=verdict.value)
    is_failure = verdict is Verdict.FAIL
    element.text = "\n".join(
        [
            f"{result['level']} {result['requirement']}: {result['sentence']}",
            result["message"],
            *([f"{title}: {'; '.join(of) or 'nothing'}" for title, of in sides(result).items()] if is_failure else []),
            *result["curl"],
            *([f"again: {result['again']}"] if result["again"] else []),
            f"source: {result['source']} (confidence {result['confidence']}), seed {report['seed']}",
        ]
    )
