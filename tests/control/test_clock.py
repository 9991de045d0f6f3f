"""The tenant's clock: it stands still, goes ahead, and what falls due on the way happens in order."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.storage.control_tables import oauth_tokens
from tests.conftest import NewLms
from tests.support.lms import Lms

SEED = """
users:
  - {id: 11, username: a}
  - {id: 12, username: b}
courses:
  - {id: 21, name: One}
  - {id: 22, name: Two}
learning_plans:
  - {id: 31, name: First, courses: [21]}
enrollments:
  - {course: 21, user: 11, enrolled_at: 2026-01-01, valid_until: "2026-03-02 12:00:00"}
  - {course: 21, user: 12, enrolled_at: 2026-01-01, valid_until: "2026-03-01 12:00:00"}
  - {course: 22, user: 12, enrolled_at: 2026-01-01, valid_until: "2026-03-05 00:00:00"}
learning_plan_enrollments:
  - {learning_plan: 31, user: 12, enrolled_at: 2026-01-01, valid_until: "2026-03-02 00:00:00"}
"""


@pytest.fixture
def dated(new_lms: NewLms, tmp_path: Any) -> Lms:
    path = tmp_path / "seed.yaml"
    path.write_text(SEED)
    return new_lms(seed=str(path))


def test_a_frozen_clock_stands_still(lms: Lms) -> None:
    shown = lms.mock("PUT", "/clock", {"frozen_at": "2030-05-06 07:08:09"})
    assert shown == {"now": "2030-05-06 07:08:09", "mode": "frozen", "ahead_seconds": 0}
    assert lms.mock("GET", "/clock") == shown
    lms.token = lms.log_in("admin", "pa55word")
    lms.call("POST", "/learn/v1/enrollments/206/13012")
    rows = lms.items("/course/v1/courses/enrollments?course_id[]=206&user_id[]=13012")
    assert rows[0]["enrollment_created_at"] == "2030-05-06 07:08:09"


@pytest.mark.both_databases
def test_a_clock_that_is_let_go_is_the_real_one_and_can_be_moved_ahead_of_it(lms: Lms) -> None:
    assert lms.mock("PUT", "/clock", {"frozen_at": None})["mode"] == "real"
    moved = lms.mock("POST", "/clock/advance", {"seconds": 86_400})
    shown = lms.mock("GET", "/clock")
    assert (shown["mode"], shown["ahead_seconds"]) == ("ahead", 86_400)
    assert shown["now"] >= moved["now"]


def test_a_token_is_good_until_its_hour_is_over_by_the_tenants_clock(lms: Lms) -> None:
    lms.mock("POST", "/clock/advance", {"seconds": 3_599})
    lms.get("/manage/v1/user/session")
    due = lms.mock("POST", "/clock/advance", {"seconds": 1})["fell_due"]
    assert [(each["what"], each["user_id"]) for each in due] == [("access token expired", 1)]
    lms.call("GET", "/manage/v1/user/session", status=401)


@pytest.mark.both_databases
def test_what_falls_due_is_named_in_order_and_nothing_else(dated: Lms) -> None:
    answer = dated.mock("POST", "/clock/advance", {"seconds": 24 * 3_600})
    assert answer["now"] == "2026-03-02 12:00:00"
    assert answer["fell_due"] == [
        {"at": "2026-03-01 13:00:00", "what": "access token expired", "user_id": 1},
        {"at": "2026-03-02 00:00:00", "what": "validity ended", "user_id": 12, "learning_plan_id": 31},
        {"at": "2026-03-02 12:00:00", "what": "validity ended", "user_id": 11, "course_id": 21},
    ]
    assert answer["fell_due_count"] == 3
    again = dated.mock("POST", "/clock/advance", {"seconds": 1})
    assert again["fell_due"] == []
    later = dated.mock("POST", "/clock/advance", {"seconds": 30 * 24 * 3_600})["fell_due"]
    assert [each["what"] for each in later] == ["validity ended", "refresh token expired"]
    assert dated.rows(oauth_tokens) == []


def test_setting_the_clock_lets_nothing_fall_due(dated: Lms) -> None:
    tokens = dated.rows(oauth_tokens)
    dated.mock("PUT", "/clock", {"frozen_at": "2027-01-01 00:00:00"})
    assert dated.rows(oauth_tokens) == tokens
    assert dated.mock("POST", "/clock/advance", {"seconds": 1})["fell_due"] == []


@pytest.mark.parametrize("seconds", [0, -1, True, "5", None, [], 315_360_001, 1e400])
def test_the_clock_goes_forward_only_and_in_bounded_steps(lms: Lms, seconds: object) -> None:
    before = lms.mock("GET", "/clock")
    raw = f'{{"seconds": {"1e400" if seconds == 1e400 else __import__("json").dumps(seconds)}}}'.encode()
    lms.mock("POST", "/clock/advance", raw=raw, status=400)
    assert lms.mock("GET", "/clock") == before


def test_the_clock_stops_at_the_year_9000(lms: Lms) -> None:
    lms.mock("PUT", "/clock", {"frozen_at": "8999-12-31 00:00:00"})
    message = lms.mock("POST", "/clock/advance", {"seconds": 315_360_000}, status=400)["message"]
    assert "9000" in message[0]
    assert lms.mock("GET", "/clock")["now"] == "8999-12-31 00:00:00"


@pytest.mark.parametrize(
    "body",
    [{}, {"frozen_at": 5}, {"frozen_at": "tomorrow"}, {"frozen_at": "2026-13-01 00:00:00"}, {"frozen": None}, []],
)
def test_a_moment_that_is_none_is_refused(lms: Lms, body: object) -> None:
    before = lms.mock("GET", "/clock")
    lms.mock("PUT", "/clock", body, status=400)
    assert lms.mock("GET", "/clock") == before
