"""What the edge answers."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass, replace
from typing import Any

import orjson

from mock_lms.http.call import KEY
from mock_lms.http.errors import FAILED


@dataclass(frozen=True, slots=True)
class Answer:
    """What is sent. `cut` bytes of the body are sent before the connection is closed; -1: not even a status.

    A body in `pieces` is made while it is sent; whoever sends it closes them.
    """

    status: str
    headers: list[tuple[str, str]]
    body: bytes
    cut: int | None = None
    pieces: Generator[bytes, None, None] | None = None

    @property
    def code(self) -> int:
        return int(self.status[:3])

    def whole(self) -> Answer:
        """With its body, for those who take it in one."""
        return self if self.pieces is None else replace(self, body=b"".join(self.pieces), pieces=None)


NOTHING = Answer("500 Internal Server Error", [], b"", cut=-1)
"""The connection is closed."""

LAST_RESORT = Answer(
    "500 Internal Server Error",
    [("Content-Type", "application/json")],
    orjson.dumps({"name": "Internal Server Error", "message": [FAILED], "code": 500, "status": 500}),
)
"""What is answered where nothing else works any more."""

Steps = Generator[float, None, Answer]
"""How a call is answered: waits of so many seconds, then the answer."""


def answer_of(application: Callable[..., Any], environ: dict[str, Any]) -> Answer:
    """Calls the WSGI application."""
    started: list[Any] = []

    def start(status: str, headers: list[tuple[str, str]], _: Any = None) -> Callable[[bytes], object]:
        started.extend((status, headers))
        return started.append

    pieces = application(environ, start)
    if environ[KEY].streams:
        return Answer(started[0], started[1], b"", pieces=_closing(pieces))
    return Answer(started[0], started[1], b"".join(_closing(pieces)))


def _closing(pieces: Iterable[bytes]) -> Generator[bytes, None, None]:
    """Yields the pieces, and closes them at the end, also where nobody takes the rest."""
    try:
        yield from pieces
    finally:
        if hasattr(pieces, "close"):  # as PEP 3333 has it: a file that is sent is open until then
            pieces.close()
