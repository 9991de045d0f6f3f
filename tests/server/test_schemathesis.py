"""Schemathesis over the wire: every operation, every phase, every check, no findings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.contract import operations
from tests.support.process import Serve

ROOT = Path(__file__).parents[2]

# Ids that exist let it come past the 404s, and only a classroom course has sessions. What is no method of the path of
# course fields is one of a course's path, where `field` is refused as no id. The token endpoint's 400 is RFC 6749's
# answer to a grant that is well-formed and not good.
CONFIG = """
[[operations]]
include-path = "/learn/v1/enrollments/{course_id}/{user_id}"
parameters = { course_id = 201, user_id = 13001 }

[[operations]]
include-path-regex = "^/learningplan/v1/learningplans/.learning_plan_id."
parameters = { learning_plan_id = 31 }

[[operations]]
include-path = "/learn/v1/enrollment/{course_id}/{user_id}"
parameters = { course_id = 201, user_id = 13001 }

[[operations]]
include-path = "/learn/v1/lp/enroll"
checks.positive_data_acceptance.expected-statuses = [200, 404]

[[operations]]
include-path = "/manage/v1/user/login"
checks.positive_data_acceptance.expected-statuses = [200, 400]

[[operations]]
include-path = "/course/v1/courses/{course_id}/sessions"
parameters = { course_id = 204 }

[[operations]]
include-path = "/learn/v1/courses/field"
checks.unsupported_method.enabled = false
checks.allow_header_conformance.enabled = false

[[operations]]
include-path-regex = "^/manage/v1/user/.user_id."
parameters = { user_id = 13001 }
# a username may be taken, a manager or an additional field may not be there, and the user was deleted
checks.positive_data_acceptance.expected-statuses = [200, 400, 404, 409]

# the username may be that of another example
[[operations]]
include-name = "POST /manage/v1/user"
checks.positive_data_acceptance.expected-statuses = [200, 409]

[[operations]]
include-path = "/manage/v1/managers/{manager_id}/subordinates"
parameters = { manager_id = 13004 }

[[operations]]
include-path = "/manage/v1/group/{group_id}/members"
parameters = { group_id = 1 }

[[operations]]
include-path = "/audiences/v1/audience/{uuid}/assign_users"
parameters = { uuid = "3f0d4c5e-6a1b-4c2d-8e9f-000000000001" }

# a group or a branch may not be there
[[operations]]
include-name = "POST /learn/v1/enrollments"
checks.positive_data_acceptance.expected-statuses = [200, 400]

[[operations]]
include-path = "/oauth2/token"
checks.positive_data_acceptance.expected-statuses = [200, 400, 401]
"""


def test_schemathesis_finds_nothing(serve: Serve, tmp_path: Path) -> None:
    server = serve()  # its own: what is created and removed here would puzzle other tests
    config = tmp_path / "schemathesis.toml"
    config.write_text(CONFIG)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(config), "run"]
    command += [f"{server.url}/openapi.yaml", "-H", f"Authorization: Bearer {server.token}"]
    command += ["--max-examples", "5", "--seed", "1", "--no-color", "--max-failures", "20"]
    environment = {
        **os.environ,
        "SCHEMATHESIS_HOOKS": "tests.server.schemathesis_vendor",
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, env=environment, timeout=280, check=False
    )
    assert f"{len(operations())} selected / {len(operations())} total" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0, done.stdout[-8000:]
