"""What the journal keeps of a call: everything but its secrets."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import orjson

from mock_lms.control.journal import redact

BODY = 65_536
"""Characters of a body that the journal keeps."""


@dataclass(frozen=True, slots=True)
class Noted:
    """A call of the vendor's API, as it came and as it was answered. `code` is None where no answer was sent."""

    began: datetime
    method: str
    path: str
    query: str
    operation: str | None
    user_id: int | None
    fault: str | None
    headers: Mapping[str, str]
    body: bytes
    code: int | None
    answer_headers: Mapping[str, str]
    answer: bytes


def entry_text(call: Noted, ended: datetime) -> str:
    """The entry of the call as JSON, without its id. Secrets are left out."""
    request = _message(call.path, call.headers, call.body)
    entry = {
        "at": f"{call.began:%Y-%m-%dT%H:%M:%S}.{call.began.microsecond // 1000:03}Z",
        "milliseconds": round((ended - call.began) / timedelta(milliseconds=1), 3),
        "method": call.method,
        "path": call.path,
        "query": redact.query(call.query) if call.query else "",
        "operation": call.operation,
        "user_id": call.user_id,
        "status": call.code,
        "fault": call.fault,
        "users": _users(call.body),
        "request": request,
        "answer": _message(call.path, call.answer_headers, call.answer),
    }
    # NUL is what PostgreSQL cannot store
    text = orjson.dumps(entry).decode().replace("\\u0000", "\\ufffd")
    # an answer repeats what was sent, but for the tokens that are given, which have their names
    for token in redact.tokens(call.path, call.query, *request["headers"].values(), request["body"]):
        text = text.replace(token, redact.HIDDEN)
    return text


def _message(path: str, headers: Mapping[str, str], body: bytes) -> dict[str, Any]:
    kept = redact.headers(headers)
    return {
        "headers": kept,
        "body": redact.body(path, kept.get("content-type", ""), body, BODY),
        "body_bytes": len(body),
    }


def _users(body: bytes) -> int | None:
    """How many different users the body names."""
    if b"user_ids" not in body:
        return None
    try:
        content = orjson.loads(body)
    except ValueError:
        return None
    for holder in (content, content.get("items") if isinstance(content, dict) else None):
        if isinstance(holder, dict) and isinstance(holder.get("user_ids"), list):
            return len({str(user) for user in holder["user_ids"]})
    return None
