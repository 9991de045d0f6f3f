"""Brings back the enrollments of some users: what is there, what is missing, calls, and what is there then."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from mock_lms_client.client import Client
from mock_lms_client.errors import ApiError, Refused, Unreachable
from mock_lms_client.unenroll.marks import Mark, Marks
from mock_lms_client.unenroll.observe import Observer
from mock_lms_client.unenroll.pair_errors import NOT_ABOUT_PAIRS, PairErrors, id_in
from mock_lms_client.unenroll.pairs import COURSE, PLAN
from mock_lms_client.unenroll.restore.group import Group, Item, by_plan, by_terms, rectangles, targets, terms, users
from mock_lms_client.unenroll.states import EnrollmentKey, State, changes, date_of_enrollment, read_states
from mock_lms_client.unenroll.tables import one_line

ATTEMPTS = 5
"""In a row that bring nothing back, where answers are lost."""

CALLS = frozenset({"bulk_enroll", "bulk_enroll_in_learning_plan", "bulk_update_enrollments"})
"""Their operations; a refusal may also come from the login before one."""

RESTORED, THERE, NOT_RESTORED, IN_ADDITION = "restored", "already there", "not restored", "came in addition"

Seen = Mapping[EnrollmentKey, State]


@dataclass(frozen=True, slots=True)
class Back:
    """What became of one. `now` is None where it is not there, `item` where it only came along."""

    key: EnrollmentKey
    result: str
    reason: str = ""
    item: Item | None = None
    now: State | None = None
    title: str = ""
    """Of what came along; an item has its own."""


class Restorer:
    """Brings enrollments back, those of some users at a time."""

    def __init__(self, client: Client, marks: Marks, *, dates: bool) -> None:
        self._client = client
        self._observer = Observer(client)
        self._marks = marks
        self._dates = dates
        self._why: dict[int, str] = {}
        """Why it is not there, by number."""
        self._not_mended: dict[int, str] = {}
        self.unsettled = False
        """Whether a call was made of which nobody knows what became of it."""
        self.wrote = False
        """Whether any call was made that may have changed something."""

    def bring_back(self, items: Group) -> Iterator[Back]:
        """All of these users' items. Raises `ClientError` where it cannot go on; running it again goes on."""
        self._why, self._not_mended = {}, {}
        numbers = [item.number for item in items]
        first, last = min(numbers), max(numbers)
        also = {item.key[2]: self._courses_of(item.key[2]) for item in items if item.key[0] == PLAN}

        def read(some: Iterable[Item]) -> dict[EnrollmentKey, State]:
            return read_states(self._observer, (item.key for item in some), also)

        before = read(items)
        missing = [item for item in items if item.key not in before]
        stages = self._marks.stages(first, last) | dict.fromkeys((item.number for item in missing), Mark.ASKED)
        if missing:
            self._marks.asked((item.number for item in missing), _others(missing, items, before, also))
            for kind, groups, send in (
                (COURSE, by_terms, self._enroll),
                (PLAN, by_plan, self._enroll_in_plan),
            ):
                some = [item for item in missing if item.key[0] == kind]
                self._make(some, groups, send, read, lambda item, seen: item.key in seen)
        now = read(items) if missing else before
        if self._mend([item for item in items if item.number in stages], now, stages, read):
            now = read(items)
        yield from self._results(items, now, stages)
        others = self._marks.others(first, last)
        came = {pair for pair in others if (COURSE, *pair) in now}
        for user, course in sorted(came):
            title = next((courses[course] for courses in also.values() if course in courses), "")
            yield Back((COURSE, user, course), IN_ADDITION, now=now[COURSE, user, course], title=title)
        there = [item.number for item in items if item.key in now and item.number not in self._not_mended]
        self._marks.settle(there, (item.number for item in items if item.key not in now), others - came)

    def _results(self, items: Group, now: Seen, ours: Container[int]) -> Iterator[Back]:
        for item in items:
            state = now.get(item.key)
            if state is None:
                why = self._why.get(item.number, "the server said that it is there, and it is not")
                yield Back(item.key, NOT_RESTORED, why, item)
            elif item.number in ours:
                yield Back(item.key, RESTORED, self._not_mended.get(item.number, ""), item, state)
            else:
                yield Back(item.key, THERE, "it was left as it is", item, state)

    def _courses_of(self, plan: int) -> Mapping[int, str]:
        try:
            return self._observer.courses_of(plan)
        except Refused as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise
            return {}  # the plan is gone, and to enroll in it will say so

    # --- calls

    def _make(
        self,
        items: Group,
        groups: Callable[[Group], Iterator[Group]],
        send: Callable[[Group], None],
        read: Callable[[Group], Seen],
        is_done: Callable[[Item, Seen], bool],
    ) -> None:
        """Makes the calls for these items. Where an answer is lost it reads, and asks again for what is not done."""
        attempts = 0
        while items:
            done: set[int] = set()
            try:
                for group in groups(items):
                    self.unsettled = True
                    send(group)
                    self.unsettled, self.wrote = False, True
                    done.update(item.number for item in group)
            except (Unreachable, ApiError) as error:
                if isinstance(error, Refused) or (isinstance(error, Unreachable) and not error.sent):
                    self.unsettled = False
                    raise
                self.wrote = True
                seen = read(items)
                self.unsettled = False
                left = [item for item in items if item.number not in done and not is_done(item, seen)]
                attempts = attempts + 1 if len(left) == len(items) else 0
                if attempts == ATTEMPTS:
                    raise
                items = left
            else:
                return

    def _enroll(self, group: Group) -> None:
        level, valid_from, valid_until = terms(group[0])
        try:
            answer = self._client.bulk_enroll(
                users(group),
                targets(group),
                level=level,
                date_begin_validity=valid_from,
                date_expire_validity=valid_until,
            )
        except Refused as error:
            self._why |= _refusal(error, group)
            return
        errors: object = answer.get("errors")  # an object, or a list of them; and what is neither says nothing
        for bucket in errors if isinstance(errors, list) else [errors]:
            unknown, courses = (_ids(bucket, name) for name in ("invalid_users", "invalid_courses"))
            for item in group:
                _, user, course = item.key
                if user in unknown:
                    self._why[item.number] = f"the server knows no user {user}"
                elif course in courses:
                    self._why[item.number] = f"the server knows no course {course}"

    def _enroll_in_plan(self, group: Group) -> None:
        was = group[0].was
        try:
            answer = self._client.bulk_enroll_in_learning_plan(
                group[0].key[2], users(group), validity_start_at=was.valid_from, validity_end_at=was.valid_until
            )
        except Refused as error:
            self._why |= _refusal(
                error, group, NOT_ABOUT_PAIRS - {HTTPStatus.NOT_FOUND}
            )  # it is the learning plan that is not there
            return
        errors: object = answer.get("errors")
        said = PairErrors(errors if isinstance(errors, list) else [])
        self._why |= {item.number: why for item in group if (why := said.of(item.entry))}

    def _mend(self, ours: Group, now: Seen, stages: Mapping[int, str], read: Callable[[Group], Seen]) -> bool:
        """Updates what is back and not as it was. True where there was anything to do."""

        def update(item: Item, seen: Seen) -> tuple[tuple[str, Any], ...]:
            if item.key[0] == PLAN or (state := seen.get(item.key)) is None:
                return ()  # there is no call that changes an enrollment in a learning plan
            if stages.get(item.number) == Mark.RESTORED:  # an earlier restore has done it; what differs since is life
                return tuple(date_of_enrollment(item.was, state).items()) if self._dates else ()
            return changes(item.was, state, dates=self._dates)

        updates = {item.number: wanted for item in ours if (wanted := update(item, now))}

        def groups(items: Group) -> Iterator[Group]:
            return rectangles(items, lambda item: updates[item.number])

        def send(group: Group) -> None:
            try:
                self._client.bulk_update_enrollments(users(group), targets(group), **dict(updates[group[0].number]))
            except Refused as error:
                self._not_mended |= _refusal(error, group)

        items = [item for item in ours if item.number in updates]
        self._make(items, groups, send, read, lambda item, seen: not update(item, seen))
        return bool(items)


def _ids(bucket: object, name: str) -> set[int]:
    values = bucket.get(name) if isinstance(bucket, Mapping) else None
    return {*map(id_in, values)} if isinstance(values, list) else set()


def _refusal(error: Refused, group: Group, not_about_them: Container[int] = NOT_ABOUT_PAIRS) -> dict[int, str]:
    """What was said of each of the group. Raises the error where the next call would be refused as well."""
    if error.operation not in CALLS or error.status in not_about_them or error.status < HTTPStatus.BAD_REQUEST:
        raise error
    return dict.fromkeys((item.number for item in group), one_line(str(error)))


def _others(
    missing: Group, items: Group, before: Seen, also: Mapping[int, Iterable[int]]
) -> Iterator[tuple[int, int, int]]:
    """The courses that a learning plan may bring along, with its number and the user."""
    wanted = {item.key for item in items}
    for item in missing:
        kind, user, plan = item.key
        if kind == PLAN:
            for course in also[plan]:
                key = COURSE, user, course
                if key not in before and key not in wanted:
                    yield item.number, user, course
