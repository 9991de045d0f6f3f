"""Before anything goes: is all as the plan saw it, and is it in the backup?"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import requests
from mock_lms_client import Client
from mock_lms_client.exits import Exit
from mock_lms_client.unenroll import backup_file
from mock_lms_client.unenroll.apply import compare
from mock_lms_client.unenroll.document import Document, Writer
from mock_lms_client.unenroll.journal import Journal

from tests.client.conftest import NewTenant
from tests.client.harness.between import Send, at_bulk, without
from tests.client.harness.expected import targets
from tests.client.harness.seeds import people, small
from tests.client.harness.stage import Stage, shown

# of `small`: all are in 31 (201, 202); those that 3 divides are in 32 (202), too
FREE, SHARING = 10_003, 10_002
USERS = [10_001, 10_002, 10_003, 10_004]
ABSENT = 10_005


@pytest.fixture
def stage(new_tenant: NewTenant, tmp_path: Path) -> Stage:
    stage = Stage(new_tenant(seed=small(people(10_001, 5))), tmp_path)
    # nobody's but for its plan and its course
    stage.client().create_learning_plan("Later")
    stage.lms.control.clear_journal()
    return stage


def later(client: Client) -> int:
    (found,) = [each["learning_plan_id"] for each in client.list_learning_plans() if each["title"] == "Later"]
    return int(found)


Change = Callable[[Client], object]


def in_later_with(course: int) -> Change:
    def change(client: Client) -> None:
        plan = later(client)
        client.enroll_in_learning_plan(plan, FREE)
        client.add_learning_plan_courses(plan, [course])

    return change


COURSES: dict[str, Any] = {"courses": [201]}
CASCADE: dict[str, Any] = {"plans": [31], "cascade": True}
KEEP: dict[str, Any] = {"plans": [31], "keep": frozenset({"completed"})}
LEAVE: dict[str, Any] = {"plans": [31]}


def gone(client: Client) -> object:
    return client.unenroll(201, FREE)


def again(client: Client) -> None:
    client.unenroll(201, FREE)
    client.enroll(201, FREE)


def left_plan(client: Client) -> object:
    return client.bulk_unenroll([FREE], learningplan_ids=[31])


def joined_again(client: Client) -> object:
    left_plan(client)
    return client.bulk_enroll_in_learning_plan(31, [FREE], validity_end_at="2031-01-01 00:00:00")


def completed(client: Client) -> object:
    return client.update_enrollment(201, FREE, status=2)


def joined_32(client: Client) -> object:
    return client.enroll_in_learning_plan(32, FREE)


def grown(client: Client) -> object:
    return client.add_learning_plan_courses(31, [209])


def updated(**values: Any) -> Change:
    return lambda client: client.update_enrollment(201, FREE, **values)


IN_201, IN_202, IN_31 = f"user {FREE} in course 201", f"user {FREE} in course 202", f"user {FREE} in learning plan 31"
NEW_201, NEW_31 = f"user {ABSENT} in course 201 .*was not there", f"user {ABSENT} in learning plan 31 .*was not there"
GROWN = "learning plan 31 has other courses"

CHANGES: dict[str, tuple[dict[str, Any], Change, str]] = {
    "status": (COURSES, completed, f"{IN_201} is completed"),
    "level": (COURSES, updated(level=6), IN_201),
    "end": (COURSES, updated(date_expire_validity="2031-01-01 00:00:00"), IN_201),
    "begin": (COURSES, updated(date_begin_validity="2021-01-01 00:00:00"), IN_201),
    "enrolled another day": (COURSES, updated(date_inscr="2021-01-01 00:00:00"), IN_201),
    "gone": (COURSES, gone, f"{IN_201} is gone"),
    "gone and back": (COURSES, again, IN_201),
    "came": (COURSES, lambda client: client.enroll(201, ABSENT), NEW_201),
    "cascaded status": (CASCADE, completed, f"{IN_201} is completed"),
    "cascaded gone": (CASCADE, gone, f"{IN_201} is gone"),
    "kept no more": (KEEP, completed, f"{IN_201} is completed"),
    "left the plan": (CASCADE, left_plan, f"{IN_31} is gone"),
    "left the plan alone": (LEAVE, left_plan, f"{IN_31} is gone"),
    "validity of the plan": (LEAVE, joined_again, IN_31),
    "came into the plan": (LEAVE, lambda client: client.enroll_in_learning_plan(31, ABSENT), NEW_31),
    "the plan's courses": (CASCADE, grown, GROWN),
    "the plan's courses, with --keep": (KEEP, grown, GROWN),
    "another plan has it now": (CASCADE, joined_32, IN_202),
    "another plan has it now, with --keep": (KEEP, joined_32, IN_202),
    "another plan got it": (CASCADE, in_later_with(201), IN_201),
    "no other plan has it": (
        CASCADE,
        lambda client: client.bulk_unenroll([SHARING], learningplan_ids=[32]),
        f"user {SHARING} in course 202",
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_whatever_changed_since_it_stops_and_says_what_and_nothing_goes(stage: Stage, change: str) -> None:
    asked, act, said = CHANGES[change]
    if "came" in change:
        left: dict[str, Any] = {"course_ids": [201]} if asked is COURSES else {"learningplan_ids": [31]}
        stage.client().bulk_unenroll([ABSENT], **left)
    stage.plan([*USERS, ABSENT], **asked)
    stage.lms.control.advance_clock(60)  # so that who comes back comes at another moment
    act(stage.client())
    before = stage.there()
    stage.lms.control.clear_journal()
    code, line = stage.stopped()
    assert code is Exit.NOTHING_DONE
    assert re.search(said, line), line
    assert "nothing was done" in line
    assert (stage.writes(), stage.there()) == ([], before)


def test_a_course_that_the_cascade_newly_reaches_stops_it(stage: Stage) -> None:
    stage.client().unenroll(202, FREE)
    stage.plan(USERS, **CASCADE)
    stage.client().enroll(202, FREE)
    stage.lms.control.clear_journal()
    assert stage.stopped()[1].startswith(
        f"this is no longer as planned: user {FREE} is in course 202 now; nothing was done"
    )
    assert stage.writes() == []


def test_what_the_plan_keeps_may_change(stage: Stage) -> None:
    stage.plan(USERS, **KEEP)
    kept = [(user, course) for user, _, course in targets(stage.pairs(), "keep")]
    assert (10_001, 201) in kept
    stage.client().update_enrollment(201, 10_001, level=6)
    stage.client().unenroll(202, 10_001)
    assert stage.code() is Exit.AS_PLANNED


def test_what_the_plan_does_not_name_may_change(stage: Stage) -> None:
    stage.plan([FREE], **COURSES)
    client = stage.client()
    client.update_enrollment(202, FREE, status=2)
    client.unenroll(201, ABSENT)
    assert stage.code() is Exit.AS_PLANNED


def test_only_some_differences_are_said_and_all_are_counted(stage: Stage) -> None:
    stage.plan(USERS, courses=[201, 202])
    stage.client().bulk_unenroll(USERS, course_ids=[201, 202])
    line = stage.stopped()[1]
    assert line.count(" is gone") == compare.SHOWN == 5
    assert "and 3 more" in line


def test_after_it_stopped_a_new_plan_can_take_the_old_one_s_place(stage: Stage) -> None:
    stage.plan(USERS, **COURSES)
    gone(stage.client())
    assert stage.code() is Exit.NOTHING_DONE
    stage.forget()
    stage.plan(USERS, **COURSES)
    assert stage.code() is Exit.AS_PLANNED


# --- the backup


@pytest.mark.parametrize("asked", [COURSES, CASCADE, KEEP, LEAVE], ids=["courses", "cascade", "keep", "leave"])
def test_before_the_first_call_the_backup_is_whole_on_the_disk_and_the_call_is_in_the_journal(
    stage: Stage, asked: dict[str, Any]
) -> None:
    plan = stage.plan([*USERS, 77], **asked)
    client, seen = stage.client(), []
    rows: dict[Any, Any] = {
        ("course", row["user_id"], row["course_id"]): row for row in client.list_course_enrollments()
    }
    rows |= {("plan", row["user_id"], row["learning_plan_id"]): row for row in client.list_learning_plan_enrollments()}

    def look() -> None:
        backup = Document(stage.backup, backup_file.FORM, backup_file.ROWS)
        assert backup.header["plan_sha256"] == plan.sha256
        wanted = targets(stage.pairs(), "remove", "cascade", "either")
        assert [*backup.rows()] == [
            rows["course" if kind == "course" else "plan", user, target] for user, kind, target in wanted
        ]
        assert backup.count == plan.summary["goes"] == len(wanted)
        assert shown(stage.journal)[0] == (1, "sent", 1)
        seen.append(True)

    assert stage.code(stage.client(around=at_bulk(1, look))) is Exit.AS_PLANNED
    assert seen


def test_others_cannot_read_the_backup(stage: Stage) -> None:
    stage.plan(USERS, **COURSES)
    stage.apply()
    assert stage.backup.stat().st_mode & 0o077 == 0


def test_all_was_compared_before_the_first_call(stage: Stage, new_tenant: NewTenant) -> None:
    users = people(20_001, 450)
    stage = Stage(new_tenant(seed=small(users)), stage.folder)
    stage.plan(users, **COURSES)
    stage.client().update_enrollment(201, users[-1], level=6)
    stage.lms.control.clear_journal()
    assert stage.code() is Exit.NOTHING_DONE
    assert stage.writes() == []


def spoil(content: bytes) -> list[bytes]:
    return [content[:-1], content[: len(content) // 2], b"", content.replace(b'"user_id":10003', b'"user_id":10004', 1)]


@pytest.mark.parametrize("how", range(4))
def test_a_backup_that_is_damaged_once_it_is_written_stops_it(
    stage: Stage, monkeypatch: pytest.MonkeyPatch, how: int
) -> None:
    stage.plan(USERS, **COURSES)
    close = Writer.close

    def damaging(writer: Writer, summary: dict[str, Any]) -> str:
        found = close(writer, summary)
        content = writer.path.read_bytes()
        assert spoil(content)[how] != content
        writer.path.write_bytes(spoil(content)[how])
        return found

    with monkeypatch.context() as patched:
        patched.setattr(Writer, "close", damaging)
        code, line = stage.stopped()
    assert code is Exit.NOTHING_DONE
    assert "nothing was done" in line
    assert stage.writes() == []


def test_a_backup_that_lacks_an_enrollment_stops_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.plan(USERS, **COURSES)
    add = Writer.add
    with monkeypatch.context() as patched:
        patched.setattr(Writer, "add", lambda writer, rows: add(writer, rows[1:]))
        assert "lacks enrollments; nothing was done" in stage.stopped()[1]
    assert stage.writes() == []
    with Journal(stage.journal) as journal:
        assert ({*journal.facts()}, journal.begun()) == ({"limits"}, False)


def test_a_backup_that_cannot_be_written_stops_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.plan(USERS, **COURSES)

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        code, line = stage.stopped()
    assert code is Exit.NOTHING_DONE
    assert "No space left" in line
    assert stage.writes() == []
    assert not stage.backup.exists()
    assert stage.code() is Exit.AS_PLANNED


@pytest.mark.parametrize("content", [b"the only one that I have", None], ids=["foreign", "of another plan"])
def test_a_backup_of_something_else_is_not_overwritten(stage: Stage, content: bytes | None) -> None:
    if content is None:
        stage.plan(USERS[:1], **COURSES)
        stage.apply()
        content = stage.backup.read_bytes()
        stage.journal.unlink()
        stage.lms.control.clear_journal()
    stage.backup.write_bytes(content)
    stage.plan(USERS[1:], **COURSES)
    assert "is no backup of this plan; nothing was done" in stage.stopped()[1]
    assert (stage.backup.read_bytes(), stage.writes()) == (content, [])


def test_a_server_that_ignores_filters_backs_up_and_removes_nobody_else(stage: Stage) -> None:
    stage.plan([FREE, SHARING], **CASCADE)
    before = stage.there()
    around = without("user_id[]", "course_id[]", "learning_plan_id[]")
    assert stage.code(stage.client(around=around)) is Exit.AS_PLANNED
    backup = Document(stage.backup, backup_file.FORM, backup_file.ROWS)
    assert {row["user_id"] for row in backup.rows()} == {FREE, SHARING}
    assert {user for _, _, user in before - stage.there()} == {FREE, SHARING}


# --- the same, on --resume


@pytest.fixture
def begun(stage: Stage) -> Stage:
    """Two courses, two calls; the first is done, and the second failed."""
    stage.client().unenroll(202, ABSENT)
    stage.plan([*USERS, ABSENT], courses=[201, 202])
    stage.lms.control.set_faults([{"action": "status", "status": 403, "operation": "bulk_unenroll", "nth": 2}])
    assert stage.code() is Exit.PARTIAL
    stage.lms.control.clear_faults()
    stage.lms.control.clear_journal()
    return stage


def test_of_a_plan_that_is_begun_only_what_is_left_must_be_as_it_was(begun: Stage) -> None:
    assert begun.code(resume=True) is Exit.AS_PLANNED
    assert set(begun.outcomes().values()) == {"removed", None}


def test_what_changed_meanwhile_stops_it_and_nothing_more_is_done(begun: Stage) -> None:
    ((user, _, course),) = set(targets(begun.pairs(), "remove")) & {
        key for key, outcome in begun.outcomes().items() if outcome is None
    }
    begun.client().update_enrollment(course, user, level=6)
    begun.lms.control.clear_journal()
    code, line = begun.stopped(resume=True)
    assert code is Exit.NOTHING_DONE
    assert f"user {user} in course {course}" in line
    assert "nothing more was done" in line
    assert begun.writes() == []


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def edit(path: Path) -> None:
    path.write_bytes(path.read_bytes().replace(b"10003", b"10005", 1))


@pytest.mark.parametrize("harm", [cut, edit, Path.unlink], ids=["cut", "edited", "gone"])
def test_with_another_backup_than_was_made_it_does_not_go_on(begun: Stage, harm: Callable[[Path], None]) -> None:
    harm(begun.backup)
    code, line = begun.stopped(resume=True)
    assert code is Exit.NOTHING_DONE
    assert str(begun.backup) in line
    assert "nothing more was done" in line
    assert begun.writes() == []


def test_with_a_backup_that_was_made_anew_it_does_not_go_on(begun: Stage) -> None:
    with Writer(begun.backup, backup_file.FORM, backup_file.ROWS, {"plan_sha256": "x"}) as writer:
        writer.close({})
    assert "is not the backup that was made; nothing more was done" in begun.stopped(resume=True)[1]
    assert begun.writes() == []


def test_nothing_is_sent_where_the_plan_was_edited_after_it_was_begun(begun: Stage) -> None:
    edit(begun.path)
    assert begun.stopped(resume=True)[0] is Exit.NOTHING_DONE
    assert begun.writes() == []


def unreachable(request: requests.PreparedRequest, send: Send) -> requests.Response:
    raise requests.ConnectionError


def test_what_cannot_be_read_again_is_not_touched(begun: Stage) -> None:
    code, _ = begun.stopped(begun.client(around=unreachable), resume=True)
    assert code is Exit.PARTIAL
    assert begun.writes() == []
