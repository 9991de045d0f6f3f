"""Controlling a mock from Python: a method for each operation of `mock_lms/control/openapi.yaml`, under its name.

A method returns what the contract says: the answer's JSON, as it is. What it raises is in `errors.py`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from mock_lms.clock import stamp
from mock_lms.storage import files
from mock_lms.testing.errors import Json as Json
from mock_lms.testing.errors import NoMock, checked, refusal

Send = Callable[[str, str, Json | bytes | None], tuple[int, str, bytes]]
"""Makes a call: method, path with query, body; status, content type and body of the answer."""

SEEDS = ("demo", "empty", "scale")


class Control:
    """All that can be done to a tenant beside calling its API."""

    def __init__(self, send: Send) -> None:
        self._send = send

    # --- tenants

    def list_tenants(self) -> Json:
        return self._json("GET", "/tenants")

    def create_tenant(
        self,
        name: str | None = None,
        *,
        seed: str | Path | Mapping[str, Any] = "demo",
        users: int | None = None,
        courses: int | None = None,
        plans: int | None = None,
        policy: Mapping[str, str] | None = None,
        frozen_at: str | datetime | None = None,
        sabotage: str | None = None,
    ) -> Json:
        """A seed is `demo`, `empty`, `scale`, a seed file's path, or what such a file says: its text, or a dict."""
        contents = contents_of(seed)
        tenant = {
            "name": name,
            "seed": seed if contents is None else None,
            "contents": contents,
            "users": users,
            "courses": courses,
            "plans": plans,
            "policy": policy,
            "frozen_at": moment(frozen_at),
            "sabotage": sabotage,
        }
        return self._json("POST", "/tenants", _stated(tenant))

    def get_tenant(self, name: str) -> Json:
        return self._json("GET", f"/tenants/{_part(name)}")

    def drop_tenant(self, name: str) -> Json:
        return self._json("DELETE", f"/tenants/{_part(name)}")

    def fork_tenant(self, name: str | None = None, *, state: str = "now") -> Json:
        return self._json("POST", "/fork", _stated({"name": name, "state": state}))

    def reset_tenant(self, *, to: str = "seed", scopes: Iterable[str] | None = None) -> Json:
        """Without scopes all of it: `data`, `clock`, `faults`, `quota`, `journal`."""
        return self._json("POST", "/reset", _stated({"to": to, "scopes": scopes if scopes is None else [*scopes]}))

    # --- snapshots

    def list_snapshots(self) -> Json:
        return self._json("GET", "/snapshots")

    def save_snapshot(self, name: str) -> Json:
        return self._json("PUT", f"/snapshots/{_part(name)}")

    def drop_snapshot(self, name: str) -> Json:
        return self._json("DELETE", f"/snapshots/{_part(name)}")

    def restore_snapshot(self, name: str) -> Json:
        return self._json("POST", f"/snapshots/{_part(name)}/restore")

    def export_snapshot(self, name: str, path: str | os.PathLike[str]) -> Path:
        """Writes it to a file for its owner only, which is there whole or not at all; one that was there is kept till
        then.
        """
        target = Path(path)
        files.write_whole(target, self._content("GET", f"/snapshots/{_part(name)}/file"))
        return target

    def import_snapshot(self, name: str, path: str | os.PathLike[str]) -> Json:
        return self._json("PUT", f"/snapshots/{_part(name)}/file", Path(path).read_bytes())

    # --- what changed

    def diff(self, before: str = "seed", after: str = "now", *, limit: int = 1000) -> Json:
        """A state is a snapshot, `seed`, `now`, or that of another tenant: `acme/now`."""
        return self._json("GET", _query("/diff", before=before, after=after, limit=limit))

    def diff_csv(self, before: str = "seed", after: str = "now", *, limit: int = 1000) -> str:
        return self._content("GET", _query("/diff.csv", before=before, after=after, limit=limit)).decode()

    def diff_text(self, before: str = "seed", after: str = "now", *, limit: int = 1000) -> str:
        return self._content("GET", _query("/diff.txt", before=before, after=after, limit=limit)).decode()

    def list_learners(self, user_ids: Iterable[int]) -> Json:
        return self._json("GET", f"/learners?{urlencode([('user_id[]', user) for user in user_ids])}")

    def get_learner(self, user_id: int) -> Json:
        return self._json("GET", f"/learners/{_part(user_id)}")

    # --- time

    def get_clock(self) -> Json:
        return self._json("GET", "/clock")

    def set_clock(self, frozen_at: str | datetime | None) -> Json:
        """Stands still at the moment, UTC; or goes, for None. Nothing falls due."""
        return self._json("PUT", "/clock", {"frozen_at": moment(frozen_at)})

    def advance_clock(self, seconds: float | timedelta) -> Json:
        """What falls due on the way happens."""
        number = seconds.total_seconds() if isinstance(seconds, timedelta) else seconds
        return self._json("POST", "/clock/advance", {"seconds": number})

    def run_due(self) -> Json:
        """Does the jobs that are due by now. In this process nobody else does; a server's background process does."""
        return self._json("POST", "/run-due")

    # --- what goes wrong

    def list_faults(self) -> Json:
        return self._json("GET", "/faults")

    def set_faults(
        self, rules: Sequence[Mapping[str, Any]] | None = None, *, profile: str | None = None, seed: int | None = None
    ) -> Json:
        """In place of the rules there were: these, or a profile's."""
        body = {"rules": rules if rules is None else [*rules], "profile": profile, "seed": seed}
        return self._json("PUT", "/faults", _stated(body))

    def clear_faults(self) -> Json:
        return self._json("DELETE", "/faults")

    def list_fault_profiles(self) -> Json:
        return self._json("GET", "/fault-profiles")

    def get_quota(self) -> Json:
        return self._json("GET", "/quota")

    def set_quota(self, calls: int = 1000, seconds: int = 3600, retry_after: str = "seconds") -> Json:
        return self._json("PUT", "/quota", {"calls": calls, "seconds": seconds, "retry_after": retry_after})

    def clear_quota(self) -> Json:
        return self._json("DELETE", "/quota")

    # --- who may sign

    def list_keys(self) -> Json:
        return self._json("GET", "/keys")

    def register_key(self, client_id: str, public_key: str) -> Json:
        """An RSA key as PEM. The client may then ask for tokens by an assertion that it signs (JWT bearer)."""
        return self._json("PUT", "/keys", {"client_id": client_id, "public_key": public_key})

    def drop_key(self, client_id: str) -> Json:
        return self._json("DELETE", f"/keys/{_part(client_id)}")

    # --- what was called

    def list_journal(self, *, since: int = 0, limit: int = 100, last: bool = False) -> Json:
        return self._json("GET", _query("/journal", since=since, limit=limit, last=int(last)))

    def clear_journal(self) -> Json:
        return self._json("DELETE", "/journal")

    def search_journal(self, match: Mapping[str, Any] | None = None, *, since: int = 0, limit: int = 100) -> Json:
        """Such as `{"operation": "bulk_unenroll", "status": 200, "users": {"more_than": 1000}}`."""
        return self._json("POST", "/journal/search", {"match": match or {}, "since": since, "limit": limit})

    def verify_journal(self, *expectations: Mapping[str, Any], since: int = 0, check: bool = True) -> Json:
        """Raises `CallsDiffer` where one does not hold, unless `check` is off. An expectation is
        `{"called": MATCH, "times" or "at_least" or "at_most": n}`, `{"never": MATCH, "before": MATCH}` or
        `{"order": [MATCH, ...]}`; a match is as in `search_journal`.
        """
        verdict = self._json("POST", "/journal/verify", {"expectations": expectations, "since": since})
        return checked(verdict) if check else verdict

    def wait_for_calls(
        self, *expectations: Mapping[str, Any], seconds: float = 10, since: int = 0, check: bool = True
    ) -> Json:
        """As `verify_journal`, once they hold or the time is up."""
        body = {"expectations": expectations, "since": since, "seconds": seconds}
        verdict = self._json("POST", "/journal/wait", body)
        return checked(verdict) if check else verdict

    def list_misses(self, *, since: int = 0) -> Json:
        """The calls that hit no operation, the most frequent first, with the nearest operation of each."""
        return self._json("GET", _query("/journal/misses", since=since))

    def export_journal(self) -> Json:
        return self._json("GET", "/journal.har")

    def openapi_yaml(self) -> str:
        return self._content("GET", "/openapi.yaml").decode()

    # --- how

    def _json(self, method: str, path: str, body: Json | bytes | None = None) -> Json:
        content = self._content(method, path, body)
        try:
            answer: Json = json.loads(content)
        except (ValueError, RecursionError):
            raise NoMock(200) from None
        if not isinstance(answer, dict):
            raise NoMock(200)
        return answer

    def _content(self, method: str, path: str, body: Json | bytes | None = None) -> bytes:
        status, _, content = self._send(method, f"/_mock{path}", body)
        if status != 200:  # noqa: PLR2004 -- the only status of success
            raise refusal(status, content)
        return content


def encoded(body: Json | bytes | None) -> tuple[bytes | None, dict[str, str]]:
    """What is sent, and the header that says what it is."""
    if body is None:
        return None, {}
    if isinstance(body, bytes):
        return body, {"Content-Type": "application/gzip"}
    return json.dumps(body).encode(), {"Content-Type": "application/json"}


def contents_of(seed: str | Path | Mapping[str, Any]) -> str | None:
    """The text of a seed file; None for a seed that has a name."""
    if isinstance(seed, Path):
        return seed.read_text(encoding="utf-8")
    if isinstance(seed, str):
        return seed if "\n" in seed else None
    return json.dumps(dict(seed))


def moment(value: str | datetime | None) -> str | None:
    """A date and time as the vendor writes it. One without a time zone is UTC; text stays as it is."""
    if isinstance(value, datetime):
        return stamp(value.astimezone(UTC) if value.tzinfo else value)
    return value


def _stated(body: Mapping[str, Any]) -> Json:
    """The body without the fields that the caller left out, which are None."""
    return {name: value for name, value in body.items() if value is not None}


def _part(name: object) -> str:
    return quote(str(name), safe="")


def _query(path: str, **parameters: object) -> str:
    return f"{path}?{urlencode(parameters)}"
