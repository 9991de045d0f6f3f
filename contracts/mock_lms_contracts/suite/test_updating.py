"""enrolling: what one call does to one enrollment, and what becomes of those that exist already, or do not."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from http import HTTPStatus
from typing import Any

import pytest

from mock_lms_contracts.adapters import World
from mock_lms_contracts.fault import NOT_ALLOWED, NOT_SERVED, fault, is_failure
from mock_lms_contracts.lab import BULK, Done, Lab
from mock_lms_contracts.lists import OF_COURSES, STATUSES, UNKNOWN, Row, rows, same_status
from mock_lms_contracts.oracle import Enrollment, shown
from mock_lms_contracts.people import names, people_of, right
from mock_lms_contracts.verdicts import Finding, NotClaimed

pytestmark = pytest.mark.xdist_group("enrolling")

IN_PROGRESS, COMPLETED, SUSPENDED, WAITING = 1, 2, 3, -2
USERS = "/manage/v1/user"
DATE, SCORE, OTHER_SCORE = "2026-02-03 12:00:00", 77, 55


def require_effect(
    lab: Lab, done: Done, gained: Iterable[Enrollment] = (), changed: Iterable[Enrollment] = (), what: str = ""
) -> None:
    """Exactly these came, and became another; nothing went."""
    seen = {"came": done.effect.gained, "changed": done.effect.changed, "went": done.effect.lost}
    wanted: dict[str, frozenset[Enrollment]] = {
        "came": frozenset(gained),
        "changed": frozenset(changed),
        "went": frozenset(),
    }
    lab.require(
        seen == wanted,
        f"{what} But something else happened.",
        {name: shown(enrollments) for name, enrollments in wanted.items()},
        {name: shown(enrollments) for name, enrollments in seen.items()},
    )


def in_course(course: int, *users: int) -> set[Enrollment]:
    return {("course", course, user) for user in users}


@pytest.mark.requirement("SINGLE-ENROLL-1")
def test_enrolling_one_user_in_one_course_does_that_and_nothing_else(lab: Lab, people: World) -> None:
    (user,), course = people_of(lab, people), people.ids.courses[0]
    done = right(lab, people, "POST", f"{BULK}/{course}/{user}", {"level": 3})
    require_effect(lab, done, gained=in_course(course, user), what="The user is enrolled.")


@pytest.mark.requirement("SINGLE-UPDATE-1")
def test_updating_one_enrollment_changes_that_one_and_nothing_else(lab: Lab, people: World) -> None:
    (user,), course = people_of(lab, people), people.ids.courses[0]
    done = right(lab, people, "PUT", f"{BULK}/{course}/{user}", {"status": IN_PROGRESS})
    require_effect(lab, done, changed=in_course(course, user), what="The enrollment is updated.")
    require_status(lab, done, course, user, IN_PROGRESS)


def require_status(lab: Lab, done: Done, course: int, user: int, number: int) -> None:
    """The list shows the status that was set."""
    status = done.after.held.get(("course", course, user), {}).get("status")
    what = f"The status was set to {number}, and the list does not show that."
    lab.require(same_status(status, STATUSES[number]), what, STATUSES[number], status)


@pytest.mark.requirement("ENROLL-ERRORS-2")
def test_an_unknown_user_or_course_is_named_in_errors_and_the_others_are_enrolled(lab: Lab, people: World) -> None:
    course = people.ids.courses[0]
    for user, body in zip(
        people_of(lab, people),
        ({"user_ids": [UNKNOWN], "course_ids": []}, {"user_ids": [], "course_ids": [UNKNOWN]}),
        strict=True,
    ):
        asked = {"user_ids": [*body["user_ids"], user], "course_ids": [*body["course_ids"], course]}
        done = lab.act(people, "POST", BULK, asked)
        good = done.answer.status in {HTTPStatus.OK, HTTPStatus.CREATED}
        lab.require(good, f"The answer is {done.answer.status}, not 200.", 200, done.answer.status)
        require_effect(lab, done, gained=in_course(course, user), what="Who is known is enrolled in what is known.")
        data = _data(done)
        lab.require(names(data.get("errors"), UNKNOWN), f"errors does not name {UNKNOWN}.", UNKNOWN, data.get("errors"))
        lab.require(not names(data.get("enrolled"), UNKNOWN), f"{UNKNOWN} is called enrolled.", user, data["enrolled"])


def _data(done: Done) -> dict[str, Any]:
    data = done.answer.data
    return data if isinstance(data, dict) else {}


@pytest.mark.requirement("ENROLL-REPEAT-1")
def test_enrolling_who_is_enrolled_changes_nothing(lab: Lab, people: World) -> None:
    (*there, new), course = people_of(lab, people), people.ids.courses[0]
    done = right(lab, people, "POST", BULK, {"user_ids": [*there, new], "course_ids": [course]})
    lab.given(in_course(course, *there) <= done.before.held.keys(), "the users were not enrolled")
    require_effect(lab, done, gained=in_course(course, new), what="Who is enrolled stays as they are.")


@pytest.mark.requirement("ENROLL-BACK-1")
def test_who_was_unenrolled_can_be_enrolled_again(lab: Lab, people: World) -> None:
    (in_bulk, alone), course = people_of(lab, people), people.ids.courses[0]
    body = {"user_ids": [in_bulk], "course_ids": [course]}
    left = [(in_bulk, lab.act(people, "DELETE", BULK, body), "UNENROLL-EFFECT-1")]
    with suppress(NotClaimed):
        left.append((alone, right(lab, people, "DELETE", f"{BULK}/{course}/{alone}"), "SINGLE-LEAVE-1"))
    for user, done, requirement in left:
        if done.effect.lost != in_course(course, user):
            raise Finding("The user does not leave the course.", requirement=requirement)
        again = right(lab, people, "POST", BULK, {"user_ids": [user], "course_ids": [course]})
        require_effect(lab, again, gained=done.effect.lost, what="Who was unenrolled is enrolled again.")


def update(lab: Lab, world: World, user: int, **values: Any) -> Done:
    """One enrollment in the first course, by the bulk update."""
    return right(lab, world, "PUT", BULK, {"user_ids": [user], "course_ids": [world.ids.courses[0]], **values})


@pytest.mark.requirement("UPDATE-STATUS-1")
def test_the_lists_show_the_status_that_an_update_sets(lab: Lab, people: World) -> None:
    course = people.ids.courses[0]
    for user, number in zip(people_of(lab, people), (IN_PROGRESS, COMPLETED, 0), strict=True):
        require_status(lab, update(lab, people, user, status=number), course, user, number)


@pytest.mark.requirement("UPDATE-STATUS-2")
def test_who_is_suspended_or_put_on_a_waiting_list_is_shown_so_or_the_update_is_refused(
    lab: Lab, people: World
) -> None:
    course = people.ids.courses[0]
    for user, number in zip(people_of(lab, people), (SUSPENDED, WAITING), strict=True):
        done = lab.act(people, "PUT", BULK, {"user_ids": [user], "course_ids": [course], "status": number})
        if done.answer.status in NOT_SERVED:
            raise NotClaimed("the target does not serve the bulk update")
        if HTTPStatus.BAD_REQUEST <= done.answer.status < HTTPStatus.INTERNAL_SERVER_ERROR:
            require_effect(lab, done, what="An update that is refused changes nothing.")
        else:
            lab.require_ok(done)
            require_status(lab, done, course, user, number)


def row_of(world: World, user: int) -> Row:
    """As the course list shows it. Raises `Finding`."""
    listing = OF_COURSES.within(("course", world.ids.courses[:1]), ("user", [user]))
    items = rows(world.target, listing)
    if len(items) != 1:
        raise Finding(f"The course list shows {len(items)} enrollments of a user in a course.", 1, len(items))
    return items[0]


def require_told(lab: Lab, world: World, user: int, **expected: Any) -> None:
    """The row says these, of those fields that rows have at all."""
    row = row_of(world, user)
    told = {name: row[f"enrollment_{name}"] for name in expected if f"enrollment_{name}" in row}
    if not told:
        raise NotClaimed("the course list shows neither the score nor the date of completion")
    wrong = {name for name, value in told.items() if not _same(value, expected[name])}
    lab.require(not wrong, f"The list does not show the {' and '.join(sorted(wrong))} that is right.", expected, told)


def _same(value: Any, expected: Any) -> bool:
    """Whether a date is of the same day, and a score the same number."""
    if isinstance(expected, str):
        return str(value)[:10] == expected[:10]
    return str(value).removesuffix(".0").removesuffix(".00") == str(expected)


@pytest.mark.requirement("UPDATE-VALUES-1")
def test_the_lists_show_the_date_and_the_score_that_an_update_sets(lab: Lab, people: World) -> None:
    (user,) = people_of(lab, people)
    update(lab, people, user, status=COMPLETED, date_complete=DATE, score_given=SCORE)
    require_told(lab, people, user, completion_date=DATE, score=SCORE)


@pytest.mark.requirement("UPDATE-FIELDS-1")
def test_what_an_update_does_not_send_stays_as_it_was(lab: Lab, people: World) -> None:
    (user,) = people_of(lab, people)
    lab.given(row_of(people, user).get("enrollment_status") == "completed", "the user has not completed the course")
    for field, value, kept in (
        ("score_given", OTHER_SCORE, ("enrollment_status", "enrollment_completion_date")),
        ("status", COMPLETED, ("enrollment_status", "enrollment_score")),
    ):
        before = row_of(people, user)
        update(lab, people, user, **{field: value})
        after = row_of(people, user)
        expected, seen = ({name: row.get(name) for name in kept} for row in (before, after))
        lab.require(seen == expected, f"An update of {field} alone changes others.", expected, seen)


@pytest.mark.requirement("UPDATE-MISSING-1")
def test_who_is_not_enrolled_is_named_in_not_updated_and_the_others_are_updated(lab: Lab, people: World) -> None:
    (there, missing), course = people_of(lab, people), people.ids.courses[0]
    body = {"user_ids": [missing, there], "course_ids": [course], "status": IN_PROGRESS}
    done = right(lab, people, "PUT", BULK, body)
    require_effect(lab, done, changed=in_course(course, there), what="Who is enrolled is updated.")
    data = _data(done)
    lab.require(
        names(data.get("not_updated"), missing, course),
        f"not_updated does not name user {missing} in course {course}.",
        {"user_id": missing, "course_id": course},
        data.get("not_updated"),
    )
    lab.require(not names(data.get("updated"), missing), f"User {missing} is called updated.", there, data["updated"])


@pytest.mark.requirement("USER-TAKEN-1")
def test_creating_a_user_whose_username_is_taken_is_refused(lab: Lab, people: World) -> None:
    (user,) = people_of(lab, people)
    username = row_of(people, user).get("username")
    if not username:
        raise NotClaimed("the course list shows no usernames")
    person = {"username": str(username), "firstname": "Noa", "lastname": "Levi", "email": f"{lab.run}@example.com"}
    answer = people.target.call("POST", USERS, person)
    if answer.status in NOT_SERVED | NOT_ALLOWED:
        raise NotClaimed(f"the target creates no users by POST {USERS} ({answer.status})")
    if is_failure(answer.status):
        raise fault("POST", USERS, answer)
    refused = answer.status >= HTTPStatus.BAD_REQUEST
    what = f"A user of the username of user {user} is created: the answer is {answer.status}."
    lab.require(refused, what, "4xx, as 409", f"{answer.status} {answer.text[:200]}")
