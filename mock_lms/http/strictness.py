"""How strictly a request is read: by the tenant's policy, which the fields of a schema ask for while they load."""

from __future__ import annotations

from marshmallow.experimental.context import Context

from mock_lms.policy import Policy

STRICT = Policy(content_types="strict", unknown_values="refuse", dates="strict")
"""The control API's, which imitates nobody."""

_DEFAULT = Policy()


def reading_by(policy: Policy) -> Context[Policy]:
    """What is loaded in this context is read by the policy."""
    return Context(policy)


def current() -> Policy:
    """The policy by which a field is to read."""
    return Context[Policy].get(_DEFAULT)
