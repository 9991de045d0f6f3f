"""Which adapter a run has."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mock_lms_contracts.adapters import Adapter
from mock_lms_contracts.adapters.api import ApiAdapter, Left
from mock_lms_contracts.adapters.mock import MockAdapter
from mock_lms_contracts.adapters.python import imported
from mock_lms_contracts.adapters.wire import WireAdapter
from mock_lms_contracts.connection import Connection
from mock_lms_contracts.verdicts import HarnessError


def adapter_of(run: Mapping[str, Any], connection: Connection | None = None) -> Adapter:
    """`connection` is what it reaches servers by. Raises `HarnessError`."""
    connection = connection or Connection()
    named = run["adapter"]
    if named == "api":
        return ApiAdapter(Left(run["left"]))
    if named == "mock":
        tenant = run.get("tenant") or "default"
        return MockAdapter(run["base_url"], run["control_token"], run["login"], tenant, connection)
    if named.startswith(("http://", "https://")):
        return WireAdapter(named, connection)
    if ":" in named:
        return imported(named)
    raise HarnessError(f"there is no adapter {named!r}; it is api, mock, module:object, or an address")
