"""Each way in which a call can fail, told apart, with what to do about it.

HarnessError
|-- Unreachable   nobody listens there, or not over TLS
|-- Dropped       the connection was closed before the answer was whole
|-- TimedOut      no answer, or no end of it, in time
|-- TooLarge      a body that is larger than anybody here means
`-- GivenUp       the server was silent too often, and is not asked any more
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
    """Nobody listens there. Is the address right, and does the server run?"""


class Dropped(HarnessError):
    """The connection was closed before the answer was whole, as by a server that crashed."""


class TimedOut(HarnessError):
    """No answer, or no end of it, in time."""


class TooLarge(HarnessError):
    """A body is larger than anybody here means."""


class GivenUp(HarnessError):
    """The server was silent too often, and is not asked any more. The message is the same for every call."""


TRUSTED = "--ca FILE names the certificates to trust"
CERTIFICATE = {
    9: "is not valid yet; is the clock of this machine right?",
    10: "has expired; renew it, or check the clock of this machine (--insecure checks no certificate)",
    18: f"is signed by itself; {TRUSTED}, and may name this one",
    19: f"ends in one that is signed by itself; {TRUSTED}, and may name that one",
    20: f"is signed by nobody who is trusted; {TRUSTED}",
    21: f"is signed by nobody who is trusted; {TRUSTED}",
    62: "is for another name; give the address with a name that it is for (--insecure checks no certificate)",
    64: "is for another address; give --base-url with a name that it is for (--insecure checks no certificate)",
}
"""By OpenSSL's number of the error: what is wrong with the certificate of a server."""

NO_TLS = ("WRONG_VERSION_NUMBER", "HTTP_REQUEST", "RECORD_LAYER_FAILURE", "PACKET_LENGTH_TOO_LONG")
"""What OpenSSL says of an answer that is none of TLS."""

TLS_ALERT = "\x15\x03"
"""How the answer of a server begins that speaks TLS and is asked without."""


def translated(error: Exception, what: str, url: str, timeout: float) -> HarnessError:
    """What requests or urllib3 raised, as one of ours. `what` says which call it was."""
    errors, causes = requests.exceptions, [*_causes(error)]
    tls = next((cause for cause in causes if isinstance(cause, ssl.SSLError)), None)
    host = urlsplit(url).hostname
    for is_it, kind, text in (
        (isinstance(error, errors.ConnectTimeout), Unreachable, f"there is no connection within {timeout:g} s"),
        (isinstance(error, errors.Timeout), TimedOut, f"there is no answer within {timeout:g} s"),
        (tls is not None, Unreachable, _tls(tls)),
        (
            any(isinstance(cause, socket.gaierror) for cause in causes),
            Unreachable,
            f"the name {host} is not known here; is the address right?",
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
        (isinstance(error, HTTPError), Dropped, "the connection was closed, or the answer is not what its headers say"),
    ):
        if is_it:
            return kind(f"{what}: {text}")
    return HarnessError(f"{what}: {type(error).__name__}: {error}")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """It, and all that it wraps: in its arguments, as its reason, or as what it was raised from."""
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
    """Whether there was a connection that could be closed: an aborted one, not one that never was."""
    return isinstance(error, requests.ConnectionError) and isinstance(next(iter(error.args), None), ProtocolError)
