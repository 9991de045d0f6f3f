"""A tenant's fault rules: set, listed, counted."""

from __future__ import annotations

from collections.abc import Callable, Collection
from functools import lru_cache
from typing import Any

import orjson

from mock_lms.control.faults import profiles, rules
from mock_lms.control.faults.rules import Rule
from mock_lms.domain.errors import InvalidRequest
from mock_lms.services.tenant import Tenant
from mock_lms.storage import state
from mock_lms.storage.database import Transaction


def list_faults(tenant: Tenant) -> list[dict[str, Any]]:
    """The rules in order: each as JSON, how many calls it concerned, and how often it acted."""
    with tenant.control.look() as transaction:
        return _listed(transaction)


def set_faults(
    tenant: Tenant,
    operations: Collection[str],
    *,
    rules: object = None,
    profile: object = None,
    seed: object = None,
) -> list[dict[str, Any]]:
    """Puts `rules` or those of a profile in place of the rules there are, and lists them.

    `operations` are the operationIds that a rule may name. Raises `InvalidRequest`.
    """
    loaded = _loaded(operations, rules, profile, seed)
    with tenant.control.begin() as transaction:
        state.put_faults(transaction, loaded)
        return _listed(transaction)


def clear_faults(tenant: Tenant) -> list[dict[str, Any]]:
    """Removes every rule; what is left, nothing, as `list_faults` says it."""
    with tenant.control.begin() as transaction:
        state.put_faults(transaction, [])
    return []


def list_fault_profiles() -> dict[str, Any]:
    """The ready-made lists of rules, and the actions that a rule can have."""
    ready = [
        {"name": name, "rehearses": profile.rehearses, "rules": list(profile.rules)}
        for name, profile in profiles.PROFILES.items()
    ]
    actions = [
        {"name": name, "meaning": action.meaning, "needs": list(action.needs), "takes": list(action.takes)}
        for name, action in rules.ACTIONS.items()
    ]
    return {"profiles": ready, "actions": actions}


def acting_rule(
    tenant: Tenant, method: str, path: str, operation: str | None, operations: Callable[[], tuple[str, ...]]
) -> Rule | None:
    """The rule that acts on this call, if one does. Counts the call for every rule that it concerns."""
    concerned = [
        (position, rule)
        for position, rule in _rules(tenant.faults, operations)
        if rules.concerns(rule, method, path, operation)
    ]
    if not concerned:
        return None
    acting: Rule | None = None
    with tenant.control.begin(durable=False) as transaction:
        counts = {(row[0], row[1]): (row[2], row[3]) for row in state.fault_counts(transaction)}
        texts = dict(tenant.faults)
        for position, rule in concerned:
            if (position, texts[position]) not in counts:
                continue  # the rules were changed in this moment
            seen, fired = counts[position, texts[position]]
            acts = acting is None and rules.fires(rule, seen + 1, fired)
            state.count_fault(transaction, position, seen + 1, fired + acts)
            if acts:
                acting = rule
    return acting


def _listed(transaction: Transaction) -> list[dict[str, Any]]:
    return [
        {"rule": orjson.loads(rule), "seen": seen, "fired": fired}
        for _, rule, seen, fired in state.fault_counts(transaction)
    ]


def _loaded(operations: Collection[str], content: object, profile: object, seed: object) -> list[str]:
    """The rules of a JSON list or of a profile, each checked, as text. Raises `InvalidRequest`."""
    if (content is None) == (profile is None):
        raise InvalidRequest("rules, profile", "one of the two is needed.")
    if seed is not None and profile is None:
        raise InvalidRequest("seed", "it is a profile's; a rule has one of its own.")
    if content is None:
        content = profiles.profile(profile, 0 if seed is None else seed)
    return [orjson.dumps(rules.dump(rule)).decode() for rule in rules.load(content, operations)]


@lru_cache(maxsize=256)
def _rules(
    texts: tuple[tuple[int, str], ...], operations: Callable[[], tuple[str, ...]]
) -> tuple[tuple[int, Rule], ...]:
    loaded = rules.load([orjson.loads(text) for _, text in texts], operations())
    return tuple((position, rule) for (position, _), rule in zip(texts, loaded, strict=True))
