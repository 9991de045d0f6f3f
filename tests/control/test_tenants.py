"""Tenants come and go over HTTP, and are strangers to each other."""

from __future__ import annotations

from typing import Any

import pytest

from mock_lms.policy import Policy
from mock_lms.services.tenants import Tenants
from tests.conftest import NewLms, NewStore
from tests.support.lms import BULK, CREDENTIALS, Lms
from tests.support.small import SEED

TOKEN = CREDENTIALS.control_token


def create(lms: Lms, *, status: int = 200, **body: Any) -> Any:
    return lms.mock("POST", "/tenants", body, status=status)


def visit(lms: Lms, name: str) -> Lms:
    """Another tenant of the same server."""
    other: Lms = object.__new__(Lms)
    other.__dict__ |= lms.__dict__ | {"name": name}

    def prefixed(method: str, path: str, *given: Any, **options: Any) -> Any:
        return Lms.call(other, method, f"/t/{name}{path}", *given, **options)

    other.call = prefixed  # type: ignore[method-assign]
    form = {"grant_type": "password", "client_id": CREDENTIALS.client_id, "client_secret": CREDENTIALS.client_secret}
    form |= {"username": CREDENTIALS.username, "password": CREDENTIALS.password}
    other.token = str(lms.http.post(f"/t/{name}/oauth2/token", data=form).get_json()["access_token"])
    return other


def test_a_tenant_without_a_name_or_a_wish_is_given_one_and_is_the_demo(lms: Lms) -> None:
    made = lms.mock("POST", "/tenants")
    assert made["name"].startswith("t-")
    assert (made["path"], made["seed"], made["sabotage"]) == (f"/t/{made['name']}", "demo", None)
    assert made["clock"]["mode"] == "real"
    assert made["policy"] == Policy().as_dict()
    assert lms.mock("GET", f"/tenants/{made['name']}")["made_at"] == made["made_at"]
    assert lms.mock("GET", "/tenants") == {"tenants": sorted(["default", made["name"]])}
    assert visit(lms, made["name"]).pairs() == lms.pairs()


@pytest.mark.both_databases
def test_a_tenant_has_what_it_was_made_with(lms: Lms) -> None:
    made = create(
        lms,
        name="mine",
        seed="empty",
        policy={"over_cap": "truncate"},
        frozen_at="2026-05-05 05:05:05",
        sabotage="answers_207",
    )
    assert made["policy"] == Policy().replace(["over_cap=truncate"]).as_dict()
    assert made["clock"] == {"now": "2026-05-05 05:05:05", "mode": "frozen", "ahead_seconds": 0}
    assert (made["seed"], made["made_at"], made["sabotage"]) == ("empty", "2026-05-05 05:05:05", "answers_207")
    assert lms.mock("GET", "/tenants/mine") == made
    # and none of it is of another
    default = lms.mock("GET", "/tenants/default")
    assert (default["sabotage"], default["policy"]["over_cap"]) == (None, "reject")


def test_the_policy_of_a_server_is_that_of_a_tenant_but_for_what_it_chooses(new_lms: NewLms) -> None:
    lms = new_lms(policy="over_cap=truncate")
    assert create(lms)["policy"]["over_cap"] == "truncate"
    policy = create(lms, policy={"errors_style": "objects"})["policy"]
    assert (policy["over_cap"], policy["errors_style"]) == ("truncate", "objects")


@pytest.mark.both_databases
def test_the_seed_scale_has_the_size_that_is_asked_for(lms: Lms) -> None:
    create(lms, name="large", seed="scale", users=20, courses=4, plans=2.0)
    other = visit(lms, "large")
    assert len(other.pairs()) == 80
    assert {plan for plan, _ in other.members()} == {1, 2}


@pytest.mark.both_databases
def test_the_text_of_a_seed_file_is_a_seed(lms: Lms) -> None:
    made = create(lms, name="small", contents=SEED)
    assert made["seed"] == "contents"
    assert {user for _, user in visit(lms, "small").pairs()} == {11, 12, 13}
    create(lms, name="other", contents=SEED.replace("user: 13", "user: 14"))
    assert {user for _, user in visit(lms, "other").pairs()} == {11, 12, 14}


