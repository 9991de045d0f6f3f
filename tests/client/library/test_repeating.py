"""What is sent again, and what is not: reads for long, writes only where nothing was done."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from contextlib import ExitStack, suppress

import pytest
from mock_lms_client import ApiError, Client, ClientError, Refused, Unreachable, Unreadable

from tests.client.harness.scripted import HALF, LOST, Says, Scripted, refuses, serving
from tests.client.harness.time import Time

NewClient = Callable[..., Client]
Act = Callable[[Client], object]

REFUSED = os.strerror(errno.ECONNREFUSED)
SESSION = Says(body={"data": {"id": 1, "username": "ana"}})

BROKEN = {
    "lost": LOST,
    "half": HALF,
    "half of a chunked body": Says(
        body=b"5\r\n{'dat", headers=[("Transfer-Encoding", "chunked"), ("Content-Length", "9")], cut=8
    ),
    "no gzip": Says(body=b"no gzip", headers=[("Content-Encoding", "gzip")]),
    "no JSON": Says(body=b"<html>"),
    "JSON that ends early": Says(body=b'{"data": {"id": 1'),
    "not UTF-8": Says(body=b'{"data": {"id": "\xff"}}'),
    "nested without end": Says(body=b"[" * 100_000),
    "204": Says(204, b""),
    "500": refuses(500),
    "502": Says(502, b"<html>bad gateway</html>"),
    "503": refuses(503),
    "504": refuses(504),
}

OTHERWISE = {
    "no data": Says(body={"version": "1.0.0"}),
    "data is a list": Says(body={"data": []}),
    "data is null": Says(body={"data": None}),
    "a list": Says(body=[]),
    "a number": Says(body=b"7"),
}
"""What came whole, and will come so again."""

ITEMS = [{"course_id": 1, "user_id": 2}]

WRITES: dict[str, Act] = {
    "bulk_unenroll": lambda client: client.bulk_unenroll([1], course_ids=[2]),
    "bulk_enroll": lambda client: client.bulk_enroll([1], [2]),
    "bulk_update_enrollments": lambda client: client.bulk_update_enrollments([1], [2], status=2),
    "enroll": lambda client: client.enroll(1, 2),
    "update_enrollment": lambda client: client.update_enrollment(1, 2, status=2),
    "unenroll": lambda client: client.unenroll(1, 2),
    "create_course": lambda client: client.create_course("A"),
    "create_learning_plan": lambda client: client.create_learning_plan("A"),
    "add_learning_plan_courses": lambda client: client.add_learning_plan_courses(1, [2]),
    "bulk_enroll_in_learning_plan": lambda client: client.bulk_enroll_in_learning_plan(1, [2]),
    "enroll_in_learning_plan": lambda client: client.enroll_in_learning_plan(1, 2),
    "create_user": lambda client: client.create_user("a"),
    "unenroll_singular": lambda client: client.unenroll_singular(1, 2),
    "enroll_in_lp": lambda client: client.enroll_in_lp(1, 2),
    "batch_enroll": lambda client: client.batch_enroll(ITEMS),
    "batch_unenroll": lambda client: client.batch_unenroll(ITEMS),
}


@pytest.mark.parametrize("broken", BROKEN.values(), ids=BROKEN)
def test_a_read_is_repeated_until_an_answer_comes(server: Scripted, client: Client, broken: Says) -> None:
    server.says(broken, SESSION)
    assert client.get_session()["username"] == "ana"
    assert len(server.heard) == 2


@pytest.mark.parametrize("otherwise", OTHERWISE.values(), ids=OTHERWISE)
def test_an_answer_that_came_whole_is_not_asked_for_again(server: Scripted, client: Client, otherwise: Says) -> None:
    server.says(otherwise, SESSION)
    with pytest.raises(Unreadable, match=r"Check base_url: something else may answer there\.$") as caught:
        client.get_session()
    assert (caught.value.whole, len(server.heard)) == (True, 1)


@pytest.mark.parametrize("broken", (BROKEN | OTHERWISE).values(), ids=BROKEN | OTHERWISE)
def test_a_write_that_may_have_been_done_is_not_repeated(server: Scripted, client: Client, broken: Says) -> None:
    server.says(broken, Says())
    with pytest.raises(ClientError, match="Whether it took effect is unknown") as caught:
        client.bulk_unenroll([1], course_ids=[2])
    assert len(server.heard) == 1
    assert not isinstance(caught.value, Refused)
    assert isinstance(caught.value, Unreachable if broken is LOST else ApiError)
    assert isinstance(caught.value, Unreadable) == (isinstance(caught.value, ApiError) and broken.status < 300)


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_no_write_is_repeated_after_a_lost_answer(server: Scripted, client: Client, write: Act) -> None:
    server.says(LOST, Says())
    with pytest.raises(Unreachable) as caught:
        write(client)
    assert caught.value.sent
    assert len(server.heard) == 1


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_every_write_is_repeated_after_a_429_and_is_the_same_then(server: Scripted, client: Client, write: Act) -> None:
    server.says(refuses(429, retry_after="5"), Says())
    with suppress(Unreadable):  # what comes back is no batch's rows
        write(client)
    first, second = server.heard
    assert (first.method, first.path, first.body) == (second.method, second.path, second.body)


@pytest.mark.parametrize("broken", [LOST, HALF, refuses(500), refuses(502), refuses(504)], ids=str)
def test_a_read_is_given_up_after_five_repetitions_in_a_row(server: Scripted, client: Client, broken: Says) -> None:
    server.says(*[broken] * 6)
    with pytest.raises(ClientError, match=r"^get_session at .*It was tried 6 times\. Try again later\.$"):
        client.get_session()
    assert len(server.heard) == 6


def test_a_503_between_them_ends_the_row(server: Scripted, client: Client) -> None:
    server.says(*[LOST] * 5, refuses(503), *[LOST] * 5, SESSION)
    assert client.get_session()["username"] == "ana"


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_will_be_back_is_waited_for_as_long_as_the_patience_lasts(
    server: Scripted, new_client: NewClient, status: int
) -> None:
    server.says(*[refuses(status, retry_after="60")] * 61)
    with pytest.raises(ApiError, match="patience of 3,600 s is used up"):
        new_client().get_session()
    assert [request.at for request in server.heard] == [60 * number for number in range(61)]


@pytest.mark.parametrize("status", [400, 403, 404, 408, 409, 413, 415, 418, 422, 501, 505])
def test_nothing_is_repeated_that_will_be_answered_the_same(server: Scripted, client: Client, status: int) -> None:
    server.says(refuses(status, "Because."), SESSION)
    with pytest.raises(ApiError, match="Because") as caught:
        client.get_session()
    assert (caught.value.status, caught.value.name, caught.value.messages) == (status, "Refusal", ["Because."])
    assert isinstance(caught.value, Refused) == (status < 500)
    assert len(server.heard) == 1


def test_a_refusal_whose_body_breaks_off_is_a_refusal(server: Scripted, client: Client) -> None:
    server.says(Says(409, {"name": "Conflict"}, cut=3))
    with pytest.raises(Refused, match="409 Conflict") as caught:
        client.create_user("ana")
    assert caught.value.messages == []


def test_a_write_is_repeated_where_no_connection_came_about(server: Scripted, time: Time) -> None:
    late = Scripted(time)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    late.url = f"http://127.0.0.1:{port}"
    late.says(Says(body={"data": {"id_course": 7}}))
    with ExitStack() as stack, late.client() as client:
        time.on_sleep = lambda: stack.enter_context(serving(late, port)) if len(time.slept) == 2 else None
        assert client.create_course("A") == {"id_course": 7}
        client.close()
    assert time.slept == [0.5, 1]
    assert len(late.heard) == 1


def test_a_server_that_is_not_there_is_given_up(time: Time) -> None:
    nobody = Scripted(time)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody.url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with nobody.client() as client, pytest.raises(Unreachable, match=f"{REFUSED}.*tried 6 times") as caught:
        client.unenroll(1, 2)
    assert not caught.value.sent


def test_a_name_that_nobody_knows_was_not_called(
    monkeypatch: pytest.MonkeyPatch, server: Scripted, new_client: NewClient
) -> None:
    client = new_client(base_url="https://acme.invalid")

    def unknown(*_: object, **__: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(Unreachable, match=r"unenroll at acme\.invalid: no connection.*not known") as caught:
        client.unenroll(1, 2)
    assert not caught.value.sent


def test_an_answer_that_does_not_come_in_time_may_have_been_given(new_client: NewClient) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = new_client(base_url=f"http://127.0.0.1:{silent.getsockname()[1]}", timeout=(5.0, 0.05))
        with pytest.raises(Unreachable, match=r"no answer within 0\.05 s") as caught:
            client.unenroll(1, 2)
    assert caught.value.sent


def test_a_body_that_stops_coming_may_have_been_done(server: Scripted, new_client: NewClient) -> None:
    server.says(Says(headers=[("Content-Length", "99")]))
    with pytest.raises(Unreadable, match="it breaks off"):
        new_client(timeout=(5.0, 0.05)).unenroll(1, 2)
