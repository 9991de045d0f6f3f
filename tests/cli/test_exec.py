"""`mock-lms exec`: a command with a server of its own."""

from __future__ import annotations

import errno
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.support.process import COMMAND, environment, run, until

SAY = "import json, os; print(json.dumps({k: v for k, v in os.environ.items() if k.startswith('MOCK_LMS_')}))"
CALL = """
import os, urllib.request
from mock_lms.testing.process import over_http
from mock_lms.testing import Control
control = Control(over_http(os.environ["MOCK_LMS_URL"], os.environ["MOCK_LMS_CONTROL_TOKEN"]))
print(control.get_clock()["now"], control.get_tenant("default")["policy"]["over_cap"])
"""


def exec_(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    return run("exec", *arguments, **settings)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def test_the_command_is_told_where_the_server_is_and_who_may_enter() -> None:
    done = exec_(
        "--",
        sys.executable,
        "-c",
        SAY,
        MOCK_LMS_PASSWORD="known beforehand",
        MOCK_LMS_TENANT="acme",
        MOCK_LMS_TOKEN="another's",
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told = json.loads(done.stdout)
    names = {"URL", "CLIENT_ID", "CLIENT_SECRET", "USERNAME", "PASSWORD", "CONTROL_TOKEN", "TENANT"}
    assert told.keys() == {f"MOCK_LMS_{name}" for name in names}
    assert told["MOCK_LMS_URL"].startswith("http://127.0.0.1:")
    assert told["MOCK_LMS_PASSWORD"] == "known beforehand"


PROXIED = """
import json, os, urllib.request
url = os.environ["MOCK_LMS_URL"]
print(urllib.request.urlopen(url + "/openapi.yaml").status, os.environ["NO_PROXY"], os.environ["no_proxy"])
"""


@pytest.mark.parametrize(("before", "hosts"), [({}, ""), ({"NO_PROXY": "a.test, localhost"}, "a.test,localhost,")])
def test_no_call_to_the_server_goes_to_a_proxy(before: dict[str, str], hosts: str) -> None:
    nobody = dict.fromkeys(("HTTP_PROXY", "http_proxy", "ALL_PROXY"), "http://127.0.0.1:9")
    done = exec_("--", sys.executable, "-c", PROXIED, **nobody, **{"NO_PROXY": "", "no_proxy": "", **before})
    assert done.returncode == 0, done.stderr
    status, upper, lower = done.stdout.split()
    assert (status, upper) == ("200", lower)
    assert upper.startswith(hosts)
    assert set(upper.split(",")) >= {"127.0.0.1", "localhost", "::1"}


def test_the_server_is_as_the_options_say(tmp_path: Path) -> None:
    options = ("--frozen-at", "2026-03-01 12:00:00", "--policy", "over_cap=truncate", "--data", str(tmp_path / "lms"))
    done = exec_(*options, "--", sys.executable, "-c", CALL)
    assert done.stdout == "2026-03-01 12:00:00 truncate\n", done.stderr
    assert (tmp_path / "lms" / "credentials.json").exists()


def test_the_servers_process_ends_with_the_command(tmp_path: Path) -> None:
    data = str(tmp_path / "lms")
    script = f"ps -A -ww -o pid=,args= | grep 'mock_lms[.]child.*{data}'"
    done = exec_("--data", data, "--", "sh", "-c", script, TMPDIR=str(tmp_path))
    ours = [int(line.split()[0]) for line in done.stdout.splitlines()]
    assert ours
    assert not [pid for pid in ours if alive(pid)]
    assert not list(tmp_path.glob("mock-lms-*"))


@pytest.mark.parametrize(
    ("script", "code"), [("exit 0", 0), ("exit 7", 7), ("kill -TERM $$", 143), ("kill -9 $$", 137)]
)
def test_the_exit_code_is_the_commands(script: str, code: int) -> None:
    assert exec_("--", "sh", "-c", script).returncode == code


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--", "/nonesuch"), 127, f"mock-lms: /nonesuch: {os.strerror(errno.ENOENT)}"),
        (("--", "/etc/passwd"), 126, f"mock-lms: /etc/passwd: {os.strerror(errno.EACCES)}"),
        (("true",), 2, "after --"),
        (("--",), 2, "after --"),
        ((), 2, "after --"),
        (("--nonesuch", "--", "true"), 2, "--nonesuch"),
        (("--seed", "nonesuch", "--", "true"), 2, "nonesuch"),
        (("--policy", "nonesuch", "--", "true"), 2, "nonesuch"),
        (("--frozen-at", "yesterday", "--", "true"), 2, "yesterday"),
    ],
)
def test_what_cannot_be_run_is_one_line(arguments: tuple[str, ...], code: int, said: str) -> None:
    done = exec_(*arguments)
    assert (done.returncode, done.stdout) == (code, "")
    assert said in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_options_after_the_dashes_are_the_commands() -> None:
    assert exec_("--", "echo", "--seed", "--", "-h").stdout == "--seed -- -h\n"


