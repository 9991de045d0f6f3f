"""A token acts for the user to whom it was given, or for nobody, wherever the data goes back to or comes from."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.conftest import NewLms
from tests.support.lms import CREDENTIALS, Lms

pytestmark = pytest.mark.both_databases

SESSION = "/manage/v1/user/session"


def create(lms: Lms, username: str, *, level: str = "user", firstname: str = "") -> int:
    body = {"username": username, "password": f"pass-of-{username}", "level": level, "firstname": firstname}
    return int(lms.call("POST", "/manage/v1/user", body)["data"]["user_id"])


def issue(lms: Lms, **parameters: str) -> tuple[int, dict[str, Any]]:
    """Status and content of the answer to a request for a token."""
    client = {"client_id": CREDENTIALS.client_id, "client_secret": CREDENTIALS.client_secret}
    answer = lms.http.post(f"/t/{lms.name}/oauth2/token", data=client | parameters)
    return answer.status_code, answer.get_json()


def test_a_token_does_not_go_to_another_user_with_the_same_id_and_name(new_lms: NewLms) -> None:
    lms = new_lms(seed="empty")
    first = create(lms, "x", level="superadmin")
    lms.mock("PUT", "/snapshots/with-admin")
    lms.mock("POST", "/reset")
    assert create(lms, "x") == first
    token = lms.log_in("x", "pass-of-x")
    lms.call("GET", SESSION, token=token)
    lms.mock("POST", "/snapshots/with-admin/restore")
    lms.call("GET", SESSION, token=token, status=401)
    lms.call("GET", "/manage/v1/user", token=token, status=401)


def test_neither_do_refresh_tokens(new_lms: NewLms) -> None:
    lms = new_lms(seed="empty")
    create(lms, "x", level="superadmin")
    lms.mock("PUT", "/snapshots/with-admin")
    lms.mock("POST", "/reset")
    create(lms, "x")
    _, issued = issue(lms, grant_type="password", username="x", password="pass-of-x")
    lms.mock("POST", "/snapshots/with-admin/restore")
    assert issue(lms, grant_type="refresh_token", refresh_token=issued["refresh_token"])[0] == 400


def test_a_user_of_another_seed_file_is_another_though_id_and_name_are_the_same(new_lms: NewLms) -> None:
    file = "users:\n  - {id: 7, username: x, password: pass-of-x, level: LEVEL}\n"
    lms = new_lms(seed="empty")
    for name, level in (("there", "superadmin"), ("here", "user")):
        lms.mock("POST", "/tenants", {"name": name, "contents": file.replace("LEVEL", level)})
    lms.name, lms.token = "there", ""
    snapshot = lms.http.get(
        "/t/there/_mock/snapshots/now/file", headers={"Authorization": f"Bearer {CREDENTIALS.control_token}"}
    ).data
    lms.name = "here"
    _, issued = issue(lms, grant_type="password", username="x", password="pass-of-x")
    headers = {"X-Mock-LMS-Tenant": "here"}
    lms.call("GET", SESSION, token=issued["access_token"], headers=headers)
    lms.mock("PUT", "/snapshots/in/file", raw=snapshot, content_type="application/gzip", headers=headers)
    lms.mock("POST", "/snapshots/in/restore", headers=headers)
    lms.call("GET", SESSION, token=issued["access_token"], headers=headers, status=401)


# --- any sequence of what can be done


@dataclass(frozen=True)
class Person:
    """Somebody who was created: nobody else has this first name, whatever the id."""

    mark: str
    username: str


@dataclass
class Token:
    access: str
    refresh: str
    person: Person
    good: bool = True


@dataclass
class World:
    """What should be the case in one tenant."""

    people: set[Person] = field(default_factory=set)
    """Who is there."""

    can_log_in: bool = True
    """An exported file holds no passwords."""

    saved: dict[str, tuple[set[Person], bool]] = field(default_factory=dict)
    tokens: list[Token] = field(default_factory=list)

    def go_to(self, people: set[Person], *, can_log_in: bool) -> None:
        self.people, self.can_log_in = set(people), can_log_in
        for token in self.tokens:
            token.good = token.good and token.person in self.people


names = st.sampled_from(["one", "two"])
tenants = st.sampled_from(["default", "fork"])


class Lives(RuleBasedStateMachine):
    """Two tenants at most, their people, states and tokens."""

    def __init__(self, make: Callable[[], Lms]) -> None:
        super().__init__()
        self.lms = make()
        self.worlds = {"default": World(saved={"seed": (set(), True)})}
        self.marks = itertools.count()

    def teardown(self) -> None:
        for name in self.worlds:
            self.lms.tenants.drop(name)
        self.lms.tenants.close()

    def mock(self, tenant: str, method: str, path: str, **options: Any) -> Any:
        return self.lms.mock(method, path, headers={"X-Mock-LMS-Tenant": tenant}, **options)

    def at(self, tenant: str) -> tuple[str, World]:
        """The tenant, if there is one of the name, and how it should be."""
        tenant = tenant if tenant in self.worlds else "default"
        self.lms.name = tenant
        return tenant, self.worlds[tenant]

    @rule(tenant=tenants, username=st.sampled_from("abc"), level=st.sampled_from(["user", "superadmin"]))
    def someone_is_created(self, tenant: str, username: str, level: str) -> None:
        tenant, world = self.at(tenant)
        if username in {each.username for each in world.people} or not world.can_log_in:
            return
        person = Person(f"mark-{next(self.marks)}", username)
        token = issue(self.lms, grant_type="client_credentials")[1]["access_token"]
        body = {"username": username, "password": "pass-word", "level": level, "firstname": person.mark}
        self.lms.call("POST", "/manage/v1/user", body, token=token, headers={"X-Mock-LMS-Tenant": tenant})
        world.people.add(person)

    @rule(tenant=tenants, data=st.data())
    def someone_logs_in(self, tenant: str, data: st.DataObject) -> None:
        _, world = self.at(tenant)
        if world.people and world.can_log_in:
            person = data.draw(st.sampled_from(sorted(world.people, key=lambda each: each.mark)))
            status, issued = issue(self.lms, grant_type="password", username=person.username, password="pass-word")
            assert status == 200
            world.tokens.append(Token(issued["access_token"], issued["refresh_token"], person))

    @rule(tenant=tenants, data=st.data())
    def a_token_is_refreshed(self, tenant: str, data: st.DataObject) -> None:
        _, world = self.at(tenant)
        if world.tokens:
            token = data.draw(st.sampled_from(world.tokens))
            used = token.refresh
            status, issued = issue(self.lms, grant_type="refresh_token", refresh_token=used)
            assert status == (200 if token.good else 400)
            if token.good:
                for other in world.tokens:
                    if other.refresh == used:  # it works once, whichever access token it came with
                        other.refresh = issued["refresh_token"]
                world.tokens.append(Token(issued["access_token"], issued["refresh_token"], token.person))

    @rule(tenant=tenants, name=names)
    def it_is_saved(self, tenant: str, name: str) -> None:
        tenant, world = self.at(tenant)
        self.mock(tenant, "PUT", f"/snapshots/{name}")
        world.saved[name] = set(world.people), world.can_log_in

    @rule(tenant=tenants, data=st.data())
    def it_goes_back(self, tenant: str, data: st.DataObject) -> None:
        tenant, world = self.at(tenant)
        name = data.draw(st.sampled_from(sorted(world.saved)))
        self.mock(tenant, "POST", "/reset", body={"to": name, "scopes": ["data"]})
        people, can_log_in = world.saved[name]
        world.go_to(people, can_log_in=can_log_in)

    @rule(source=tenants, to=tenants, name=names)
    def it_is_carried_over(self, source: str, to: str, name: str) -> None:
        source, there = self.at(source)
        to, here = self.at(to)
        headers = {"X-Mock-LMS-Tenant": source, "Authorization": f"Bearer {CREDENTIALS.control_token}"}
        file = self.lms.http.get("/_mock/snapshots/now/file", headers=headers).data
        self.mock(to, "PUT", f"/snapshots/{name}/file", raw=file, content_type="application/gzip")
        here.saved[name] = set(there.people), False

    @precondition(lambda self: "fork" not in self.worlds)
    @rule()
    def it_goes_two_ways(self) -> None:
        self.mock("default", "POST", "/fork", body={"name": "fork"})
        world = self.worlds["default"]
        start = set(world.people), world.can_log_in
        self.worlds["fork"] = World(set(world.people), world.can_log_in, {"seed": start})

    @invariant()
    def a_token_acts_for_its_own_user_or_for_nobody(self) -> None:
        for tenant, world in self.worlds.items():
            for token in world.tokens:
                headers = {"X-Mock-LMS-Tenant": tenant}
                status = 200 if token.good else 401
                answer = self.lms.call("GET", SESSION, token=token.access, headers=headers, status=status)
                assert not token.good or answer["data"]["firstname"] == token.person.mark


def test_whatever_is_saved_restored_carried_and_forked_a_token_never_acts_for_another_user(
    new_lms: NewLms, database_kind: str
) -> None:
    examples = 20 if database_kind == "sqlite" else 5
    run_state_machine_as_test(
        lambda: Lives(lambda: new_lms(seed="empty")),  # type: ignore[arg-type] # a factory will do
        settings=settings(max_examples=examples, stateful_step_count=25, deadline=None),
    )
