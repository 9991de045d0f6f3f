"""Files that people bring by mistake, or too large: refused in one line that says what they are."""

from __future__ import annotations

import codecs
import errno
import os
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from mock_lms_client.people import report_files, sources, xlsx_files
from mock_lms_client.people.reports import read_ids

from tests.client.harness.workbooks import complaint, sheet, write_xlsx, written

HEADING = "User Unique ID"


# --- what there is instead


def test_without_the_column_those_that_there_are_are_named(tmp_path: Path) -> None:
    message = complaint(written(tmp_path / "a.csv", "Name;E-mail\nAna;a@example.com\n"))
    assert "no column 'User Unique ID'" in message
    assert "'Name', 'E-mail'" in message
    assert "--column" in message
    assert "'Name'" in complaint(write_xlsx(tmp_path / "a.xlsx", [["Name"], ["Ana"]]))
    assert "no column 'x'" in complaint(written(tmp_path / "b.csv", "13001\n"), column="x")


def test_a_column_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    assert "more than one" in complaint(written(tmp_path / "a.csv", "User Unique ID,user unique id\n1,2\n"))


def test_the_only_visible_sheet_with_the_column_is_read_and_named(tmp_path: Path) -> None:
    tables = {
        "Old": sheet([[HEADING], [1]]),
        "Notes": sheet([["Text"], ["x"]]),
        "People": sheet([["A title"], [None], ["Name", HEADING], ["Ana", 13001]]),
    }
    people = read_ids(write_xlsx(tmp_path / "a.xlsx", tables, hidden=["Old"]))
    assert people.values == [13001]
    assert people.where == "column 'User Unique ID' of sheet 'People' of a.xlsx"


def test_a_list_without_anybody_is_refused(tmp_path: Path) -> None:
    assert "there is no id" in complaint(written(tmp_path / "a.csv", "User Unique ID\n\n"))
    assert "empty" in complaint(written(tmp_path / "b.csv", b""))
    assert "there is no id" in complaint(" , ")


def test_a_misspelled_file_is_not_taken_for_a_list(tmp_path: Path) -> None:
    assert os.strerror(errno.ENOENT) in complaint("peopel.csv")
    assert os.strerror(errno.ENOENT) in complaint(str(tmp_path / "people"))
    assert "no file 'peopel'" in complaint("peopel")


def test_a_file_that_is_called_like_an_id_needs_its_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    written(tmp_path / "13001", "1\n2\n")
    assert read_ids("13001").values == [13001]
    assert read_ids("./13001").values == [1, 2]


def test_folders_pages_pictures_and_other_archives_are_refused(tmp_path: Path) -> None:
    assert os.strerror(errno.EISDIR) in complaint(tmp_path)
    assert "HTML" in complaint(written(tmp_path / "a.xls", "<html><table><td>User Unique ID</td>"))
    assert "neither text nor a workbook" in complaint(written(tmp_path / "a.csv", b"\x89PNG\r\n\0\0"))
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as packed:
        packed.writestr("a.csv", "User Unique ID\n1\n")
    assert "zip file and no xlsx" in complaint(tmp_path / "a.zip")


def test_broken_and_protected_workbooks_are_refused(tmp_path: Path) -> None:
    whole = write_xlsx(tmp_path / "a.xlsx", [[HEADING], [13001]]).read_bytes()
    for end in (10, len(whole) // 2, len(whole) - 1):
        assert "broken" in complaint(written(tmp_path / "b.xlsx", whole[:end]))
    assert "broken" in complaint(write_xlsx(tmp_path / "c.xlsx", {"People": "<worksheet><sheetData><row"}))
    protected = report_files.COMPOUND + bytes(600) + "EncryptedPackage".encode("utf-16-le")
    assert "password" in complaint(written(tmp_path / "d.xlsx", protected))
    assert "broken" in complaint(written(tmp_path / "e.xls", report_files.COMPOUND + bytes(600)))


# --- how much


def test_what_is_too_large_is_refused_before_it_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    large = tmp_path / "large.csv"
    with large.open("wb") as file:
        file.truncate((64 << 20) + 1)
    assert "64 MiB" in complaint(large)
    monkeypatch.setattr(xlsx_files, "LARGEST_UNPACKED", 1000)
    assert "too large" in complaint(write_xlsx(tmp_path / "bomb.xlsx", [[HEADING], ["x" * 1000]]))


def test_more_than_a_million_rows_are_refused_and_empty_ones_are_none(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MOST_ROWS", 3)
    assert read_ids("1,2,3").rows == 3
    assert "more than 3 rows" in complaint(written(tmp_path / "a.csv", "User Unique ID\n1\n2\n3\n4\n"))
    assert read_ids(written(tmp_path / "b.csv", "User Unique ID\n1\n2\n3\n\n\n")).values == [1, 2, 3]


def test_more_empty_lines_than_any_spreadsheet_writes_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sources, "MOST_LINES", 5)
    assert read_ids(written(tmp_path / "a.csv", "User Unique ID\n1\n" + "\n" * 4)).values == [1]
    assert "more than 5 rows" in complaint(written(tmp_path / "b.csv", "User Unique ID\n1\n" + "\n" * 5))


def test_the_commas_down_to_excel_s_last_row_cost_nothing_and_say_nothing(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "User Unique ID,Name\n13001,Ana\n13004,Lena\n" + ",\n" * 1_048_573)
    assert read_ids(path).values == [13001, 13004]


def test_the_memory_for_a_csv_does_not_grow_with_it(tmp_path: Path) -> None:
    peaks = []
    for rows in (2_000, 20_000):
        path = written(tmp_path / f"{rows}.csv", "Name,User Unique ID\n" + f"{'Somebody' * 20},13001\n" * rows)
        tracemalloc.start()
        assert read_ids(path).rows == rows
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 2_500_000


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_hundred_thousand_rows_take_no_time(tmp_path: Path, kind: str) -> None:
    rows: list[list[str | int]] = [["Name", HEADING]]
    rows += [[f"Person {each}", each] for each in range(13001, 113001)]
    path = tmp_path / f"people.{kind}"
    if kind == "xlsx":
        write_xlsx(path, rows)
    else:
        written(path, codecs.BOM_UTF8 + "".join(f"{name};{each}\n" for name, each in rows).encode())
    began = time.process_time()  # of our own, whatever else the machine does
    assert len(read_ids(path).values) == 100_000
    assert time.process_time() - began < 5
