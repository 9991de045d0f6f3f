"""requests against a mock in this process meets what it meets with a server: the same answers, the same exceptions."""

from __future__ import annotations

import io
import itertools
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3 import Retry

from mock_lms.testing import MockLMS, MockTenant

BULK = "/learn/v1/enrollments"
USERS = "/manage/v1/user"
UNENROLL = b'{"user_ids": [13001], "course_ids": [201]}'
JSON = {"Content-Type": "application/json"}
DAYLIGHT: dict[str, Any] = {"seed": "demo", "frozen_at": "2026-03-01 12:00:00"}

Send = Callable[[requests.Session, str], requests.Response]


def refused(session: requests.Session, url: str, seconds: float = 1.5) -> type[Exception]:
    with pytest.raises(requests.RequestException) as failed:
        session.get(f"{url}{USERS}", timeout=seconds)
    return failed.type


CALLS: dict[str, Send] = {
    "get": lambda s, url: s.get(f"{url}{USERS}", params={"search_text": "ana ü&=+%/", "page_size": "3"}),
    "list in the query": lambda s, url: s.get(f"{url}/course/v1/courses/enrollments?user_id[]=13001&user_id[]=13002"),
    "head": lambda s, url: s.head(f"{url}{USERS}"),
    "options": lambda s, url: s.options(f"{url}{USERS}"),
    "delete with a body": lambda s, url: s.delete(f"{url}{BULK}", data=UNENROLL, headers=JSON),
    "delete with json": lambda s, url: s.delete(f"{url}{BULK}", json={"user_ids": [13001], "course_ids": [201]}),
    "body from a file": lambda s, url: s.delete(f"{url}{BULK}", data=io.BytesIO(UNENROLL), headers=JSON),
    "body as a text": lambda s, url: s.delete(f"{url}{BULK}", data=UNENROLL.decode() + " " * 5, headers=JSON),
    "body from a generator": lambda s, url: s.delete(
        f"{url}{BULK}", data=(UNENROLL[at : at + 7] for at in range(0, len(UNENROLL), 7)), headers=JSON
    ),
    "put with a body": lambda s, url: s.put(f"{url}{BULK}/201/13001", json={"status": "suspended"}),
    "post without a body": lambda s, url: s.post(f"{url}{BULK}/204/13012"),
    "post of a form": lambda s, url: s.post(f"{url}/oauth2/token", data={"grant_type": "nonsense"}),
    "body that is too large": lambda s, url: s.post(f"{url}{BULK}", data=b"x" * (8 * 1024 * 1024 + 1), headers=JSON),
    "body that just fits": lambda s, url: s.delete(f"{url}{BULK}", data=UNENROLL.ljust(8 * 1024 * 1024), headers=JSON),
    "no json": lambda s, url: s.delete(f"{url}{BULK}", data=b"{", headers=JSON),
    "no such path": lambda s, url: s.get(f"{url}/nonesuch/%C3%BC%20%2F?a=%FF"),
    "no such method": lambda s, url: s.patch(f"{url}{BULK}"),
    "no token": lambda s, url: s.get(f"{url}{USERS}", headers={"Authorization": None}),
    "an odd host": lambda s, url: s.get(f"{url}{USERS}", headers={"Host": "evil.example"}),
    "a header twice": lambda s, url: s.get(f"{url}{USERS}", headers={"X-A": "1", "x-b": "ü".encode()}),
    "a generated body that is too large": lambda s, url: s.delete(
        f"{url}{BULK}", data=(b"x" * 1024 * 1024 for _ in range(9)), headers=JSON
    ),
}


def seen(mock: MockTenant, send: Send) -> Any:
    """All of an answer that does not depend on where it came from."""
    answer = send(mock.session(mock.token()), mock.url)
    text = answer.text.replace(mock.url.rpartition("/t/")[0], "http://HOST").replace(mock.name, "NAME")
    headers = {name.lower(): value for name, value in answer.headers.items()}
    for name in ("server", "date", "connection"):  # Granian's
        headers.pop(name, None)
    headers["allow"] = "".join(sorted(headers.get("allow", "")))  # a set
    reason = answer.reason if answer.status_code != 413 else ""  # which has been renamed twice
    return answer.status_code, reason, answer.ok, text, headers, answer.encoding


def test_a_redirect_is_followed(both: dict[str, MockLMS]) -> None:
    for mock in both.values():
        answer = mock.session().get(f"{mock.url}/api-browser")
        assert [each.status_code for each in answer.history] == [302]
        assert (answer.status_code, answer.url) == (200, f"{mock.url}/api-browser/")


@pytest.mark.parametrize("name", CALLS)
def test_an_answer_is_the_servers(both: dict[str, MockLMS], name: str) -> None:
    found = [seen(mock.tenant(mock.control.create_tenant(**DAYLIGHT)["name"]), CALLS[name]) for mock in both.values()]
    assert found[0] == found[1]


