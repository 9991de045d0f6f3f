"""The ways in which a call can fail, each with what to do about it.

HarnessError
|-- Unreachable   nobody listens there, or not over TLS
|-- Dropped       the connection was closed before the answer was complete
|-- TimedOut      the answer did not begin or end in time
|-- TooLarge      a body is larger than any that the suite needs
`-- GivenUp       the server was silent too often, so the run calls it no more
"""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator
from urllib.parse import urlsplit

import requests
from urllib3.exceptions import HTTPError, ProtocolError

from mock_lms_contracts.verdicts import HarnessError


class Unreachable(HarnessError):
    """Nobody listens there: the address is wrong, or the server does not run."""


class Dropped(HarnessError):
    """The connection was closed before the answer was complete, for example by a server that crashed."""


class TimedOut(HarnessError):
    """The answer did not begin or end in time."""


class TooLarge(HarnessError):
    """A body is larger than any that the suite needs."""


class GivenUp(HarnessError):
    """The server was silent too often, so the run calls it no more. The message is the same for every call."""


TRUSTED = "--ca FILE names the certificates to trust"
CERTIFICATE = {
    9: "is not valid yet; is the clock of this machine right?",
    10: "has expired; renew it, or check the clock of this machine (--insecure skips this)",
    18: f"is self-signed; {TRUSTED}, and may name this one",
    19: f"is signed by a self-signed one; {TRUSTED}, and may name that one",
    20: f"is signed by nobody who is trusted; {TRUSTED}",
    21: f"is signed by nobody who is trusted; {TRUSTED}",
    62: "is for another name; give --base-url with a name that it is for (--insecure skips this)",
    64: "is for another address; give --base-url with a name that it is for (--insecure skips this)",
}
"""What is wrong with a server's certificate, by OpenSSL's number of the error."""

NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
"""OpenSSL's reasons for an answer that is not TLS."""

TLS_ALERT = "\x15\x03"
"""The beginning of the answer of a TLS server to a call without TLS."""


def translated(error: Exception, what: str, url: str, timeout: float) -> HarnessError:
    """Translates an exception of requests or urllib3 into one of ours. `what` names the call."""
    errors, causes = requests.exceptions, [*_causes(error)]
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    host = urlsplit(url).hostname
    for is_it, kind, text in (
        (isinstance(error, errors.ConnectTimeout), Unreachable, f"no connection within {timeout:g} s"),
        (isinstance(error, errors.Timeout), TimedOut, f"no answer within {timeout:g} s"),
        (tls is not None, Unreachable, _tls(tls)),
        (
            any(isinstance(cause, socket.gaierror) for cause in causes),
            Unreachable,
            f"the name {host} is unknown; is the address right?",
        ),
        (
            any(TLS_ALERT in str(cause) or repr(TLS_ALERT)[1:-1] in str(cause) for cause in causes),
            Unreachable,
            "the server speaks TLS; give an address that begins with https://",
        ),
        (
            isinstance(error, errors.ProxyError),
            Unreachable,
            f"the proxy fails; NO_PROXY={host} avoids it",
        ),
        (_was_open(error), Dropped, "the connection was closed before there was an answer"),
        (isinstance(error, errors.ConnectionError), Unreachable, "nobody listens there; is it the right address?"),
        (isinstance(error, HTTPError), Dropped, "the connection was closed, or the answer does not match its headers"),
    ):
        if is_it:
            return kind(f"{what}: {text}")
    return HarnessError(f"{what}: {type(error).__name__}: {error}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The exception and all that it wraps: in its arguments, as its reason, or as its cause."""
    pending, known = [error], set[int]()
    while pending:
        cause = pending.pop()
        if id(cause) not in known:
            known.add(id(cause))
            yield cause
            wrapped = (*cause.args, getattr(cause, "reason", None), cause.__cause__, cause.__context__)
            pending += [other for other in wrapped if isinstance(other, BaseException)]


def _tls(error: ssl.SSLError | None) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return f"its certificate {CERTIFICATE.get(error.verify_code, f'is not trusted ({error.verify_message})')}"
    if error is not None and error.reason in NO_TLS:
        return "the server does not speak TLS; give an address that begins with http://"
    return f"the TLS handshake fails ({getattr(error, 'reason', None) or error})"


def _was_open(error: Exception) -> bool:
    """Whether an open connection was closed, and not one that never opened."""
    return isinstance(error, requests.ConnectionError) and isinstance(next(iter(error.args), None), ProtocolError)
