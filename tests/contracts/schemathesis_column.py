"""What stock Schemathesis finds on the sabotaged servers: every phase, every check, and few examples."""

from __future__ import annotations

import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version
from pathlib import Path
from typing import Any

from mock_lms_contracts.target import log_in

from mock_lms.control.sabotage import known
from tests.contracts.driver import LOGIN, Mock

CONTRACT = Path(__file__).parents[2] / "openapi.yaml"
EXAMPLES, SEED, AT_ONCE, SECONDS = 5, 1, 2, 600

# ids that exist let it come past the 404s: without them it finds less
CONFIG = """
[[operations]]
include-path = "/learn/v1/enrollments/{course_id}/{user_id}"
parameters = { course_id = 201, user_id = 13001 }

[[operations]]
include-path-regex = "^/learningplan/v1/learningplans/.learning_plan_id."
parameters = { learning_plan_id = 31 }

[[operations]]
include-path = "/oauth2/token"
checks.positive_data_acceptance.expected-statuses = [200, 400, 401]
"""


def measured(mock: Mock, folder: Path) -> dict[str, Any]:
    """How it was measured, and by sabotage the checks that failed. On the right server none may."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG, encoding="utf-8")
    names = ["", *known()]
    with ThreadPoolExecutor(AT_ONCE) as threads:
        failed = dict(zip(names, threads.map(lambda name: _failed(mock, name, config), names), strict=True))
    assert failed.pop("") == [], "it finds something wrong with the right server"
    how = (
        f"Schemathesis {version('schemathesis')}: all operations, phases and checks, ids of the demo tenant for its"
        f" paths, and {EXAMPLES} examples at most for each operation and phase (seed {SEED}); more examples take"
        " longer, and may find more."
    )
    return {"how": how, "found": failed}


def _failed(mock: Mock, sabotage: str, config: Path) -> list[str]:
    """The checks that failed on a server with this sabotage."""
    url = f"{mock.ready['url']}/t/{mock.tenant(sabotage=sabotage, seed='demo')}"
    token = log_in(url, {"grant_type": "password", **{name: str(mock.ready[name]) for name in LOGIN}})
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run", str(CONTRACT)]
    command += ["--url", url, "-H", f"Authorization: Bearer {token}", "--max-examples", str(EXAMPLES)]
    command += ["--seed", str(SEED), "--no-color", "--max-failures", "20"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=config.parent, timeout=SECONDS, check=False)
    assert done.returncode in {0, 1}, done.stdout[-3000:] + done.stderr[-3000:]
    failures = sorted(set(re.findall(r"^- (.+)$", done.stdout, re.MULTILINE)))
    assert bool(failures) == bool(done.returncode), done.stdout[-3000:]
    return failures
