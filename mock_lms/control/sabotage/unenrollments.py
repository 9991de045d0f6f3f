"""Parts that act inside the unenrolling service: on the request, the decision, the storage and the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from mock_lms.control.sabotage.registry import Part, Target
from mock_lms.control.sabotage.scopes import COURSES, PLANS, Case, Layer, Scope
from mock_lms.domain import unenroll
from mock_lms.domain.enroll import Terms
from mock_lms.domain.enrollments import UsersById
from mock_lms.domain.unenroll import Decision, Facts, Reason, Request
from mock_lms.domain.unenroll import Target as On
from mock_lms.policy import Policy
from mock_lms.services import unenroll as service
from mock_lms.services.tenant import Tenant
from mock_lms.storage import enrollments as stored
from mock_lms.storage.database import Transaction

Planned: TypeAlias = Callable[[Request, Facts, Policy], Decision]


def requests(change: Callable[[Request], Request]) -> Part:
    """Changes the request that the service works on."""

    def commit(target: Target) -> None:
        def other(function: Callable[[Request, Policy], Request], request: Request, policy: Policy) -> Request:
            return change(function(request, policy))

        target.around(service, "prepare", other)

    return commit


def decisions(change: Callable[[Decision, Request, Facts], Decision]) -> Part:
    """Changes the decision that is carried out and answered."""

    def commit(target: Target) -> None:
        def other(function: Planned, request: Request, facts: Facts, policy: Policy) -> Decision:
            return change(function(request, facts, policy), request, facts)

        target.around(service, "decide", other)

    return commit


def answers(change: Callable[[Decision, Request], Decision]) -> Part:
    """Changes the decision that is answered, not the one that is carried out. The request is the prepared one."""

    def commit(target: Target) -> None:
        def other(function: Any, tenant: Tenant, request: Request, actor_id: int) -> Decision:
            return change(function(tenant, request, actor_id), unenroll.prepare(request, tenant.policy))

        target.around(service, "bulk_unenroll", other)

    return commit


def spares(layer: Layer, scope: Scope) -> Part:
    """Keeps what the scope selects in this layer, though the answer says otherwise."""

    def commit(target: Target) -> None:
        cases: list[Case] = []

        def other(function: Any, transaction: Transaction, *args: Any) -> None:
            *key, ids = args
            if cases and key in ([], [layer.key]):
                ids = _kept(cases[0], ids)
            function(transaction, *key, ids)

        def _kept(case: Case, ids: UsersById) -> UsersById:
            pairs = ((target_id, user) for target_id, users in ids.items() for user in users)
            return _by_id(pair for pair in pairs if not scope.test(case, *pair))

        def see(case: Case) -> None:
            case.statuses  # noqa: B018 -- reads them before they are removed
            cases[:] = [case]

        _watch(target, layer, see)
        _around_stored(target, layer.function, other)

    return commit


def takes(layer: Layer, scope: Scope) -> Part:
    """Also removes what the scope selects of whatever is near in this layer, without a word in the answer."""

    def commit(target: Target) -> None:
        more: dict[int, set[int]] = {}

        def see(case: Case) -> None:
            more.clear()
            more.update(_by_id(pair for pair in case.near if scope.test(case, *pair)))

        def other(function: Any, transaction: Transaction, plans: UsersById) -> None:
            function(transaction, plans)
            remove = getattr(stored, layer.function)
            arguments = [layer.key] if layer.function == "revoke_certificates" else []
            remove(transaction, *arguments, more)

        _watch(target, layer, see)
        _around_stored(target, PLANS.function, other)  # every unenrollment calls it

    return commit


def enrolls_who_fails(target: Target) -> None:
    """Enrolls users in courses that they were to leave without being in them."""
    absent: dict[int, set[int]] = {}

    def see(case: Case) -> None:
        failures = case.decision.failures
        reason = Reason.NOT_ENROLLED
        pairs = ((f.target_id, f.user_id) for f in failures if f.reason is reason and f.target is On.COURSE)
        absent.clear()
        absent.update(_by_id(pairs))

    def other(function: Any, transaction: Transaction, plans: UsersById) -> None:
        function(transaction, plans)
        stored.enroll(transaction, absent, Terms(), at="2026-01-01 00:00:00", actor_id=None)

    _watch(target, COURSES, see)
    _around_stored(target, PLANS.function, other)


def instead(function: str, other: Callable[..., None]) -> Part:
    """Replaces a function of `storage.enrollments` by `other`, which gets the right one before its arguments."""
    return lambda target: target.around(stored, function, other)


def _by_id(pairs: Iterable[tuple[int, int]]) -> dict[int, set[int]]:
    by_id: dict[int, set[int]] = {}
    for target_id, user in pairs:
        by_id.setdefault(target_id, set()).add(user)
    return by_id


def _watch(target: Target, layer: Layer, see: Callable[[Case], None]) -> None:
    """Calls `see` with every unenrollment once it is decided on."""
    requests_made: list[Request] = []
    transactions: list[Transaction] = []

    def prepare(function: Any, request: Request, policy: Policy) -> Request:
        prepared: Request = function(request, policy)
        requests_made[:] = [request]
        return prepared

    def unenroll_facts(function: Any, transaction: Transaction, request: Request) -> Facts:
        transactions[:] = [transaction]
        facts: Facts = function(transaction, request)
        return facts

    def decide(function: Planned, request: Request, facts: Facts, policy: Policy) -> Decision:
        decision = function(request, facts, policy)
        made = requests_made.pop() if requests_made else None
        see(Case(transactions.pop(), request, facts, decision, made, layer))
        return decision

    target.around(service, "prepare", prepare)
    target.around(service, "unenroll_facts", unenroll_facts)
    target.around(service, "decide", decide)


class _Stored:
    """Stands in for `storage.enrollments` in the unenrolling service only. Other services keep the right module."""

    def __init__(self, name: str, function: Callable[..., None]) -> None:
        self._name, self._function = name, function

    def __getattr__(self, name: str) -> Any:
        return self._function if name == self._name else getattr(stored, name)


def _around_stored(target: Target, name: str, wrapper: Callable[..., None]) -> None:
    function = getattr(stored, name)
    target.replace(service, "enrollments", _Stored(name, lambda *args: wrapper(function, *args)))
