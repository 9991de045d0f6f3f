"""Shows progress on standard error: on a terminal one line that is rewritten, otherwise a line for each profile."""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from mock_lms_contracts.requirements import Requirement, by_id
from mock_lms_contracts.terminal import say, say_over
from mock_lms_contracts.verdicts import Result


@dataclass(slots=True)
class Progress:
    """The progress of one run. It is called with the result of each requirement that is decided."""

    requirements: Sequence[Requirement]
    writes: Callable[[], int]
    """Returns the number of writing calls so far."""

    _began: float = field(default_factory=time.monotonic)
    _decided: set[str] = field(default_factory=set)

    def __call__(self, result: Result) -> None:
        self._decided.add(result.requirement)
        profile = by_id()[result.requirement].profile
        of = Counter(requirement.profile for requirement in self.requirements)[profile]
        decided = sum(by_id()[name].profile == profile for name in self._decided)
        text = f"{profile} {decided}/{of}, {time.monotonic() - self._began:.0f} s, {self.writes():,} writing calls"
        if sys.stderr.isatty():
            say_over(text)
        elif decided == of:
            say(text, err=True)

    def end(self) -> None:
        """Clears the progress line."""
        if self._decided and sys.stderr.isatty():
            say_over("")
