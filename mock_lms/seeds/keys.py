"""The clients' keys of a seed file. They belong to the tenant's control, not to its data as all else."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from mock_lms.domain.values import CLIENT_ID, MAX_KEY
from mock_lms.seeds.nodes import Node, read_nodes
from mock_lms.seeds.values import items, once, record, text

SECTION = "client_keys"


def keys_of(name: str, data: bytes, problem_of: Callable[[str], str]) -> dict[str, str]:
    """Each client's key as PEM, in a file of this name. `problem_of` says why a key cannot be one.

    Raises `UnusableSeed`.
    """
    if SECTION.encode() not in data:
        return {}
    root = read_nodes(name, data)
    section = root.value.get(SECTION) if isinstance(root.value, dict) else None
    return {} if section is None or section.is_null() else _keys(items(section), problem_of)


def _keys(entries: Sequence[Node], problem_of: Callable[[str], str]) -> dict[str, str]:
    lines: dict[Any, int] = {}

    def client_id(node: Node) -> str:
        client: str = text(1)(node)
        if not CLIENT_ID.fullmatch(client):
            raise node.refuse("a client's id has 1 to 100 of A-Z, a-z, 0-9 and ._~:@-")
        once(node, lines, client, f"there is a key of the client {client}")
        return client

    def public_key(node: Node) -> str:
        key: str = text(1, MAX_KEY)(node)
        if problem := problem_of(key):
            raise node.refuse(problem)
        return key

    records = [record(entry, {"client_id": client_id, "public_key": public_key}, {}) for entry in entries]
    return {values["client_id"]: values["public_key"] for values in records}
