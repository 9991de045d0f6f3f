"""The token of a run, which is renewed when it expires during the run, as openapi.yaml says that it may."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from mock_lms_contracts.exchange import Answer
from mock_lms_contracts.verdicts import HarnessError

EXPIRED = (
    "the token has expired: the server now refuses a read that worked with it; give a new --token, or credentials "
    "(--client-id and so on), with which the run renews it"
)
SAYS_SO = re.compile(r"token|credential|expired|log ?in", re.IGNORECASE)
"""Matches what servers say that refuse a token with another status than 401, as some do."""


class TokenExpired(HarnessError):
    """The token has expired, and there are no credentials for another. Nothing more can be checked.

    `EXPIRED` is the message for the whole run.
    """

    def __init__(self) -> None:
        super().__init__("the token has expired")


def refuses_token(answer: Answer) -> bool:
    """Whether an answer may refuse the token. 401 is documented; some servers answer 400 or 403."""
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}:
        return SAYS_SO.search(answer.text) is not None
    return answer.status == HTTPStatus.UNAUTHORIZED


@dataclass(slots=True)
class Access:
    """Holds the token for all copies of a target, so that each of them uses a new one at once."""

    login: Mapping[str, str] | None = None
    """The form of the token request; empty if there are no credentials. None: an expired token is not noticed."""

    base_url: str = ""
    """The address of the server that issues tokens."""

    known: str = ""
    """The address of a read that worked with the token. If it is refused, too, the token has expired."""

    expired: bool = False
    """Whether the token has expired and could not be renewed."""

    _newer: list[str] = field(default_factory=list)

    def latest(self, token: str) -> str:
        """The token that has replaced this one, or this one."""
        return self._newer[-1] if self._newer else token

    def all_of(self, token: str) -> list[str]:
        """The token and those that replaced it. No report may show them."""
        return [token, *self._newer]

    def renewed(
        self, token: str, ask: Callable[[str, str], Answer], log_in: Callable[[Mapping[str, str]], str]
    ) -> bool:
        """Gets a newer token after an answer that `refuses_token`; False leaves the answer as it is.

        `ask` reads an address with a token. The token has expired only if a read that worked before is refused, too.
        Raises `TokenExpired` if there are no credentials, `HarnessError` if they give no valid token.
        """
        if self.login is None or not self.known or not refuses_token(ask(token, self.known)):
            return False
        if not self.login:
            self.expired = True
            raise TokenExpired
        newer = log_in(self.login)
        status = ask(newer, self.known).status
        if status == HTTPStatus.UNAUTHORIZED:
            raise HarnessError(f"the server issues a new token, but answers {status} to it, too; see its log")
        self._newer.append(newer)
        return True
