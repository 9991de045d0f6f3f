from __future__ import annotations

import re
from collections.abc import Callable

import pytest
import yaml

from mock_lms.seeds import UnusableSeed, file, plant
from mock_lms.storage.database import Database

Refused = Callable[..., str]

WORLD = """\
users:
  - {id: 7, username: ann}
  - {id: 8, username: bob}
courses:
  - {id: 3, name: Knots, certificate: Knotter}
  - {id: 4, name: Sails}
learning_plans:
  - {id: 5, name: Sailor, courses: [4, 3], certificate: Able Sailor}
"""

MEMBER = "learning_plan_enrollments:\n- {learning_plan: 5, user: 7}\n"

IN_AN_ENROLLMENT = {
    "status: done": "status: done is none of subscribed, in_progress, ",
    "status: [done]": "status: a list or mapping stands here, where a single value should",
    "level: 8": "level: 8 is none of ghost, guest, student, ",
    "score: -1": "score: -1 is no score: a number from 0 to 1000000",
    "score: 1e99": "score: 1e99 is no score",
    "score: .nan": "score: .nan is no score",
    "time_spent: 1.5": "time_spent: 1.5 is no number of seconds",
    "time_spent: 1_000": "time_spent: 1_000 is no number of seconds",
    "enrolled_at: 2026-02-29": "enrolled_at: 2026-02-29 is no date",
    "enrolled_at: 2026-2-9": "enrolled_at: 2026-2-9 is no date",
    "valid_until: 2026-02-28T10:00:00Z": "valid_until: 2026-02-28T10:00:00Z is no date",
    "hold: x": "hold: there is no such key; those that there are: course, user, ",
}

OF_A_WORLD = {
    "courses: 5": "9: courses: this key is here twice; the first is in line 4",
    "course: []": "9: course: there is no such key; those that there are: created_at, branches, user_fi",
    "enrollments: 5": "9: enrollments: this must be a list",
    "enrollments: {}": "9: enrollments: this must be a list",
    "enrollments:\n- 5": "10: enrollments.0: this must be a mapping; its keys are course, user, level, ",
    "enrollments:\n- course: 3\n  user: 9": "11: enrollments.0.user: there is no user 9 in this file",
    "enrollments:\n- {course: 9, user: 7}": "10: enrollments.0.course: there is no course 9 in this file",
    "enrollments:\n- {course: 3, user: 1}": "10: enrollments.0.user: there is no user 1 in this file",
    "enrollments:\n- {course: 3}": "10: enrollments.0: user is missing",
    "enrollments:\n- course: 3\n  user:": "11: enrollments.0.user: user is missing",
    "enrollments:\n- {course: 3, user: 7}\n- {user: 7, course: 3}": "11: enrollments.1: user 7 is enrolled in course",
    "enrollments:\n- {course: 3, user: 7,\n   status: x}": "11: enrollments.0.status: x is none of ",
    "enrollments:\n- {course: 3, user: 7, completed_at: 2026-02-01}": "10: enrollments.0: completed_at needs the ",
    "enrollments:\n- {course: 3, user: 7}\ntracks:\n- {course: 3, user: 7}": "12: tracks.0: the enrollment in line 10 ",
    "tracks:\n- {course: 3, user: 7}\n- {course: 3, user: 7}": "11: tracks.1: user 7 has tracking in course 3 already",
    "tracks:\n- {course: 3, user: 7, status: waiting}": "10: tracks.0.status: waiting is none of subscribed, ",
    "learning_plan_enrollments:\n- {learning_plan: 6, user: 7}": "10: learning_plan_enrollments.0.learning_plan: there",
    f"{MEMBER}- {{learning_plan: 5, user: 7}}": "11: learning_plan_enrollments.1: user 7 is in learning plan 5 already",
    "certificates:\n- {user: 7}": "10: certificates.0: a certificate names a course or a learning_plan, one of them",
    "certificates:\n- {user: 7, course: 3, learning_plan: 5}": "10: certificates.0: a certificate names a course or",
    "certificates:\n- {user: 7, course: 4}": "10: certificates.0: course 4 issues none; give it a title as its ",
    "certificates:\n- {user: 7, course: 3}\n- {user: 7, course: 3}": "11: certificates.1: user 7 holds that of course",
    "x: &a 1": "9: x: anchors and aliases (& and *) are not read; write the value itself",
    "*a : 1": "9: anchors and aliases",
    "x: !!python/object:os.system 1": "9: x: tags such as tag:yaml.org,2002:python/object:os.system are not read",
    "tracks:\n- [[[1]]]": "10: tracks.0.0.0: a list or mapping stands here, where a seed has a single value",
    "? [a]\n: 1": "9: a list or mapping stands here, where a key should",
    "tracks: [\n": "10: this is no YAML: it cannot be read on from column 1; look for a bracket or quote that is not ",
    "x: 'a": "9: this is no YAML: it cannot be read on from column 6; look for a bracket or quote that is not closed",
    "x: \x07": "9: this is no YAML: a character stands here that it does not allow; remove it",
    "---\nx: 1": "9: a second document begins here; a seed is one",
}

