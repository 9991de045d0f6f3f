"""The token of a run: a new one is asked for when it expires in the midst of it, as openapi.yaml says that it may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from mock_lms_contracts.verdicts import HarnessError

EXPIRED = (
    "the token is no longer good: the server answers 401 to what it answered before; give a new --token, or "
    "credentials (--client-id and so on), with which the run asks for another by itself"
)


class TokenExpired(HarnessError):
    """The token was good and is so no longer, and there are no credentials for another. Nothing more can be checked.

    `EXPIRED` says it once for the whole run.
    """

    def __init__(self) -> None:
        super().__init__("the token is no longer good")


@dataclass(slots=True)
class Access:
    """What all copies of a target share, so that one new token is one for all of them."""

    login: Mapping[str, str] | None = None
    """The form that a token is asked with. Empty: there is only the token. None: a 401 is no matter of ours."""

    expired: bool = False
    """Whether it ended without another."""

    _newer: dict[str, str] = field(default_factory=dict)
    _read: dict[str, str] = field(default_factory=dict)

    def latest(self, token: str) -> str:
        """The one that is used in its place now."""
        while token in self._newer:
            token = self._newer[token]
        return token

    def all_of(self, token: str) -> list[str]:
        """It, and those that came after it. No report may say one."""
        tokens = [token]
        while tokens[-1] in self._newer:
            tokens.append(self._newer[tokens[-1]])
        return tokens

    def was_good(self, token: str, url: str) -> None:
        """Notes a read that was answered with 200."""
        self._read[token] = url

    def read_with(self, token: str) -> str:
        """The address of a read that the token was good for; empty where there was none."""
        return self._read.get(token, "")

    def renewed(self, token: str, ask: Callable[[str], int], log_in: Callable[[Mapping[str, str]], str]) -> bool:
        """Whether there is a newer token, after a 401. Without one, that answer is the target's own.

        `ask` is the status of a read with this token: only if what it could read before is a 401 too has it expired.
        Raises `TokenExpired` where it has and there are no credentials, `HarnessError` where they give no new one.
        """
        if self.expired:
            raise TokenExpired
        url = self.read_with(token)
        if self.login is None or not url or ask(url) != HTTPStatus.UNAUTHORIZED:
            return False
        if not self.login:
            self.expired = True
            raise TokenExpired
        self._newer[token] = log_in(self.login)
        return True
