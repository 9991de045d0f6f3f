"""A process that may open few files serves as many tenants as ever, or says before that it cannot."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.support.process import START_SECONDS, Client, Serve, environment

TENANTS = 20


def limited(descriptors: int) -> list[str]:
    """A shell that goes on as the command after it, with so many descriptors."""
    return ["sh", "-c", f'ulimit -n {descriptors} && exec "$@"', "limited"]


def test_more_tenants_than_descriptors_are_served(serve: Serve) -> None:
    server = serve(before=limited(64))
    control = Client(server.url, server.ready["control_token"])
    for number in range(TENANTS):
        control.call("POST", "/_mock/tenants", {"name": f"t{number}", "seed": "empty"})
    for _ in range(2):
        for number in range(TENANTS):
            tenant = f"/t/t{number}"
            control.call("PUT", f"{tenant}/_mock/snapshots/one")
            control.call("GET", f"{tenant}/_mock/diff?before=one")
            control.call("POST", f"{tenant}/_mock/reset")
            Client(server.url).call("GET", f"{tenant}/manage/v1/user/session", status=401)
    assert "Traceback" not in server.stderr


def test_too_few_for_any_tenant_are_refused_before_anything_is_made(tmp_path: Path) -> None:
    done = subprocess.run(
        [*limited(32), sys.executable, "-m", "mock_lms", "serve", "--port", "0", "--data", str(tmp_path / "data")],
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
        env=environment(),
    )
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "may have 32 files open here" in done.stderr
    assert "ulimit -n" in done.stderr
    assert not (tmp_path / "data").exists()
