"""A run touches this machine, or what it was told that it may; it writes as much as it may; it ends what it made."""

from __future__ import annotations

import os
import signal
import socket
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from mock_lms_contracts.adapters import Claims, World
from mock_lms_contracts.adapters.api import ApiAdapter
from mock_lms_contracts.careful import Careful
from mock_lms_contracts.ground import cleaned
from mock_lms_contracts.safety import NoWrites, Refused, Shared, Untouched, checked, is_loopback, unlimited, written
from mock_lms_contracts.scenario import Ids, Scenario
from mock_lms_contracts.target import BudgetSpent, Target
from mock_lms_contracts.verdicts import HarnessError

from tests.contracts import fakes
from tests.support.process import Served, serving

TOKEN = "0123456789abcdef0123456789abcdef"


# --- hosts


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST", "127.0.0.1", "127.8.9.10", "127.1", "::1", "::ffff:127.0.0.1", "any.localhost"]
)
def test_this_machine_has_many_names(host: str) -> None:
    assert is_loopback(host)


@pytest.mark.parametrize("host", ["192.0.2.1", "10.0.0.1", "169.254.169.254", "0.0.0.0", "::", "2001:db8::1", ""])  # noqa: S104
def test_another_machine_has_others(host: str) -> None:
    assert not is_loopback(host)


@pytest.mark.parametrize(
    ("addresses", "loopback"),
    [
        (["127.0.0.1"], True),
        (["127.0.0.1", "::1"], True),
        (["127.0.0.1", "192.0.2.1"], False),
        (["fe80::1%eth0"], False),
        ([], False),
    ],
)
def test_all_that_a_name_resolves_to_must_be_this_machine(
    addresses: list[str], loopback: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [(socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 0)) for address in addresses]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_: answers)
    assert is_loopback("lms.test") is loopback
    assert is_loopback("lms.localhost") is loopback, "whatever it is called"


def test_a_name_that_nobody_knows_is_not_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any) -> None:
        raise socket.gaierror

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert not is_loopback("lms.test")
    assert not is_loopback("localhost.test")
    assert is_loopback("lms.localhost")


@pytest.mark.parametrize("host", ["192.0.2.1", "LMS.example", "lms.example."])
def test_a_host_that_is_named_is_allowed_whatever_its_case(host: str) -> None:
    assert (
        checked("--base-url", f"https://{host}:8443/api/", ["lms.EXAMPLE", "192.0.2.1"]) == f"https://{host}:8443/api"
    )


def test_an_ipv6_host_is_named_with_or_without_brackets() -> None:
    for named in ("2001:db8::1", "[2001:db8::1]"):
        assert checked("--base-url", "http://[2001:db8::1]:80", [named]) == "http://[2001:db8::1]:80"


@pytest.mark.parametrize(
    ("address", "message"),
    [
        ("http://192.0.2.1", "192.0.2.1 is not this machine, and the run would write there"),
        ("http://127.0.0.1.example.invalid", "--allow-host 127.0.0.1.example.invalid"),
        ("http://127.0.0.1@192.0.2.1", "credentials"),
        ("http://me:secret@127.0.0.1", "credentials"),
        ("ftp://127.0.0.1", "give an address as in http://127.0.0.1:8080"),
        ("127.0.0.1:80", "give an address"),
        ("http://", "give an address"),
        ("http://127.0.0.1:99999", "this is not an address"),
        ("http://[::1", "this is not an address"),
        ("http://127.0.0.1/?token=x", "must have no query or fragment"),
    ],
)
def test_what_is_no_address_or_not_this_machine_is_refused(address: str, message: str) -> None:
    with pytest.raises(Refused, match=r"^--base-url") as raised:
        checked("--base-url", address, ["lms.example"])
    assert message in str(raised.value)
    assert "secret" not in str(raised.value)


def test_a_redirect_to_another_server_is_not_followed(tmp_path: Path) -> None:
    with fakes.fake(fakes.nonsense) as other:

        def lead(*_: str) -> fakes.Said:
            return 307, {"Location": f"{other.url}/elsewhere"}, ""

        with fakes.fake(lead) as server:
            options = ("--token", TOKEN, "--only", "UNENROLL-EFFECT-1")
            done = fakes.contracts("run", "--base-url", server.url, *options, cwd=tmp_path)
            asking = ("--client-id", "a", "--client-secret", "secret", "--username", "c", "--password", "secret")
            login = fakes.contracts("run", "--base-url", server.url, *asking, "--profile", "core", cwd=tmp_path)
    assert (done.returncode, login.returncode) == (3, 3)
    assert server.calls
    assert other.calls == []


def test_what_is_set_for_other_programs_changes_nothing(tmp_path: Path) -> None:
    """No proxy, and no ~/.netrc."""
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password other\n")
    with fakes.fake(fakes.nonsense) as proxy, fakes.fake(fakes.broken) as server:
        done = fakes.contracts(
            "run", "--base-url", server.url, "--token", TOKEN, "--only", "UNENROLL-EFFECT-1", cwd=tmp_path,
            HOME=str(tmp_path), http_proxy=proxy.url, HTTP_PROXY=proxy.url, NO_PROXY="",
        )  # fmt: skip
    assert done.returncode == 1
    assert "500" in done.stdout
    assert proxy.calls == []


# --- writes


def test_a_call_within_the_budget_is_made_though_another_is_counted_in_the_same_moment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "writes"
    write = os.write

    def write_and_be_followed(descriptor: int, data: bytes) -> int:
        written = write(descriptor, data)
        path.write_bytes(path.read_bytes() + b".")
        return written

    monkeypatch.setattr(os, "write", write_and_be_followed)
    budget = Shared(most=1, file=str(path))
    budget.take()
    with pytest.raises(BudgetSpent):
        budget.take()


