"""What was expected and what was seen, as lines for people."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

MOST = 20
"""Items of a list that are shown. report.json has all of them."""

LONGEST = 1_000
"""Characters of one line."""


def shown(value: Any) -> list[str]:
    """A value as lines: a list's items, an object's members, else itself."""
    if isinstance(value, Mapping):
        return [f"{name}: {'; '.join(shown(member)) or 'nothing'}" for name, member in value.items()]
    if isinstance(value, list):
        lines = [line(item) for item in value[:MOST]]
        return lines + ([f"... and {len(value) - MOST} more, in report.json"] if len(value) > MOST else [])
    return [line(value)]


def line(value: Any) -> str:
    """One value. An enrollment reads as the oracle shows it."""
    match value:
        case ["course" | "plan" as kind, int(target), int(user)]:
            text = f"user {user} in {kind} {target}"
        case str():
            text = value
        case _:
            text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}... in full in report.json"


def sides(result: Mapping[str, Any]) -> dict[str, list[str]]:
    """What a finding shows: the set difference if there is one, otherwise what was expected and what was seen."""
    if result["difference"]:
        return {
            "Missing: expected and not seen": shown(result["difference"]["missing"]),
            "Unexpected: seen and not expected": shown(result["difference"]["unexpected"]),
        }
    return {"Expected": shown(result["expected"]), "Seen": shown(result["seen"])}
