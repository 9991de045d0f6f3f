"""Schemathesis on the control API: every operation, every phase, every check, no findings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from mock_lms import control
from tests.support.contract import operations
from tests.support.process import Serve

CONTRACT = Path(control.__file__).with_name("openapi.yaml")
ROOT = Path(__file__).parents[2]

# A file of random bytes is no snapshot, which is a 400 whatever its type says. What waits asks as what verifies does.
CONFIG = """
[[operations]]
include-operation-id = "wait_for_calls"
phases.coverage.enabled = false

[[operations]]
include-path = "/_mock/snapshots/{snapshot}/file"
checks.positive_data_acceptance.expected-statuses = [200, 400, 404]

# no schema says what a public key is
[[operations]]
include-name = "PUT /_mock/keys"
checks.positive_data_acceptance.expected-statuses = [200, 400]
"""


def test_schemathesis_finds_nothing(serve: Serve, tmp_path: Path) -> None:
    server = serve()  # its own: what is reset and broken here would puzzle other tests
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", str(CONTRACT)]
    command += ["--url", server.url, "-H", f"Authorization: Bearer {server.ready['control_token']}"]
    command += ["--max-examples", "5", "--seed", "1", "--no-color", "--max-failures", "20"]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.server.schemathesis_control",
        "PYTHONPATH": str(ROOT),
    }
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=280, check=False
    )
    count = len(operations(CONTRACT))
    assert f"{count} selected / {count} total" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout[-8000:]