def test_a_budget_is_one_for_all_who_share_the_file(tmp_path: Path) -> None:
    budgets = [Shared(most=50, file=str(tmp_path / "writes")) for _ in range(4)]

    def spend(budget: Shared) -> int:
        made = 0
        while True:
            try:
                budget.take()
            except BudgetSpent:
                return made
            made += 1

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(spend, budgets)) == 50
    assert written(tmp_path / "writes", 50) == 50


def test_who_cleans_up_may_write_what_it_takes(tmp_path: Path) -> None:
    budget = Shared(most=0, file=str(tmp_path / "writes"))
    with unlimited(budget):
        budget.take()
    with pytest.raises(BudgetSpent, match="raise --max-writes"):
        budget.take()


def test_without_a_limit_writes_are_counted_all_the_same(tmp_path: Path) -> None:
    assert written(tmp_path / "writes", None) == 0
    budget = Shared(file=str(tmp_path / "writes"))
    for _ in range(3):
        budget.take()
    assert written(tmp_path / "writes", None) == 3


def test_a_check_that_writes_in_a_run_that_is_read_only_is_a_harness_error_and_does_not_write() -> None:
    with fakes.fake(fakes.nonsense) as server:
        target = Target(server.url, budget=NoWrites())
        target.call("GET", "/learn/v1/courses")
        with pytest.raises(HarnessError, match="read-only"):
            target.call("POST", "/learn/v1/courses", {"name": "x"})
    assert [method for method, _ in server.calls] == ["GET"]


def test_an_adapter_prepares_nothing_in_a_run_that_is_read_only() -> None:
    adapter = Untouched(ApiAdapter())
    world = World(Target("http://127.0.0.1:9"), Ids((), ()))
    assert adapter.claims() == ApiAdapter().claims()
    with pytest.raises(HarnessError, match="read-only"):
        adapter.prepare(world.target, Scenario(1, 1), "x")
    with pytest.raises(HarnessError, match="read-only"):
        adapter.other_token(world)
    adapter.clean(world)


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Any:
    for start in serving(tmp_path_factory.mktemp("demo")):
        yield start()


def test_a_run_that_is_read_only_sees_what_is_there_and_leaves_it_as_it_is(demo: Served, tmp_path: Path) -> None:
    before = demo.log_in().pairs()
    done = fakes.contracts(
        "run", "--read-only", "--profile", "reads", "--profile", "auth", "--base-url", demo.url, "--token", demo.token,
        cwd=tmp_path,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    assert "5 pass" in done.stdout
    assert "0 writing calls" in done.stdout
    assert demo.log_in().pairs() == before


def test_a_run_that_is_read_only_sends_nothing_but_reads(tmp_path: Path) -> None:
    with fakes.fake(fakes.nonsense) as server:
        done = fakes.contracts("run", "--read-only", "--base-url", server.url, "--token", TOKEN, cwd=tmp_path)
    assert done.returncode == 3
    assert {method for method, _ in server.calls} == {"GET"}


# --- what was made


class Slow:
    """An adapter that is interrupted while it prepares."""

    def __init__(self) -> None:
        self.made: list[str] = []

    def claims(self) -> Claims:
        return Claims()

    def prepare(self, target: Target, _: Scenario, name: str) -> World:
        self.made.append(name)
        signal.raise_signal(signal.SIGINT)
        return World(target, Ids((), ()), handle=name)

    def clean(self, world: World) -> None:
        self.made.remove(world.handle)

    def limit(self, *_: Any) -> str:
        return "limited"


def test_who_is_interrupted_while_a_world_is_made_knows_of_it_and_ends_it() -> None:
    inner: Any = Slow()
    adapter, target = Careful(inner), Target("http://127.0.0.1:9")
    with pytest.raises(KeyboardInterrupt):
        adapter.prepare(target, Scenario(1, 1), "one")
    assert inner.made == ["one"]
    assert cleaned(adapter, target) == []
    assert inner.made == []
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_an_adapter_can_also_be_asked_from_a_thread_that_hears_no_signals() -> None:
    inner: Any = SimpleNamespace(prepare=lambda *_: "world")
    adapter: Any = Careful(inner)
    worlds: list[Any] = []
    thread = threading.Thread(target=lambda: worlds.append(adapter.prepare(None, Scenario(1, 1), "one")))
    thread.start()
    thread.join()
    assert worlds == ["world"]


def test_what_else_an_adapter_can_do_it_still_can() -> None:
    inner: Any = Slow()
    adapter = Careful(inner)
    assert adapter.limit(None, 1, 1) == "limited"
    assert getattr(adapter, "nothing", None) is None


def test_a_world_that_cannot_be_ended_keeps_no_other_from_it() -> None:
    ended = []

    class Failing(Slow):
        def prepare(self, target: Target, _: Scenario, name: str) -> World:
            return World(target, Ids((), ()), handle=name)

        def clean(self, world: World) -> None:
            ended.append(world.handle)
            if world.handle == "one":
                raise ZeroDivisionError

    target = Target("http://127.0.0.1:9")
    inner: Any = Failing()
    adapter = Careful(inner)
    for name in ("one", "two"):
        adapter.prepare(target, Scenario(1, 1), name)
    (problem,) = cleaned(adapter, target)
    assert problem.startswith("what the run made could not be removed: ZeroDivisionError")
    assert ended == ["one", "two"]
