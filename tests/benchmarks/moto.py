"""moto's server: the mock that resets with one call, as ours does, and is empty then."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from mock_lms.seeds.scale import FIRST_USER
from tests.benchmarks.measure import CannotMeasure, WrongResult
from tests.benchmarks.servers import LOOPBACK, READY_SECONDS, free_port, running
from tests.benchmarks.workshop import Size

MOTO_IN_REPOSITORY = Path(".bench/moto/bin/moto_server")
MISSING = "moto is missing: make bench installs it in .bench/moto; or name its moto_server with BENCH_MOTO"

_SCOPE = "mock/20260101/us-east-1/dynamodb/aws4_request"
_HEADERS = {
    "Authorization": f"AWS4-HMAC-SHA256 Credential={_SCOPE}, SignedHeaders=host, Signature=0",
    "Content-Type": "application/x-amz-json-1.0",
}
_TABLE = "enrollments"
_KEY = {"course_id": "HASH", "user_id": "RANGE"}
_CREATE = {
    "TableName": _TABLE,
    "KeySchema": [{"AttributeName": name, "KeyType": kind} for name, kind in _KEY.items()],
    "AttributeDefinitions": [{"AttributeName": name, "AttributeType": "N"} for name in _KEY],
    "BillingMode": "PAY_PER_REQUEST",
}
_BATCH = 25  # items of a BatchWriteItem, at most


def moto_path() -> str | None:
    """Where moto's server is, if it is anywhere. Raises `CannotMeasure` where it was said to be and isn't."""
    given = os.environ.get("BENCH_MOTO")
    if given and not Path(given).is_file():
        raise CannotMeasure(f"BENCH_MOTO={given} is no file")
    return given or shutil.which(MOTO_IN_REPOSITORY.absolute())


def moto_version(path: str) -> str:
    """What the Python that runs it knows. Raises `CannotMeasure`."""
    command = [str(Path(path).with_name("python")), "-c", "import moto; print(moto.__version__)"]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        raise CannotMeasure(f"{path} is no moto_server of a venv") from None


class Moto:
    """A DynamoDB table of enrollments. (SQS would be no fit: each message that is sent looks at all there are.)"""

    def __init__(self, connection: http.client.HTTPConnection, size: Size) -> None:
        self._connection = connection
        self._size = size
        users = range(FIRST_USER, FIRST_USER + size.users)
        self._batches = [
            {"RequestItems": {_TABLE: [{"PutRequest": {"Item": _item(course, user)}} for user in some]}}
            for course in range(1, size.courses + 1)
            for some in (users[first : first + _BATCH] for first in range(0, size.users, _BATCH))
        ]

    def fill(self) -> float:
        """The seconds that it takes to have an item for each enrollment. Raises `WrongResult`."""
        start = time.perf_counter()
        self._call("CreateTable", _CREATE)
        for batch in self._batches:
            self._call("BatchWriteItem", batch)
        seconds = time.perf_counter() - start
        found = self._call("DescribeTable", {"TableName": _TABLE})["Table"]["ItemCount"]
        if found != self._size.enrollments:
            raise WrongResult(f"moto has {found} items, not {self._size.enrollments}")
        return seconds

    def reset(self) -> float:
        """The seconds of the call after which all is gone. Raises `WrongResult`."""
        start = time.perf_counter()
        self._send("/moto-api/reset", b"", {})
        seconds = time.perf_counter() - start
        if self._call("ListTables", {})["TableNames"]:
            raise WrongResult("moto still has a table after its reset")
        return seconds

    def _call(self, operation: str, body: object) -> Any:
        headers = _HEADERS | {"X-Amz-Target": f"DynamoDB_20120810.{operation}"}
        return json.loads(self._send("/", json.dumps(body).encode(), headers))

    def _send(self, path: str, body: bytes, headers: dict[str, str]) -> bytes:
        self._connection.request("POST", path, body, headers)
        response = self._connection.getresponse()
        text = response.read()
        if response.status != http.HTTPStatus.OK:
            raise WrongResult(f"moto answers {response.status}: {text[:300]!r}")
        return text


def _item(course: int, user: int) -> dict[str, dict[str, str]]:
    return {"course_id": {"N": str(course)}, "user_id": {"N": str(user)}, "status": {"S": "subscribed"}}


@contextmanager
def moto(path: str, size: Size) -> Iterator[Moto]:
    """A server with nothing in it yet."""
    port = free_port()
    with running([path, "-H", LOOPBACK, "-p", str(port)], stdout=subprocess.DEVNULL) as process:
        process.answers_on(port)
        with closing(http.client.HTTPConnection(LOOPBACK, port, timeout=READY_SECONDS)) as connection:
            yield Moto(connection, size)
