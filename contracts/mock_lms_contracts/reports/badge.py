"""`badge.json`: for https://img.shields.io/endpoint."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

COLORS = {"passed": "brightgreen", "findings": "red", "undecided": "orange"}


def render(report: Mapping[str, Any]) -> str:
    """The file."""
    counts, verdict = report["counts"], report["verdict"]
    claimed = sum(counts.values()) - counts["skipped"]
    message = f"{counts['pass']} of {claimed} hold"
    if verdict == "undecided":
        message = f"undecided, {message}"
    badge = {
        "schemaVersion": 1,
        "label": "enrollment contract",
        "message": message,
        "color": COLORS[verdict],
        "isError": verdict != "passed",
    }
    return json.dumps(badge, indent=2) + "\n"
