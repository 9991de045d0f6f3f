"""What a target has and lacks: claimed, tried, or taken away by `--without`. What is absent is skipped."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from mock_lms_contracts.adapters import Claims
from mock_lms_contracts.adapters.api import ApiAdapter
from mock_lms_contracts.adapters.capabilities import ABILITIES, CAPABILITIES, OPERATIONS
from mock_lms_contracts.adapters.choose import adapter_of
from mock_lms_contracts.adapters.guide import GUIDE, guide
from mock_lms_contracts.adapters.served import ENROLLMENTS, NOWHERE, READS, lacking
from mock_lms_contracts.adapters.wire import WireAdapter
from mock_lms_contracts.exchange import Dropped
from mock_lms_contracts.scenario import COMPLETED, SUBSCRIBED, Scenario
from mock_lms_contracts.target import Answer, Target
from mock_lms_contracts.verdicts import HarnessError

from tests.contracts import fakes
from tests.contracts.answering import answering
from tests.contracts.driver import Mock
from tests.contracts.scripted import Script, says

UNKNOWN = '{"message": ["no such door"]}'


def claims(*capabilities: str) -> Claims:
    return Claims(frozenset(capabilities))


# --- claims


def test_who_claims_no_operation_is_taken_to_have_them_all_and_they_are_tried() -> None:
    assert Claims().capabilities == {"learning_plans", *OPERATIONS}
    assert claims("inspect").capabilities == {"inspect", *OPERATIONS}
    assert claims("inspect").assumed == OPERATIONS.keys()


def test_who_claims_one_operation_has_that_one_only_and_nothing_is_tried() -> None:
    assert claims("course_list", "inspect").capabilities == {"course_list", "inspect"}
    assert claims("course_list").assumed == set()


def test_plans_that_no_list_shows_are_not_claimed() -> None:
    assert claims("learning_plans", "course_list").missing(["learning_plans"]) == (
        "the target does not claim learning_plans (no list shows them)"
    )
    assert claims("learning_plans", "mixed_list").missing(["learning_plans"]) == ""


def test_what_is_missing_is_said_with_its_reason() -> None:
    assert Claims().without({"update": "--without"}).missing(["update", "inspect", "record"]) == (
        "the target does not claim inspect, update (--without)"
    )


def test_a_scenario_is_fitted_to_what_the_target_can_have() -> None:
    scenario = Scenario(2, 1, ((0,),), {(0, 0): COMPLETED}, frozenset({(1, 0)}), frozenset({(0, 0)}))
    assert claims("certificates", "learning_plans", "mixed_list", "progress").fitted(scenario) == scenario
    assert claims("course_list").fitted(scenario) == Scenario(2, 1, enrollments={(0, 0): SUBSCRIBED})
    others = Scenario(2, 1, enrollments={(0, 0): COMPLETED, (1, 0): "waiting"})
    assert claims("course_list", "progress", "statuses").fitted(others) == others
    assert claims("course_list", "progress").fitted(others).enrollments == {(0, 0): COMPLETED, (1, 0): SUBSCRIBED}


@pytest.mark.parametrize(
    ("capabilities", "said"),
    [
        (["certificate"], "there is no capability 'certificate'; did you mean certificates?"),
        (["teleporter"], "known are enroll, update"),
        (["enroll", "plan_list"], "one of course_list and mixed_list is needed"),
    ],
)
def test_claims_that_cannot_be_meant_are_refused(script: Script, capabilities: list[str], said: str) -> None:
    script.plays = [says(200, json.dumps({"capabilities": capabilities}).encode())]
    with pytest.raises(HarnessError) as raised:
        adapter_of({"adapter": script.url}).claims()
    assert said in str(raised.value)
    assert GUIDE in str(raised.value)


def test_every_capability_is_in_the_guide_with_the_words_of_the_code() -> None:
    table = dict(line.split(" | ", 1) for line in guide().splitlines() if line.startswith("| `"))
    for name, meaning in CAPABILITIES.items():
        assert table.get(f"| `{name}`", "").removesuffix(" |") == meaning


# --- what is assumed is tried


def not_served(*operations: str, status: int = 405, text: str = UNKNOWN) -> Callable[[str, str], Answer | None]:
    """Answers for these operations. An unknown path is always a 404 with `UNKNOWN`."""

    def answer(method: str, path: str) -> Answer | None:
        if path == NOWHERE:
            return Answer(404, {}, UNKNOWN)
        one = path.startswith(f"{ENROLLMENTS}/")
        lists = {("GET", read): operation for operation, read in READS.items()}
        writes = {"PUT": "update", "POST": "enroll", "DELETE": "bulk"}
        ones = {"GET": "record", "DELETE": "single_unenroll"}
        of_bulk = writes.get(method, "") if path == ENROLLMENTS else ""
        operation = ones.get(method, "") if one else lists.get((method, path), of_bulk)
        return Answer(status, {}, text.replace("PATH", path)) if operation in operations else None

    return answer


@pytest.mark.parametrize(
    ("operations", "status"),
    [
        (("update",), 405),
        (("record", "single_unenroll"), 501),
        (("plan_list", "mixed_list"), 404),
        (("single_unenroll", "update", "record", "plan_list"), 404),
        ((), 405),
    ],
)
def test_an_operation_that_is_not_served_is_found_by_a_right_call(
    tenant: Target, monkeypatch: pytest.MonkeyPatch, operations: tuple[str, ...], status: int
) -> None:
    answering(monkeypatch, not_served(*operations, status=status))
    absent = lacking(ApiAdapter(), tenant, "tried")
    assert absent.keys() == {*operations}
    assert all(why.endswith(f"is answered with {status}") for why in absent.values())
    assert tenant.items(READS["course_list"]) == [], "it is cleaned up"


def test_a_404_that_an_unknown_path_does_not_get_is_a_mistake_of_the_target_and_no_missing_operation(
    tenant: Target, monkeypatch: pytest.MonkeyPatch
) -> None:
    answering(monkeypatch, not_served("record", "update", status=404, text='{"message": ["no such enrollment"]}'))
    assert lacking(ApiAdapter(), tenant, "tried") == {}


def test_one_list_is_never_taken_for_missing(tenant: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    answering(monkeypatch, not_served("course_list", "mixed_list"))
    assert lacking(ApiAdapter(), tenant, "tried", read_only=True) == {}


def test_what_breaks_down_when_it_is_tried_is_there(tenant: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(method: str, path: str) -> Answer | None:
        if path == NOWHERE or method == "PUT":
            raise Dropped(f"{method} {path}")
        return Answer(404, {}, UNKNOWN) if path == READS["plan_list"] else None

    answering(monkeypatch, broken)
    assert lacking(ApiAdapter(), tenant, "tried") == {}


def test_what_is_claimed_is_not_tried(script: Script) -> None:
    script.plays = [says(200, b'{"capabilities": ["course_list"]}')]
    assert lacking(WireAdapter(script.url), Target(script.url), "tried") == {}
    assert len(script.seen) == 1


def test_a_run_that_only_reads_tries_lists_only(tenant: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    calls = answering(monkeypatch, not_served("record", "plan_list"))
    assert lacking(ApiAdapter(), tenant, "tried", read_only=True).keys() == {"plan_list"}
    assert {method for method, _ in calls} == {"GET"}


# --- a run


@pytest.mark.usefixtures("brief")
def test_without_update_and_plans_there_is_a_verdict_on_the_rest(
    mock: Mock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = answering(monkeypatch, not_served("update", "plan_list", "single_unenroll"))
    done = fakes.contracts("run", "--profile", "core", "--profile", "enrolling", "--profile", "learning-plans",
                           "--json", "--without", "mixed_list", cwd=tmp_path, **fakes.settings(mock))  # fmt: skip
    report = json.loads(done.stdout)
    assert report["exit_code"] == 0, done.stderr
    results = {result["requirement"]: result for result in report["results"]}
    assert results["UNENROLL-EFFECT-1"]["verdict"] == "pass"
    assert results["ENROLL-EFFECT-1"]["verdict"] == "pass"
    assert results["UPDATE-EFFECT-1"]["message"] == (
        "the target does not claim update (PUT /learn/v1/enrollments is answered with 405)"
    )
    assert results["PLAN-LEAVE-1"]["message"] == "the target does not claim learning_plans (no list shows them)"
    assert results["SINGLE-RECORD-1"]["verdict"] == "skipped"
    assert {results[name]["verdict"] for name in results if name.startswith("UPDATE-")} == {"skipped"}
    # once to see whether it is served; each token of CALL-STATUS-1 is tried, too: none, a bad one, and ours
    assert calls.count(("PUT", ENROLLMENTS)) == 1 + 3


def test_without_enroll_the_api_adapter_says_that_another_is_needed(mock: Mock, tmp_path: Path) -> None:
    done = fakes.contracts("run", "--without", "enroll", "--profile", "core", cwd=tmp_path, **fakes.settings(mock))
    assert done.returncode == 3
    assert (
        f"the api adapter enrolls people by POST {ENROLLMENTS}; without that, use another adapter: {GUIDE}"
        in done.stdout
    )


def test_without_a_list_nothing_can_be_seen(tmp_path: Path) -> None:
    done = fakes.contracts("run", "--base-url", "http://127.0.0.1:9", "--token", "x", "--without", "course_list",
                           "--without", "mixed_list", cwd=tmp_path)  # fmt: skip
    assert done.returncode == 2
    assert "one of course_list and mixed_list is needed" in done.stderr


def test_abilities_and_operations_are_apart() -> None:
    assert not ABILITIES.keys() & OPERATIONS.keys()
