"""Batches of rows: one function an operation, one transaction each, whatever the number of rows."""

from __future__ import annotations

from collections.abc import Sequence

from mock_lms.domain import batch, enroll, unenroll, update, webhook_events
from mock_lms.domain.batch import Outcome, Row
from mock_lms.domain.enrollments import Status
from mock_lms.services.enroll import enroll_each
from mock_lms.services.tenant import Tenant
from mock_lms.services.unenroll import carry_out, unenroll_facts
from mock_lms.services.update import complete, update_facts
from mock_lms.storage import catalog, enrollment_rows, enrollments, outbox
from mock_lms.storage.database import Transaction
from mock_lms.storage.tables import courses, users


def batch_enroll(tenant: Tenant, rows: Sequence[Row], actor_id: int, *, with_inactive: bool = False) -> list[Outcome]:
    """Enrolls each row's user in its course, or updates the enrollment that there is. Returns what became of each row.

    With `with_inactive` users who are not active are enrolled too. Source: docebo-api.md 2.8.
    """
    with tenant.database.begin() as transaction:
        outcomes = batch.resolve(rows, _known(transaction, rows))
        for outcomes_of_round in batch.rounds(outcomes):
            _enroll_or_update(tenant, transaction, outcomes_of_round, actor_id, with_inactive=with_inactive)
    return outcomes


def batch_unenroll(tenant: Tenant, rows: Sequence[Row], actor_id: int) -> list[Outcome]:
    """Takes each row's user from its course; tracking and certificates stay. Returns what became of each row.

    Source: docebo-api.md 2.8.
    """
    with tenant.database.begin() as transaction:
        outcomes = batch.resolve(rows, _known(transaction, rows))
        for outcomes_of_round in batch.rounds(outcomes):
            course_ids, user_ids = _ids(outcomes_of_round)
            request = unenroll.Request(user_ids, course_ids)
            facts = unenroll_facts(transaction, request)
            decision = batch.decide_to_unenroll(outcomes_of_round, facts, tenant.policy)
            carry_out(transaction, request, decision, at=tenant.now(), actor_id=actor_id, batch=True)
    return outcomes


def _known(transaction: Transaction, rows: Sequence[Row]) -> batch.Known:
    """What there is of all that the rows name, in at most four reads."""
    return batch.Known(
        users=catalog.known(transaction, users, {row.user for row in rows if isinstance(row.user, int)}),
        user_ids=catalog.user_ids(transaction, {row.user for row in rows if isinstance(row.user, str)}),
        courses=catalog.known(transaction, courses, {row.course for row in rows if isinstance(row.course, int)}),
        course_ids=catalog.course_ids(transaction, {row.course for row in rows if isinstance(row.course, str)}),
    )


def _ids(outcomes: Sequence[Outcome]) -> tuple[list[int], list[int]]:
    """The courses and the users of rows that can be carried out, each once."""
    course_ids = {outcome.course_id for outcome in outcomes if outcome.course_id is not None}
    user_ids = {outcome.user_id for outcome in outcomes if outcome.user_id is not None}
    return sorted(course_ids), sorted(user_ids)


def _enroll_or_update(
    tenant: Tenant, transaction: Transaction, outcomes: Sequence[Outcome], actor_id: int, *, with_inactive: bool
) -> None:
    """Carries out rows in which no pair comes twice."""
    now = tenant.now()
    decision = batch.decide(outcomes, _facts(transaction, outcomes, with_inactive=with_inactive), tenant.policy, now)
    new_users = enroll_each(tenant, transaction, decision.enrolled, actor_id)
    updates = [*decision.of_new, *decision.of_existing]
    enrollment_rows.update_each(transaction, updates)
    completing = batch.united(part.completing for part in updates)
    certificates = batch.united(part.certificates for part in updates)
    plans = complete(transaction, completing, certificates, at=now) if completing or certificates else {}
    # what a new enrollment begins with is no update of it, but completing it is an event of its own
    updated = [part.completing for part in decision.of_new] + [part.updated for part in decision.of_existing]
    events = webhook_events.enrolled(new_users)
    events += webhook_events.updated(batch.united(updated), completing) + webhook_events.plans_completed(plans)
    outbox.record(transaction, events, at=now, actor_id=actor_id, batch=True)


def _facts(transaction: Transaction, outcomes: Sequence[Outcome], *, with_inactive: bool) -> batch.Facts:
    course_ids, user_ids = _ids(outcomes)
    if any(outcome.change.status is Status.COMPLETED for outcome in outcomes):
        of_update = update_facts(transaction, course_ids, user_ids)
    else:
        of_update = update.Facts(enrollments.enrolled(transaction, course_ids, user_ids), {}, {}, frozenset())
    return batch.Facts(
        enroll=enroll.Facts(frozenset(user_ids), frozenset(course_ids), of_update.enrolled),
        update=of_update,
        inactive=frozenset() if with_inactive else catalog.inactive(transaction, user_ids),
    )
