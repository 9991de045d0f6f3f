"""What the control API's contract cannot say in a schema: what is small, what a seed file is, what fits together."""

from __future__ import annotations

from typing import Any

import schemathesis

SIZES = {"users": 1_000_000, "courses": 100_000, "plans": 100_000}
FEW = 20
SEED = "users:\n  - {id: 7, username: seven}\n"
LONGEST = 0.01  # seconds
COMPARISONS = {"at_least", "at_most", "less_than", "more_than"}


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: dict[str, Any]) -> None:
    """What is valid stays so, and what is not."""
    body = case.body
    if not isinstance(body, dict):
        return
    for name, most in SIZES.items():
        if body.get("seed") == "scale":
            body.setdefault(name, FEW)
        if _is_number(body.get(name)) and body[name] == int(body[name]) and 1 <= body[name] <= most:
            body[name] = 1 + int(body[name]) % FEW  # a tenant of a million users is for another test
    if isinstance(body.get("contents"), str) and "seed" not in body:
        body["contents"] = SEED
    if isinstance(body.get("expectations"), list):
        for expectation in body["expectations"]:
            if isinstance(expectation, dict) and _is_number(expectation.get("at_most")) and expectation["at_most"] >= 0:
                expectation.pop("at_least", None)  # it may be the greater one
        if _is_number(body.get("seconds")) and LONGEST < body["seconds"] <= 300:
            body["seconds"] = LONGEST
    _one_comparison_each(body)


def _is_number(value: Any) -> bool:
    return type(value) in {int, float}


def _one_comparison_each(node: Any) -> None:
    """Two may exclude each other."""
    if isinstance(node, dict):
        users = node.get("users")
        if isinstance(users, dict) and COMPARISONS.issuperset(users) and all(map(_is_number, users.values())):
            node["users"] = dict(list(users.items())[:1])
    for inner in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        _one_comparison_each(inner)
