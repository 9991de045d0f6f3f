"""Whatever a server answers, a command ends with an exit code and says why in one line; never with a traceback."""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from io import BytesIO, StringIO
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import requests
from hypothesis import given, settings
from hypothesis import strategies as st
from mock_lms_client import Client, ClientError, Listing, funnel
from mock_lms_client.__main__ import main
from requests.adapters import HTTPAdapter
from urllib3 import HTTPResponse

from mock_lms.testing import MockLMS, MockTenant
from tests.client.conftest import tenants_of
from tests.client.harness.commands import settings_of

scalars = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=9),
    st.sampled_from([0, -1, 13001, "13001", 10**15, 2**63, 10**300, "1e308", "\x1b[2J", "\u009b", "\u202e", "=1+1"]),
)  # fmt: skip
anything = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=9), inner, max_size=3)
)
of_an_lms = st.fixed_dictionaries(
    {},
    optional={
        "data": anything
        | st.fixed_dictionaries(
            {},
            optional={
                "items": anything | st.lists(anything, max_size=3),
                "has_more_data": anything,
                "total_count": anything,
                "un_enrolled": anything,
                "errors": anything,
            },
        ),
        "access_token": anything,
        "expires_in": anything,
        "refresh_token": anything,
        "error": anything,
        "name": anything,
        "message": anything,
    },
)


def encoded(answer: object) -> bytes:
    return json.dumps(answer).encode()


class Answering(HTTPAdapter):
    """Answers what it is told to, without a server."""

    def __init__(self, answer: Callable[[requests.PreparedRequest], tuple[int, bytes]]) -> None:
        super().__init__()
        self._answer = answer

    def send(self, request: requests.PreparedRequest, **_: Any) -> requests.Response:  # type: ignore[override]
        status, body = self._answer(request)
        response = requests.Response()
        response.status_code, response.raw = status, HTTPResponse(BytesIO(body), status=status, preload_content=False)
        return response


# --- the library

ACTS: dict[str, Callable[[Client], object]] = {
    "bulk_unenroll": lambda client: client.bulk_unenroll([1], course_ids=[2]),
    "list_enrollments": lambda client: client.list_enrollments().complete(),
    "bulk_enroll": lambda client: client.bulk_enroll([1], [2]),
    "bulk_update_enrollments": lambda client: client.bulk_update_enrollments([1], [2], status=2),
    "get_enrollment": lambda client: client.get_enrollment(1, 2),
    "enroll": lambda client: client.enroll(1, 2),
    "update_enrollment": lambda client: client.update_enrollment(1, 2, status=2),
    "unenroll": lambda client: client.unenroll(1, 2),
    "batch_enroll": lambda client: client.batch_enroll([{"course_id": 1, "user_id": 2}]),
    "batch_unenroll": lambda client: client.batch_unenroll([{"course_id": 1, "user_id": 2}]),
    "unenroll_singular": lambda client: client.unenroll_singular(1, 2),
    "enroll_in_lp": lambda client: client.enroll_in_lp(1, 2),
    "log_in": lambda client: client.log_in("a", "b"),
    "list_learn_courses": lambda client: list(client.list_learn_courses()),
    "create_course": lambda client: client.create_course("A"),
    "list_lp": lambda client: list(client.list_lp()),
    "list_courses": lambda client: list(client.list_courses()),
    "list_course_enrollments": lambda client: list(client.list_course_enrollments()),
    "list_learning_plans": lambda client: list(client.list_learning_plans()),
    "create_learning_plan": lambda client: client.create_learning_plan("A"),
    "list_learning_plan_courses": lambda client: list(client.list_learning_plan_courses(31)),
    "add_learning_plan_courses": lambda client: client.add_learning_plan_courses(1, [2]),
    "list_learning_plan_enrollments": lambda client: list(client.list_learning_plan_enrollments()),
    "list_learning_plan_course_enrollments": lambda client: list(client.list_learning_plan_course_enrollments(31)),
    "bulk_enroll_in_learning_plan": lambda client: client.bulk_enroll_in_learning_plan(1, [2]),
    "enroll_in_learning_plan": lambda client: client.enroll_in_learning_plan(1, 2),
    "list_users": lambda client: list(client.list_users()),
    "create_user": lambda client: client.create_user("a"),
    "get_session": lambda client: client.get_session(),
    "issue_token": lambda client: client.issue_token("client_credentials"),
    "show_login": lambda client: client.show_login(client_id="a"),
    "submit_login": lambda client: client.submit_login(username="a", password="b", client_id="c"),
}


FILES = {"get_report_results"}
"""Operations whose answer is a file, which may be anything."""

BY_TYPE: dict[str, Any] = {"str": "a", "Iterable[str]": ["a"]}


def act(name: str) -> Callable[[Client], Any]:
    """Calls the operation with what it requires, and reads a list to its end."""
    parameters = inspect.signature(getattr(Client, name)).parameters.values()
    required = [each for each in parameters if each.default is each.empty and each.name != "self"]
    arguments = {
        each.name: BY_TYPE.get(str(each.annotation), [1] if "Iterable" in str(each.annotation) else 1)
        for each in required
    }

    def call(client: Client) -> Any:
        answer = getattr(client, name)(**arguments)
        return [*answer] if isinstance(answer, Listing) else answer

    return call


