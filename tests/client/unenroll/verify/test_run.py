"""`verify`: what is there now decides, and each pair of the plan has one row."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from mock_lms_client.errors import ClientError
from mock_lms_client.exits import Exit, Stopped
from mock_lms_client.unenroll.journal import Journal
from mock_lms_client.unenroll.verify.judge import Verified
from mock_lms_client.unenroll.verify.run import verify_plan

from mock_lms.testing import MockLMS, MockTenant
from tests.client.made import Made, made, rows_of
from tests.client.support import client_of

EVERYBODY = range(13001, 13013)
REFUSE_READS = {"operation": "list_course_enrollments", "action": "status", "status": 403}


@pytest.fixture(scope="module")
def house() -> Iterator[MockLMS]:
    with MockLMS(seed="empty") as lms:
        yield lms


@pytest.fixture
def lms(house: MockLMS) -> MockTenant:
    """A demo tenant."""
    return house.tenant(house.control.create_tenant()["name"])


@dataclass
class Result:
    found: Verified
    rows: list[dict[str, str]]

    def of(self, user: int, target: int) -> tuple[str, str, str]:
        """Result, reason and as_planned of the only row with these."""
        (row,) = (row for row in self.rows if (row["user_id"], row["target_id"]) == (str(user), str(target)))
        return row["result"], row["reason"], row["as_planned"]


def verified(case: Made) -> Result:
    path = case.path.with_suffix(".result.csv")
    found = verify_plan(case.client, case.plan, path)
    return Result(found, rows_of(path))


def call(lms: MockTenant, method: str, path: str, body: dict[str, Any]) -> None:
    """What somebody else does meanwhile."""
    with lms.session(lms.token()) as session:
        session.request(method, f"{lms.url}{path}", json=body, timeout=60).raise_for_status()


def unenroll(lms: MockTenant, user: int, course: int) -> None:
    call(lms, "DELETE", "/learn/v1/enrollments", {"user_ids": [user], "course_ids": [course]})


def enroll(lms: MockTenant, user: int, course: int) -> None:
    call(lms, "POST", "/learn/v1/enrollments", {"user_ids": [user], "course_ids": [course]})


def test_each_pair_has_a_row_in_the_plans_order(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [*reversed(EVERYBODY)], plans=[31], courses=[205], cascade=True)
    case.apply()
    result = verified(case)
    planned = [
        (row["user_id"], row.get("course_id", row.get("learning_plan_id")), row["intent"]) for row in case.plan.rows()
    ]
    assert [(int(row["user_id"]), int(row["target_id"]), row["planned"]) for row in result.rows] == planned
    assert result.found.code == Exit.AS_PLANNED
    assert result.of(13001, 31) == ("removed", "", "yes")
    assert result.of(13004, 201) == ("kept", "learning plan 32 contains it", "yes")
    assert result.of(13012, 205) == ("already absent", "", "yes")
    assert sum(result.found.results.values()) == len(planned)


def test_a_server_that_says_yes_and_does_nothing_is_found_out(tmp_path: Path) -> None:
    with MockLMS(sabotage="does_nothing") as lms:
        case = made(lms, tmp_path, [13001, 13002], courses=[202])
        case.apply()
        result = verified(case)
    reason = "the server said that it was removed, and it is there"
    assert result.of(13001, 202) == result.of(13002, 202) == ("refused", reason, "no")
    assert result.found.code == Exit.PARTIAL


def test_a_server_that_takes_what_was_to_stay_is_found_out(tmp_path: Path) -> None:
    with MockLMS(sabotage="always_cascades") as lms:
        case = made(lms, tmp_path, [13001], plans=[31])
        case.apply()
        result = verified(case)
    assert result.of(13001, 202) == ("removed", "was to be kept", "no")
    assert result.of(13001, 31) == ("removed", "", "yes")
    assert result.found.code == Exit.PARTIAL


def test_what_the_server_refused_comes_with_its_reason(tmp_path: Path) -> None:
    with MockLMS(policy={"course_in_plan": "refuse", "errors_style": "objects"}) as lms:
        case = made(lms, tmp_path, [13001, 13002], courses=[202])
        case.apply()
        result = verified(case)
    assert result.of(13001, 202) == (
        "refused", "User 13001 cannot leave course 202: a learning plan of theirs contains it.", "no"
    )  # fmt: skip


def test_what_others_did_since_is_seen(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001, 13002, 13012], courses=[202])
    case.apply()
    enroll(lms, 13012, 202)
    result = verified(case)
    assert result.of(13012, 202) == ("kept", "was not there when planned", "no")
    assert result.of(13001, 202) == ("removed", "", "yes")


def test_a_call_that_was_refused_leaves_its_pairs_unknown(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001, 13002], courses=[202, 203])
    lms.control.set_faults([{"operation": "bulk_unenroll", "action": "status", "status": 403}])
    with pytest.raises(Stopped):
        case.apply()
    lms.control.clear_faults()
    unenroll(lms, 13002, 203)
    result = verified(case)
    assert result.of(13001, 202) == ("unknown", "not done yet", "no")
    assert result.of(13002, 203) == ("already absent", "not by this apply", "yes")
    assert result.found.code == Exit.UNKNOWN


def test_what_went_with_a_call_whose_answer_was_lost_was_removed(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001, 13002], courses=[202])
    lms.control.set_faults([{"operation": "bulk_unenroll", "action": "lost_answer"}, REFUSE_READS | {"after": 1}])
    with pytest.raises(Stopped) as stopped:
        case.apply()
    assert stopped.value.code == Exit.UNKNOWN
    lms.control.clear_faults()
    result = verified(case)
    assert result.of(13001, 202) == ("removed", "", "yes")
    assert result.found.code == Exit.AS_PLANNED


def test_what_a_restore_brought_back_is_called_so(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001, 13002], courses=[202])
    case.apply()
    case.restore()
    unenroll(lms, 13002, 202)
    result = verified(case)
    assert result.of(13001, 202) == ("kept", "was removed, and a restore brought it back", "no")
    assert result.of(13002, 202) == ("removed", "", "yes")


def test_where_something_cannot_be_read_the_earlier_result_stays(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001, 13002], courses=[202])
    case.apply()
    path = tmp_path / "result.csv"
    path.write_text("earlier")
    lms.control.set_faults([REFUSE_READS])
    with pytest.raises(ClientError):
        verify_plan(case.client, case.plan, path)
    assert path.read_text() == "earlier"


def test_many_users_are_read_some_at_a_time(house: MockLMS, tmp_path: Path) -> None:
    users = range(1001, 1451)
    seed = {
        "users": [{"id": user, "username": f"user{user}"} for user in users],
        "courses": [{"id": 21, "name": "One"}],
        "enrollments": [{"course": 21, "user": user} for user in users],
    }
    lms = house.tenant(house.control.create_tenant(seed=seed)["name"])
    case = made(lms, tmp_path, users, courses=[21])
    case.apply()
    lms.control.clear_journal()
    seen: list[int] = []
    found = verify_plan(case.client, case.plan, tmp_path / "r.csv", seen.append)
    assert found.results == {"removed": 450}
    assert seen == [200, 200, 50]
    lms.control.verify_journal({"called": {"operation": "list_course_enrollments"}, "times": 3})


# --- where there is nothing to verify


def stops(case: Made, words: str) -> None:
    """It says so, as somebody who did nothing, and there is no result."""
    with pytest.raises(Stopped, match=words) as stopped:
        verify_plan(case.client, case.plan, case.path.with_suffix(".result.csv"))
    assert stopped.value.code == Exit.NOTHING_DONE
    assert not case.path.with_suffix(".result.csv").exists()


def test_a_plan_that_was_not_applied_has_no_result(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001], courses=[202])
    stops(case, "nothing was applied")
    assert not case.journal.exists()
    with Journal(case.journal):
        pass
    stops(case, "nothing was applied")


def test_another_tenants_plan_is_not_verified(lms: MockTenant, house: MockLMS, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001], courses=[202])
    case.apply()
    case.client = client_of(house.tenant(house.control.create_tenant()["name"]))
    stops(case, "is for")


def test_a_journal_of_another_plan_is_none(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001], courses=[202])
    case.apply()
    case = made(lms, tmp_path, [13002], courses=[202])
    stops(case, "another plan")


@pytest.mark.parametrize("change", ["DELETE FROM pairs", "UPDATE pairs SET target_id = 203"])
def test_a_journal_with_other_pairs_is_none(lms: MockTenant, tmp_path: Path, change: str) -> None:
    case = made(lms, tmp_path, [13001, 13002], courses=[202])
    case.apply()
    with sqlite3.connect(case.journal) as db:
        db.execute(f"{change} WHERE number = 2")
    db.close()
    stops(case, "do not fit")


def test_a_file_that_is_no_journal_is_said_to_be_none(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001], courses=[202])
    case.journal.write_text("no journal" * 1000)
    stops(case, "no journal of ours")


def test_while_an_apply_is_at_work_nothing_is_verified(lms: MockTenant, tmp_path: Path) -> None:
    case = made(lms, tmp_path, [13001], courses=[202])
    case.apply()
    with Journal(case.journal):
        stops(case, "in use")


def test_a_plan_that_is_too_old_to_apply_can_be_verified(
    lms: MockTenant, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mock_lms_client.unenroll.plan.run.VALID", timedelta(hours=-1))
    case = made(lms, tmp_path, [13001], courses=[202])
    case.apply()
    assert verified(case).found.code == Exit.AS_PLANNED
