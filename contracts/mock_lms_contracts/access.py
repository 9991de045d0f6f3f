"""The token of a run: a new one is asked for when it expires in the midst of it, as openapi.yaml says that it may."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http import HTTPStatus

from mock_lms_contracts.exchange import Answer
from mock_lms_contracts.verdicts import HarnessError

EXPIRED = (
    "the token is no longer good: the server answers 401 to what it answered before; give a new --token, or "
    "credentials (--client-id and so on), with which the run asks for another by itself"
)
SAYS_SO = re.compile(r"token|credential|expired|log ?in", re.IGNORECASE)
"""In what a server says that refuses a token with another status than 401, as some do."""


class TokenExpired(HarnessError):
    """The token was good and is so no longer, and there are no credentials for another. Nothing more can be checked.

    `EXPIRED` says it once for the whole run.
    """

    def __init__(self) -> None:
        super().__init__("the token is no longer good")


def refuses_token(answer: Answer) -> bool:
    """Says whether an answer may be about the token. 401 is documented; some servers answer 400 or 403."""
    if answer.status in {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN}:
        return SAYS_SO.search(answer.text) is not None
    return answer.status == HTTPStatus.UNAUTHORIZED


@dataclass(slots=True)
class Access:
    """Holds the token for all copies of a target, so that each of them uses a new one at once."""

    login: Mapping[str, str] | None = None
    """The form that a token is asked with. Empty: there is only the token. None: a 401 is no matter of ours."""

    base_url: str = ""
    """The address at which a token is asked for."""

    known: str = ""
    """The address of a read that the token is good for: if it is refused, too, the token has expired."""

    expired: bool = False
    """Whether it ended without another."""

    _newer: list[str] = field(default_factory=list)

    def latest(self, token: str) -> str:
        """The one that is used in its place now."""
        return self._newer[-1] if self._newer else token

    def all_of(self, token: str) -> list[str]:
        """It, and those that came after it. No report may say one."""
        return [token, *self._newer]

    def renewed(
        self, token: str, ask: Callable[[str, str], Answer], log_in: Callable[[Mapping[str, str]], str]
    ) -> bool:
        """Gets a newer token after an answer that `refuses_token`; False leaves the answer as it is.

        `ask` reads an address with a token: only if what it could read before is refused too has it expired.
        Raises `TokenExpired` where it has and there are no credentials, `HarnessError` where they give no new one.
        """
        if self.login is None or not self.known or not refuses_token(ask(token, self.known)):
            return False
        if not self.login:
            self.expired = True
            raise TokenExpired
        newer = log_in(self.login)
        status = ask(newer, self.known).status
        if status == HTTPStatus.UNAUTHORIZED:
            raise HarnessError(f"the credentials give a new token, and the server answers {status} to it, too")
        self._newer.append(newer)
        return True
