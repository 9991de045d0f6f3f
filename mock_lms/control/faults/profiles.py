"""Ready-made lists of fault rules. Each can be survived, which a test simulates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_lms.control.faults.rules import known, whole

MOST_SEED = 999_999_999


@dataclass(frozen=True, slots=True)
class Profile:
    """A list of rules as JSON, without seeds, and what a client rehearses with it."""

    rehearses: str
    rules: Sequence[Mapping[str, Any]]


PROFILES: Mapping[str, Profile] = {
    "flaky-network": Profile(
        "Retrying, and not taking half an answer for a whole one: of a hundred calls some four are dropped, some four "
        "answers are cut in half, and some ten come late.",
        (
            {"action": "drop", "probability": 0.04},
            {"action": "half_body", "probability": 0.04},
            {"action": "delay", "seconds": 0.25, "probability": 0.1},
        ),
    ),
    "throttled": Profile(
        "Obeying Retry-After: every third call is refused for one second, and every fiftieth for three.",
        (
            {"name": "long", "every": 50, "action": "status", "status": 429, "retry_after": 3},
            {"name": "short", "every": 3, "action": "status", "status": 429, "retry_after": 1},
        ),
    ),
    "lost-answer": Profile(
        "Reading back what became of a bulk unenrollment: the first one's answer is lost, then some more; and some "
        "calls that look just the same to the client were rolled back.",
        (
            {"name": "first", "operation": "bulk_unenroll", "nth": 1, "action": "lost_answer"},
            {"operation": "bulk_unenroll", "after": 1, "probability": 0.08, "action": "lost_answer"},
            {"operation": "bulk_unenroll", "after": 1, "probability": 0.04, "action": "before_commit"},
        ),
    ),
    "maintenance": Profile(
        "Waiting for a server that is away for a while: the first 20 calls get 503, then all is well. A client that "
        "gives each call up after five retries must be able to go on where it stopped.",
        (
            {
                "action": "status",
                "status": 503,
                "message": "Down for maintenance. Try again later.",
                "retry_after": 1,
                "count": 20,
            },
        ),
    ),
}


def profile(name: object, seed: object = 0) -> list[dict[str, Any]]:
    """The profile's rules as JSON for `load`, each chance with a seed of its own. Raises `InvalidRequest`."""
    chosen = PROFILES[known(name, PROFILES, "profile", "profile")]
    first = whole(0, MOST_SEED)(seed, "seed")
    # steps beyond the largest seed, so that no two rules share one, whatever the profiles' seeds
    return [
        {**rule, "seed": first + number * (MOST_SEED + 1)} if "probability" in rule else dict(rule)
        for number, rule in enumerate(chosen.rules)
    ]
