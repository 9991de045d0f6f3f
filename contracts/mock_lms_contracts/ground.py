"""What comes before and after all checks: whether the server answers and accepts the token, whether the adapter does
its work, and whether anything outside the run's worlds changed."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mock_lms_contracts.access import Access, TokenExpired
from mock_lms_contracts.adapters import Adapter, Claims
from mock_lms_contracts.adapters.choose import adapter_of
from mock_lms_contracts.adapters.decoys import Decoys, plant_decoys
from mock_lms_contracts.adapters.guide import GUIDE
from mock_lms_contracts.adapters.selfcheck import WHERE, Kind, Problem, check
from mock_lms_contracts.adapters.served import lacking
from mock_lms_contracts.careful import Careful, later
from mock_lms_contracts.connection import Connection
from mock_lms_contracts.exchange import exchange
from mock_lms_contracts.failures import Dropped
from mock_lms_contracts.oracle import COURSES
from mock_lms_contracts.safety import NoWrites, Shared, Untouched, unlimited
from mock_lms_contracts.target import Budget, Target, log_in
from mock_lms_contracts.verdicts import Finding, HarnessError, Inconclusive, NotClaimed

NOBODY = 10
"""Seconds to wait for the first answer."""

LAST = 5
"""Calls before a finding that are shown."""

Run = Mapping[str, Any]
"""The content of `run.json`."""


def parts(run: Run) -> tuple[Careful, Target]:
    """The adapter and the target of this process. Raises `HarnessError`."""
    connection = connection_of(run)
    adapter: Adapter = adapter_of(run, connection)
    budget: Budget = Shared(most=run["max_writes"], file=run["writes"])
    if run["read_only"]:
        adapter, budget = Untouched(adapter), NoWrites()
    access = Access(run["login"], run["base_url"], run["read"] or f"{run['base_url']}{COURSES}")
    target = Target(
        run["base_url"], run["token"], budget, hosts=frozenset(run["hosts"]), access=access, connection=connection
    )
    return Careful(adapter), target


def connection_of(run: Run) -> Connection:
    """Makes a connection by the settings of the run."""
    return Connection(run["verify"], run["headers"], urlsplit(run["base_url"]).hostname, silences=Path(run["silences"]))


def token(run: Run) -> str:
    """The token that was given, or a new one. Raises `HarnessError`."""
    connection, base_url = connection_of(run), run["base_url"]
    plain = urlsplit(base_url).scheme == "http"
    try:
        root = f"{base_url}/"
        answer = exchange(connection.session, "GET", root, None, connection.headers_for(root), timeout=NOBODY)
    except Dropped as error:
        hint = "; if the server speaks TLS, give an address that begins with https://" if plain else ""
        raise Dropped(f"{error}{hint}") from error
    if plain and answer.status == HTTPStatus.BAD_REQUEST and "https" in answer.text.lower():
        raise HarnessError(f"{base_url} speaks TLS; give the address that begins with https:// as --base-url")
    return run["token"] or (log_in(base_url, run["login"], connection=connection) if run["login"] else "")


@dataclass(slots=True)
class Ground:
    """What happens before and after the checks of one run."""

    run: Run
    claims: Claims = field(default_factory=Claims)
    found: list[Finding] = field(default_factory=list)
    """Requirements that do not hold, as the self-check saw."""

    _adapter: Careful | None = None
    _target: Target | None = None
    _decoys: Decoys | None = None

    def known(self) -> dict[str, Any]:
        """For other processes: the current token, a read that works with it, and what the target lacks."""
        if self._target is None:
            return {}
        return {"token": self._target.bearer, "read": self._target.access.known, "without": self.run["without"]}

    @property
    def tokens(self) -> list[str]:
        """All tokens that the run had so far."""
        return self._target.tokens if self._target else []

    @property
    def calls(self) -> list[str]:
        """The last calls, as curl."""
        return self._target.calls[-LAST:] if self._target else []

    @property
    def has_worlds(self) -> bool:
        """Whether this process has worlds that are not removed yet."""
        return bool(self._adapter and self._adapter.made)

    def prepare(self, before_writing: Callable[[Target, Claims], None]) -> None:
        """Tries server, token and adapter, and plants the decoys. Without these no check means anything.

        Raises `HarnessError`, `Inconclusive`; and `Finding` if the target fails a right call that every check needs.
        """
        try:
            self._adapter, self._target = adapter, target = parts(self.run)
            _enter(target)
            if not self.run["read_only"]:
                before_writing(target, adapter.claims())
            absent = lacking(adapter, target, self.run["name"], read_only=self.run["read_only"])
            if absent:
                self.run = {**self.run, "without": {**self.run["without"], **absent}}
                self._adapter = adapter = parts(self.run)[0]
            self.claims = adapter.claims()
            if not self.run["read_only"]:
                self._note(check(adapter, target, self.run["name"]))
                self._decoys = plant_decoys(adapter, target, self.run["name"])
        except (Finding, HarnessError, Inconclusive):
            raise
        except NotClaimed as error:
            raise HarnessError(f"{WHERE}: {error}") from error
        except Exception as error:
            raise HarnessError(f"adapter {self.run['adapter']}: {described(error)}; {GUIDE}") from error

    def _note(self, problems: Collection[Problem]) -> None:
        """Keeps the faults that the self-check found. Raises one as `Finding` if nothing else can be checked."""
        for problem in problems:
            finding = Finding(problem.sentence, requirement=BROKEN[problem.kind])
            if problem.kind not in BEARABLE:
                raise finding
            self.found.append(finding)

    def end(self) -> list[str]:
        """Cleans up. Returns a sentence for each thing that changed or could not be seen or removed."""
        if self._adapter is None or self._target is None:
            return []
        problems = []
        if self._decoys is not None:
            try:
                problems += self._decoys.problems()
            except Exception as error:  # noqa: BLE001 -- an adapter is somebody else's
                problems.append(
                    f"the run cannot tell whether it changed anything outside its worlds: {described(error)}"
                )
        return problems + cleaned(self._adapter, self._target)


def _enter(target: Target) -> None:
    """Makes a first read. Raises `HarnessError` if the given token is refused and cannot be renewed."""
    try:
        target.call("GET", COURSES)
    except TokenExpired as error:
        raise HarnessError(
            "the token is invalid: the server refuses a read with it; give another --token, or credentials "
            "(--client-id and so on)"
        ) from error


BROKEN = {
    Kind.HIDDEN: "READ-LIST-1",
    Kind.UNFILTERED: "READ-FILTER-1",
    Kind.DIFFERENT: "READ-VIEWS-2",
    Kind.NO_EFFECT: "ENROLL-EFFECT-1",
}
"""The requirement that does not hold, by kind of problem that the self-check found."""

BEARABLE = frozenset({Kind.UNFILTERED, Kind.DIFFERENT})
"""Kinds of problems in spite of which everything else can be checked."""


def cleaned(adapter: Careful, target: Target) -> list[str]:
    """Ends every world, even if another one fails to end. Returns a sentence for each failure."""
    failed = []
    clean_all = getattr(adapter, "clean_all", None)
    worlds = tuple(adapter.made)
    ends = [partial(clean_all, worlds)] if clean_all else [partial(adapter.clean, world) for world in worlds]
    with unlimited(target.budget), later():
        for end in ends:
            try:
                end()
            except Exception as error:  # noqa: BLE001 -- an adapter is somebody else's
                failed.append(f"what the run made could not be removed: {described(error)}")
    adapter.made.clear()
    return failed


def described(error: BaseException) -> str:
    """The error in one line; if it is not one of ours, with the file and line that raised it."""
    if isinstance(error, (Finding, HarnessError, Inconclusive, NotClaimed)):
        return str(error)
    trace = error.__traceback__
    while trace and trace.tb_next:
        trace = trace.tb_next
    where = f" ({Path(trace.tb_frame.f_code.co_filename).name}, line {trace.tb_lineno})" if trace else ""
    return " ".join(f"{type(error).__name__}: {error}{where}".split())