def test_exec_inside_exec_has_a_server_of_its_own() -> None:
    inner = [*COMMAND, "exec", "--", sys.executable, "-c", SAY]
    script = (
        f"import os, subprocess; print(os.environ['MOCK_LMS_URL'], flush=True); subprocess.run({inner!r}, check=True)"
    )
    outer, told = exec_("--", sys.executable, "-c", script).stdout.splitlines()
    assert json.loads(told)["MOCK_LMS_URL"] != outer


WAIT = """
import os, pathlib, signal, sys, time
def caught(number, _):
    pathlib.Path("caught").write_text(str(number))
    sys.exit(5)
for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
    signal.signal(number, caught)
pathlib.Path("started").write_text(str(os.getpid()))
time.sleep(60)
"""


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_is_passed_on(number: signal.Signals, tmp_path: Path) -> None:
    process = subprocess.Popen(
        [*COMMAND, "exec", "--", sys.executable, "-c", WAIT],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )
    until("the command's start", lambda: bool(_read(tmp_path / "started")), 30)
    process.send_signal(number)
    assert process.wait(10) == 5
    assert _read(tmp_path / "caught") == str(int(number))


def test_what_nohup_ignores_is_ignored_by_exec_and_its_command(tmp_path: Path) -> None:
    script = "import pathlib, signal; pathlib.Path('started').write_text(str(signal.getsignal(signal.SIGHUP)))\n"
    process = subprocess.Popen(
        ["nohup", *COMMAND, "exec", "--", sys.executable, "-c", f"{script}input()"],
        cwd=tmp_path,
        env=environment(),
        stdin=subprocess.PIPE,
    )
    until("the command's start", lambda: bool(_read(tmp_path / "started")), 30)
    process.send_signal(signal.SIGHUP)
    process.communicate(b"\n", timeout=30)
    assert (process.returncode, _read(tmp_path / "started")) == (0, str(signal.SIG_IGN))


def test_ctrl_c_at_a_terminal_reaches_the_command_once_and_the_server_waits_for_its_end(tmp_path: Path) -> None:
    script = WAIT.replace("sys.exit(5)", "").replace("time.sleep(60)", "time.sleep(1)\ntime.sleep(1)\nsys.exit(6)")
    script = script.replace(".write_text(str(number))", '.open("a").write(f"{number} ")')
    pid, terminal = pty.fork()
    if pid == 0:  # pragma: no cover -- another process
        os.chdir(tmp_path)
        os.execve(sys.executable, [*COMMAND, "exec", "--", sys.executable, "-c", script], environment())  # noqa: S606
    until("the command's start", lambda: bool(_read(tmp_path / "started")), 30)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 6
    assert _read(tmp_path / "caught") == f"{int(signal.SIGINT)} "


def test_a_command_without_handlers_dies_of_ctrl_c(tmp_path: Path) -> None:
    pid, terminal = pty.fork()
    script = "echo x > started; sleep 60"
    if pid == 0:  # pragma: no cover -- another process
        os.chdir(tmp_path)
        os.execve(sys.executable, [*COMMAND, "exec", "--", "sh", "-c", script], environment())  # noqa: S606
    until("the command's start", lambda: bool(_read(tmp_path / "started")), 30)
    time.sleep(0.1)
    os.write(terminal, b"\x03")
    _, status = os.waitpid(pid, 0)
    os.close(terminal)
    assert os.waitstatus_to_exitcode(status) == 128 + signal.SIGINT


def test_the_server_ends_though_exec_is_killed(tmp_path: Path) -> None:
    script = (
        f"import os, pathlib; {SAY.replace('print(', 'pathlib.Path(chr(115)).write_text(')}; import time; time.sleep(5)"
    )
    process = subprocess.Popen(
        [*COMMAND, "exec", "--data", str(tmp_path / "lms"), "--", sys.executable, "-c", script],
        cwd=tmp_path,
        env=environment(),
    )
    until("the command's start", lambda: bool(_read(tmp_path / "s")), 30)
    marked = str(tmp_path / "lms").encode()

    def servers() -> list[Path]:
        return [
            path for path in Path("/proc").glob("[0-9]*/cmdline") if marked in _bytes(path) and b"child" in _bytes(path)
        ]

    assert servers()
    process.kill()
    process.wait()
    until("the server's end", lambda: not servers(), 10)


def _read(path: Path) -> str:
    return path.read_text() if path.exists() else ""


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""


SECURE = """
import os, requests, urllib.request
url = os.environ["MOCK_LMS_URL"] + "/openapi.yaml"
print(url.partition(":")[0], requests.get(url).status_code, urllib.request.urlopen(url).status)
print(os.environ["JAVA_TOOL_OPTIONS"].split()[0], open(os.environ["NODE_EXTRA_CA_CERTS"]).read(5))
"""


def test_a_command_trusts_the_ca_of_a_server_with_tls() -> None:
    done = exec_("--tls", "self-signed", "--", sys.executable, "-c", SECURE, JAVA_TOOL_OPTIONS="-Xmx1g")
    assert done.returncode == 0, done.stderr
    assert done.stdout == "https 200 200\n-Xmx1g -----\n"


def test_a_command_may_control_a_server_with_tls() -> None:
    done = exec_("--tls", "self-signed", "--", *COMMAND, "journal", "misses")
    assert (done.returncode, done.stdout) == (0, "Every call hit an operation.\n"), done.stderr
