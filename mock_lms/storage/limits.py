"""How much may be open at once. Files, connections and clients share the descriptors that the process may have."""

from __future__ import annotations

import sys

PER_TENANT = 8
"""Descriptors of a tenant that is open: two databases, each with its journal and the memory that it shares, and what
a second connection takes while data is replaced."""

RESERVED = 32
"""Descriptors of the process itself, and of calls under way."""


def _descriptors() -> int:
    """That this process may have."""
    if sys.platform == "win32":
        return 512
    import resource  # noqa: PLC0415 -- there is none on Windows

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


DESCRIPTORS = _descriptors()

OPEN_TENANTS = max(1, min(64, (DESCRIPTORS - RESERVED) // PER_TENANT))
"""Tenants that a worker keeps open."""

CONNECTIONS = max(4, min(64, DESCRIPTORS // PER_TENANT))
"""Connections to a database that are open at once."""
