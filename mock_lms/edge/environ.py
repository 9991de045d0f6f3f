"""A request as the edge has it: a WSGI environment, made in one place, whoever serves; and its body, whole or none."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterable
from typing import Any

from mock_lms.domain.errors import BodyTooLarge, InvalidRequest, LmsError
from mock_lms.http.call import KEY, Call

Environ = dict[str, Any]

TENANT = "x-mock-lms-tenant"

DECIDING = frozenset({
    "host", TENANT, "authorization", "origin", "sec-fetch-site",
    "content-type", "content-length", "content-encoding", "transfer-encoding",
})  # fmt: skip
"""The headers that decide what a call does. Each comes once at most, and in ASCII; else the call is refused, since
guessing which value is meant could reach another tenant, or carry out something else."""

_SAME: Environ = {
    "wsgi.version": (1, 0),
    "wsgi.errors": sys.stderr,
    "wsgi.multithread": False,
    "wsgi.multiprocess": True,
    "wsgi.run_once": False,
    "SCRIPT_NAME": "",
}


def environ_of(
    method: str,
    path: str,
    query: str,
    fields: Iterable[tuple[str, str | None]],
    *,
    version: str = "1.1",
    authority: str | None = None,
    scheme: str = "http",
    server: str,
    client: str,
) -> Environ:
    """The environment of a request without its body; `deliver` adds that.

    `path` is decoded and `query` is not; both may hold any character. `fields` are the headers in their order, with
    None for a value that is not ASCII. `authority` is the host of a request line that names one, as for a proxy: it
    wins over `Host` (RFC 9112, 3.2.2). The environment holds a `Call`, refused where the headers are not clear.
    """
    environ = dict(_SAME)
    environ["wsgi.url_scheme"] = scheme
    environ["REQUEST_METHOD"] = method
    environ["PATH_INFO"] = as_latin(path)
    environ["QUERY_STRING"] = as_latin(query)
    environ["SERVER_PROTOCOL"] = f"HTTP/{version}"
    environ["SERVER_NAME"], _, environ["SERVER_PORT"] = server.rpartition(":")
    environ["REMOTE_ADDR"] = client.rpartition(":")[0]
    environ["wsgi.input"] = io.BytesIO()
    call = environ[KEY] = Call()
    for written, value in fields:
        name = written.lower()
        dashed = name.replace("_", "-")
        key = "HTTP_" + dashed.replace("-", "_").upper()
        if dashed in DECIDING:
            call.refusal = call.refusal or _unclear(name, dashed, value, twice=key in environ)
            environ[key] = value or ""
        elif value is not None and value.isascii() and dashed == name:
            # one that is spelled with _ would pass for its namesake
            environ[key] = f"{environ[key]}, {value}" if key in environ else value
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if f"HTTP_{name}" in environ:
            environ[name] = environ.pop(f"HTTP_{name}")
    if authority is not None:
        environ["HTTP_HOST"] = authority
    elif "HTTP_HOST" not in environ and version not in {"1", "1.0"}:
        call.refusal = call.refusal or InvalidRequest("Host", "the header is missing, which HTTP/1.1 needs.")
    return environ


def _unclear(name: str, dashed: str, value: str | None, *, twice: bool) -> LmsError | None:
    shown = "-".join(part.capitalize() for part in dashed.split("-")).replace("Lms", "LMS")
    if twice:
        return InvalidRequest(shown, "the header is there twice. Send it once.")
    if name != dashed:
        return InvalidRequest(shown, "the header is written with _ in place of -.")
    if value is None or not value.isascii():
        return InvalidRequest(shown, "the header has characters that are not ASCII.")
    return None


def as_latin(text: str) -> str:
    """Text as PEP 3333 wants it: its bytes in UTF-8, as if they were Latin-1."""
    return text if text.isascii() else text.encode(errors="replace").decode("latin-1")


def as_text(value: str) -> str:
    """What `as_latin` was given; bytes that are no UTF-8 become U+FFFD."""
    return value if value.isascii() else value.encode("latin-1").decode(errors="replace")


def declared(environ: Environ) -> int | None:
    """Bytes that the body is said to have; None if only its end will show. Raises `InvalidRequest`."""
    coding, length = environ.get("HTTP_TRANSFER_ENCODING"), environ.get("CONTENT_LENGTH")
    if coding:
        if coding.lower() != "chunked":
            raise InvalidRequest("Transfer-Encoding", f"{coding[:60]!r} is not taken, only chunked.")
        return None
    if not length:
        return 0
    if not (length.isascii() and length.isdecimal()):
        raise InvalidRequest("Content-Length", f"{length[:60]!r} is no number of bytes.")
    return int(length)


def deliver(environ: Environ, body: bytes, *, most: int, whole: bool = True) -> None:
    """Gives the call its body. One that broke off, or that has more than `most` bytes, is refused and given to nobody.

    `whole` says whether the end of a body of unknown length was seen; a length that was declared says it by itself.
    """
    call: Call = environ[KEY]
    if call.refusal is not None:
        return
    length = environ.get("CONTENT_LENGTH") if not environ.get("HTTP_TRANSFER_ENCODING") else None
    if len(body) > most:
        call.refusal = BodyTooLarge(most)
    elif int(length) != len(body) if length else not whole:
        of = f" of {int(length):,}" if length else ""
        call.refusal = InvalidRequest("body", f"it broke off after {len(body):,}{of} bytes, so nothing was done.")
    else:
        set_body(environ, body)


def set_body(environ: Environ, body: bytes) -> None:
    """Makes this the call's body, whatever was its body before."""
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)  # Flask would take it for a body without an end


def body_of(environ: Environ) -> bytes:
    """The call's body, which is in memory."""
    body: bytes = environ["wsgi.input"].getvalue()
    return body


def headers_of(environ: Environ) -> dict[str, str]:
    """The request's headers. Names are in upper case, with - between words."""
    headers = {name[5:].replace("_", "-"): value for name, value in environ.items() if name.startswith("HTTP_")}
    for name in ("CONTENT_TYPE", "CONTENT_LENGTH"):
        if environ.get(name):
            headers[name.replace("_", "-")] = environ[name]
    return headers
