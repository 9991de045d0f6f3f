"""The process that does what is due."""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from pathlib import Path

from mock_lms.app import open_tenants
from mock_lms.clock import real_seconds
from mock_lms.config import Config
from mock_lms.domain.errors import LmsError, TenantNotFound
from mock_lms.services import jobs
from mock_lms.services.tenants import Superseded, Tenants, trouble
from mock_lms.storage.database import DatabaseLost
from mock_lms.terminal import say

PAUSE = 0.2
"""Seconds between two looks at what is due: the longest that a job waits to be begun."""

LONG_PAUSE = 2.0
"""The same after the store could not be used."""

NAME = "mock-lms-jobs"
COMM = Path("/proc/self/comm")


def main(config: Config) -> None:
    """Does what is due until the server ends. Runs in a process of its own."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches us too, and the server ends us
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    with suppress(OSError):  # `ps -o comm` tells it from the workers; only Linux has this file
        COMM.write_text(NAME, encoding="ascii")
    tenants = open_tenants(config)
    said = ""  # what fails is said once, not at every look
    while True:
        try:
            do_due(tenants)
        except Exception as error:
            if not isinstance(error, (LmsError, DatabaseLost)) and trouble(error) is None:
                raise
            if str(error) != said:
                say(f"mock-lms: what is due in the background must wait: {error}", err=True)
            said = str(error)
            time.sleep(LONG_PAUSE)
        else:
            said = ""
            time.sleep(PAUSE)


def do_due(tenants: Tenants) -> None:
    """Does what is due now, in every tenant."""
    for name, taken in tenants.store.promises.due(real_seconds()):
        try:
            tenant = tenants.open(name)
            if jobs.run_due(tenants, tenant) is not None:  # else another process does them: it is due again
                jobs.settle(tenants, tenants.open(name), taken)
        except (TenantNotFound, Superseded):  # it was dropped, or has other data: then it is due again
            if not tenants.store.exists(name):
                tenants.store.promises.settle(name, taken, None)
