"""Sabotages of the answer to a bulk unenrollment: `un_enrolled` and `errors`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from mock_lms.control.sabotage.registry import Part, Target, wrong
from mock_lms.control.sabotage.unenrollments import answers
from mock_lms.control.sabotage.wire import data, is_bulk_unenroll
from mock_lms.domain.unenroll import Decision, Failure, Reason, Request
from mock_lms.domain.unenroll import Target as On
from mock_lms.services import unenroll as service
from mock_lms.services.tenant import Tenant

# --- un_enrolled


def _un_enrolled(change: Any) -> Part:
    """Replaces the list un_enrolled by what `change` makes of the decision and the request."""
    return answers(lambda decision, request: replace(decision, un_enrolled=tuple(change(decision, request))))


def _answer(**changes: Any) -> Part:
    """Changes fields of the answer, each by a function of its right value."""
    return data(is_bulk_unenroll, lambda answer: answer | {name: of(answer[name]) for name, of in changes.items()})


def _each_time(decision: Decision, _: Request) -> Iterable[int]:
    everywhere = (*decision.courses.values(), *decision.learning_plans.values())
    return [user for users in everywhere for user in decision.un_enrolled if user in users]


def _of_courses_only(decision: Decision, _: Request) -> Iterable[int]:
    in_courses = frozenset().union(*decision.courses.values())
    return [user for user in decision.un_enrolled if user in in_courses]


def _without_failures(decision: Decision, _: Request) -> Iterable[int]:
    failing = {failure.user_id for failure in decision.failures}
    return [user for user in decision.un_enrolled if user not in failing]


def _with_unknown(decision: Decision, request: Request) -> Iterable[int]:
    unknown = {failure.user_id for failure in decision.failures if failure.reason is Reason.UNKNOWN_USER}
    return [user for user in request.user_ids if user in unknown.union(decision.un_enrolled)]


def _two_forms(users: list[int]) -> list[Any]:
    return [str(user) if place % 2 else user for place, user in enumerate(users)]


wrong(
    "un_enrolled",
    counts_requested=("un_enrolled names only who lost something", _un_enrolled(lambda _, request: request.user_ids)),
    ids_as_strings=(
        "ids in un_enrolled are integers",
        _answer(un_enrolled=lambda users: [str(user) for user in users]),
    ),
    ids_in_two_forms=("every id in un_enrolled is an integer, not the first alone", _answer(un_enrolled=_two_forms)),
    un_enrolled_names_twice=("un_enrolled names each user once", _un_enrolled(_each_time)),
    un_enrolled_misses_plans=("un_enrolled names who left only a plan", _un_enrolled(_of_courses_only)),
    un_enrolled_misses_partial=("un_enrolled names who left one of two targets", _un_enrolled(_without_failures)),
    un_enrolled_has_unknown=("un_enrolled names nobody who does not exist", _un_enrolled(_with_unknown)),
)


# --- errors


def _errors(change: Any) -> Part:
    """Replaces the failures by what `change` makes of the decision and the request."""
    return answers(lambda decision, request: replace(decision, failures=tuple(change(decision, request))))


def _unknown_users_succeed(decision: Decision, request: Request) -> Decision:
    kept = tuple(failure for failure in decision.failures if failure.reason is not Reason.UNKNOWN_USER)
    unknown = {failure.user_id for failure in decision.failures} - {failure.user_id for failure in kept}
    seen = unknown.union(decision.un_enrolled)
    return replace(decision, failures=kept, un_enrolled=tuple(u for u in request.user_ids if u in seen))


def _one_of_each_user(decision: Decision, _: Request) -> Iterable[Failure]:
    return {failure.user_id: failure for failure in reversed(decision.failures)}.values()


def _off_by_one(decision: Decision, request: Request) -> Iterable[Failure]:
    after = dict(zip(request.user_ids, (*request.user_ids[1:], request.user_ids[0]), strict=True))
    return (replace(failure, user_id=after[failure.user_id]) for failure in decision.failures)


def _with_the_successful(decision: Decision, request: Request) -> Iterable[Failure]:
    target, ids = (
        (On.COURSE, request.course_ids) if request.course_ids else (On.LEARNING_PLAN, request.learning_plan_ids)
    )
    more = (Failure(user, target, ids[0], Reason.NOT_ENROLLED) for user in decision.un_enrolled)
    return (*decision.failures, *more)


def _twice_for_repetitions(target: Target) -> None:
    def other(function: Any, tenant: Tenant, request: Request, actor_id: int) -> Decision:
        decision: Decision = function(tenant, request, actor_id)
        times = request.user_ids.count
        failures = tuple(failure for failure in decision.failures for _ in range(times(failure.user_id)))
        return replace(decision, failures=failures)

    target.around(service, "bulk_unenroll", other)


def _nameless(errors: list[Any]) -> list[Any]:
    def nameless(entry: Any) -> Any:
        if isinstance(entry, str):
            return re.sub(r"User [0-9]+", "A user", entry)
        return {"message": nameless(entry["message"])} | {
            k: v for k, v in entry.items() if k.endswith(("se_id", "an_id"))
        }

    return [nameless(entry) for entry in errors]


def _targetless(errors: list[Any]) -> list[Any]:
    def targetless(entry: Any) -> Any:
        user = re.findall("[0-9]+", entry)[0] if isinstance(entry, str) else entry["user_id"]
        return {"user_id": int(user), "message": "This user was not unenrolled."}

    return [targetless(entry) for entry in errors]


wrong(
    "errors",
    swallows_errors=("every pair that fails has an entry in errors", _errors(lambda *_: ())),
    unknown_users_succeed=("an unknown user is an error", answers(_unknown_users_succeed)),
    unknown_targets_are_no_errors=(
        "an unknown course or plan is an error",
        _errors(lambda decision, _: (f for f in decision.failures if f.reason is not Reason.UNKNOWN_TARGET)),
    ),
    errors_miss_plans=(
        "every plan that cannot be left has an entry in errors",
        _errors(lambda decision, _: (f for f in decision.failures if f.target is On.COURSE)),
    ),
    errors_miss_the_second=("each failure of a user has an entry in errors", _errors(_one_of_each_user)),
    errors_name_the_next_user=("an entry of errors names the user who failed", _errors(_off_by_one)),
    errors_name_the_successful=("errors names nobody who left everything", _errors(_with_the_successful)),
    errors_repeat_who_is_named_twice=("who is named twice has one entry in errors", _twice_for_repetitions),
    errors_without_users=("an entry of errors names a user", _answer(errors=_nameless)),
    errors_without_targets=("an entry of errors that is an object names the target", _answer(errors=_targetless)),
)
