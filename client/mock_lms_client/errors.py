"""What can go wrong with a call. Each error's text is one line for people: what is wrong, where, and what to do.

    ClientError
    ├ Unreachable    no answer came
    ├ ApiError       an answer came, and it is no success
    │ ├ Refused      the server said no: nothing was changed
    │ └ Unreadable   it said yes, and not in the contract's words
    └ ListChanged    a list changed while its pages were read

After a write that raised `Refused`, or `Unreachable` with `sent` false, nothing was changed. After any other error of a
write nobody knows: read before you repeat it.
"""

from __future__ import annotations

from collections.abc import Iterable


class ClientError(Exception):
    """The root of all that the client raises, but for `ValueError` and `TypeError` where a call makes no sense."""

    def __init__(self, what: str, *, operation: str = "", tenant: str = "", advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.operation = operation
        self.tenant = tenant
        self.advice = advice

    def __str__(self) -> str:
        where = " at ".join(part for part in (self.operation, self.tenant) if part)
        text = f"{where}: {self.what}" if where else self.what
        return f"{text} {self.advice}" if self.advice else text


class Unreachable(ClientError):
    """No answer. Where `sent` is false the server surely never got the call; what is `lasting` won't pass by itself."""

    def __init__(
        self,
        what: str,
        *,
        operation: str = "",
        tenant: str = "",
        advice: str = "",
        sent: bool = True,
        lasting: bool = False,
    ) -> None:
        super().__init__(what, operation=operation, tenant=tenant, advice=advice)
        self.sent = sent
        self.lasting = lasting


class ApiError(ClientError):
    """An answer that is no success. Of this very class it is the server's own failure, 500 and up.

    `name` and `messages` are the server's words. `retry_after` are the seconds after which it wants to be asked again.
    """

    def __init__(
        self,
        what: str,
        *,
        operation: str = "",
        tenant: str = "",
        advice: str = "",
        status: int = 0,
        name: str = "",
        messages: Iterable[str] = (),
        retry_after: float | None = None,
    ) -> None:
        super().__init__(what, operation=operation, tenant=tenant, advice=advice)
        self.status = status
        self.name = name
        self.messages = [*messages]
        self.retry_after = retry_after


class Refused(ApiError):
    """The server said no, and changed nothing: 4xx, or a redirect, which is not followed."""


class Unreadable(ApiError):
    """A success whose body is not what the contract says: cut off, too large, no JSON, or without what must be in it.

    What came `whole` says so the next time as well; what was cut off may not.
    """

    def __init__(
        self,
        what: str,
        *,
        operation: str = "",
        tenant: str = "",
        advice: str = "",
        status: int = 0,
        retry_after: float | None = None,
        whole: bool = False,
    ) -> None:
        super().__init__(
            what, operation=operation, tenant=tenant, advice=advice, status=status, retry_after=retry_after
        )
        self.whole = whole


class ListChanged(ClientError):
    """The pages of a list do not fit each other: it changed while it was read, or its order did, or it does not end.

    Rows may be missing or there twice. Read it again.
    """
