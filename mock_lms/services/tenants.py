"""Making a tenant, and opening one that was made before."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from mock_lms.services.passwords import hash_password
from mock_lms.services.tenant import Tenant
from mock_lms.storage import meta, tokens
from mock_lms.storage.database import UnusableDatabase

BROWSER_CLIENT = "api-browser"
BROWSER_REDIRECT = "/api-browser/oauth2-redirect.html"


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a client needs for its first token, and what controls the mock. Stored hashed; in clear only here and where
    it is printed."""

    client_id: str
    client_secret: str
    username: str
    password: str
    control_token: str


def credentials(environment: Mapping[str, str], kept_in: Path | None) -> Credentials:
    """The tenant's: from the environment, else from the file that keeps them across restarts, else random.

    Raises `UnusableDatabase` for a file that can't be read.
    """
    kept: dict[str, str] = {}
    if kept_in and kept_in.exists():
        try:
            kept = json.loads(kept_in.read_text())
        except (OSError, ValueError):
            kept = {"": ""}
        if not isinstance(kept, dict) or any(type(kept.get(name)) is not str for name in Credentials.__slots__):
            raise UnusableDatabase(f"{kept_in} cannot be read; remove it, and new credentials are made")
    found = Credentials(
        client_id="mock-lms",
        client_secret=environment.get("MOCK_LMS_CLIENT_SECRET") or kept.get("client_secret") or secrets.token_hex(20),
        username=meta.ADMIN,
        password=environment.get("MOCK_LMS_PASSWORD") or kept.get("password") or secrets.token_urlsafe(12),
        control_token=environment.get("MOCK_LMS_CONTROL_TOKEN") or kept.get("control_token") or secrets.token_hex(20),
    )
    if kept_in and asdict(found) != kept:
        new = kept_in.with_name(kept_in.name + ".new")
        with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            json.dump(asdict(found), file)
        new.replace(kept_in)
    return found


def prepare(tenant: Tenant, known: Credentials, seed: str, sizes: Mapping[str, int] | None = None) -> bool:
    """Makes the tenant of the seed, unless it was made before; whether it was made now. One transaction.

    Raises `UnusableDatabase` for a tenant of another version, `UnusableSeed`.
    """
    password_hash = hash_password(known.password)
    with tenant.database.begin() as session:
        made = not session.has_tables()
        if made:
            from mock_lms.seeds import plant  # noqa: PLC0415 -- not needed to go on with what is there

            meta.create(session, seed=seed, at=tenant.now())
            plant(session, seed, now=tenant.now(), hash_password=hash_password, **(sizes or {}))
        elif (found := meta.get(session, "format")) != meta.FORMAT:
            raise UnusableDatabase(
                f"the data was made by another version of mock-lms (format {found}, not {meta.FORMAT}); "
                "start with an empty --data directory or another database"
            )
        meta.set_password(session, meta.ADMIN_ID, password_hash)
        secret = tokens.digest(known.client_secret)
        tokens.put_client(session, tokens.Client(known.client_id, secret, meta.ADMIN_ID, "[]"))
        redirects = json.dumps([BROWSER_REDIRECT])
        tokens.put_client(session, tokens.Client(BROWSER_CLIENT, None, meta.ADMIN_ID, redirects))
    return made
