"""The secrets of a server: what a client needs for its first token, and what controls the mock."""

from __future__ import annotations

import json
import secrets
import stat
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from mock_lms.services.passwords import hash_password
from mock_lms.services.tenant import Access
from mock_lms.storage import files, meta, tokens
from mock_lms.storage.database import UnusableDatabase


@dataclass(frozen=True, slots=True)
class Credentials:
    """The same for all tenants. In clear only here, in the file that keeps them, and where they are printed."""

    client_id: str
    client_secret: str
    username: str
    password: str
    control_token: str

    def hashed(self) -> Access:
        """What a worker is told."""
        return Access(self.client_id, tokens.digest(self.client_secret), hash_password(self.password))


def credentials(environment: Mapping[str, str], kept_in: Path | None) -> Credentials:
    """The server's: from the environment, else from the file that keeps them across restarts, else random.

    Raises `UnusableDatabase` for a file that can't be read, and `OSError` for one that can't be written.
    """
    kept = _read(kept_in) if kept_in else {}
    current = Credentials(
        client_id="mock-lms",
        client_secret=environment.get("MOCK_LMS_CLIENT_SECRET") or kept.get("client_secret") or secrets.token_hex(20),
        username=meta.ADMIN,
        password=environment.get("MOCK_LMS_PASSWORD") or kept.get("password") or secrets.token_urlsafe(12),
        control_token=environment.get("MOCK_LMS_CONTROL_TOKEN") or kept.get("control_token") or secrets.token_hex(20),
    )
    if kept_in and asdict(current) != kept:
        try:
            files.write_whole(kept_in, json.dumps(asdict(current)).encode(), new=not kept)
        except FileExistsError:
            if not _read(kept_in):
                raise UnusableDatabase(f"{kept_in} is a link to nothing; remove it") from None
            return credentials(environment, kept_in)  # of another server, which began in the same moment
    return current


def _read(kept_in: Path) -> dict[str, str]:
    """What the file keeps; nothing where there is none. Raises `UnusableDatabase`."""
    try:
        # to read what is no file, as a pipe, may never end
        kept = json.loads(kept_in.read_text()) if stat.S_ISREG(kept_in.stat().st_mode) else None
    except FileNotFoundError:
        return {}
    except (OSError, ValueError):
        kept = None
    if not isinstance(kept, dict) or any(type(kept.get(name)) is not str for name in Credentials.__slots__):
        raise UnusableDatabase(f"{kept_in} cannot be read; remove it, and new credentials are made")
    return kept
