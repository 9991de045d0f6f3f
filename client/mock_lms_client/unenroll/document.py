"""Plans and backups as files: JSON that is written, checked and read row by row, so that their size costs no memory.

A file is one JSON object: `format`, `header`, the rows in a list, `summary`, and `sha256` of all bytes before it. Each
row stands in a line of its own. It is written under another name and renamed, so it is there whole or not at all.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, BinaryIO, Self

from mock_lms_client.jsons import compact, loads
from mock_lms_client.unenroll.files import new_beside

Json = dict[str, Any]

LONGEST_LINE = 1 << 24
"""Bytes. A row has some hundred; a header names each course and learning plan once."""


class Damaged(ValueError):
    """The file is not what was written: cut off, edited, or something else altogether."""


class Writer:
    """Writes a document. Leaving the `with` block without `close` leaves what was there before."""

    def __init__(self, path: Path, form: str, rows: str, header: Mapping[str, Any]) -> None:
        self.path = path
        # it holds names and what people achieved: for its owner only
        self._temporary, number = new_beside(path)
        self._file: BinaryIO = os.fdopen(number, "wb")
        self._hash = hashlib.sha256()
        self._between = b"\n"
        self.count = 0
        self._put(f'{{\n"format":{compact(form)},\n"header":{compact(dict(header))},\n"{rows}":['.encode())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._file.close()
        self._temporary.unlink(missing_ok=True)

    def _put(self, content: bytes) -> None:
        self._hash.update(content)
        self._file.write(content)

    def add(self, rows: list[str]) -> None:
        """Rows, each as JSON in one line (`compact`)."""
        if rows:
            self._put(self._between + ",\n".join(rows).encode())
            self._between = b",\n"
            self.count += len(rows)

    def close(self, summary: Mapping[str, Any]) -> str:
        """Puts the file in its place, on the disk and not only on its way there. Returns its hash."""
        self._put(f'\n],\n"summary":{compact(dict(summary))},\n'.encode())
        digest = self._hash.hexdigest()
        self._file.write(f'"sha256":"{digest}"\n}}\n'.encode())
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        self._temporary.replace(self.path)
        # the name too has to be on the disk before anything is done that relies on it
        folder = os.open(self.path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return digest


class Document:
    """A document that was found whole: `header`, `summary`, `sha256`, the number of rows, and `rows()`."""

    def __init__(self, path: Path, form: str, rows: str) -> None:
        """Reads all of it once. Raises `Damaged`, and `OSError` where there is no such file."""
        self.path = path
        self._rows = rows
        with path.open("rb") as file:
            try:
                self._check(file, form)
            except (ValueError, KeyError, TypeError) as error:
                if isinstance(error, Damaged) and str(path) in str(error):
                    raise
                raise Damaged(f"{path} is no {form!r}, or it was edited or cut off") from error

    def _check(self, file: BinaryIO, form: str) -> None:
        digest = hashlib.sha256()
        head = [_line(file) for _ in range(4)]
        if head[0] != b"{\n" or _value(head[1], "format") != form or head[3] != f'"{self._rows}":[\n'.encode():
            if head[1].startswith(b'"format":"mock-lms-client '):
                raise Damaged(f"{self.path} is a {_value(head[1], 'format')!r}, not a {form!r}")
            raise Damaged(f"{self.path} is no {form!r}")
        self.header: Json = _value(head[2], "header")
        for line in head:
            digest.update(line)
        self._at = file.tell()
        self.count = 0
        while (line := _line(file)) != b"],\n":
            digest.update(line)
            self.count += 1
        # an empty list closes in the line after the one that opened it
        self.count -= self.count == 1 and self._is_blank()
        digest.update(line)
        line = _line(file)
        digest.update(line)
        self.summary: Json = _value(line, "summary")
        self.sha256: str = digest.hexdigest()
        said = _value(_line(file), "sha256")
        if said != self.sha256:
            raise Damaged(f"{self.path} was changed after it was written: its sha256 does not match")
        if _line(file) != b"}\n" or file.read(1):
            raise Damaged(f"{self.path} goes on after its end")

    def _is_blank(self) -> bool:
        with self.path.open("rb") as file:
            file.seek(self._at)
            return file.readline() == b"\n"

    def lines(self) -> Iterator[bytes]:
        """Every row, in order, as it was written."""
        with self.path.open("rb") as file:
            file.seek(self._at)
            for _ in range(self.count):
                yield _line(file).rstrip(b",\n")

    def rows(self) -> Iterator[Json]:
        """Every row, in order."""
        yield from map(loads, self.lines())


def _line(file: BinaryIO) -> bytes:
    line = file.readline(LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise Damaged("the file is cut off")
    return line


def _value(line: bytes, key: str) -> Any:
    opening = f'"{key}":'.encode()
    if not line.startswith(opening):
        raise Damaged(f"there is no {key}")
    return loads(line[len(opening) :].rstrip(b",\n"))
