"""How a command that takes long tells how far it is. The command line shows it; nothing here prints."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Protocol

Progress = Callable[[int], None]
"""Is told how many more are done."""


class Bar(Protocol):
    """A progress bar."""

    def advance(self, more: int, /) -> None:
        """So many more are done."""


Bars = Callable[[str, int], AbstractContextManager[Bar]]
"""Makes a progress bar: what is done, and how many there are."""