ALONE = {
    "users: [{id: 1, username: ann}]": "1: users.0.id: the id 1 belongs to the superadmin admin",
    "users: [{id: 7, username: admin}]": "1: users.0.username: the username admin belongs to the superadmin",
    "users: [{id: 0, username: ann}]": "1: users.0.id: 0 is no id: a whole number from 1 to 999999999999999",
    "users: [{id: 9999999999999999, username: a}]": "1: users.0.id: 9999999999999999 is no id",
    "users: [{id: 07, username: ann}]": "1: users.0.id: 07 is no id",
    "users: [{id: \u0667, username: ann}]": "1: users.0.id: \u0667 is no id",
    "users: [{id: 7, username: ''}]": "1: users.0.username: the text must have 1 to 255 characters",
    'users: [{id: 7, username: "\\0"}]': "1: users.0.username: the text must have 1 to 255 characters, and no NUL",
    "users: [{id: 7, username: a, active: yes}]": "1: users.0.active: yes is none of true, false",
    "users: [{id: 7, username: a, level: god}]": "1: users.0.level: god is none of superadmin, user",
    "users:\n- {id: 7, username: a}\n- {id: 7, username: b}": "3: users.1.id: there is a user 7 already, in line 2",
    "users:\n- {id: 7, username: a}\n- {id: 8, username: a}": "3: users.1.username: there is a user a already, in line",
    "courses: [{id: 7, name: a, type: seminar}]": "1: courses.0.type: seminar is none of elearning, classroom, webinar",
    "courses: [{id: 7, name: a, status: new}]": "1: courses.0.status: new is none of published, under_maintenance",
    "courses: [{id: 7, name: a, end_date: soon}]": "1: courses.0.end_date: soon is no date: YYYY-MM-DD or YYYY-MM-DD",
    "courses: [{id: 7, name: a}]\nlearning_plans:\n- {id: 5, name: b,\n   courses: [7, 7]}": "4: "
    "learning_plans.0.courses.1: the learning plan has course 7 already, in line 4",
    "learning_plans:\n- {id: 1, name: a}\n- {id: 2, name: b}\n- id: 3\n  name: c\n  courses:\n  - 999": "7: "
    "learning_plans.2.courses.0: there is no course 999 in this file",
    "created_at: 2026-13-01": "1: created_at: 2026-13-01 is no date",
    "": "1: this must be a mapping; its keys are created_at, branches, ",
    "# nothing": "1: this must be a mapping",
    "- 1": "1: this must be a mapping",
    "null": "1: this must be a mapping",
    "<html>": "1: this must be a mapping",
    "a: &a [x]\nb: &b [*a, *a]\nc: [*b, *b]": "1: a: anchors and aliases (& and *) are not read",
    '{"users": [{"id": 7, "username": "\\ud800"}]}': "1: ",
}


@pytest.fixture(params=["libyaml", "without libyaml"], autouse=True)
def _loader(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without libyaml":
        monkeypatch.delattr(yaml, "CSafeLoader", raising=False)


@pytest.mark.parametrize(("written", "said"), OF_A_WORLD.items())
def test_what_is_wrong_is_named_with_its_line(refused: Refused, written: str, said: str) -> None:
    message = refused(WORLD + written)
    assert message.startswith(f"seed.yaml:{said}")
    assert message.isprintable()


@pytest.mark.parametrize(("written", "said"), IN_AN_ENROLLMENT.items())
def test_a_wrong_value_of_an_enrollment_is_named(refused: Refused, written: str, said: str) -> None:
    message = refused(f"{WORLD}enrollments:\n- course: 3\n  user: 7\n  {written}")
    assert message.startswith(f"seed.yaml:12: enrollments.0.{said}")


@pytest.mark.parametrize(("written", "said"), ALONE.items(), ids=range(len(ALONE)))
def test_a_file_that_is_wrong_from_the_start_is_refused(refused: Refused, written: str, said: str) -> None:
    assert refused(written).startswith(f"seed.yaml:{said}")


@pytest.mark.parametrize(
    "junk", [b"\xff\xfeu\x00s\x00", b"users:\n- \xe9", b"\x89PNG\r\n\x1a\n\x00", b"SQLite format 3\0"]
)
def test_what_is_no_text_is_refused(refused: Refused, junk: bytes) -> None:
    assert re.match(r"seed.yaml:[12]: this is no (UTF-8 text|YAML)", refused(junk))


def test_brackets_without_end_are_refused_by_us_or_by_the_parser(refused: Refused) -> None:
    # libyaml 0.2.6 has a limit of its own, and looks ahead
    ours = "0.0.0.0: a list or mapping stands here, where a seed has a single value"
    assert refused("[" * 100_000).startswith(
        (f"seed.yaml:1: {ours}", "seed.yaml:1: this is no YAML: it cannot be read")
    )


def test_the_line_of_a_wrong_byte_is_named(refused: Refused) -> None:
    assert refused(b"users:\n- \xe9").startswith("seed.yaml:2: this is no UTF-8 text; save the file as UTF-8")


def test_a_file_that_is_too_large_is_refused(refused: Refused, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(file, "LARGEST", 100)
    assert refused("#" * 101) == "seed.yaml: the file is larger than the 100 bytes that are read"


@pytest.mark.parametrize("path", ["nowhere.yaml", "", ".", "a\0b", "a\nb.yaml", "x" * 10_000])
def test_what_is_no_file_is_refused_in_one_line(database: Database, path: str) -> None:
    with database.begin() as transaction, pytest.raises(UnusableSeed) as refusal:
        plant(transaction, path, now="2026-03-01 12:00:00", hash_password=str)
    assert "a seed is demo, empty, scale, or the path of a YAML or JSON file" in str(refusal.value)
    assert str(refusal.value).isprintable()


def test_a_refused_file_plants_nothing(refused: Refused, query: Callable[[str], list[tuple[int]]]) -> None:
    refused(f"{WORLD}certificates: [{{user: 7, course: 4}}]")
    assert query("SELECT id FROM users") == [(1,)]
