"""How a fault is carried out: what each action does before the application answers a call, and after.

An action is two entries under one name, which a test holds equal. `ACTIONS` in `control/faults/rules.py` declares what
it means and which keys its rules have; `EFFECTS` here is what the edge does. To add an action, write both entries, and
a function here where none of those below does what the action needs.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import dataclass, replace
from types import TracebackType

import orjson

from mock_lms.control.faults.rules import Rule
from mock_lms.domain.errors import Injected, InvalidToken
from mock_lms.edge.answer import NOTHING, Answer
from mock_lms.edge.environ import Environ, body_of, set_body
from mock_lms.http.call import KEY, Call
from mock_lms.services.tenant import Tenant
from mock_lms.storage import tokens
from mock_lms.storage.database import Database, Transaction
from mock_lms.storage.transaction import Block


@dataclass(frozen=True, slots=True)
class Fault:
    """A rule that acts on one call."""

    rule: Rule
    tenant: Tenant
    environ: Environ
    ask: Callable[[], Answer]
    """Has the application answer the call, as the environment is at that moment."""

    @property
    def call(self) -> Call:
        call: Call = self.environ[KEY]
        return call


def _no_change(_: Fault) -> None:
    return None


def _same_answer(answer: Answer) -> Answer:
    return answer


def _no_wait(_: Rule) -> float:
    return 0


@dataclass(frozen=True, slots=True)
class Effect:
    """What an action does. Where it says nothing, the call goes its ordinary way."""

    before: Callable[[Fault], Answer | None] = _no_change
    """Changes or refuses the call. If it returns an answer, the application is not asked."""

    after: Callable[[Answer], Answer] = _same_answer
    """Changes the application's answer."""

    wait: Callable[[Rule], float] = _no_wait
    """How many seconds the answer is kept back."""


def answer_with(fault: Fault) -> Answer:
    """What is answered to a call on which a rule acts."""
    effect = EFFECTS[fault.rule.action]
    instead = effect.before(fault)
    return effect.after(fault.ask()) if instead is None else instead


def seconds_late(rule: Rule) -> float:
    """How many seconds the answer to a call is kept back on which the rule acts; 0 for not at all."""
    return EFFECTS[rule.action].wait(rule)


# --- before


def _refuse(fault: Fault) -> None:
    rule = fault.rule
    after = None if rule.retry_after is None else str(rule.retry_after)
    fault.call.refusal = Injected(rule.status or 0, rule.message or "A fault that was asked for.", after)


def _reject_token(fault: Fault) -> None:
    fault.call.refusal = InvalidToken()


def _expire_token(fault: Fault) -> None:
    authorization: str = fault.environ.get("HTTP_AUTHORIZATION", "")
    with fault.tenant.control.begin() as transaction:
        tokens.forget(transaction, authorization.partition(" ")[2].strip())


def _strip_body(fault: Fault) -> None:
    set_body(fault.environ, b"")


def _drop(_: Fault) -> Answer:
    return NOTHING


def _commit_half(fault: Fault) -> None:
    """Commits the first half of the batch; the call itself is then refused."""
    set_body(fault.environ, half_of(body_of(fault.environ)))
    fault.ask()
    fault.call.refusal = Injected(fault.rule.status or 500, "A fault that was asked for: the batch broke off half way.")


def half_of(body: bytes) -> bytes:
    """A bulk call's body with the first half of its users. Any other body stays as it is."""
    try:
        content = orjson.loads(body)
    except ValueError:
        return body
    for holder in (content, content.get("items") if isinstance(content, dict) else None):
        if isinstance(holder, dict) and isinstance(holder.get("user_ids"), list):
            holder["user_ids"] = holder["user_ids"][: len(holder["user_ids"]) // 2]
    return orjson.dumps(content)


def _roll_back(fault: Fault) -> None:
    """Gives the call its tenant with databases that roll back where they would commit."""
    tenant = fault.tenant
    fault.call.tenant = replace(
        tenant, database=_never_committing(tenant.database), control=_never_committing(tenant.control)
    )


def _never_committing(database: Database) -> Database:
    other = copy(database)
    other.begin = lambda **options: _RolledBack(database.begin(**options))  # type: ignore[method-assign]
    return other


@dataclass(slots=True)
class _RolledBack:
    """A transaction that fails at its end, so that nothing of it is kept."""

    block: Block

    def __enter__(self) -> Transaction:
        return self.block.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        error = error or Injected(500, "A fault that was asked for: it was rolled back.")
        self.block.__exit__(type(error), error, trace)
        raise error


# --- after


def _lose_answer(_: Answer) -> Answer:
    return NOTHING


def _cut_in_half(answer: Answer) -> Answer:
    return replace(answer, cut=len(answer.body) // 2)


# --- wait


def _seconds_of(rule: Rule) -> float:
    return rule.seconds or 0


EFFECTS: Mapping[str, Effect] = {
    "status": Effect(before=_refuse),
    "delay": Effect(wait=_seconds_of),
    "drop": Effect(before=_drop),
    "half_body": Effect(after=_cut_in_half),
    "before_commit": Effect(before=_roll_back, after=_lose_answer),
    "lost_answer": Effect(after=_lose_answer),
    "mid_batch": Effect(before=_commit_half),
    "strip_body": Effect(before=_strip_body),
    "reject_token": Effect(before=_reject_token),
    "expire_token": Effect(before=_expire_token),
}
