"""Each sabotaged server breaks the rule that it says, and a check of that rule alone notices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from mock_lms.control.sabotage import SABOTAGES, Target, UnknownSabotage, apply, known
from mock_lms.storage.tables import course_enrollments
from tests.conftest import NewLms
from tests.support.lms import BULK, CREDENTIALS, Lms
from tests.support.small import SEED

CASCADE = {"cascade_unenroll_from_courses_in_selected_learning_plan": True}
WHO = "/course/v1/courses/enrollments?page_size=200"


def call(lms: Lms, method: str, path: str, body: Any = None, token: str | None = None) -> tuple[int, Any]:
    """Status and `data`, whatever they are: a sabotaged server does not keep to the contract."""
    headers = {"Authorization": f"Bearer {token or lms.token}"}
    answer = lms.http.open(path, method=method, json=body, headers=headers)
    return answer.status_code, (answer.get_json() or {}).get("data")


def unenroll(lms: Lms, users: list[int], **body: Any) -> tuple[int, Any]:
    return call(lms, "DELETE", BULK, {"user_ids": users, **body})


def pairs(lms: Lms) -> set[tuple[int, int]]:
    # past the API, which may be what is sabotaged
    return {(row[0], row[1]) for row in lms.rows(course_enrollments)}


def held(lms: Lms, user: int) -> Any:
    return lms.call("GET", f"/_mock/learners/{user}", token=CREDENTIALS.control_token)


def layer(lms: Lms, user: int, name: str) -> set[Any]:
    return {(row["course_id"], row.get("learning_plan_id")) for row in held(lms, user)[name]}


def gone(lms: Lms, users: list[int], **body: Any) -> set[tuple[int, int]]:
    before = pairs(lms)
    unenroll(lms, users, **body)
    return before - pairs(lms)


def progress(lms: Lms, course: int, user: int) -> str:
    (row,) = call(lms, "GET", f"/course/v1/courses/enrollments?course_id[]={course}&user_id[]={user}")[1]["items"]
    return str(row["enrollment_status"])


def plans(lms: Lms, user: int) -> set[int]:
    return {row["learning_plan_id"] for row in held(lms, user)["learning_plans"]}


def without_a_body(lms: Lms) -> bool:
    answer = lms.http.delete(BULK, headers={"Authorization": f"Bearer {lms.token}"})
    return bool(answer.status_code == 400)


def after_reset(lms: Lms) -> str:
    unenroll(lms, [11], course_ids=[21], reset_tracks=True)
    call(lms, "POST", f"{BULK}/21/11")
    return progress(lms, 21, 11)


def read_after_write(lms: Lms) -> bool:
    before = call(lms, "GET", WHO)[1]["total_count"]
    unenroll(lms, [11], course_ids=[21])
    return bool(call(lms, "GET", WHO)[1]["total_count"] == before - 1)


def pages_differ(lms: Lms) -> bool:
    path = "/course/v1/courses/enrollments?page_size=3"
    first, second = (call(lms, "GET", f"{path}&page={page}")[1] for page in (1, 2))
    return bool(first["items"] != second["items"])


def foreign_token_is_refused(lms: Lms) -> bool:
    lms.tenants.create("other", "empty")
    secrets = {"client_id": CREDENTIALS.client_id, "client_secret": CREDENTIALS.client_secret}
    person = {"username": CREDENTIALS.username, "password": CREDENTIALS.password}
    form = {"grant_type": "password", **secrets, **person}
    token = lms.http.post("/t/other/oauth2/token", data=form).get_json()["access_token"]
    return call(lms, "GET", WHO, token=token)[0] == 401


MANY = list(range(2000, 2999))

HOLDS: dict[str, Callable[[Lms], bool]] = {
    "no_cap": lambda lms: unenroll(lms, [11, 12, *MANY], course_ids=[21])[0] == 400,
    "cap_at_999": lambda lms: unenroll(lms, [11, *MANY], course_ids=[21])[0] == 200,
    "drops_the_thousandth": lambda lms: gone(lms, [*MANY, 11], course_ids=[21]) == {(21, 11)},
    "empties_the_course": lambda lms: gone(lms, [11], course_ids=[21]) == {(21, 11)},
    "ignores_the_course_list": lambda lms: gone(lms, [11], course_ids=[21]) == {(21, 11)},
    "first_pair_only": lambda lms: len(gone(lms, [11, 12], course_ids=[21, 22])) == 4,
    "counts_requested": lambda lms: unenroll(lms, [11, 14], course_ids=[21])[1]["un_enrolled"] == [11],
    "swallows_errors": lambda lms: len(unenroll(lms, [11, 14], course_ids=[21])[1]["errors"]) == 1,
    "unknown_users_succeed": lambda lms: unenroll(lms, [11, 99], course_ids=[21])[1]["un_enrolled"] == [11],
    "one_bad_pair_aborts_all": lambda lms: gone(lms, [11, 99], course_ids=[21]) == {(21, 11)},
    "half_then_500": lambda lms: unenroll(lms, [11, 12], course_ids=[21])[0] == 200,
    "does_nothing": lambda lms: gone(lms, [11], course_ids=[21]) == {(21, 11)},
    "not_idempotent": lambda lms: [unenroll(lms, [11], course_ids=[21])[0] for _ in range(2)] == [200, 200],
    "always_cascades": lambda lms: gone(lms, [12], learningplan_ids=[31]) == set(),
    "never_cascades": lambda lms: gone(lms, [12], learningplan_ids=[31], **CASCADE) == {(21, 12), (22, 12)},
    "ignores_the_flags": lambda lms: gone(lms, [12], learningplan_ids=[31], **CASCADE) == {(21, 12), (22, 12)},
    "cascades_into_shared_courses": lambda lms: gone(lms, [11], learningplan_ids=[31], **CASCADE) == {(21, 11)},
    "cascade_spares_completed": lambda lms: (22, 12) in gone(lms, [12], learningplan_ids=[31], **CASCADE),
    "keeps_the_plan_row": lambda lms: not gone(lms, [12], learningplan_ids=[31]) and plans(lms, 12) == set(),
    "leaves_every_plan": lambda lms: not gone(lms, [11], learningplan_ids=[31]) and plans(lms, 11) == {32},
    "wipes_tracks_unasked": lambda lms: (
        bool(gone(lms, [11], course_ids=[21])) and (21, None) in layer(lms, 11, "tracking")
    ),
    "keeps_tracks": lambda lms: (
        bool(gone(lms, [11], course_ids=[21], reset_tracks=True)) and (21, None) not in layer(lms, 11, "tracking")
    ),
    "resurrects_after_reset": lambda lms: after_reset(lms) == "enrolled",
    "deletes_certificates_unasked": lambda lms: (
        bool(gone(lms, [11], course_ids=[21])) and (21, None) in layer(lms, 11, "certificates")
    ),
    "keeps_certificates": lambda lms: (
        bool(gone(lms, [11], course_ids=[21], delete_issued_certificates=True))
        and (21, None) not in layer(lms, 11, "certificates")
    ),
    "deletes_others_certificates": lambda lms: (
        bool(gone(lms, [11], course_ids=[21], delete_issued_certificates=True))
        and (21, None) in layer(lms, 13, "certificates")
    ),
    "answers_207": lambda lms: unenroll(lms, [11, 14], course_ids=[21])[0] == 200,
    "ids_as_strings": lambda lms: unenroll(lms, [11], course_ids=[21])[1]["un_enrolled"] == [11],
    "no_auth": lambda lms: call(lms, "GET", WHO, token="wrong")[0] == 401,
    "accepts_foreign_tokens": foreign_token_is_refused,
    "stale_reads": read_after_write,
    "page_2_repeats_page_1": pages_differ,
    "no_body_means_everybody": without_a_body,
}


@pytest.fixture
def spoiled(new_lms: NewLms, tmp_path: Any) -> Iterator[Callable[[str | None], Lms]]:
    """A small tenant, sabotaged if it is said how. Everything is put right afterwards."""
    targets: list[Target] = []
    path = tmp_path / "seed.yaml"
    path.write_text(SEED)

    def make(name: str | None) -> Lms:
        lms = new_lms(seed=str(path))
        if name:
            targets.append(apply(name, lms.app))
        return lms

    yield make
    for target in targets:
        target.off()


@pytest.mark.parametrize("name", HOLDS)
def test_the_rule_holds_on_a_right_server_and_not_on_the_sabotaged_one(
    name: str, spoiled: Callable[[str | None], Lms]
) -> None:
    assert HOLDS[name](spoiled(None)), "the check itself is wrong"
    assert not HOLDS[name](spoiled(name)), "nothing noticed"


@pytest.mark.parametrize("name", HOLDS)
def test_what_was_sabotaged_can_be_put_right(name: str, new_lms: NewLms, tmp_path: Any) -> None:
    path = tmp_path / "seed.yaml"
    path.write_text(SEED)
    lms = new_lms(seed=str(path))
    apply(name, lms.app).off()
    assert HOLDS[name](lms)


def test_there_are_ninety_at_least_and_each_says_which_rule_it_breaks() -> None:
    assert len(known()) >= 90
    assert HOLDS.keys() <= known().keys()
    assert all(each.breaks and not each.breaks.endswith(".") for each in SABOTAGES.values())
    assert len({each.breaks for each in SABOTAGES.values()}) == len(SABOTAGES)


def test_an_unknown_sabotage_is_refused(lms: Lms) -> None:
    with pytest.raises(UnknownSabotage, match="mock-lms sabotage"):
        apply("nothing", lms.app)


# --- of one tenant


def at(lms: Lms, tenant: str, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    """Status and `data` of a call of a tenant."""
    headers = {"Authorization": f"Bearer {log_in_at(lms, tenant)}"}
    answer = lms.http.open(f"/t/{tenant}{path}", method=method, json=body, headers=headers)
    return answer.status_code, (answer.get_json() or {}).get("data")


def log_in_at(lms: Lms, tenant: str) -> str:
    names = ("client_id", "client_secret", "username", "password")
    form = {"grant_type": "password"} | {name: getattr(CREDENTIALS, name) for name in names}
    return str(lms.http.post(f"/t/{tenant}/oauth2/token", data=form).get_json()["access_token"])


def test_a_sabotaged_tenant_is_wrong_and_the_others_stay_right(lms: Lms) -> None:
    lms.tenants.create("wrong", sabotage="answers_207")
    lms.tenants.create("other", sabotage="ids_as_strings")
    body = {"user_ids": [13001], "course_ids": [201]}
    found: dict[str, list[tuple[int, Any]]] = {}
    for _ in range(3):
        for tenant in ("default", "wrong", "other"):
            status, data = at(lms, tenant, "DELETE", BULK, body)
            found.setdefault(tenant, []).append((status, data["un_enrolled"]))
    assert found == {
        "default": [(200, [13001]), (200, []), (200, [])],
        "wrong": [(207, [13001]), (207, []), (207, [])],
        "other": [(200, ["13001"]), (200, []), (200, [])],
    }


def test_what_a_sabotage_remembers_it_remembers_for_its_tenant(lms: Lms) -> None:
    lms.tenants.create("wrong", sabotage="stale_reads")
    path = "/course/v1/courses/enrollments?course_id[]=201"
    before = {tenant: at(lms, tenant, "GET", path)[1]["total_count"] for tenant in ("default", "wrong")}
    for tenant in ("default", "wrong"):
        at(lms, tenant, "DELETE", BULK, {"user_ids": [13001], "course_ids": [201]})
    after = {tenant: at(lms, tenant, "GET", path)[1]["total_count"] for tenant in ("default", "wrong")}
    assert after == {"default": before["default"] - 1, "wrong": before["wrong"]}
