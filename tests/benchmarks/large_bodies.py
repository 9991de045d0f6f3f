"""What a large body costs: `python -m tests.benchmarks.large_bodies [--mib N] [PYTHON ...]` on Linux.

Each PYTHON is the interpreter of an environment in which a mock-lms is installed, so that commits can be compared in
one run; without any it is this one. For every body a fresh server is started, gets the body once, and ends: seconds
until the answer, and by how many megabytes the worker's peak (VmHWM) grew. A body has 8 MiB, the most that is taken,
or N.
"""

from __future__ import annotations

import argparse
import http.client
import json
import re
import subprocess
import sys
import tempfile
import time
from contextlib import closing, suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.benchmarks.workshop import say

MOST = 8
MIB = 1024 * 1024
LONGEST = 300  # seconds

LISTS = "/learn/v1/enrollments"


def filled(start: bytes, piece: bytes, end: bytes, size: int) -> bytes:
    return start + piece * ((size - len(start) - len(end)) // len(piece)) + end


BODIES = {
    "status: commas": ("GET", LISTS, b'{"status": "', b",", b'"}'),
    "user_ids: zeros": ("DELETE", LISTS, b'{"course_ids": [201], "user_ids": [', b"0,", b"0]}"),
    "user_ids: lists": ("DELETE", LISTS, b'{"course_ids": [201], "user_ids": [', b"[],", b"0]}"),
    "id_user: ones": ("GET", LISTS, b'{"id_user": [', b"1,", b"1]}"),
    "username: lists": ("POST", "/manage/v1/user", b'{"username": [', b"[],", b"0]}"),
    "token: ampersands": ("POST", "/oauth2/token", b"password=x", b"&", b""),
}


def measured(python: str, method: str, path: str, body: bytes) -> tuple[int, float, float]:
    """Status, seconds, and megabytes by which the worker grew."""
    command = [python, "-m", "mock_lms.child", "--port", "0"]
    elsewhere = tempfile.gettempdir()  # -m would take the mock_lms of this folder
    with subprocess.Popen(
        command, cwd=elsewhere, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    ) as server:
        try:
            assert server.stdout is not None
            ready = json.loads(server.stdout.readline())
            names = ("client_id", "client_secret", "username", "password")
            form = urlencode({"grant_type": "password", **{name: ready[name] for name in names}})
            kind = {"Content-Type": "application/x-www-form-urlencoded"}
            _, answer = _call(ready["url"], "POST", "/oauth2/token", form.encode(), kind)
            headers = {"Authorization": f"Bearer {json.loads(answer)['access_token']}"}
            before = _peak(server.pid)
            began = time.perf_counter()
            json_type = {"Content-Type": "application/json"}
            status, _ = _call(ready["url"], method, path, body, headers | (kind if "oauth2" in path else json_type))
            took = time.perf_counter() - began
            return status, took, _peak(server.pid) - before
        finally:
            assert server.stdin is not None
            server.stdin.close()
            server.wait(30)


def _call(url: str, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
    with closing(http.client.HTTPConnection(urlsplit(url).netloc, timeout=LONGEST)) as connection:
        with suppress(OSError):  # it need not read what it refuses
            connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read()


def _peak(pid: int) -> float:
    """Megabytes of the largest of the server's processes."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    peaks = [re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{child}/status").read_text()) for child in [*children, pid]]
    return max(int(found[1]) for found in peaks if found) / 1024


def main() -> None:
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--mib", type=int, choices=range(1, MOST + 1), default=MOST)
    arguments.add_argument("python", nargs="*", default=[sys.executable])
    given = arguments.parse_args()
    for name, (method, path, start, piece, end) in BODIES.items():
        body = filled(start, piece, end, given.mib * MIB)
        for python in given.python:
            status, seconds, megabytes = measured(python, method, path, body)
            say(f"{name:20} {status}  {seconds:7.2f} s  {megabytes:7.0f} MB  {python}")


if __name__ == "__main__":
    main()