FAULTS: dict[str, dict[str, Any]] = {
    "drop": {"action": "drop"},
    "half_body": {"action": "half_body"},
    "lost_answer": {"action": "lost_answer"},
    "before_commit": {"action": "before_commit"},
    "delay": {"action": "delay", "seconds": 4},
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_raises_what_it_raises_with_a_server(both: dict[str, MockLMS], name: str) -> None:
    raised = []
    for mock in both.values():
        tenant = mock.tenant(mock.control.create_tenant()["name"])
        session = tenant.session(tenant.token())
        tenant.control.set_faults([FAULTS[name]])
        raised.append(refused(session, tenant.url))
    assert raised[0] is raised[1]


def test_half_a_body_can_be_streamed_up_to_where_it_breaks_off(mock: MockTenant) -> None:
    session = mock.session(mock.token())
    whole = session.get(f"{mock.url}{USERS}").content
    mock.control.set_faults([{"action": "half_body"}])
    answer = session.get(f"{mock.url}{USERS}", stream=True)
    assert answer.headers["Content-Length"] == str(len(whole))
    got: list[bytes] = []
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        got.extend(answer.iter_content(10))
    assert whole.startswith(b"".join(got))


def test_a_client_that_gives_up_waits_no_longer_than_it_said_and_the_call_is_done_all_the_same(
    mock: MockTenant,
) -> None:
    session = mock.session(mock.token())
    mock.control.set_faults([{"action": "delay", "seconds": 2}])
    began = time.monotonic()
    with pytest.raises(requests.ReadTimeout):
        session.delete(f"{mock.url}{BULK}", data=UNENROLL, headers=JSON, timeout=(5, 0.15))
    assert 0.1 < time.monotonic() - began < 1.9
    assert 201 not in {row["course_id"] for row in mock.control.get_learner(13001)["enrollments"]}
    # noted when it ended, not when nobody listened any more
    mock.control.wait_for_calls({"called": {"operation": "bulk_unenroll", "fault": "delay"}, "times": 1}, seconds=20)


def test_a_client_that_has_time_gets_the_late_answer(mock: MockTenant) -> None:
    session = mock.session(mock.token())
    mock.control.set_faults([{"action": "delay", "seconds": 0.3}])
    for timeout in (5, None, (5, None)):
        began = time.monotonic()
        assert session.get(f"{mock.url}{USERS}", timeout=timeout).ok
        assert time.monotonic() - began >= 0.3


def test_a_sessions_own_retries_are_kept(mock: MockTenant) -> None:
    token = mock.token()
    mock.control.set_faults([{"action": "status", "status": 503, "retry_after": 0, "count": 2}])
    session = requests.Session()
    session.mount("http://", HTTPAdapter(max_retries=Retry(5, status_forcelist=[503], backoff_factor=0)))
    answer = mock.mount(session).get(f"{mock.url}{USERS}", headers={"Authorization": f"Bearer {token}"})
    assert answer.status_code == 200
    assert [each["status"] for each in mock.control.search_journal({"path": USERS})["entries"]] == [503, 503, 200]


def test_a_connection_that_breaks_is_followed_by_one_that_works(mock: MockTenant) -> None:
    session = mock.session(mock.token())
    mock.control.set_faults([{"action": "drop", "every": 2}, {"action": "half_body", "every": 3}])
    outcomes: list[bool | str] = []
    for _ in range(6):
        try:
            outcomes.append(session.get(f"{mock.url}{USERS}").ok)
        except requests.RequestException as error:
            outcomes.append(type(error).__name__)
    assert outcomes == [True, "ConnectionError", "ChunkedEncodingError", "ConnectionError", True, "ConnectionError"]


def test_cookies_are_kept(mock: MockTenant) -> None:
    session = mock.session()
    query = {"response_type": "code", "client_id": mock.client_id, "redirect_uri": "http://localhost/", "state": "x"}
    answer = session.get(f"{mock.url}/oauth2/authorize", params=query)
    assert dict(answer.cookies) == dict(session.cookies)
    set_by_server = "set-cookie" in answer.headers
    assert bool(session.cookies) == set_by_server


def test_many_threads_may_call_at_once(mock: MockTenant) -> None:
    token = mock.token()
    mock.control.set_faults([{"action": "delay", "seconds": 0.2}])
    session = mock.session(token)
    began = time.monotonic()
    with ThreadPoolExecutor(16) as pool:
        got = list(pool.map(lambda _: session.get(f"{mock.url}{USERS}").status_code, range(16)))
    assert got == [200] * 16
    assert time.monotonic() - began < 16 * 0.2  # calls that wait let the others pass


def test_threads_that_write_do_not_lose_each_others_enrollments(mock: MockTenant) -> None:
    token = mock.token()
    pairs = list(itertools.product((203, 204, 205, 206), range(13009, 13013)))
    before = {(c, u) for c, u in pairs if c in {e["course_id"] for e in mock.control.get_learner(u)["enrollments"]}}

    def enroll(pair: tuple[int, int]) -> int:
        with mock.session(token) as session:
            return session.post(f"{mock.url}{BULK}/{pair[0]}/{pair[1]}").status_code

    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(enroll, pairs))
    assert set(statuses) <= {200, 201, 400, 409}
    after = {(c, u) for c, u in pairs if c in {e["course_id"] for e in mock.control.get_learner(u)["enrollments"]}}
    assert before < after


def test_an_upload_may_be_larger_than_a_body(mock: MockTenant, tmp_path: Path) -> None:
    path = tmp_path / "large.gz"
    path.write_bytes(b"x" * (9 * 1024 * 1024))
    with pytest.raises(Exception, match=r"(?i)snapshot|file|format") as refused_upload:
        mock.control.import_snapshot("large", path)
    assert getattr(refused_upload.value, "status", None) == 400
