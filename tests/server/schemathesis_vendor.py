"""What the vendor's contract cannot say in a schema: in a URL all is text, so also a word that nobody knows."""

from __future__ import annotations

from typing import Any

import schemathesis

from tests.support import contract

NO_TEXT = "\0"
"""What is invalid as a word, too."""


def _takes_any_word(schema: dict[str, Any]) -> bool:
    whole = contract.resolved(schema)
    if whole.get("type") == "array":
        return _takes_any_word(whole["items"])
    if "anyOf" in whole:
        return any(map(_takes_any_word, whole["anyOf"]))
    return str(schema.get("$ref")).endswith("/Text")


WORDS = {
    parameter["name"]
    for operation in contract.operations().values()
    for parameter in operation["parameters"]
    if parameter["in"] == "query" and _takes_any_word(parameter["schema"])
}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """A null, a number, or one word in place of a list would be valid words once they are written into a URL."""
    for name, value in (case.query or {}).items():
        if name not in WORDS:
            continue
        if name.endswith("[]") and isinstance(value, list):
            case.query[name] = [item if isinstance(item, str) else NO_TEXT for item in value]
        elif name.endswith("[]") or not isinstance(value, str):
            case.query[name] = NO_TEXT
