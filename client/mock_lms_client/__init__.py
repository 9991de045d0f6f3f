"""A client of the LMS's enrollment API: one method for each operation of openapi.yaml, and a command line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mock_lms_client.errors import ApiError, ClientError, ListChanged, Refused, Unreachable, Unreadable
from mock_lms_client.listing import Listing

if TYPE_CHECKING:
    from mock_lms_client.client import Client

__all__ = [
    "ApiError",
    "Client",
    "ClientError",
    "ListChanged",
    "Listing",
    "Refused",
    "Unreachable",
    "Unreadable",
]


def __getattr__(name: str) -> Any:
    # when it is asked for: requests is slow to import, and not all that a command does needs it
    if name != "Client":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mock_lms_client.client import Client  # noqa: PLC0415 -- imported when it is first asked for

    return Client
