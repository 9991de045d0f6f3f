"""The control API over HTTP: `mock_lms/control/openapi.yaml`."""

from mock_lms.control.http import clock, diffs, faults, inspect, journal, quota, snapshots, tenants
from mock_lms.control.http.blueprint import bp

__all__ = ["bp", "clock", "diffs", "faults", "inspect", "journal", "quota", "snapshots", "tenants"]
