"""The plugin of pytest: a tenant for each test, one server for all of a run's workers."""

from __future__ import annotations

import os
import re
import signal
import subprocess
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.support.process import until
from tests.testing.runs import command, environment, run, servers

HEAD = """
    import pytest

    def users(mock_lms):
        answer = mock_lms.session(mock_lms.token()).get(f"{mock_lms.url}/manage/v1/user")
        return answer.json()["data"]["total_count"]
"""


def test_the_plugin_is_the_packages_entry_point() -> None:
    (found,) = entry_points(group="pytest11", name="mock_lms")
    assert found.value == "mock_lms.testing.plugin"


def test_our_own_run_knows_the_marker_and_the_fixtures(pytestconfig: pytest.Config) -> None:
    assert any(line.startswith("mock_lms(") for line in pytestconfig.getini("markers"))


def test_no_call_of_a_test_goes_to_a_proxy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "a.test")
    counts, said = run(
        tmp_path,
        """
    import os
    import urllib.request

    def test_first(mock_lms):
        assert urllib.request.urlopen(f"{mock_lms.url}/openapi.yaml").status == 200
        assert os.environ["NO_PROXY"].startswith("a.test,")
    """,
    )
    assert counts == {"passed": 1}, said


def test_each_test_has_a_tenant_of_its_own_on_one_server(tmp_path: Path) -> None:
    counts, said = run(
        tmp_path,
        HEAD
        + """
    seen = set()

    @pytest.mark.parametrize("number", range(3))
    def test_first(mock_lms, mock_lms_server, number):
        seen.add((mock_lms_server.url, mock_lms.url))
        assert mock_lms.url == f"{mock_lms_server.url}/t/{mock_lms.name}"
        assert mock_lms_server.control.list_tenants()["tenants"] == sorted(["default", mock_lms.name])
        session = mock_lms.session(mock_lms.token())
        body = {"user_ids": [13001], "course_ids": [201]}
        answer = session.delete(f"{mock_lms.url}/learn/v1/enrollments", json=body)
        assert answer.json()["data"]["un_enrolled"] == [13001]
        mock_lms.control.set_faults([{"action": "drop"}])
        mock_lms.control.verify_journal({"called": {"operation": "bulk_unenroll"}, "times": 1})

    def test_last(mock_lms_server):
        assert len(seen) == 3
        assert len({server for server, _ in seen}) == 1
        assert mock_lms_server.control.list_tenants()["tenants"] == ["default"]
    """,
    )
    assert counts == {"passed": 4}, said
    assert not servers(tmp_path)
    assert not list((tmp_path / "tmp").glob("mock-lms-*"))


def test_the_marker_says_what_the_tenant_begins_as(tmp_path: Path) -> None:
    counts, said = run(
        tmp_path,
        HEAD
        + """
    from pathlib import Path

    def test_demo(mock_lms):
        assert users(mock_lms) > 10

    @pytest.mark.mock_lms(seed="empty")
    def test_empty(mock_lms):
        assert users(mock_lms) == 1

    @pytest.mark.mock_lms(seed={"users": [{"id": 7, "username": "anna"}]})
    def test_own(mock_lms):
        assert users(mock_lms) == 2

    @pytest.mark.mock_lms(seed="empty", frozen_at="2026-03-01 12:00:00")
    class TestMarkersAddUp:
        @pytest.mark.mock_lms(policy={"over_cap": "truncate"}, sabotage="no_cap")
        def test_all(self, mock_lms, mock_lms_server):
            assert users(mock_lms) == 1
            assert mock_lms.control.get_clock()["now"] == "2026-03-01 12:00:00"
            found = mock_lms_server.control.get_tenant(mock_lms.name)
            assert (found["policy"]["over_cap"], found["sabotage"]) == ("truncate", "no_cap")

        @pytest.mark.mock_lms(seed="demo")
        def test_the_nearest_counts(self, mock_lms):
            assert users(mock_lms) > 10
            assert mock_lms.control.get_clock()["mode"] == "frozen"
    """,
    )
    assert counts == {"passed": 5}, said


