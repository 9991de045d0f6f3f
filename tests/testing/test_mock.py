"""MockLMS: a mock of one's own, in this process or as a server, with the same surface."""

from __future__ import annotations

import errno
import gc
import os
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import pytest
import requests

import mock_lms
from mock_lms.policy import UnknownPolicy
from mock_lms.testing import ControlError, MockLMS, MockTenant, inside
from mock_lms.testing.process import ServerFailed
from tests.support.process import until

BULK = "/learn/v1/enrollments"
ANNA = {"users": [{"id": 7, "username": "anna"}]}


def usernames(mock: MockTenant) -> set[str]:
    answer = mock.session(mock.token()).get(f"{mock.url}/manage/v1/user?page_size=200")
    return {each["username"] for each in answer.json()["data"]["items"]}


@pytest.fixture(params=[False, True], ids=["inside", "served"])
def serve(request: pytest.FixtureRequest) -> bool:
    return bool(request.param)


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where a mock keeps what is temporary."""
    inside._templates()  # which stay until the end of the process
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return tmp_path


def test_the_class_is_found_where_one_looks_for_it() -> None:
    assert mock_lms.MockLMS is MockLMS
    for module in (mock_lms, mock_lms.testing):
        with pytest.raises(AttributeError, match="nonesuch"):
            _ = module.nonesuch


def test_a_mock_is_there_until_its_block_ends_and_leaves_nothing(serve: bool, temporary: Path) -> None:
    with MockLMS(serve=serve) as mock:
        session = mock.session(mock.token())
        assert session.get(f"{mock.url}/manage/v1/user/session").json()["data"]["username"] == mock.username == "admin"
        assert any(temporary.iterdir())
    with pytest.raises(requests.ConnectionError):
        session.get(f"{mock.url}/manage/v1/user/session")
    with pytest.raises(OSError, match=f"no more|{os.strerror(errno.ECONNREFUSED)}"):
        mock.control.get_clock()
    assert not list(temporary.iterdir())
    mock.close()


@pytest.mark.parametrize("form", ["path", "text", "dict"])
def test_a_seed_may_be_ones_own(serve: bool, form: str, tmp_path: Path) -> None:
    text = "users:\n  - {id: 7, username: anna}\n"
    path = tmp_path / "seed.yaml"
    path.write_text(text)
    seed: Any = {"path": path, "text": text, "dict": ANNA}[form]
    with MockLMS(serve=serve, seed=seed) as mock:
        assert usernames(mock) == {"admin", "anna"}
        assert usernames(mock.tenant(mock.control.create_tenant(seed=seed)["name"])) == {"admin", "anna"}


def test_policy_clock_and_sabotage_are_the_mocks(serve: bool) -> None:
    with MockLMS(
        serve=serve, policy={"over_cap": "truncate"}, frozen_at="2026-03-01 12:00:00", sabotage="swallows_errors"
    ) as mock:
        assert mock.control.get_clock()["now"] == "2026-03-01 12:00:00"
        assert mock.control.get_tenant("default")["policy"]["over_cap"] == "truncate"
        answer = mock.session(mock.token()).delete(mock.url + BULK, json={"user_ids": [13012], "course_ids": [201]})
        assert answer.json()["data"]["errors"] == []  # that user is not enrolled
        mock.control.advance_clock(60)
        mock.control.reset_tenant()
        assert mock.control.get_clock()["now"] == "2026-03-01 12:00:00"


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seed": "nonesuch"}, "nonesuch"),
        ({"seed": {"users": [{"nonesuch": 1}]}}, "nonesuch"),
        ({"policy": {"over_cap": "nonesuch"}}, "over_cap"),
        ({"policy": {"nonesuch": "x"}}, "nonesuch"),
        ({"sabotage": "nonesuch"}, "nonesuch"),
        ({"frozen_at": "yesterday"}, "yesterday"),
    ],
)
def test_what_cannot_be_is_said_and_leaves_nothing(
    serve: bool, options: dict[str, Any], said: str, temporary: Path
) -> None:
    with pytest.raises(Exception, match=said) as failed:
        MockLMS(serve=serve, **options)
    assert not serve or failed.type is ServerFailed
    assert not list(temporary.iterdir())


def test_a_policy_that_is_none_is_the_servers_own_refusal() -> None:
    with pytest.raises(UnknownPolicy):
        MockLMS(policy={"nonesuch": "x"})


def test_two_mocks_know_nothing_of_each_other() -> None:
    with MockLMS(seed=ANNA) as first, MockLMS(seed="empty") as second:
        assert first.url != second.url
        first.control.create_tenant("acme")
        assert second.control.list_tenants()["tenants"] == ["default"]
        token = first.token()
        answer = second.session(token).get(f"{second.url}/manage/v1/user")
        assert answer.status_code == 401
        assert usernames(first) == {"admin", "anna"}
        assert usernames(second) == {"admin"}


def test_a_sabotage_concerns_the_one_mock_alone() -> None:
    body = {"user_ids": [13012], "course_ids": [201]}  # an error, as that user is not enrolled
    with MockLMS() as right, MockLMS(sabotage="swallows_errors") as wrong:
        for _ in range(2):
            for mock, errors in ((wrong, 0), (right, 1)):
                answer = mock.session(mock.token()).delete(mock.url + BULK, json=body)
                assert len(answer.json()["data"]["errors"]) == errors


def test_a_session_of_ones_own_keeps_its_other_addresses() -> None:
    session = requests.Session()
    before = dict(session.adapters)
    with MockLMS() as mock:
        assert mock.mount(session) is session
        assert {name: each for name, each in session.adapters.items() if name in before} == before
        assert next(iter(session.adapters)) == f"{mock.url}/"
        assert session.get(f"{mock.url}/openapi.yaml").ok
        assert requests.Session().adapters.keys() == before.keys()


def test_a_proxy_of_the_environment_is_not_asked(serve: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    with MockLMS(serve=serve) as mock:
        assert mock.session().get(f"{mock.url}/openapi.yaml").ok
        assert serve or mock.mount(requests.Session()).get(f"{mock.url}/openapi.yaml").ok


def test_tenants_and_forks_have_the_same_surface(mock: MockTenant) -> None:
    fork = mock.fork("rehearsal-" + mock.name[:10])
    assert fork.url.endswith(f"/t/{fork.name}")
    session = fork.session(fork.token())
    assert session.delete(fork.url + BULK, json={"user_ids": [13001], "course_ids": [201]}).ok
    assert fork.control.diff()["summary"]["enrollments"]["lost"] == 1
    assert mock.control.diff()["summary"]["enrollments"]["lost"] == 0
    assert [each["operation"] for each in fork.control.search_journal({"operation": "bulk_unenroll"})["entries"]]
    assert not mock.control.search_journal({"operation": "bulk_unenroll"})["entries"]
    mock.control.drop_tenant(fork.name)
    with pytest.raises(ControlError) as refused:
        fork.control.get_clock()
    assert refused.value.status == 404


def test_the_token_of_another_user_is_theirs(serve: bool) -> None:
    seed = {"users": [{"id": 7, "username": "anna", "password": "annas"}]}
    with MockLMS(serve=serve, seed=seed) as mock:
        session = mock.session(mock.token("anna", "annas"))
        assert session.get(f"{mock.url}/manage/v1/user/session").json()["data"]["username"] == "anna"
        with pytest.raises(requests.HTTPError):
            mock.token("anna", "wrong")


def test_a_wait_for_calls_lets_them_come(mock: MockTenant) -> None:
    token = mock.token()
    later = threading.Timer(0.3, lambda: mock.session(token).get(f"{mock.url}/manage/v1/user"))
    later.start()
    mock.control.wait_for_calls({"called": {"path": "/manage/v1/user"}, "times": 1}, seconds=10)
    later.join()


def test_a_mock_may_end_while_a_call_waits(recwarn: pytest.WarningsRecorder) -> None:
    with MockLMS() as mock:
        session = mock.session(mock.token())
        mock.control.set_faults([{"action": "delay", "seconds": 0.5}])
        with pytest.raises(requests.ReadTimeout):
            session.get(f"{mock.url}/manage/v1/user", timeout=0.05)
    until("the call's end", lambda: not [t for t in threading.enumerate() if t.name.startswith("mock-lms")], 2)


def test_a_served_mock_ends_though_its_process_is_killed(tmp_path: Path) -> None:
    script = (
        "from mock_lms import MockLMS; import os, signal\n"
        "mock = MockLMS(serve=True); print(mock._backend.credentials['pid'], flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "TMPDIR": str(tmp_path)},
    )
    pid = int(done.stdout)

    def gone() -> bool:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        return Path(f"/proc/{pid}/stat").read_text().split()[2] == "Z"

    until("the server's end", gone, 10)
    assert not list(tmp_path.glob("mock-lms-*"))


def test_a_mock_is_cheap() -> None:
    with MockLMS() as mock:
        session = mock.session(mock.token())
        gc.collect()
        began = time.perf_counter()
        for _ in range(100):
            session.get(f"{mock.url}/manage/v1/user/session")
        call = (time.perf_counter() - began) / 100
    began = time.perf_counter()
    for _ in range(10):
        with MockLMS():
            pass
    made = (time.perf_counter() - began) / 10
    assert call < 0.1, "a guard against something absurd; the figure is 0.5 ms"
    assert made < 2, "likewise; the figure is 30 ms"


def test_importing_it_imports_nothing_that_is_slow() -> None:
    script = "import sys, mock_lms, mock_lms.testing, mock_lms.testing.plugin; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    slow = {"flask", "sqlalchemy", "marshmallow", "requests", "granian", "werkzeug", "http.client", "click", "yaml"}
    assert not slow & set(loaded)
    assert {name for name in loaded if name.startswith("mock_lms")} == {
        *("mock_lms", "mock_lms.testing", "mock_lms.testing.plugin")
    }


def test_mocks_may_be_made_in_many_threads_at_once() -> None:
    script = """
