"""The control API over HTTP, as `openapi.yaml` beside this file has it: the views of every feature."""

from mock_lms.control.background import http as background
from mock_lms.control.blueprint import bp
from mock_lms.control.clock import http as clock
from mock_lms.control.diffs import http as diffs
from mock_lms.control.faults import http as faults
from mock_lms.control.inspect import http as inspect
from mock_lms.control.journal import http as journal
from mock_lms.control.keys import http as keys
from mock_lms.control.quota import http as quota
from mock_lms.control.snapshots import http as snapshots
from mock_lms.control.tenants import http as tenants

__all__ = [
    "background",
    "bp",
    "clock",
    "diffs",
    "faults",
    "inspect",
    "journal",
    "keys",
    "quota",
    "snapshots",
    "tenants",
]
