"""The control API over HTTP: `mock_lms/control/openapi.yaml`."""

from mock_lms.control.http import inspect
from mock_lms.control.http.blueprint import bp

__all__ = ["bp", "inspect"]
