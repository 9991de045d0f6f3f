"""What a check says: what to do next about a harness error, and several findings at once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from mock_lms_contracts.advice import advised

from tests.contracts import fakes
from tests.contracts.driver import Mock


@pytest.mark.parametrize(
    ("message", "advice"),
    [
        ("POST /manage/v1/user created nothing: 403 no", "; give the token of a user who may prepare all this"),
        ("POST /manage/v1/user created nothing: 401 who", "; give a valid token"),
        ("GET /learn/v1/courses is no list: 404 ", "; use an adapter that does not need this operation"),
        ("GET /learn/v1/courses is no list: 500 oops", "; see the target's log for what failed there"),
        ("KeyError: 'x' (mine.py, line 9)", "; correct it there, or report it"),
        ("the adapter's self-check: 2 courses are missing", "; fix the adapter; ADAPTERS.md"),
        ("the disk is full.", "; see the calls in the report"),
    ],
)
def test_a_harness_error_ends_with_what_to_do_next(message: str, advice: str) -> None:
    said = advised(message)
    assert said.startswith(message.rstrip(".") + advice)
    assert advised(said) == said, "once is enough"


FINDING = """
import pytest
from mock_lms_contracts.verdicts import Finding, Inconclusive

@pytest.hookimpl(wrapper=True)
def pytest_pyfunc_call(pyfuncitem):
    lab = pyfuncitem.funcargs["lab"]
    lab.findings += [Finding("One.", 1, 2), Finding("Two."), Finding("One.")]
    yield
    raise Inconclusive("Three.")
"""


def test_a_check_may_end_with_several_findings_of_which_the_first_is_the_message(
    mock: Mock, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "finding.py").write_text(FINDING)
    monkeypatch.syspath_prepend(tmp_path)
    done = fakes.against(mock, "--only", "UNENROLL-ERRORS-3", "--json", "--", "-p", "finding", cwd=tmp_path)
    (result,) = json.loads(done.stdout)["results"]
    assert (result["verdict"], result["message"]) == ("fail", "One. Also: Two.")
    assert (result["expected"], result["seen"]) == (1, 2)
    assert result["curl"]
