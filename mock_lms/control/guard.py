"""Who may control the mock: whoever has the control token, and no web page, whatever it has.

A page from anywhere can send requests to this machine. Its browser says so, and such a request is refused before
anything else is looked at (peers.md 5.3: emulators have been wiped by web pages).
"""

from __future__ import annotations

import hmac

from flask import current_app, request
from werkzeug.wrappers import Request

from mock_lms.domain.errors import ForeignPage, InvalidControlToken, LmsError
from mock_lms.services.oauth2 import digest

OURS = {"same-origin", "none"}
"""What `Sec-Fetch-Site` says of a page of ours, and of an address that a person typed."""


def enter() -> None:
    """Lets the current request in. Raises `ForeignPage`, `InvalidControlToken`."""
    refused = refusal(request, current_app.config["CONTROL_TOKEN_HASH"])
    if refused is not None:
        raise refused


def refusal(request: Request, token_hash: str) -> LmsError | None:
    """Why the request may not control the mock, if so. Reads its headers only; the edge has seen to the host."""
    origin, site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site")
    if (origin is not None and origin != request.host_url.rstrip("/")) or (site is not None and site not in OURS):
        return ForeignPage(origin or site or "")
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    good = scheme.lower() == "bearer" and token.isascii()
    if not good or not hmac.compare_digest(digest(token.strip()), token_hash):
        return InvalidControlToken()
    return None