from concurrent.futures import ThreadPoolExecutor
from mock_lms import MockLMS

def use(number):
    with MockLMS(seed="empty", sabotage="no_auth" if number % 2 else "") as mock:
        with mock.session(None if number % 2 else mock.token()) as session:
            return [session.get(f"{mock.url}/manage/v1/user").status_code for _ in range(5)]

with ThreadPoolExecutor(8) as pool:
    assert list(pool.map(use, range(24))) == [[200] * 5] * 24
"""
    done = subprocess.run([sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_a_mock_that_is_served_may_speak_https() -> None:
    with MockLMS(serve=True, tls=True) as lms:
        assert lms.url.startswith("https://")
        assert lms.control.get_clock()["now"]
        other = lms.fork("other")
        assert (other.ca, usernames(other)) == (lms.ca, usernames(lms))
        with requests.Session() as own:
            with pytest.raises(requests.exceptions.SSLError):
                own.get(f"{lms.url}/openapi.yaml")
            assert lms.mount(own).get(f"{lms.url}/openapi.yaml").ok
        assert requests.get(f"{lms.url}/openapi.yaml", verify=lms.ca, timeout=30).ok


def test_without_tls_there_is_no_ca(serve: bool) -> None:
    with MockLMS(serve=serve, seed="empty") as lms:
        assert lms.ca is None


def test_a_mock_in_this_process_has_no_tls() -> None:
    with pytest.raises(ValueError, match="tls needs serve=True"):
        MockLMS(tls=True)


def test_the_calls_that_hit_no_operation_are_counted(serve: bool) -> None:
    with MockLMS(serve=serve) as lms:
        for course in (201, 202):
            assert lms.session().get(f"{lms.url}/learn/v1/enrolment/{course}/13001").json()["code"] == 4040
        (miss,) = lms.control.list_misses()["misses"]
        assert (miss["path"], miss["count"]) == ("/learn/v1/enrolment/{id}/{id}", 2)
        assert miss["nearest"][0]["operation"] == "get_enrollment"
        assert lms.control.list_misses(since=2)["misses"] == []
