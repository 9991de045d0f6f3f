"""Decides whose fault it is that a right call did not get its documented answer: the target's, or ours."""

from __future__ import annotations

from http import HTTPStatus

from mock_lms_contracts.contract import operation_of
from mock_lms_contracts.exchange import Answer
from mock_lms_contracts.verdicts import Finding, HarnessError

STATUS = "CALL-STATUS-1"
"""The requirement that a target breaks if it refuses a right call or answers it with 5xx."""

NOT_SERVED = frozenset({HTTPStatus.NOT_FOUND, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED})
"""The statuses of operations that a server does not have."""

NOT_ALLOWED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN})
"""The statuses of a token without sufficient rights, which is the fault of whoever gave it."""


def is_failure(status: int) -> bool:
    """Whether the status says that the server failed."""
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in NOT_SERVED


def fault(method: str, path: str, answer: Answer) -> Finding | HarnessError:
    """The exception to raise if a right call did not get the answer that its caller needs.

    It is a finding if the target failed, or refused a call that the sources document. It is a harness error if the
    target does not have the operation, if the token has too few rights, or if the sources do not say what a right call
    is (openapi.yaml only assumes it: `confidence: low`).
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