@pytest.mark.parametrize(
    ("contents", "says"),
    [
        ("users:\n- {id: 5, usernam: x}", "contents: line:2: users.0.usernam: there is no such key"),
        ("users: [", "contents: line:2: this is no YAML"),
        ("users:\n- {id: 5, username: x}\n- {id: 5, username: y}", "contents: line:3: users.1.id: there is a user 5"),
        ("/etc/passwd", "contents: line:1: this must be a mapping"),
        ("x" * 100, "contents: line:1: this must be a mapping"),
    ],
)
def test_a_seed_that_cannot_be_read_is_refused_by_line_and_makes_nothing(lms: Lms, contents: str, says: str) -> None:
    assert create(lms, name="new", contents=contents, status=400)["message"][0].startswith(says)
    assert lms.mock("GET", "/tenants") == {"tenants": ["default"]}


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": "-x"}, "name"),
        ({"name": "X"}, "name"),
        ({"name": "a" * 31}, "name"),
        ({"name": "../up"}, "name"),
        ({"name": "a$seed"}, "name"),
        ({"name": None}, "name"),
        ({"seed": "seed.yaml"}, "seed"),
        ({"seed": "/etc/passwd"}, "seed"),
        ({"seed": "demo", "contents": ""}, "contents"),
        ({"contents": 5}, "contents"),
        ({"users": 5}, "users"),
        ({"seed": "scale", "users": 0}, "users"),
        ({"seed": "scale", "users": 1_000_001}, "users"),
        ({"seed": "scale", "users": True}, "users"),
        ({"seed": "scale", "courses": "5"}, "courses"),
        ({"seed": "scale", "plans": 1.5}, "plans"),
        ({"policy": {"over": "x"}}, "policy"),
        ({"policy": {"over_cap": "x"}}, "policy"),
        ({"policy": {"over_cap": 1}}, "policy"),
        ({"policy": ["over_cap=truncate"]}, "policy"),
        ({"policy": None}, "policy"),
        ({"frozen_at": "2026-02-30 00:00:00"}, "frozen_at"),
        ({"frozen_at": "2026-02-03"}, "frozen_at"),
        ({"frozen_at": "2026-02-03T00:00:00Z"}, "frozen_at"),
        ({"frozen_at": 5}, "frozen_at"),
        ({"sabotage": "nothing_such"}, "sabotage"),
        ({"sabotage": 1}, "sabotage"),
        ({"polices": {}}, "polices"),
    ],
)
def test_a_tenant_that_makes_no_sense_is_refused_and_none_is_made(lms: Lms, body: Any, field: str) -> None:
    assert create(lms, status=400, **body)["message"][0].startswith(f"{field}: ")
    assert lms.mock("GET", "/tenants") == {"tenants": ["default"]}


@pytest.mark.both_databases
def test_a_name_is_given_once(lms: Lms) -> None:
    create(lms, name="one", seed="empty")
    create(lms, name="one", status=409)
    create(lms, name="default", status=409)
    lms.mock("POST", "/fork", {"name": "one"}, status=409)
    assert visit(lms, "one").pairs() == set()


@pytest.mark.both_databases
def test_tenants_are_strangers(lms: Lms) -> None:
    create(lms, name="one")
    other = visit(lms, "one")
    before = lms.everything()
    other.call("DELETE", BULK, {"user_ids": [13001], "course_ids": [201]})
    assert lms.everything() == before
    lms.call("GET", "/t/one/manage/v1/user/session", status=401)
    lms.call("GET", "/manage/v1/user/session", token=other.token, status=401)
    lms.mock("PUT", "/snapshots/mine")
    assert [each["name"] for each in other.call("GET", "/_mock/snapshots", token=TOKEN)["snapshots"]] == ["seed"]


@pytest.mark.both_databases
def test_a_dropped_tenant_is_gone_with_all_that_it_had(lms: Lms) -> None:
    create(lms, name="one")
    other = visit(lms, "one")
    other.call("PUT", "/_mock/snapshots/kept", token=TOKEN)
    assert lms.mock("DELETE", "/tenants/one") == {"dropped": "one"}
    lms.mock("GET", "/tenants/one", status=404)
    lms.mock("DELETE", "/tenants/one", status=404)
    assert lms.http.get("/t/one/manage/v1/user/session").status_code == 404
    create(lms, name="one", seed="empty")
    other.call("GET", "/manage/v1/user/session", status=401)
    assert [each["name"] for each in other.call("GET", "/_mock/snapshots", token=TOKEN)["snapshots"]] == ["seed"]


