"""Which hosts are ours."""

from __future__ import annotations

import ipaddress
from functools import lru_cache


@lru_cache(maxsize=256)
def is_served(host: str, ours: frozenset[str]) -> bool:
    """Whether the name is this machine's: a web page may have one that only resolves to it. `ours` is in lower case."""
    name = host.lower() if host.endswith("]") else host.lower().rsplit(":", 1)[0]
    if name == "localhost" or name in ours or name.endswith(".localhost"):
        return True
    try:
        ipaddress.ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
