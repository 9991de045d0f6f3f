"""What a fault rule does to a call of the vendor's API."""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, replace
from types import TracebackType

import orjson

from mock_lms.control.faults import rules
from mock_lms.domain.errors import Injected, InvalidToken, LmsError
from mock_lms.services.tenant import Tenant
from mock_lms.storage import tokens
from mock_lms.storage.database import Database, Transaction
from mock_lms.storage.transaction import Block


def refusal(rule: rules.Rule) -> LmsError | None:
    """What the rule answers in the LMS's stead."""
    if rule.action == "reject_token":
        return InvalidToken()
    if rule.action == "status":
        after = None if rule.retry_after is None else str(rule.retry_after)
        return Injected(rule.status or 0, rule.message or "A fault that was asked for.", after)
    return None


def expire(tenant: Tenant, authorization: str) -> None:
    """The token of this header stops being good."""
    with tenant.control.begin() as transaction:
        tokens.forget(transaction, authorization.partition(" ")[2].strip())


def half_of(body: bytes) -> bytes:
    """The body with the first half of its users. Any other is as it was."""
    try:
        content = orjson.loads(body)
    except ValueError:
        return body
    for holder in (content, content.get("items") if isinstance(content, dict) else None):
        if isinstance(holder, dict) and isinstance(holder.get("user_ids"), list):
            holder["user_ids"] = holder["user_ids"][: len(holder["user_ids"]) // 2]
    return orjson.dumps(content)


def never_committing(tenant: Tenant) -> Tenant:
    """The tenant, but that each of its transactions is rolled back where it would be committed."""
    return replace(tenant, database=_undone(tenant.database), control=_undone(tenant.control))


def _undone(database: Database) -> Database:
    undone = copy(database)
    undone.begin = lambda **how: _Undone(database.begin(**how))  # type: ignore[method-assign]
    return undone


@dataclass(slots=True)
class _Undone:
    inner: Block

    def __enter__(self) -> Transaction:
        return self.inner.__enter__()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        error = error or Injected(500, "A fault that was asked for: it was rolled back.")
        self.inner.__exit__(type(error), error, trace)
        raise error
