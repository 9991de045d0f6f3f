"""Whose fault it is that a right call was not answered as it is documented: the target's, or ours."""

from __future__ import annotations

from http import HTTPStatus

from mock_lms_contracts.contract import operation_of
from mock_lms_contracts.exchange import Answer
from mock_lms_contracts.verdicts import Finding, HarnessError

STATUS = "CALL-STATUS-1"
"""The requirement that a right call which is refused, or answered with 5xx, does not meet."""

NOT_SERVED = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})
"""What a server says of an operation that it does not have."""

NOT_ALLOWED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
"""What a server says of a token that is not good enough: that is the matter of whoever gave it."""


def is_failure(status: int) -> bool:
    """Whether the server says that it failed."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in NOT_SERVED


def fault(method: str, path: str, answer: Answer) -> Finding | HarnessError:
    """What to raise where a right call has not got the answer that its caller needs.

    It is a finding where the target failed, or refused a call that the sources document. It is a harness error where
    the target does not have the operation, where the token is not good enough, and where the sources do not tell what
    a right call is (openapi.yaml assumes it: `confidence: low`).
    """
    operation = operation_of(method, path)
    name = operation.id if operation else f"{method} {path}"
    said = f"{method} {path}: {answer.status} {answer.text[:200]}"
    if is_failure(answer.status):
        return Finding(f"A right call of {name} is answered with {answer.status}.", "2xx", said, STATUS)
    refused = answer.status >= HTTPStatus.BAD_REQUEST and answer.status not in NOT_SERVED | NOT_ALLOWED
    if refused and operation and operation.confidence != "low":
        return Finding(f"A right call of {name} is refused with {answer.status}.", "2xx", said, STATUS)
    return HarnessError(said)
