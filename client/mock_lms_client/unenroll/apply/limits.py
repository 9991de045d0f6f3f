"""How much an apply may remove, held against what it still has to: of all, and of each course and learning plan."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mock_lms_client.unenroll.document import Document, Json
from mock_lms_client.unenroll.pairs import COURSE, PLAN, Target


@dataclass(frozen=True, slots=True)
class Limits:
    """What whoever calls thinks possible. An apply notes them in its journal, so that who resumes need not say them."""

    max_remove: int = 1_000
    max_percent: float = 50.0
    """Of the enrollments that any one course or learning plan had when the plan was made."""


Left = Mapping[Target, int]
"""How many enrollments in each target are still to go."""


def of_plan(plan: Document) -> Left:
    """All that the plan removes."""
    return {_key(target): int(target["goes"]) for target in plan.summary["targets"]}


def refusals(plan: Document, left: Left, limits: Limits) -> Iterator[str]:
    """Why the limits do not let this go, in words; nothing where they do."""
    total = sum(left.values())
    if total > limits.max_remove:
        yield f"{total:,} enrollments would go, more than the {limits.max_remove:,} of --max-remove"
    for target in plan.summary["targets"]:
        goes, enrolled = left.get(_key(target), 0), _enrolled(target)
        if goes * 100 > enrolled * limits.max_percent:
            kind, number = _key(target)
            yield (
                f"{goes:,} of the {enrolled:,} in {kind} {number} would go, more than {limits.max_percent:g} % "
                "(--max-percent)"
            )


def flags(plan: Document, left: Left, limits: Limits) -> list[str]:
    """The options of `apply` that let this go where the limits do not."""
    words = []
    total = sum(left.values())
    if total > limits.max_remove:
        words += ["--max-remove", str(total)]
    shares = [-(-left.get(_key(target), 0) * 100 // max(_enrolled(target), 1)) for target in plan.summary["targets"]]
    if (share := max(shares, default=0)) > limits.max_percent:
        words += ["--max-percent", str(share)]
    return words


def _key(target: Json) -> Target:
    return (COURSE, target["course_id"]) if "course_id" in target else (PLAN, target["learning_plan_id"])


def _enrolled(target: Json) -> int:
    # it was counted after the enrollments were read, and some may have gone in between
    return max(int(target["enrolled"]), int(target["goes"]))


def from_facts(facts: Mapping[str, Any], plan: Document) -> Limits | None:
    """The limits that an apply of this plan noted; None if there was none."""
    noted = facts.get("limits")
    if not noted or noted["plan"] != plan.sha256:
        return None
    return Limits(noted["max_remove"], noted["max_percent"])


def to_facts(limits: Limits, plan: Document) -> Json:
    """As the journal takes them."""
    return {"limits": {"plan": plan.sha256, "max_remove": limits.max_remove, "max_percent": limits.max_percent}}