OPERATIONS = {
    name for cls in Client.__mro__ for name, value in vars(cls).items() if name[0] != "_" and inspect.isfunction(value)
}
ACTS |= {name: act(name) for name in sorted(OPERATIONS - ACTS.keys() - FILES - {"close"})}


def test_every_operation_is_among_them() -> None:
    operations = {name for name in vars(Client).keys() | {n for c in Client.__mro__ for n in vars(c)} if name[0] != "_"}
    assert operations - {"close"} - FILES == set(ACTS)


@pytest.mark.parametrize("operation", ACTS)
@settings(max_examples=20, deadline=None)
@given(answer=st.one_of(anything, of_an_lms), status=st.sampled_from([200, 201, 302, 400, 401, 403, 500]))
def test_an_operation_has_an_answer_of_the_contract_or_raises_one_of_the_client_s_errors(
    operation: str, answer: object, status: int
) -> None:
    session = requests.Session()
    session.mount("http://", Answering(lambda _: (status, encoded(answer))))
    with_login = {"client_id": "a", "client_secret": "b"} if operation == "get_session" else {"token": "x"}
    client = Client("http://127.0.0.1:1", session=session, patience=0, **with_login)  # type: ignore[arg-type]
    said = ""
    try:
        ACTS[operation](client)
    except ClientError as error:
        said = str(error)
    assert said.isprintable()


# --- the command line


@pytest.fixture
def lms(house: MockLMS) -> Iterator[MockTenant]:
    """A demo tenant in this process."""
    for new_tenant in tenants_of(house):
        yield new_tenant()


STORY = (
    ("ids", "users"),
    ("ids", "users", "--by", "username", "ana.silva", "mei.chen"),
    ("ids", "courses"),
    ("ids", "plans"),
    (
        "plan",
        "unenroll",
        "--users",
        "13001,13002,999",
        "--plans",
        "Onboarding,32",
        "--courses",
        "SAFE-101",
        "--cascade",
    ),
    ("apply", "plan.json", "--yes", "--expect-count", "N", "--max-percent", "100"),
    ("verify", "plan.json"),
    ("restore", "plan.backup.json", "--yes", "--expect-count", "M", "--enrollment-dates"),
)


def paths(answer: Any, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Where something stands in a JSON value: the keys that lead there."""
    yield here
    inner: Any = (
        answer.items() if isinstance(answer, Mapping) else enumerate(answer) if isinstance(answer, list) else ()
    )
    for key, value in inner:
        yield from paths(value, (*here, key))


def changed(answer: Any, path: tuple[Any, ...], value: object) -> Any:
    """The answer with something else at one path; nothing stands there any more where the value is `...`."""
    if not path:
        return None if value is ... else value
    answer = copy.deepcopy(answer)
    inside = answer
    for key in path[:-1]:
        inside = inside[key]
    if value is ...:
        del inside[path[-1]]
    else:
        inside[path[-1]] = value
    return answer


@settings(max_examples=20, deadline=None)
@given(at=st.integers(0, 40), data=st.data())
def test_a_command_ends_with_a_line_where_one_answer_is_changed_in_one_place(
    lms: MockTenant, at: int, data: st.DataObject
) -> None:
    lms.control.reset_tenant()
    number = count()

    def answer(request: requests.PreparedRequest) -> tuple[int, bytes]:
        with lms.session() as real:
            response = real.request(
                str(request.method), str(request.url), data=request.body, headers=request.headers, timeout=9
            )
        body = response.json()
        if next(number) == at:
            path = data.draw(st.sampled_from([*paths(body)]), label="path")
            body = changed(body, path, data.draw(st.just(...) | anything, label="value"))
        return response.status_code, encoded(body)

    def new_session() -> requests.Session:
        session = requests.Session()
        session.mount("http://", Answering(answer))
        return session

    with TemporaryDirectory() as folder, ExitStack() as stack:
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setattr(funnel, "_session", new_session)
        patch.setenv("XDG_CONFIG_HOME", "/nowhere")
        for name, value in settings_of(lms).items():
            patch.setenv(name, value)
        patch.chdir(folder)
        goes = removed = "0"
        for command in STORY:
            if not Path(command[1]).exists() and command[0] in {"apply", "verify", "restore"}:
                break
            words = [{"N": goes, "M": removed}.get(word, word) for word in command]
            out, err = StringIO(), StringIO()
            with redirect_stdout(out), redirect_stderr(err), pytest.raises(SystemExit) as ended:
                main([*words, "--json", "--max-wait", "0", "--allow-http"])
            assert ended.value.code in {0, 1, 2, 3, 4, 5}
            if ended.value.code == 1:
                assert len(err.getvalue().splitlines()) == 1, err.getvalue()
            printed = json.loads(out.getvalue()) if out.getvalue() else {}
            if command[0] == "plan":
                goes = str(printed.get("goes", 0))
            if command[0] == "apply":
                removed = str(printed.get("outcomes", {}).get("removed", 0))
