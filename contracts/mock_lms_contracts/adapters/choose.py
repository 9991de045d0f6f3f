"""Chooses the adapter of a run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mock_lms_contracts.adapters import Adapter, Claims
from mock_lms_contracts.adapters.api import ApiAdapter, Left
from mock_lms_contracts.adapters.capabilities import LISTS, unknown
from mock_lms_contracts.adapters.guide import GUIDE
from mock_lms_contracts.adapters.mock import MockAdapter
from mock_lms_contracts.adapters.python import imported
from mock_lms_contracts.adapters.wire import WireAdapter
from mock_lms_contracts.connection import Connection
from mock_lms_contracts.verdicts import HarnessError


@dataclass(frozen=True, slots=True)
class Narrowed:
    """An adapter without the capabilities in `absent`, whatever it claims. Other attributes are the adapter's."""

    inner: Adapter
    absent: Mapping[str, str]

    def claims(self) -> Claims:
        """Raises `HarnessError` if nothing could be checked with these claims."""
        claims = self.inner.claims()
        problem = unknown(claims.capabilities)
        if problem:
            raise HarnessError(f"claims: {problem}; {GUIDE}")
        claims = claims.without(self.absent)
        if not claims.capabilities & set(LISTS):
            raise HarnessError(f"claims: one of {' and '.join(LISTS)} is needed to see what a call did; {GUIDE}")
        return claims

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)


def adapter_of(run: Mapping[str, Any], connection: Connection | None = None) -> Adapter:
    """The adapter, which calls servers through `connection`. Raises `HarnessError`."""
    absent = run.get("without", {})
    return Narrowed(_adapter_of(run, absent, connection or Connection()), absent)


def _adapter_of(run: Mapping[str, Any], absent: Mapping[str, str], connection: Connection) -> Adapter:
    named = run["adapter"]
    if named == "api":
        return ApiAdapter(Left(run["left"]), frozenset(absent))
    if named == "mock":
        tenant = run.get("tenant") or "default"
        return MockAdapter(run["base_url"], run["control_token"], run["login"], tenant, connection)
    if named.startswith(("http://", "https://")):
        return WireAdapter(named, connection)
    if ":" in named:
        return imported(named)
    raise HarnessError(f"there is no adapter {named!r}; it is api, mock, module:object, or an address; {GUIDE}")
