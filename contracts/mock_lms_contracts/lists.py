"""The lists that show enrollments, as data: their paths, fields and filters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from mock_lms_contracts.fault import NOT_SERVED, fault, is_failure
from mock_lms_contracts.oracle import Enrollment, id_in
from mock_lms_contracts.scenario import Ids
from mock_lms_contracts.target import Answer, Target
from mock_lms_contracts.verdicts import Finding, NotClaimed

MOST = 200
"""The largest page."""

UNKNOWN = 1_999_999_999
"""An id that does not exist, and that fits into 32 bits."""

NEW = frozenset({"subscribed", "enrolled", "not_started"})
"""The names of one status, of a learner who has not begun, in different services."""

Row = Mapping[str, Any]
Query = Sequence[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class EnrollmentList:
    """A list, or the part of it about courses or about plans."""

    name: str
    path: str
    kind: str
    """What its rows are enrollments in: course or plan. The filter on it has the same name."""

    filters: Mapping[str, str]
    """The query parameters of the filters user, course, plan, status, level, type and code."""

    fields: Mapping[str, str]
    """The fields of a row for user, target, status, level, type, code, score and date."""

    scope: Query = ()
    """The filters that select the enrollments of one world."""

    def within(self, *scope: tuple[str, Sequence[Any]]) -> EnrollmentList:
        """The list with a scope: filters by name, each with its values."""
        return replace(self, scope=[(self.filters[name], value) for name, values in scope for value in values])

    def at_plan(self, plan: int) -> EnrollmentList:
        return replace(self, path=self.path.format(plan=plan))

    def enrollment(self, row: Row) -> Enrollment:
        """The enrollment that a row shows. Raises `Finding`."""
        return self.kind, id_in(row, self.fields["target"]), id_in(row, self.fields["user"])

    def told(self, row: Row, name: str) -> Any:
        """The value in a row, or None if it has none."""
        return row.get(self.fields.get(name, ""))

    def shows(self, row: Row) -> bool:
        """Whether the row is of this kind. The mixed list shows two kinds, and says which in `type`."""
        return "type" not in row or (row["type"] == "learning_plan") == (self.kind == "plan")


_COURSE_FIELDS = {
    "user": "user_id",
    "target": "course_id",
    "status": "enrollment_status",
    "level": "enrollment_level",
    "score": "enrollment_score",
    "date": "enrollment_completion_date",
}
_COURSE_FILTERS = {
    "user": "user_id[]",
    "course": "course_id[]",
    "status": "enrollment_status[]",
    "level": "enrollment_level[]",
}
_MIXED_FIELDS = {
    "user": "user_id",
    "target": "id",
    "status": "status",
    "level": "level",
    "type": "type",
    "code": "code",
    "score": "score",
    "date": "course_complete_date",
}
_MIXED_FILTERS = {
    "user": "id_user[]",
    "course": "id_course[]",
    "plan": "id_learning_plan[]",
    "status": "status[]",
    "level": "level",
    "type": "type[]",
}
OF_COURSES = EnrollmentList(
    "the course list", "/course/v1/courses/enrollments", "course", _COURSE_FILTERS, _COURSE_FIELDS
)
OF_PLANS = EnrollmentList(
    "the plan list",
    "/learningplan/v1/learningplans/enrollments",
    "plan",
    {"user": "user_id[]", "plan": "learning_plan_id[]", "status": "enrollment_status[]"},
    {"user": "user_id", "target": "learning_plan_id", "status": "enrollment_status"},
)
OF_A_PLANS_COURSES = EnrollmentList(
    "the list of a plan's courses",
    "/learningplan/v1/learningplans/{plan}/courses/enrollments",
    "course",
    _COURSE_FILTERS,
    _COURSE_FIELDS,
)
MIXED_COURSES = EnrollmentList(
    "the mixed list, of courses",
    "/learn/v1/enrollments",
    "course",
    {**_MIXED_FILTERS, "code": "code_course[]"},
    _MIXED_FIELDS,
)
MIXED_PLANS = EnrollmentList(
    "the mixed list, of plans",
    "/learn/v1/enrollments",
    "plan",
    {**_MIXED_FILTERS, "code": "code_learning_plan[]"},
    {**_MIXED_FIELDS, "score": "", "date": ""},
)


def of_world(ids: Ids) -> list[EnrollmentList]:
    """Every list, limited to what a world holds."""
    lists = [OF_COURSES.within(("course", ids.courses)), MIXED_COURSES.within(("course", ids.courses))]
    if ids.plans:
        lists += [OF_PLANS.within(("plan", ids.plans)), MIXED_PLANS.within(("plan", ids.plans))]
        lists += [OF_A_PLANS_COURSES.at_plan(ids.plans[0])]
    return lists


@dataclass(frozen=True, slots=True)
class Page:
    """A page: its items, and what it says about itself."""

    items: Sequence[Row]
    told: Mapping[str, Any]


def page(target: Target, listing: EnrollmentList, query: Query = (), number: int = 1, size: int = MOST) -> Page:
    """Reads a page. Raises `NotClaimed` if the list is not served, `Finding` or `HarnessError` if it is no page."""
    answer = target.call("GET", listing.path, query=[*listing.scope, *query, ("page", number), ("page_size", size)])
    return as_page(listing, answer)


def as_page(listing: EnrollmentList, answer: Answer) -> Page:
    """The page in an answer. Raises the same as `page`."""
    if answer.status in NOT_SERVED:
        raise NotClaimed(f"the target does not serve {listing.name} (GET {listing.path} is {answer.status})")
    if answer.status != HTTPStatus.OK or answer.json is None:
        raise fault("GET", listing.path, answer)
    data = answer.data
    if not isinstance(data, Mapping) or not isinstance(data.get("items"), list):
        raise Finding(f"The answer to GET {listing.path} has no list.", "data.items", answer.text[:200], "READ-LIST-1")
    return Page(data["items"], data)


def rows(target: Target, listing: EnrollmentList, query: Query = ()) -> list[Row]:
    """All rows of its kind, page after page. Raises the same as `page` and `Target.items`."""
    first = page(target, listing, query)
    shown: list[Row] = [*first.items]
    if first.told.get("has_more_data"):
        shown[:] = target.items(listing.path, [*listing.scope, *query])
    elif first.told.get("has_more_data") is None:  # without it, the first page that is not full is the last
        number, items = 1, first.items
        while len(items) == MOST:
            number += 1
            items = page(target, listing, query, number).items
            shown += items
    return [row for row in shown if listing.shows(row)]


def same_status(one: Any, other: Any) -> bool:
    """Whether two statuses are the same, whatever services call them."""
    return bool(one == other) or {str(one), str(other)} <= NEW


def enrollments_in(listing: EnrollmentList, shown: Iterable[Row]) -> list[Enrollment]:
    return [listing.enrollment(row) for row in shown]


@dataclass(frozen=True, slots=True)
class Told:
    """What a list or a record says about an enrollment. None stands for what it does not say."""

    status: Any
    score: Any = None
    date: Any = None

    def differs(self, other: Told) -> bool:
        """Whether the two cannot both be right."""
        scores = [float(score) for score in (self.score, other.score) if _is_number(score)]
        dates = [str(date)[:10] for date in (self.date, other.date) if date and not str(date).startswith("0000")]
        return not same_status(self.status, other.status) or len(set(scores)) > 1 or len(set(dates)) > 1


def _is_number(value: Any) -> bool:
    try:
        return value is not None and float(value) is not None
    except (TypeError, ValueError):
        return False


def told(listing: EnrollmentList, shown: Iterable[Row]) -> dict[Enrollment, Told]:
    """What each row says, by enrollment. Raises `Finding`."""
    return {
        listing.enrollment(row): Told(*(listing.told(row, name) for name in ("status", "score", "date")))
        for row in shown
    }


STATUSES = {
    0: "subscribed",
    1: "in_progress",
    2: "completed",
    3: "suspended",
    4: "overbooking",
    -1: "to_confirm",
    -2: "waiting",
}
"""The meaning of the status numbers in updates and in some records."""


def record(target: Target, course: int, user: int) -> Told | None:
    """What the record of an enrollment says, or None if there is no record. Raises `Finding`."""
    path = f"/learn/v1/enrollments/{course}/{user}"
    answer = target.call("GET", path)
    if is_failure(answer.status):
        raise fault("GET", path, answer)
    data = answer.data
    kept = data.get("records") if isinstance(data, Mapping) else None
    if answer.status != HTTPStatus.OK or not isinstance(kept, Mapping):
        return None
    status = kept.get("status")
    word = STATUSES.get(status, status) if type(status) is int else status
    return Told(word, kept.get("score"), kept.get("course_complete_date"))