SENSELESS = {
    "sed='empty'": "takes seed, policy, frozen_at, sabotage by name, not sed.",
    "'empty'": "takes seed, policy, frozen_at, sabotage by name, not 'empty'.",
    "seed='nonesuch'": "nonesuch",
    "policy={'over_cap': 'nonesuch'}": "over_cap",
    "sabotage='nonesuch'": "nonesuch",
}
"""Markers, and what is said of each."""


def test_a_marker_that_makes_no_sense_is_an_error_that_says_why(tmp_path: Path) -> None:
    tests = "\n".join(
        f"@pytest.mark.mock_lms({marker})\ndef test_{number}(mock_lms): pass" for number, marker in enumerate(SENSELESS)
    )
    counts, printed = run(tmp_path, f"import pytest\n{tests}")
    assert counts == {"errors": len(SENSELESS)}, printed
    _, *reports = re.split("_ ERROR at setup of test_[0-9]+ _", printed)
    wrong = [marker for report, (marker, said) in zip(reports, SENSELESS.items(), strict=True) if said not in report]
    assert not wrong, printed


def test_a_test_may_drop_its_tenant_itself(tmp_path: Path) -> None:
    test = "def test_it(mock_lms): mock_lms.control.drop_tenant(mock_lms.name)"
    counts, said = run(tmp_path, test)
    assert counts == {"passed": 1}, said


def test_a_run_that_does_not_ask_has_no_server(tmp_path: Path) -> None:
    counts, said = run(tmp_path, "import sys\ndef test_it(): assert 'mock_lms.testing.process' not in sys.modules")
    assert counts == {"passed": 1}, said


XDIST = """
    import os, pytest

    @pytest.mark.parametrize("number", range(24))
    @pytest.mark.mock_lms(seed="empty")
    def test_it(mock_lms, mock_lms_server, number):
        with open("seen", "a") as file:
            file.write(f"{os.environ['PYTEST_XDIST_WORKER']} {mock_lms_server.url}\\n")
        if number == 5 and os.path.exists("suicide"):
            os.remove("suicide")
            os.kill(os.getpid(), 9)
"""


@pytest.mark.parametrize("killed", [False, True])
def test_all_workers_share_one_server_also_when_one_is_killed(tmp_path: Path, killed: bool) -> None:
    if killed:
        (tmp_path / "suicide").touch()
    counts, said = run(tmp_path, XDIST, "-n4")
    assert counts == ({"passed": 23, "failed": 1} if killed else {"passed": 24}), said
    seen = [line.split() for line in (tmp_path / "seen").read_text().splitlines()]
    assert len({url for _, url in seen}) == 1
    assert len({worker for worker, _ in seen}) > 1
    until("the server's end", lambda: not servers(tmp_path), 10)
    assert not list((tmp_path / "tmp").glob("mock-lms-*"))


@pytest.mark.parametrize("arguments", [[], ["-n2"]], ids=["alone", "xdist"])
def test_the_server_ends_though_the_whole_run_is_killed(tmp_path: Path, arguments: list[str]) -> None:
    test = "import time\ndef test_it(mock_lms):\n    open('started', 'w').close()\n    time.sleep(60)"
    (tmp_path / "test_it.py").write_text(test)
    process = subprocess.Popen(
        command(*arguments),
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment(tmp_path),
    )
    until("the test's start", (tmp_path / "started").exists, 60)
    assert servers(tmp_path)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    until("the server's end", lambda: not servers(tmp_path), 10)


def test_an_error_that_the_server_logs_is_shown(tmp_path: Path) -> None:
    test = """
    def test_it(mock_lms):
        import os, signal
        from mock_lms.testing.process import Server
        server = Server([])
        server._log.write("a traceback")
        server.close()
        assert False
    """
    counts, said = run(tmp_path, test)
    assert counts == {"failed": 1}, said
    assert "a traceback" in said
