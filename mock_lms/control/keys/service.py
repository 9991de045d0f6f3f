"""A tenant's keys: registered, listed, dropped. They stay, whatever is reset, and a fork has them too."""

from __future__ import annotations

from mock_lms.domain.errors import InvalidRequest, KeyNotFound
from mock_lms.domain.values import CLIENT_ID
from mock_lms.services.client_keys import problem_of
from mock_lms.services.tenant import Tenant
from mock_lms.storage import client_keys


def list_keys(tenant: Tenant) -> list[dict[str, str]]:
    """Each client with its key as PEM."""
    with tenant.control.look() as transaction:
        keys = client_keys.every(transaction)
    return [_described(client_id, key) for client_id, key in keys.items()]


def register_key(tenant: Tenant, client_id: str, public_key: str) -> dict[str, str]:
    """Gives the client this key, in place of the one it had. Raises `InvalidRequest`."""
    if not CLIENT_ID.fullmatch(client_id):
        raise InvalidRequest("client_id", "a client's id has 1 to 100 of A-Z, a-z, 0-9 and ._~:@-.")
    if problem := problem_of(public_key):
        raise InvalidRequest("public_key", f"{problem}.")
    with tenant.control.begin() as transaction:
        client_keys.put(transaction, client_id, public_key)
    return _described(client_id, public_key)


def drop_key(tenant: Tenant, client_id: str) -> None:
    """Forgets the client's key. Tokens that it was given go on. Raises `KeyNotFound`."""
    with tenant.control.begin() as transaction:
        if not client_keys.forget(transaction, client_id):
            raise KeyNotFound(client_id)


def _described(client_id: str, public_key: str) -> dict[str, str]:
    return {"client_id": client_id, "public_key": public_key}
