"""Fault rules: what goes wrong, and with which call. An ordered list of them; the first that fires acts.

A rule counts every call that it concerns, also those on which an earlier rule acts, so that when it fires follows from
the calls alone. Only vendor calls are asked about: nothing here concerns `/_mock`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, fields
from enum import StrEnum
from fnmatch import fnmatchcase
from hashlib import blake2b
from typing import Any

from mock_lms.domain.errors import InvalidRequest
from mock_lms.domain.values import MAX_NUMBER

MOST_RULES = 100
MOST_SECONDS = 300
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")

Reader = Callable[[object, str], Any]
"""Takes a JSON value and its path, returns what a `Rule` holds of it. Raises `InvalidRequest`."""


class Phase(StrEnum):
    """When a fault acts: before the call is done, while it is, or once it is done and committed."""

    BEFORE = "before"
    DURING = "during"
    AFTER = "after"


@dataclass(frozen=True, slots=True)
class Action:
    """What can go wrong, as a sentence. A rule must give what it `needs`, and may give what it `takes`."""

    meaning: str
    phase: Phase
    needs: tuple[str, ...] = ()
    takes: Mapping[str, object] = field(default_factory=dict)  # each with its default


ACTIONS: Mapping[str, Action] = {
    "status": Action(
        "The vendor's error envelope with this status is answered in the server's stead; nothing is done.",
        Phase.BEFORE,
        needs=("status",),
        takes={"message": None, "retry_after": None},
    ),
    "delay": Action("The call is done at once, and answered so many seconds late.", Phase.AFTER, needs=("seconds",)),
    "drop": Action("The connection is closed without an answer; nothing is done.", Phase.BEFORE),
    "half_body": Action("The call is done, but only the first half of the answer's body comes.", Phase.AFTER),
    "before_commit": Action(
        "The call is done but rolled back before it is committed, and the connection is closed without an answer.",
        Phase.DURING,
    ),
    "lost_answer": Action(
        "The call is done and committed, and the connection is closed without an answer: the client cannot know.",
        Phase.AFTER,
    ),
    "mid_batch": Action(
        "The first half of a bulk call's users is done and committed, then comes the status.",
        Phase.DURING,
        takes={"status": 500},
    ),
    "strip_body": Action("The call arrives without its body, as some proxies forward a DELETE.", Phase.BEFORE),
    "reject_token": Action("401 is answered though the token is good; nothing is done.", Phase.BEFORE),
    "expire_token": Action(
        "The call's token stops being good: this and later calls get 401 until a new one is taken.", Phase.BEFORE
    ),
}


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, a field for each key of its JSON; None where the key is not there. Made by `load`."""

    action: str
    name: str
    operation: tuple[str, ...] | None = None
    method: str | None = None
    path: str | None = None
    nth: int | None = None
    every: int | None = None
    after: int | None = None
    count: int | None = None
    probability: float | None = None
    seed: int | None = None
    status: int | None = None
    message: str | None = None
    retry_after: int | None = None
    seconds: float | None = None


def load(content: object, operations: Collection[str]) -> tuple[Rule, ...]:
    """The rules of a JSON list; `operations` are the operationIds that there are. Raises `InvalidRequest`."""
    if not isinstance(content, list):
        raise InvalidRequest("rules", f"this must be a list of at most {MOST_RULES} rules")
    if len(content) > MOST_RULES:
        raise InvalidRequest("rules", f"{len(content):,} rules are more than the {MOST_RULES} that a tenant may have")
    return tuple(_rule(entry, f"rules.{number}", operations) for number, entry in enumerate(content))


def dump(rule: Rule) -> dict[str, Any]:
    """The rule as JSON, of which `load` makes the same rule again."""
    content = {item.name: getattr(rule, item.name) for item in fields(Rule)}
    if rule.operation is not None:
        content["operation"] = rule.operation[0] if len(rule.operation) == 1 else list(rule.operation)
    return {key: value for key, value in content.items() if value is not None}


def concerns(rule: Rule, method: str, path: str, operation: str | None) -> bool:
    """Whether the rule is about this call; `operation` is None for a path or method that the API does not have.

    In the rule's path `*` stands for any characters, `/` included, `?` for one, and `[ab]` for one of these.
    """
    return (
        (rule.operation is None or operation in rule.operation)
        and (rule.method is None or method == rule.method)
        and (rule.path is None or fnmatchcase(path, rule.path))
    )


def fires(rule: Rule, seen: int, fired: int) -> bool:
    """Whether the rule acts on the `seen`th call that it concerns (from 1 on), having acted `fired` times before.

    Chance is no accident: it follows from the seed, 0 if the rule has none, and `seen`, and is the same always and
    everywhere. So two rules with the same seed and probability fire together, and the second never gets its turn:
    give each a seed of its own.
    """
    after = rule.after or 0
    return (
        (rule.nth is None or seen == rule.nth)
        and seen > after
        and (rule.every is None or (seen - after) % rule.every == 0)
        and (rule.count is None or fired < rule.count)
        and (rule.probability is None or _drawn(rule.seed or 0, seen) < rule.probability * 2**64)
    )


def _drawn(seed: int, seen: int) -> int:
    """A number from 0 to 2**64 - 1, each as likely. A hash, since it is quicker than seeding a generator."""
    return int.from_bytes(blake2b(f"{seed}:{seen}".encode(), digest_size=8).digest(), "big")


