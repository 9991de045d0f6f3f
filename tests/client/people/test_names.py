"""What people write, as ids: the right one, or none and all that it may be."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from mock_lms_client import Client, ListChanged, listing
from mock_lms_client.people import names
from mock_lms_client.people.names import Match, Resolved

from tests.client.conftest import NewStage
from tests.client.harness.between import noting

SEED: dict[str, Any] = {
    "users": [
        {"id": 417, "username": "somebody.else", "firstname": "Sam", "lastname": "Else", "email": "sam@example.com"},
        {"id": 900, "username": "00417", "firstname": "Jan", "lastname": "de Vries", "email": "jan1@example.com"},
        {"id": 901, "username": "417", "firstname": "Jan", "lastname": "de Vries", "email": "jan2@example.com"},
        {"id": 902, "username": "Anna", "firstname": "anna.b", "lastname": "Berg", "email": "berg@example.com"},
        {"id": 903, "username": "anna.b", "firstname": "Anna", "lastname": "Bell", "email": "shared@example.com"},
        {"id": 904, "username": "renée", "firstname": "R", "lastname": "E", "email": "shared@example.com"},
        {"id": 905, "username": "x@example.com", "firstname": "X", "lastname": "E", "email": "y@example.com"},
        {"id": 906, "username": "y", "firstname": "Y", "lastname": "E", "email": "x@example.com"},
    ],
    "courses": [
        {"id": 201, "code": "SAFE", "name": "Fire Safety"},
        {"id": 202, "code": "201", "name": "Law"},
        {"id": 203, "code": "L-1", "name": "law"},
        {"id": 204, "code": "L-2", "name": "First Aid"},
        {"id": 205, "code": "L-3", "name": "First Aid"},
    ],
    "learning_plans": [{"id": 31, "code": "ONB", "name": "Onboarding"}, {"id": 32, "code": "Safe", "name": "ONB 2"}],
}


@pytest.fixture
def calls() -> list[str]:
    return []


@pytest.fixture
def client(new_stage: NewStage, calls: list[str]) -> Client:
    return new_stage(seed=SEED).client(around=noting(calls))


def ids_of(resolved: Resolved) -> dict[str, int]:
    assert not resolved.ambiguous
    assert not resolved.unknown
    return {name: match.id for name, match in resolved.unique.items()}


def test_digits_are_the_id_and_by_username_the_username_and_never_the_other(client: Client) -> None:
    assert ids_of(names.users(client, ["417"])) == {"417": 417}
    assert ids_of(names.users(client, ["417"], by="id")) == {"417": 417}
    assert ids_of(names.users(client, ["417"], by="username")) == {"417": 901}
    assert ids_of(names.users(client, ["00417", "417"], by="username")) == {"00417": 900, "417": 901}
    assert names.users(client, ["418"], by="username").unknown == ["418"]
    assert names.users(client, ["900"], by="username").unknown == ["900"]


@pytest.mark.parametrize("text", ["00417", "0", "1" * 16, "٤١٧"])
def test_digits_that_are_no_id_are_unknown_and_no_username_instead(client: Client, text: str) -> None:
    assert names.users(client, [text]).unknown == [text]
    assert names.users(client, [text], by="id").unknown == [text]


def test_ids_of_users_are_taken_as_they_are_without_a_call(client: Client, calls: list[str]) -> None:
    assert names.users(client, ["5", "13001"]).unique == {"5": Match(5, "5"), "13001": Match(13001, "13001")}
    assert names.users(client, ["x"], by="id").unknown == ["x"]
    assert calls == []


def test_the_spelling_with_the_same_capitals_wins_and_others_do_where_there_is_none(client: Client) -> None:
    assert ids_of(names.users(client, ["Anna"], by="username")) == {"Anna": 902}
    assert ids_of(names.users(client, ["ANNA.B"], by="username")) == {"ANNA.B": 903}
    assert ids_of(names.courses(client, ["law"])) == {"law": 203}
    assert [match.id for match in names.courses(client, ["LAW"]).ambiguous["LAW"]] == [202, 203]


def test_a_first_or_last_name_is_no_username_though_the_server_finds_it(client: Client) -> None:
    assert ids_of(names.users(client, ["anna.b"])) == {"anna.b": 903}
    assert names.users(client, ["Berg"]).unknown == ["Berg"]
    assert names.users(client, ["Jan de Vries"]).unknown == ["Jan de Vries"]


def test_an_accent_is_the_same_in_one_character_and_in_two(client: Client) -> None:
    assert ids_of(names.users(client, ["rene\u0301e"])) == {"rene\u0301e": 904}


def test_an_address_of_two_people_is_ambiguous_with_both(client: Client) -> None:
    resolved = names.users(client, ["shared@example.com", "y@example.com"], by="email")
    assert resolved.ambiguous == {"shared@example.com": [Match(903, "anna.b Anna Bell"), Match(904, "renée R E")]}
    assert ids_of(Resolved(unique=resolved.unique)) == {"y@example.com": 905}


def test_one_s_username_that_is_another_s_address_is_ambiguous_until_it_is_said_which(client: Client) -> None:
    assert [match.id for match in names.users(client, ["x@example.com"]).ambiguous["x@example.com"]] == [905, 906]
    assert ids_of(names.users(client, ["x@example.com"], by="username")) == {"x@example.com": 905}
    assert ids_of(names.users(client, ["x@example.com"], by="email")) == {"x@example.com": 906}


def test_what_was_found_keeps_the_order_of_what_was_asked_and_each_is_asked_once(client: Client) -> None:
    resolved = names.users(client, ["y", " 417", "nobody", "anna.b", "y", ""])
    assert list(ids_of(Resolved(unique=resolved.unique))) == ["y", "417", "anna.b"]
    assert resolved.unknown == ["nobody"]
    assert resolved.ids == [906, 417, 903]


def test_courses_and_plans_are_found_by_id_code_and_name(client: Client) -> None:
    assert ids_of(names.courses(client, ["204", "SAFE", "fire safety"])) == {
        "204": 204,
        "SAFE": 201,
        "fire safety": 201,
    }
    assert names.courses(client, ["SAFE", "Fire Safety"]).ids == [201]
    assert ids_of(names.plans(client, ["31", "onb", "ONB 2"])) == {"31": 31, "onb": 31, "ONB 2": 32}
    assert names.plans(client, ["Onb", "board"]).unknown == ["board"]
    assert [match.id for match in names.courses(client, ["First Aid"]).ambiguous["First Aid"]] == [204, 205]


def test_digits_that_are_an_id_and_another_s_code_are_ambiguous_until_it_is_said_which(client: Client) -> None:
    assert [match.id for match in names.courses(client, ["201"]).ambiguous["201"]] == [201, 202]
    assert ids_of(names.courses(client, ["id:201"])) == {"id:201": 201}


@pytest.mark.parametrize(("many", "pages"), [(2, 1), (3, 2), (60, 59)])
def test_many_names_take_no_more_calls_than_the_list_has_pages(
    new_stage: NewStage, monkeypatch: pytest.MonkeyPatch, calls: list[str], many: int, pages: int
) -> None:
    monkeypatch.setattr(names, "PAGE", 10)
    users = [{"id": 1000 + at, "username": f"user{at}"} for at in range(pages * 10 - 1)]  # and the superadmin
    client = new_stage(seed={"users": users}).client(around=noting(calls))
    wanted = [f"USER{at}" for at in range(many)]
    assert names.users(client, wanted, by="username").ids == [1000 + at for at in range(many)]
    assert len(calls) == pages


def test_few_names_of_a_long_list_are_searched_for(
    new_stage: NewStage, monkeypatch: pytest.MonkeyPatch, calls: list[str]
) -> None:
    monkeypatch.setattr(names, "PAGE", 10)
    users = [{"id": 1000 + at, "username": f"user{at}"} for at in range(100)]
    client = new_stage(seed={"users": users}).client(around=noting(calls))
    assert names.users(client, ["user7", "nobody"], by="username").unique == {"user7": Match(1007, "user7")}
    searches = [parse_qs(urlsplit(address).query).get("search_text") for address in calls]
    assert searches == [None, ["user7"], ["nobody"], ["nobody"]]


def test_a_list_that_changes_while_it_is_read_says_so_rather_than_that_somebody_is_unknown(
    new_stage: NewStage,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(names, "PAGE", 2)
    users = [{"id": 1000 + at, "username": f"user{at}"} for at in range(5)]
    client = new_stage(seed={"users": users}).client()
    fetch = client.list_users

    def list_users(**filters: Any) -> Any:
        listing = fetch(**filters)
        assert listing.total_count
        client.create_user("late")
        return listing

    monkeypatch.setattr(client, "list_users", list_users)
    with pytest.raises(ListChanged, match=r"it had 6 items, then 7 items\. Read it again"):
        names.users(client, ["user0", "user1", "user2"])


def test_pages_that_overlap_do_not_make_people_unknown(new_stage: NewStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """unstable-order in the issue's cases: the server counts right, and sorts each page anew."""
    monkeypatch.setattr(names, "PAGE", 2)
    users = [{"id": 1000 + at, "username": f"user{at}"} for at in range(6)]
    client = new_stage(seed={"users": users}).client()
    search, turn = client.list_users, iter(["asc", "desc"] * 9)

    def list_users(**filters: Any) -> Any:
        listing = search(**filters)
        listing._fetch = lambda page: search(**filters, sort_attr="user_id", sort_dir=next(turn)).page(page)
        return listing

    monkeypatch.setattr(client, "list_users", list_users)
    with pytest.raises(ListChanged, match=r"user_id \d+ came twice"):
        names.users(client, [f"user{at}" for at in range(6)], by="username")


def test_without_a_count_all_is_read_where_that_is_fewer_calls(
    new_stage: NewStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(names, "PAGE", 2)
    calls: list[str] = []
    users = [{"id": 1000 + at, "username": f"user{at}"} for at in range(8)]
    client = new_stage(seed={"users": users}).client(around=noting(calls))
    monkeypatch.setattr(listing, "_total", lambda _: None)
    matches = {"user2": Match(1002, "user2"), "user7": Match(1007, "user7")}
    assert names.users(client, list(matches), by="username").unique == matches
    assert sum("search_text" in address for address in calls) == 2  # three pages were not all of it
    calls.clear()
    everybody = [f"user{at}" for at in range(8)]
    assert len(names.users(client, everybody, by="username").unique) == 8
    assert not any("search_text" in address for address in calls)


def test_find_users_shows_all_of_them(client: Client) -> None:
    by_name = names.find_users(client, ["417", "nobody"], by="username")
    assert [user["fullname"] for user in by_name["417"]] == ["Jan de Vries"]
    assert by_name["nobody"] == []