@pytest.mark.parametrize(
    ("name", "status"), [("default", 400), ("none", 404), ("%00", 400), ("..", 400), ("A", 400), ("x" * 31, 400)]
)
def test_what_cannot_be_dropped_is_refused(lms: Lms, name: str, status: int) -> None:
    assert lms.http.delete(f"/_mock/tenants/{name}", headers={"Authorization": f"Bearer {TOKEN}"}).status_code == status
    assert lms.mock("GET", "/tenants") == {"tenants": ["default"]}


@pytest.mark.both_databases
def test_a_worker_that_knew_a_dropped_tenant_meets_the_new_one_of_its_name(new_store: NewStore) -> None:
    store = new_store()
    lms = Lms(store)
    other = Lms.__new__(Lms)
    other.tenants, other.name = Tenants(store, CREDENTIALS.hashed()), "one"
    other.serve()
    create(lms, name="one")
    other.token = visit(lms, "one").token
    path = "/t/one/course/v1/courses/enrollments"
    assert other.get(path)["total_count"] > 0
    lms.mock("DELETE", "/tenants/one")
    other.call("GET", path, status=404)
    other.mock("GET", "/tenants/one", status=404)
    create(lms, name="one", seed="empty", policy={"over_cap": "truncate"})
    other.call("GET", path, status=401)
    assert other.mock("GET", "/tenants/one")["seed"] == "empty"
    other.token = visit(lms, "one").token
    assert other.get(path)["total_count"] == 0
    for tenants in (lms.tenants, other.tenants):
        tenants.close()


# --- forks


@pytest.mark.both_databases
def test_a_fork_begins_as_the_tenant_is_and_goes_its_own_way(lms: Lms) -> None:
    lms.bulk_unenroll([13001], course_ids=[201])
    there = lms.pairs()
    assert lms.mock("POST", "/fork", {"name": "fork"})["name"] == "fork"
    fork = visit(lms, "fork")
    assert fork.pairs() == there
    fork.call("DELETE", BULK, {"user_ids": [13001, 13002], "course_ids": [202]})
    assert lms.pairs() == there
    # a reset of it goes back to here, not to what this one began with
    fork.call("POST", "/_mock/reset", token=TOKEN)
    assert fork.pairs() == there
    lms.mock("POST", "/reset")
    assert fork.pairs() == there != lms.pairs()


@pytest.mark.both_databases
def test_a_fork_of_a_snapshot_begins_as_that_was(lms: Lms) -> None:
    pairs = lms.pairs()
    lms.mock("PUT", "/snapshots/before")
    lms.bulk_unenroll([13001], course_ids=[201])
    for name, state in (("one", "before"), ("two", "seed")):
        lms.mock("POST", "/fork", {"name": name, "state": state})
        assert visit(lms, name).pairs() == pairs
    lms.mock("DELETE", "/snapshots/before")
    one = visit(lms, "one")
    one.call("POST", "/_mock/reset", token=TOKEN)
    assert one.pairs() == pairs


@pytest.mark.both_databases
def test_a_fork_has_the_policy_the_clock_and_the_sabotage(lms: Lms) -> None:
    create(lms, name="one", policy={"over_cap": "truncate"}, frozen_at="2026-05-05 05:05:05", sabotage="answers_207")
    made = lms.call("POST", "/t/one/_mock/fork", {"name": "two"}, token=TOKEN)
    of = lms.mock("GET", "/tenants/one")
    assert made == of | {"name": "two", "path": "/t/two"}
    # its clock goes back to this as well
    lms.call("POST", "/t/two/_mock/clock/advance", {"seconds": 60}, token=TOKEN)
    lms.call("POST", "/t/two/_mock/reset", token=TOKEN)
    assert lms.mock("GET", "/tenants/two") == made


@pytest.mark.both_databases
def test_tokens_are_no_part_of_a_fork(lms: Lms) -> None:
    lms.mock("POST", "/fork", {"name": "fork"})
    lms.call("GET", "/t/fork/manage/v1/user/session", status=401)


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"state": "none"}, 404),
        ({"state": "../x"}, 400),
        ({"name": "X"}, 400),
        ({"of": "now"}, 400),
        ({"state": 1}, 400),
    ],
)
def test_a_fork_that_makes_no_sense_is_refused_and_none_is_made(lms: Lms, body: Any, status: int) -> None:
    lms.mock("POST", "/fork", body, status=status)
    assert lms.mock("GET", "/tenants") == {"tenants": ["default"]}
