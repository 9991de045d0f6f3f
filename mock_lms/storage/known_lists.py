"""What a process remembers of lists: how many rows each has, and in what order.

It is remembered for one version of the data (`Transaction.version`), which no write leaves as it was. So nothing has
ever to be thrown away because it is no longer true; what is not used any more gives way to what is.
"""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from threading import Lock

from mock_lms.storage.database import Row

NUMBERS = 4_000_000
"""That a process remembers at most, of 8 bytes each. A list of a million enrollments takes two million where no index
has its order, and some ten thousand where one has."""

OF_A_MARK = 40
"""Numbers that would take as much memory as a mark does."""


@dataclass(frozen=True, slots=True)
class Mark:
    """The place in a list behind so many rows: behind the row `last` of the section with this number.

    None instead of a row is the beginning of the section.
    """

    rows: int
    section: int
    last: Row | None


@dataclass(frozen=True, slots=True)
class KnownList:
    """How many rows a list has; its first keys, each of `width` numbers; and marks behind those.

    The first mark is where the first keys end. Unless it `is_marked`, there are no others yet.
    """

    total: int
    width: int
    first: array[int]
    marks: Sequence[Mark] = ()
    is_marked: bool = False

    def keys(self, offset: int, limit: int) -> list[Sequence[int]]:
        """Those of a page, as far as they are among the first."""
        numbers = self.first[offset * self.width : (offset + limit) * self.width]
        return [numbers[at : at + self.width].tolist() for at in range(0, len(numbers), self.width)]

    def mark(self, offset: int) -> Mark:
        """The last one that is not behind the row."""
        return self.marks[bisect_right(self.marks, offset, key=lambda mark: mark.rows) - 1]

    @property
    def size(self) -> int:
        """In numbers."""
        return len(self.first) + OF_A_MARK * (1 + len(self.marks))


class KnownLists:
    """The lists that were read last."""

    def __init__(self, numbers: int = NUMBERS) -> None:
        self._most = numbers
        self._size = 0
        self._lists: OrderedDict[Hashable, KnownList] = OrderedDict()
        self._lock = Lock()  # a mock in this process may be called from several threads

    def get(self, name: Hashable) -> KnownList | None:
        with self._lock:
            if name in self._lists:
                self._lists.move_to_end(name)
            return self._lists.get(name)

    def put(self, name: Hashable, known: KnownList) -> None:
        """Remembers a list, or that more is known of it now."""
        with self._lock:
            before = self._lists.pop(name, None)
            self._lists[name] = known
            self._size += known.size - (before.size if before else 0)
            while self._size > self._most and len(self._lists) > 1:
                self._size -= self._lists.popitem(last=False)[1].size


KNOWN = KnownLists()
