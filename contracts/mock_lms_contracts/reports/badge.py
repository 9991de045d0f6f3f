"""`badge.json`: for https://img.shields.io/endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from mock_lms_contracts.reports.levels import headlines

COLORS = {"passed": "brightgreen", "findings": "red", "undecided": "orange"}


def render(report: Mapping[str, Any]) -> str:
    """The file."""
    verdict = report["verdict"]
    message = headlines(report)[0].partition(";")[0]
    if verdict == "undecided":
        message = f"undecided, {message}"
    if report["partial"]:
        message = f"partial: {message}"
    badge = {
        "schemaVersion": 1,
        "label": "enrollment contract",
        "message": message,
        "color": COLORS[verdict],
        "isError": verdict != "passed",
    }
    return json.dumps(badge, indent=2) + "\n"
