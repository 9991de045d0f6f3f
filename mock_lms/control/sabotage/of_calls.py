"""Sabotages of what a call accepts: the cap, the flags, the body, and the call as a whole."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import orjson
from sqlalchemy import delete, select

from mock_lms.api.learn.schemas import BulkUnenroll
from mock_lms.control.sabotage import scopes as on
from mock_lms.control.sabotage.registry import Part, Target, wrong
from mock_lms.control.sabotage.unenrollments import answers, decisions, requests, takes
from mock_lms.control.sabotage.wire import Environ, bodies, is_bulk_unenroll, responses, statuses
from mock_lms.domain import unenroll
from mock_lms.domain.errors import CourseNotFound, NoTarget, NotEnrolled, TooManyUsers
from mock_lms.domain.unenroll import Decision, Facts, Reason, Request
from mock_lms.domain.unenroll import Target as On
from mock_lms.http.call import KEY
from mock_lms.http.requests import VERSION
from mock_lms.policy import Policy
from mock_lms.services import unenroll as service
from mock_lms.services.tenant import Tenant
from mock_lms.storage.database import Statement
from mock_lms.storage.tables import course_enrollments, courses, users

RESET, CERTIFICATES = "reset_tracks", "delete_issued_certificates"
FLAGS = (RESET, "cascade_unenroll_from_courses_in_selected_learning_plan", CERTIFICATES)

# --- the service


def _service(function_for: Any) -> Part:
    """Replaces the bulk unenrollment by a function, which gets the right one first."""
    return lambda target: target.around(service, "bulk_unenroll", function_for)


def _half_then_500(function: Any, tenant: Tenant, request: Request, actor_id: int) -> Decision:
    request = unenroll.prepare(request, tenant.policy)
    half = max(1, len(request.user_ids) // 2)
    function(tenant, replace(request, user_ids=request.user_ids[:half]), actor_id)
    raise RuntimeError("sabotage: half of the users are gone")


def _preview(_: Any, tenant: Tenant, request: Request, __: int) -> Decision:
    request = unenroll.prepare(request, tenant.policy)
    with tenant.database.read() as transaction:
        return unenroll.decide(request, service.unenroll_facts(transaction, request), tenant.policy)


def _done_with_the_next_call(target: Target) -> None:
    waiting: list[tuple[Tenant, Request, int]] = []

    def other(function: Any, tenant: Tenant, request: Request, actor_id: int) -> Decision:
        while waiting:
            function(*waiting.pop())
        decision = _preview(function, tenant, request, actor_id)
        waiting.append((tenant, request, actor_id))
        return decision

    target.around(service, "bulk_unenroll", other)


def _refuses_and_takes(function: Any, tenant: Tenant, request: Request, actor_id: int) -> Decision:
    try:
        decision: Decision = function(tenant, request, actor_id)
    except TooManyUsers:
        function(tenant, replace(request, user_ids=request.user_ids[: unenroll.USER_CAP]), actor_id)
        raise
    return decision


def _unknown_course_404(function: Any, tenant: Tenant, request: Request, actor_id: int) -> Decision:
    decision: Decision = function(tenant, request, actor_id)
    for failure in decision.failures:
        if failure.reason is Reason.UNKNOWN_TARGET and failure.target is On.COURSE:
            raise CourseNotFound(failure.target_id)
    return decision


def _prepares(change: Any) -> Part:
    """Replaces the preparation of requests by a function, which gets the right one first."""
    return lambda target: target.around(service, "prepare", change)


def _truncate(function: Any, request: Request, policy: Policy) -> Request:
    prepared: Request = function(request, replace(policy, over_cap="truncate"))
    return prepared


def _count_pairs(function: Any, request: Request, policy: Policy) -> Request:
    prepared: Request = function(request, policy)
    pairs = len(prepared.user_ids) * len((*prepared.course_ids, *prepared.learning_plan_ids))
    if pairs > unenroll.USER_CAP:
        raise TooManyUsers(pairs, unenroll.USER_CAP)
    return prepared


def _first(users: int) -> Part:
    return requests(lambda request: replace(request, user_ids=request.user_ids[:users]))


wrong(
    "cap",
    no_cap=("more than 1,000 users are refused", lambda target: target.replace(unenroll, "USER_CAP", 10**9)),
    cap_at_999=("1,000 users are taken", lambda target: target.replace(unenroll, "USER_CAP", 999)),
    cap_at_1001=("1,001 users are refused", lambda target: target.replace(unenroll, "USER_CAP", 1_001)),
    cap_counts_pairs=("the cap counts users, whatever the number of courses", _prepares(_count_pairs)),
    truncates_over_the_cap=("where the policy is to reject, none of 1,001 users leave", _prepares(_truncate)),
    refuses_and_takes_a_thousand=("a call that is refused for its size takes nobody", _service(_refuses_and_takes)),
    drops_the_thousandth=("the last of 1,000 users is unenrolled like the first", _first(999)),
    takes_a_hundred_users=("more than a hundred users are taken by one call", _first(100)),
)


# --- the call as a whole


def _abort(decision: Decision, _: Request, __: Facts) -> Decision:
    return Decision({}, {}, {}, (), decision.failures) if decision.failures else decision


def _abort_for_an_unknown_target(decision: Decision, request: Request, facts: Facts) -> Decision:
    unknown = any(failure.reason is Reason.UNKNOWN_TARGET for failure in decision.failures)
    return _abort(decision, request, facts) if unknown else decision


def _stop_at_the_first_failure(decision: Decision, request: Request, _: Facts) -> Decision:
    if not decision.failures:
        return decision
    failing = {failure.user_id for failure in decision.failures}
    stop = next(place for place, user in enumerate(request.user_ids) if user in failing)
    before = frozenset(request.user_ids[:stop])

    def kept(users_by_id: Any) -> dict[int, frozenset[int]]:
        return {target_id: users & before for target_id, users in users_by_id.items() if users & before}

    un_enrolled = tuple(user for user in decision.un_enrolled if user in before)
    return replace(
        decision, courses=kept(decision.courses), learning_plans=kept(decision.learning_plans), un_enrolled=un_enrolled
    )


def _not_idempotent(decision: Decision, _: Request) -> Decision:
    if not decision.un_enrolled:
        raise RuntimeError("sabotage: there is nothing to remove")
    return decision


def _not_found(decision: Decision, request: Request) -> Decision:
    if not decision.un_enrolled:
        raise NotEnrolled(request.user_ids[0], next(iter(request.course_ids), 0))
    return decision


def _is_200(status: str, _: bytes) -> bool:
    return status.startswith("200")


def _has_errors(status: str, body: bytes) -> bool:
    return status.startswith("200") and bool(orjson.loads(body)["data"]["errors"])


def _answers_204(status: str, body: bytes) -> tuple[str, bytes]:
    return ("204 No Content", b"") if _is_200(status, body) and not _has_errors(status, body) else (status, body)


def _unwrap(status: str, body: bytes) -> tuple[str, bytes]:
    return status, orjson.dumps(orjson.loads(body)["data"]) if status.startswith("200") else body


wrong(
    "the call",
    one_bad_pair_aborts_all=("one bad pair never stops the others", decisions(_abort)),
    unknown_target_aborts_all=("an unknown course never stops the known ones", decisions(_abort_for_an_unknown_target)),
    stops_at_the_first_failure=("who fails never stops those behind", decisions(_stop_at_the_first_failure)),
    half_then_500=("a call happens whole or not at all", _service(_half_then_500)),
    unknown_course_404_after_the_rest=(
        "a call that is refused for a course did nothing",
        _service(_unknown_course_404),
    ),
    does_nothing=("what is answered was done", _service(_preview)),
    done_with_the_next_call=("nothing is put off until the next call", _done_with_the_next_call),
    not_idempotent=("calling again is harmless", answers(_not_idempotent)),
    nothing_done_is_404=("a call that finds nobody to unenroll is 200", answers(_not_found)),
    answers_207=("a partial success is 200", statuses(is_bulk_unenroll, _is_200, "207 Multi-Status")),
    answers_201=("an unenrollment creates nothing, and is 200", statuses(is_bulk_unenroll, _is_200, "201 Created")),
    answers_204=("a complete success has a body", responses(is_bulk_unenroll, _answers_204)),
    errors_are_400=("a call with errors is 200", statuses(is_bulk_unenroll, _has_errors, "400 Bad Request")),
    answers_without_envelope=("the answer stands in data", responses(is_bulk_unenroll, _unwrap)),
)


# --- the body


def _no_body_means_everybody(target: Target) -> None:
    everything = Statement(delete(course_enrollments))

    def other(application: Any, environ: Environ, start_response: Any) -> Any:
        if not is_bulk_unenroll(environ) or environ.get("CONTENT_LENGTH") not in {None, "", "0"}:
            return application(environ, start_response)
        with environ[KEY].tenant.database.begin() as transaction:
            transaction.run(everything)
        answer = orjson.dumps({"data": {"un_enrolled": [], "errors": []}, "version": VERSION})
        start_response("200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(answer)))])
        return [answer]

    target.around(target.app, "wsgi_app", other)


def _no_target_means_every_course(function: Any, tenant: Tenant, request: Request, actor_id: int) -> Decision:
    try:
        decision: Decision = function(tenant, request, actor_id)
    except NoTarget:
        with tenant.database.read() as transaction:
            everything = [row[0] for row in transaction.rows(Statement(select(courses.c.id)))]
        decision = function(tenant, replace(request, course_ids=everything), actor_id)
    return decision


def _no_users_means_everybody(target: Target) -> None:
    def other(function: Any, tenant: Tenant, request: Request, actor_id: int) -> Decision:
        if not request.user_ids:
            with tenant.database.read() as transaction:
                everybody = [row[0] for row in transaction.rows(Statement(select(users.c.id)))]
            request = replace(request, user_ids=everybody)
        decision: Decision = function(tenant, request, actor_id)
        return decision

    target.replace(BulkUnenroll._declared_fields["user_ids"], "least", 0)  # noqa: SLF001 -- marshmallow has no public way
    target.around(service, "bulk_unenroll", other)


def _numbers(body: dict[str, Any]) -> dict[str, Any]:
    return {
        name: [item for item in value if not isinstance(item, str)] if isinstance(value, list) else value
        for name, value in body.items()
    }


wrong(
    "the body",
    no_body_means_everybody=("a bulk unenrollment without a body is refused", _no_body_means_everybody),
    no_users_means_everybody=("a bulk unenrollment of an empty list of users is refused", _no_users_means_everybody),
    no_target_means_every_course=(
        "a bulk unenrollment without a course and a plan is refused",
        _service(_no_target_means_every_course),
    ),
    zero_means_every_course=(
        "the 0 in the list of courses is no course",
        takes(on.COURSES, on.PLACEHOLDER & on.NAMED),
    ),
    ignores_ids_as_text=("ids as text are the same ids", bodies(_numbers)),
)


# --- the flags


def _flags(change: Any) -> Part:
    """Changes the value of each flag. Ellipsis stands for a flag that is absent."""

    def changed(body: dict[str, Any]) -> dict[str, Any]:
        values = {flag: change(body.get(flag, ...)) for flag in FLAGS}
        return body | {flag: value for flag, value in values.items() if value is not ...}

    return bodies(changed)


def _mixed_up(body: dict[str, Any]) -> dict[str, Any]:
    other = {RESET: CERTIFICATES, CERTIFICATES: RESET}
    return {other.get(name, name): value for name, value in body.items()}


wrong(
    "flags",
    ignores_the_flags=(
        "the three flags do what they say",
        bodies(lambda body: {name: value for name, value in body.items() if name not in FLAGS}),
    ),
    null_flags_are_true=("a flag that is null is not true", _flags(lambda value: True if value is None else value)),
    absent_flags_are_true=("a flag that is absent is false", _flags(lambda value: True if value is ... else value)),
    text_flags_are_true=(
        "a flag that is text is refused",
        _flags(lambda value: bool(value) if isinstance(value, str) else value),
    ),
    flags_are_mixed_up=("reset_tracks and delete_issued_certificates are two flags", bodies(_mixed_up)),
)
