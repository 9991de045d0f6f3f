"""What the head of a request decides, before a byte of its body is read: is the host ours, which tenant is meant, and
how large a body this caller may send."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Request

from mock_lms.control import guard
from mock_lms.domain.errors import (
    BodyTooLarge,
    EncodedBody,
    HostNotServed,
    InvalidRequest,
    LmsError,
    OperationNotFound,
    TenantNotFound,
)
from mock_lms.edge.environ import TENANT, Environ, as_text, declared
from mock_lms.http.call import KEY, Call, bearer
from mock_lms.http.host import is_served
from mock_lms.http.operations import API, without_api
from mock_lms.services.oauth2 import authenticate
from mock_lms.services.tenants import NAME, Superseded, Tenants

CONTROL = "/_mock"
LOCAL = ".localhost"
PREFIX = "/t/"
HEADER = f"HTTP_{TENANT.upper().replace('-', '_')}"
UPLOADS = {"control.import_snapshot"}
"""The operations that take a body of up to `LARGEST_UPLOAD` bytes; all others take `LARGEST_BODY`."""

ATTEMPTS = 100  # at a tenant that is replaced each time that it is looked at; each time somebody else was quicker

STRANGERS = 65_536
"""Bytes of a body that are read of a caller who has not shown a good token."""


class Admission:
    """Decides for one server. `hosts` are the names that it has, beside localhost and addresses."""

    def __init__(self, app: Flask, tenants: Tenants, hosts: Collection[str]) -> None:
        self._app, self._tenants = app, tenants
        self._hosts = frozenset(host.lower() for host in hosts)
        self._routes = app.url_map.bind("localhost")

    def admit(self, environ: Environ) -> int:
        """How many bytes of the body are to be read: 0 where there is none, and where it concerns nobody.

        Afterwards the call knows its tenant's name, or its `refusal`; the path is without the tenant's prefix.
        """
        call: Call = environ.setdefault(KEY, Call())
        if call.refusal is not None:
            return 0
        host = environ.get("HTTP_HOST", "localhost")
        if not is_served(host, self._hosts):
            call.refusal = HostNotServed(host)
            return 0
        call.refusal = _name(environ, call, host)
        if call.refusal is not None:
            return 0
        call.is_addressed = True
        if environ["PATH_INFO"].startswith("//"):
            # werkzeug would overlook it, and the edge would take /_mock for the vendor's
            call.refusal = OperationNotFound(as_text(environ["PATH_INFO"]))
            return 0
        path = environ["PATH_INFO"]
        environ["PATH_INFO"] = without_api(path)
        call.prefix = path.removesuffix(environ["PATH_INFO"])
        try:
            return self._body_limit(environ, call)
        except LmsError as refusal:
            call.refusal = refusal
            return 0

    def _body_limit(self, environ: Environ, call: Call) -> int:
        """How many bytes of the body are to be read. Raises the call's refusal."""
        size = declared(environ)
        if size == 0:
            return 0
        encoding = environ.get("HTTP_CONTENT_ENCODING", "")
        if encoding.strip().lower() not in {"", "identity"}:
            raise EncodedBody(encoding)
        endpoint = self.endpoint(environ)
        module = (endpoint or "").partition(".")[0]
        limit = int(self._app.config["LARGEST_UPLOAD" if endpoint in UPLOADS else "LARGEST_BODY"])
        if module == "control":
            if refusal := guard.refusal(Request(environ), self._app.config["CONTROL_TOKEN_HASH"]):
                raise refusal
        elif size is None or size > min(STRANGERS, limit):
            if endpoint is None:
                return 0  # no view will ask for it
            if module in API:
                self._authenticate(call.name, bearer(environ.get("HTTP_AUTHORIZATION", "")))
            else:
                limit = min(STRANGERS, limit)
        if size is not None and size > limit:
            raise BodyTooLarge(limit)
        return limit

    def _authenticate(self, tenant: str, token: str) -> None:
        """Raises `InvalidToken`, or `TenantNotFound`: also of one that is replaced each time that it is looked at."""
        for _ in range(ATTEMPTS):
            with suppress(Superseded):
                authenticate(self._tenants.open(tenant), token)
                return
        raise TenantNotFound(tenant)

    def endpoint(self, environ: Environ) -> str | None:
        """What the request will reach: `learn.bulk_unenroll`."""
        try:
            endpoint = self._routes.match(environ["PATH_INFO"], environ["REQUEST_METHOD"])[0]
        except HTTPException:
            return None
        return str(endpoint)


def _name(environ: Environ, call: Call, host: str) -> LmsError | None:
    """Which tenant is meant: by path, by header, by host. They must not disagree."""
    names = []
    path: str = environ["PATH_INFO"]
    if path.startswith(PREFIX):
        name, slash, rest = path.removeprefix(PREFIX).partition("/")
        names.append(name)
        environ["SCRIPT_NAME"] = f"{environ.get('SCRIPT_NAME', '')}{PREFIX}{name}"
        environ["PATH_INFO"] = slash + rest or "/"
    if HEADER in environ:
        names.append(environ[HEADER])
    machine = host.lower().partition(":")[0]
    if machine.endswith(LOCAL):
        names.append(machine.removesuffix(LOCAL))
    if not names:
        return None
    call.name = names[0]
    if len(set(names)) > 1:
        shown = " and ".join(map(as_text, sorted(set(names))))
        return InvalidRequest("tenant", f"{shown[:100]}: one call, one tenant.")
    return None if NAME.fullmatch(call.name) else TenantNotFound(as_text(call.name))
