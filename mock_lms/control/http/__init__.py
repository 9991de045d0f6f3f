"""The control API over HTTP: `mock_lms/control/openapi.yaml`."""

from mock_lms.control.http import clock, faults, inspect, journal, quota
from mock_lms.control.http.blueprint import bp

__all__ = ["bp", "clock", "faults", "inspect", "journal", "quota"]
