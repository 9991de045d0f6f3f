"""certificates: what becomes of them. The API does not show them: an adapter's `inspect` does."""

from __future__ import annotations

import pytest

from mock_lms_contracts.adapters import World
from mock_lms_contracts.lab import Lab, enrollments, held
from mock_lms_contracts.scenario import COMPLETED, Pair, Scenario, everybody

USERS, COURSES = 5, 3
CERTIFIED = frozenset((user, course) for user in range(USERS) for course in range(COURSES - 1))
WORLD = Scenario(
    USERS,
    COURSES,
    enrollments=everybody(USERS, COURSES) | dict.fromkeys(CERTIFIED, COMPLETED),
    certificates=CERTIFIED,
)


def taken_away(lab: Lab, *, delete: bool) -> tuple[World, set[Pair], set[Pair], set[Pair]]:
    """Two users leave a course: the certificates before, those of them that this concerns, and those after."""
    world = lab.world(WORLD)
    users, courses = lab.chance.sample(world.ids.users, 2), world.ids.courses[:1]
    before = lab.certificates(world)
    done = lab.bulk_unenroll(world, users, courses, delete_issued_certificates=delete)
    wanted = held(done.before, enrollments("course", users, courses))
    lab.given(len(wanted) == len(users) and wanted <= done.effect.lost, "the users did not leave the course")
    concerned = {(user, course) for user in users for course in courses} & before
    lab.given(len(concerned) == len(users), "who left had no certificate")
    return world, before, concerned, lab.certificates(world)


@pytest.mark.requirement("CERTIFICATE-KEEP-1")
def test_without_delete_issued_certificates_every_certificate_stays(lab: Lab) -> None:
    _, before, _, after = taken_away(lab, delete=False)
    lab.require(after == before, "Certificates went, or came, though nobody asked.", sorted(before), sorted(after))


@pytest.mark.requirement("CERTIFICATE-DELETE-1")
def test_with_delete_issued_certificates_those_of_the_users_and_courses_that_are_left_go(lab: Lab) -> None:
    _, _, concerned, after = taken_away(lab, delete=True)
    stayed = sorted(concerned & after)
    lab.require(not stayed, "Certificates stayed.", [], stayed)


@pytest.mark.requirement("CERTIFICATE-DELETE-2")
def test_with_delete_issued_certificates_nobody_else_s_goes_nor_one_of_another_course(lab: Lab) -> None:
    _, before, concerned, after = taken_away(lab, delete=True)
    users, courses = {user for user, _ in concerned}, {course for _, course in concerned}
    others = before - concerned
    lab.given(any(user in users for user, _ in others), "who left had no certificate of another course")
    lab.given(any(course in courses for _, course in others), "nobody else had a certificate of the course")
    gone = sorted(others - after)
    lab.require(not gone, "Certificates went that were not meant.", [], gone)