def whole(low: int, high: int = MAX_NUMBER) -> Reader:
    """Reads a whole number. 2.0 is 2, as JSON Schema has it; true is no number."""

    def read(value: object, where: str) -> int:
        number = int(value) if isinstance(value, float) and value.is_integer() else value
        if type(number) is not int or not low <= number <= high:
            raise InvalidRequest(where, f"this must be a whole number from {low} to {high:,}")
        return number

    return read


def known(value: object, names: Collection[str], where: str, what: str) -> str:
    """Reads one of `names`, which the message lists."""
    if not isinstance(value, str) or value not in names:
        raise InvalidRequest(where, f"{_shown(value)} is no {what}; there are {', '.join(names)}")
    return value


def _shown(value: object) -> str:
    """A value in a message: short and on one line, whatever it is."""
    if not isinstance(value, str):
        return "what stands here"
    return repr(value) if len(value) <= 60 else repr(value[:57]) + "..."  # noqa: PLR2004 -- about a line


def _text(most: int) -> Reader:
    def read(value: object, where: str) -> str:
        if not isinstance(value, str) or not 1 <= len(value) <= most or _UNSTORABLE.search(value):
            raise InvalidRequest(where, f"this must be text of 1 to {most:,} characters, without NUL or surrogates")
        return value

    return read


def _method(value: object, where: str) -> str:
    return known(value, METHODS, where, "method")


def _path(value: object, where: str) -> str:
    text = str(_text(255)(value, where))
    # either would make a rule that never fires, and nobody would see why
    if not text.startswith(("/", "*")):
        raise InvalidRequest(where, "a path begins with /, without scheme and host; or write * for what comes before")
    if re.search(r"\?[^/]*=", text):
        raise InvalidRequest(where, "queries are not looked at; write the path alone")
    return text


def _probability(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise InvalidRequest(where, "this must be a number from 0 to 1")
    return value


def _seconds(value: object, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value <= MOST_SECONDS:
        raise InvalidRequest(where, f"this must be a number of seconds, more than 0 and at most {MOST_SECONDS}")
    return value


_WHEN = ("name", "operation", "method", "path", "nth", "every", "after", "count", "probability", "seed")
_READERS: Mapping[str, Reader] = {
    "name": _text(100),
    "method": _method,
    "path": _path,
    "nth": whole(1),
    "every": whole(1),
    "after": whole(0),
    "count": whole(1),
    "probability": _probability,
    "seed": whole(0),
    "status": whole(400, 599),
    "message": _text(1_000),
    "retry_after": whole(0, 86_400),
    "seconds": _seconds,
}
"""All keys but `action` and `operation`, for which one must know more."""


def _rule(content: object, where: str, operations: Collection[str]) -> Rule:
    if not isinstance(content, dict):
        raise InvalidRequest(where, "a rule must be an object, such as {'action': 'drop', 'nth': 3}")
    if "action" not in content:
        raise InvalidRequest(f"{where}.action", f"this is missing; there are {', '.join(ACTIONS)}")
    name = known(content["action"], ACTIONS, f"{where}.action", "action")
    action = ACTIONS[name]
    _check_keys(content, name, action, where)
    values = {key: read(content[key], f"{where}.{key}") for key, read in _READERS.items() if key in content}
    if "operation" in content:
        values["operation"] = _operations(content["operation"], f"{where}.operation", operations)
    return Rule(**{"action": name, "name": name, **action.takes, **values})


def _check_keys(content: Mapping[object, object], name: str, action: Action, where: str) -> None:
    """Refuses keys that are unknown, missing, at odds with each other, or without effect."""
    keys = ("action", *_WHEN, *action.needs, *action.takes)
    for key in content:
        if key not in keys:
            raise InvalidRequest(where, f"{_shown(key)} is no key of a {name!r} rule; there are {', '.join(keys)}")
    for key in action.needs:
        if key not in content:
            raise InvalidRequest(f"{where}.{key}", f"this is missing, and a {name!r} rule needs it")
    for other in ("after", "every"):
        if "nth" in content and other in content:
            raise InvalidRequest(f"{where}.nth", f"this cannot stand together with {other!r}; leave one of them out")
    if "seed" in content and "probability" not in content:
        problem = "this does nothing without a probability; give one, or leave the seed out"
        raise InvalidRequest(f"{where}.seed", problem)


def _operations(names: object, where: str, operations: Collection[str]) -> tuple[str, ...]:
    """Each operation once, in the order of the list."""
    if not isinstance(names, list):
        return (_operation(names, where, operations),)
    if not names:
        raise InvalidRequest(where, "an empty list concerns no call; leave it out to concern every call")
    return tuple(dict.fromkeys(_operation(item, f"{where}.{number}", operations) for number, item in enumerate(names)))


def _operation(value: object, where: str, operations: Collection[str]) -> str:
    if not isinstance(value, str) or value not in operations:
        near = difflib.get_close_matches(value[:100], operations, n=1) if isinstance(value, str) else []
        hint = f"did you mean {near[0]}?" if near else "it is an operationId of openapi.yaml, such as bulk_unenroll"
        raise InvalidRequest(where, f"{_shown(value)} is no operation; {hint}")
    return value
