"""What may be said about the calls that a tenant has answered. Pure: entries in, sentences out; nothing is stored here.

An entry is one vendor API call:

    id             1, 2, 3 ..., per tenant, in the order in which calls ended
    at             the tenant's clock: 2026-03-01T12:00:00.000Z
    milliseconds   how long it took
    method, path   of the request
    query          of the request, redacted
    operation      operationId of openapi.yaml; None where no operation is
    user_id        whose token; None without one
    status         None if no answer was sent
    fault          the injected fault's action, or None
    users          how many different users the body named; None if it named none
    request        {headers, body, body_bytes}
    answer         the same

A body is None or a text: what `redact.body` kept of `body_bytes` bytes.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import orjson

Entry: TypeAlias = Mapping[str, Any]


def entry_of(row: tuple[Any, ...]) -> dict[str, Any]:
    """The call that a row of the journal holds: its id, and the rest as JSON."""
    return {"id": row[0], **orjson.loads(row[1])}
