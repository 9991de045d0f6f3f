"""Sorts, sizes and words that the mock does not know are ignored, or refused by policy (what-clients-call.md 2)."""

from __future__ import annotations

import pytest

from tests.conftest import NewLms
from tests.support import contract
from tests.support.lists import KEYS, SORTS, page, parameters
from tests.support.lms import BULK, CREDENTIALS, Lms

REFUSE = "unknown_values=refuse"

each_list = pytest.mark.parametrize("path", KEYS)


def _words_of(path: str, name: str) -> list[str]:
    """The words that the parameter knows, its items' words where it is an array."""
    schema = parameters(path)[name]
    return contract.words(schema["items"] if schema.get("type") == "array" else schema)


SETTINGS = {"sort_attr", "sort_dir", "sort_by", "sort_by_direction", "match_type", "get_cursor", "return_courses",
            "pending", "exclude_courses_in_lp", "show_item_list"}  # fmt: skip
WITH_WORDS = [(path, name) for path in KEYS for name in parameters(path) if _words_of(path, name)]
FILTERS = [(path, name) for path, name in WITH_WORDS if name not in SETTINGS]
HOW_TO_LIST = [(path, name) for path, name in WITH_WORDS if name in SETTINGS]

UNKNOWN = ["webinars", "active", "COMPLETED", "99", "password_hash", "x'); --", "%25", "日本"]


def test_every_word_that_a_list_takes_is_a_filter_or_a_setting() -> None:
    assert len(FILTERS) == 17
    assert {name for _, name in HOW_TO_LIST} == SETTINGS


@pytest.mark.both_databases
@pytest.mark.parametrize(("path", "name"), FILTERS)
def test_a_filter_of_unknown_words_finds_nothing_and_known_ones_beside_them_what_they_do(
    lms: Lms, path: str, name: str
) -> None:
    for word in UNKNOWN:
        assert page(lms, path, more=f"&{name}={word}")["total_count"] == 0, word
        assert lms.call("GET", path, {name.removesuffix("[]"): word})["data"]["total_count"] == 0
    if not name.endswith("[]"):
        return
    assert page(lms, path, more=f"&{name}={','.join(UNKNOWN[:2])}")["items"] == []
    for known in _words_of(path, name):
        alone = page(lms, path, more=f"&{name}={known}")
        assert page(lms, path, more=f"&{name}={known}&{name}=webinars") == alone
        assert page(lms, path, more=f"&{name}=webinars,{known}") == alone


@pytest.mark.parametrize(("path", "name"), FILTERS)
def test_an_empty_word_is_no_filter(lms: Lms, path: str, name: str) -> None:
    assert page(lms, path, more=f"&{name}=") == page(lms, path)


@pytest.mark.parametrize(("path", "name"), FILTERS)
def test_a_filter_that_is_no_word_is_refused_by_its_name(lms: Lms, path: str, name: str) -> None:
    plain = name.removesuffix("[]")
    for wrong in ("%00", "x" * 256):
        assert lms.call("GET", f"{path}?{name}={wrong}", status=400)["message"][0].startswith(plain)
    for body in ({plain: {"a": 1}}, {plain: [[1]]}, {plain: True}, {plain: None}, {plain: 1.5}):
        assert lms.call("GET", path, body, status=400)["message"][0].startswith(plain)


@pytest.mark.parametrize(("path", "name"), HOW_TO_LIST)
def test_an_unknown_word_that_says_how_to_list_counts_as_none(lms: Lms, path: str, name: str) -> None:
    plain = page(lms, path)
    for word in [*UNKNOWN, ""]:
        assert page(lms, path, more=f"&{name}={word}") == plain
    assert lms.call("GET", f"{path}?{name}=%00", status=400)["message"][0].startswith(name)
    assert lms.call("GET", path, {name: [1]}, status=400)["message"][0].startswith(name)


@each_list
def test_a_page_or_size_below_the_first_counts_as_none(lms: Lms, path: str) -> None:
    plain = lms.get(path)
    for size in ("-1", "0", "-99999999999999999999", "-1.0"):
        assert lms.get(f"{path}?page_size={size}") == plain
    for number in ("-1", "-0", "-99999999999999999999"):
        assert lms.get(f"{path}?page={number}") == plain
    assert lms.get(path, body={"page": -1, "page_size": -1}) == plain


def test_a_direction_may_be_in_upper_case(lms: Lms) -> None:
    for path in {path for path, _ in SORTS}:
        attribute = _words_of(path, "sort_attr")[0]
        down = page(lms, path, more=f"&sort_attr={attribute}&sort_dir=desc")
        assert page(lms, path, more=f"&sort_attr={attribute}&sort_dir=DESC") == down
        assert down["items"] != page(lms, path, more=f"&sort_attr={attribute}")["items"]


# --- refused by policy


@pytest.mark.parametrize(("path", "name"), WITH_WORDS)
def test_a_strict_tenant_refuses_every_unknown_word_by_the_name_of_its_parameter(
    new_lms: NewLms, path: str, name: str
) -> None:
    lms = new_lms(policy=REFUSE)
    for word in (*UNKNOWN[:3], ""):
        refusal = lms.call("GET", f"{path}?{name}={word}", status=400)
        assert refusal["message"][0].startswith(name.removesuffix("[]"))
    for known in _words_of(path, name):
        lms.call("GET", f"{path}?{name}={known}")


@each_list
def test_a_strict_tenant_refuses_a_page_that_cannot_be(new_lms: NewLms, path: str) -> None:
    lms = new_lms(policy=REFUSE)
    for query in ("page_size=0", "page_size=-1", "page=-1"):
        assert lms.call("GET", f"{path}?{query}", status=400)["message"][0].startswith(query.partition("=")[0])
    lms.call("GET", f"{path}?page=0")


def test_two_tenants_of_one_server_answer_the_same_query_each_by_its_policy(lms: Lms) -> None:
    strict = lms.mock("POST", "/tenants", {"policy": {"unknown_values": "refuse"}})["path"]
    form = {"grant_type": "client_credentials", "client_id": CREDENTIALS.client_id}
    form["client_secret"] = CREDENTIALS.client_secret
    token = lms.http.post(f"{strict}/oauth2/token", data=form).get_json()["access_token"]
    query = f"{BULK}?type[]=seminar"
    for _ in range(2):
        assert lms.get(query)["items"] == []
        lms.call("GET", f"{strict}{query}", token=token, status=400)
