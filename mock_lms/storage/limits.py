"""How much may be open at once. Files, connections and clients share the descriptors that the process may have."""

from __future__ import annotations

import sys

PER_TENANT = 8
"""File descriptors of an open tenant: two databases with WAL and shared memory, and a spare connection while data is
replaced."""

OWN = 24
"""Descriptors of a worker that serves nobody yet."""

CLIENTS_AT_LEAST = 16


def _descriptors() -> int:
    """That this process may have."""
    if sys.platform == "win32":
        return 512
    import resource  # noqa: PLC0415 -- there is none on Windows

    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return sys.maxsize if soft == resource.RLIM_INFINITY else soft


DESCRIPTORS = _descriptors()

NEEDED = OWN + CLIENTS_AT_LEAST + PER_TENANT
"""Descriptors without which nothing can be served."""

OPEN_TENANTS = max(1, min(64, (DESCRIPTORS - OWN - CLIENTS_AT_LEAST) // PER_TENANT))
"""Tenants that a worker keeps open."""

CLIENTS = max(1, min(1024, DESCRIPTORS - OWN - OPEN_TENANTS * PER_TENANT))
"""Connections that a worker has with clients. More of them wait."""

CONNECTIONS = max(4, min(64, DESCRIPTORS // PER_TENANT))
"""Connections to a database that are open at once."""
