"""A process that makes one tenant, for a worker that has others to answer. It ends when its standard input does."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mock_lms.domain.errors import LmsError


def main() -> int:
    """Makes the tenant that the first line asks for. What is refused is a line of JSON, with exit code 1."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, whose end is ours
    request = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_input, daemon=True).start()
    # imported only now: the worker waits until the request is read
    from mock_lms.domain.errors import LmsError  # noqa: PLC0415
    from mock_lms.services import passwords  # noqa: PLC0415
    from mock_lms.services.tenants import trouble  # noqa: PLC0415

    passwords.METHOD = request["method"]
    try:
        _make(request)
    except Exception as error:
        refusal = error if isinstance(error, LmsError) else trouble(error)
        if refusal is None:
            raise
        sys.stdout.write(json.dumps({"kind": type(refusal).__name__, "said": _said(refusal)}))
        return 1
    return 0


def _end_with_input() -> None:
    os.read(0, 1)  # not Python's own, which would be locked at our end
    os._exit(1)


def _make(request: dict[str, Any]) -> None:
    from mock_lms.app import open_store  # noqa: PLC0415 -- the parent is watched first
    from mock_lms.clock import Clock  # noqa: PLC0415 -- the parent is watched first
    from mock_lms.domain.errors import TenantNotFound  # noqa: PLC0415 -- the parent is watched first
    from mock_lms.policy import Policy  # noqa: PLC0415 -- the parent is watched first
    from mock_lms.services.tenant import Access  # noqa: PLC0415 -- the parent is watched first
    from mock_lms.services.tenants import ATTEMPTS, Superseded, Tenants  # noqa: PLC0415 -- the parent is watched first

    database = Path(request["database"]) if request["folder"] else request["database"]
    tenants = Tenants(open_store(database, request["prefix"]), Access("", "", ""))
    settings = request["asked"]
    policy, frozen_at = settings["policy"], settings["clock"]
    settings["policy"] = Policy(**policy) if policy else None
    settings["clock"] = Clock(datetime.fromisoformat(frozen_at)) if frozen_at else None
    for _ in range(ATTEMPTS):
        with suppress(Superseded):  # another server swept up the seed that was just being copied
            tenants.create(**settings)
            return
    raise TenantNotFound(settings["name"])


def _said(refusal: LmsError) -> list[str]:
    """What makes the same refusal again."""
    from mock_lms.domain.errors import InvalidRequest, StorageFailed, TenantExists, TenantNotFound  # noqa: PLC0415 -- the parent is watched first

    if isinstance(refusal, InvalidRequest):
        return [refusal.field, refusal.problem]
    if isinstance(refusal, TenantExists | TenantNotFound):
        return [refusal.name]
    if isinstance(refusal, StorageFailed):
        return [refusal.reason]
    raise refusal


if __name__ == "__main__":
    sys.exit(main())
