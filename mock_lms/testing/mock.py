"""A mock for a test: `with MockLMS() as lms: ...`."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from datetime import datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Protocol, Self

from mock_lms.testing.control import Control, Json, contents_of, moment

if TYPE_CHECKING:
    import requests

DEFAULT = "default"
"""The tenant that a mock begins with."""

TIMEOUT = 60
"""Seconds in which a token comes, or never."""


class Backend(Protocol):
    """Where tenants live: `Inside` or `Served`."""

    @property
    def url(self) -> str:
        """Of its default tenant."""

    @property
    def credentials(self) -> Mapping[str, str]:
        """By their names in the server's first line."""

    def send(self, tenant: str, method: str, path: str, body: Json | bytes | None, /) -> tuple[int, str, bytes]:
        """A call of the control API."""

    @property
    def ca(self) -> str | None:
        """The file of the CA that a client must trust; None without TLS."""

    def mount(self, session: requests.Session, /) -> None:
        """Has the session reach the address."""

    def close(self) -> None:
        """Ends it, and removes what it kept."""


class MockTenant:
    """One tenant of a mock: its address, its credentials, and how it is controlled."""

    def __init__(self, backend: Backend, name: str = DEFAULT) -> None:
        self._backend = backend
        self.name = name
        self.url = backend.url if name == DEFAULT else f"{backend.url}/t/{name}"
        self.control = Control(partial(backend.send, name))
        self.client_id = backend.credentials["client_id"]
        self.client_secret = backend.credentials["client_secret"]
        self.username = backend.credentials["username"]
        self.password = backend.credentials["password"]
        self.control_token = backend.credentials["control_token"]
        self.ca = backend.ca

    def __repr__(self) -> str:
        return f"<{type(self).__name__} {self.url}>"

    def session(self, token: str | None = None) -> requests.Session:
        """A session that reaches the mock, and sends the token if there is one."""
        import requests  # noqa: PLC0415 -- not before it is needed: it is slow to import

        session = requests.Session()
        session.trust_env = False  # a proxy would not find the mock
        if token:
            session.headers["Authorization"] = f"Bearer {token}"
        return self.mount(session)

    def mount(self, session: requests.Session) -> requests.Session:
        """Has a session of your own reach the mock. Its other addresses, and its retries, stay as they are."""
        self._backend.mount(session)
        return session

    def token(self, username: str | None = None, password: str | None = None) -> str:
        """A new access token: the superadmin's, or another user's."""
        form = {
            "grant_type": "password",
            "client_id": self.client_id,
            "client_secret": self.client_secret,
            "username": username or self.username,
            "password": password or self.password,
        }
        with self.session() as session:
            answer = session.post(f"{self.url}/oauth2/token", data=form, timeout=TIMEOUT)
        answer.raise_for_status()
        return str(answer.json()["access_token"])

    def tenant(self, name: str) -> MockTenant:
        """Another tenant of the same mock, as `control.create_tenant` makes them."""
        return MockTenant(self._backend, name)

    def fork(self, name: str | None = None, *, state: str = "now") -> MockTenant:
        """A new tenant that begins as this one is."""
        return self.tenant(self.control.fork_tenant(name, state=state)["name"])


class MockLMS(MockTenant):
    """A mock of its own, until the end of the `with` block: in this process, or as a process that listens on a port.

    `seed` is `demo`, `empty`, `scale`, the path of a seed file, or what such a file says: its text, or a dict. With
    `tls` a mock that is served speaks https, and `ca` is the file of the CA that made its certificate.
    """

    def __init__(
        self,
        *,
        serve: bool = False,
        seed: str | Path | Mapping[str, Any] = "demo",
        policy: Mapping[str, str] | None = None,
        frozen_at: str | datetime | None = None,
        sabotage: str = "",
        tls: bool = False,
    ) -> None:
        if tls and not serve:
            raise ValueError("tls needs serve=True: a mock in this process has no connection to secure")
        contents = None if isinstance(seed, Path) else contents_of(seed)
        settings = (str(seed), contents, policy or {}, moment(frozen_at), sabotage)
        super().__init__(_served(*settings, tls=tls) if serve else _inside(*settings))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Ends the mock; for who can't use `with`."""
        self._backend.close()


def _inside(*settings: Any) -> Backend:
    from mock_lms.testing.inside import Inside  # noqa: PLC0415 -- Flask, SQLAlchemy and all

    return Inside(*settings)


def _served(
    seed: str, contents: str | None, policy: Mapping[str, str], frozen_at: str | None, sabotage: str, *, tls: bool
) -> Backend:
    from mock_lms.testing.process import Served, Server  # noqa: PLC0415 -- only for a mock that is served

    options = [f"--policy={name}={value}" for name, value in policy.items()]
    options += ["--frozen-at", frozen_at] if frozen_at else []
    options += ["--sabotage", sabotage] if sabotage else []
    options += ["--tls", "self-signed"] if tls else []
    with tempfile.NamedTemporaryFile("w", suffix=".yaml", encoding="utf-8") as file:
        file.write(contents or "")
        file.flush()
        server = Server([*options, "--seed", seed if contents is None else file.name])
    return Served(server.ready, server.close)
