"""Writes docs/operations.md, the page of every operation of the contract: `python -m tests.support.operations`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.contract import contract, operations

PAGE = Path(__file__).parents[2] / "docs" / "operations.md"

HEAD = """\
# Every operation, and how sure it is

Generated from [openapi.yaml](../openapi.yaml) by `python -m tests.support.operations`; a test fails when it is stale.

**Confidence** says how far the source can be trusted: *high* is two independent sources or a primary one, *medium* one
credible client that ran against a real tenant (or the vendor's description of 2017), *low* inference. The files that a
source names are the project's notes of facts. What no source says stands under *assumed*; where a policy is named,
`mock-lms policies` says what can be chosen instead.
"""

LEFT_OUT = {
    "AI search": "its answers are a model's, which no test can hold anybody to, and no surveyed program asks for it",
    "E-commerce writes (carts, orders, coupons)": "they move money, and an enrollment that was bought looks like any "
    "other; the price of a course is read, and never charged",
    "The content repository": "what is in a course does not change who is enrolled; the training material of a course "
    "is listed, and nothing of it is uploaded or played",
    "Sending mail": "a mock that is pointed at real addresses must reach nobody",
}
"""What is not imitated, each with the reason."""


def page() -> str:
    """The page as it should be."""
    return "\n".join([HEAD, *_tags(), *_left_out()])


def _tags() -> Iterator[str]:
    for tag in contract()["tags"]:
        rows = [key for key, operation in operations().items() if operation["tags"][0] == tag["name"]]
        if rows:
            yield f"## {tag['description']}\n"
            for key in rows:
                yield from _operation(*key, operations()[key])


def _operation(method: str, path: str, operation: dict[str, Any]) -> Iterator[str]:
    evidence = operation["x-evidence"]
    yield f"### `{method} {path}`\n"
    yield f"{operation['summary'].rstrip('.')} (`{operation['operationId']}`).\n"
    yield f"- confidence: **{evidence['confidence']}**"
    yield f"- source: {_line(evidence['source'])}"
    if "assumed" in evidence:
        yield f"- assumed: {_line(evidence['assumed'])}"
    if "x-policies" in operation:
        yield f"- policies: {', '.join(f'`{name}`' for name in operation['x-policies'])}"
    yield ""


def _left_out() -> Iterator[str]:
    yield "## What stays out\n"
    for what, reason in LEFT_OUT.items():
        yield f"- **{what}**: {reason}."
    yield ""


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
