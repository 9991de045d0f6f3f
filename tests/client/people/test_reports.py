"""Lists of people: whatever people bring is read as they mean it, or refused in one line."""

from __future__ import annotations

import csv
import io
import os
import threading
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mock_lms_client.people import report_files
from mock_lms_client.people.report_files import opened
from mock_lms_client.people.reports import UnusableReport, read_ids, read_names

from tests.client.harness.workbooks import complaint, sheet, write_xlsx, written

HEADING = "User Unique ID"
IDS = st.lists(st.integers(min_value=1, max_value=10**15 - 1), min_size=1, max_size=30)
# Python 3.11 writes a lone \r without quotes, and then it ends a row
NAMES = st.text(st.characters(codec="utf-8", exclude_characters="\0\r"), max_size=12)
ENCODINGS = ["utf-8", "utf-8-sig", "utf-16"]


def distinct(ids: list[int]) -> list[int]:
    return list(dict.fromkeys(ids))


# --- what is written is read


@given(
    ids=IDS,
    names=st.lists(NAMES, min_size=30, max_size=30),
    delimiter=st.sampled_from(",;\t"),
    encoding=st.sampled_from(ENCODINGS),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    end=st.sampled_from(["\n", "\r\n"]),
    at=st.integers(min_value=0, max_value=2),
    titles=st.integers(min_value=0, max_value=19),
)
def test_whatever_a_csv_looks_like_the_same_ids_come_back(
    tmp_path: Path, ids: list[int], names: list[str], delimiter: str, encoding: str, quoting: int, end: str, at: int,
    titles: int,
) -> None:  # fmt: skip
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=delimiter, quoting=quoting, lineterminator=end)  # type: ignore[arg-type]
    writer.writerows([["People, all; of them"]] * titles)
    for value, name in [(HEADING, "Name"), *zip(map(str, ids), names, strict=False)]:
        row = [name, "x"]
        row.insert(at, value)
        writer.writerow(row)
    path = written(tmp_path / "people.csv", text.getvalue().encode(encoding))
    people = read_ids(path)
    assert people.values == distinct(ids)
    assert (people.rows, people.repeated) == (len(ids), len(ids) - len(people.values))


@given(ids=IDS, as_text=st.booleans(), row=st.integers(1, 20), column=st.integers(0, 40))
def test_whatever_a_workbook_looks_like_the_same_ids_come_back(
    tmp_path: Path, ids: list[int], as_text: bool, row: int, column: int
) -> None:
    values = [[str(each) if as_text else float(each)] for each in ids]
    path = tmp_path / "people.xlsx"
    write_xlsx(path, {"People": sheet([[HEADING], *values], first_row=row, first_column=column)})
    people = read_ids(path)
    assert people.values == distinct(ids)
    assert people.rows == len(ids)


@given(
    ids=IDS,
    separators=st.one_of(
        st.lists(st.sampled_from([";", ", ", "; ", "\t"]), min_size=30, max_size=30),  # all on one line
        st.lists(st.sampled_from(["\n", "\r\n", ",\n", "\n\n"]), min_size=30, max_size=30),  # one a line
    ),
)
def test_a_list_of_ids_is_the_same_in_a_file_and_as_an_argument(
    tmp_path: Path, ids: list[int], separators: list[str]
) -> None:
    text = "".join(f"{each}{separator}" for each, separator in zip(ids, separators, strict=False))
    assert read_ids(text).values == distinct(ids)
    assert read_ids(written(tmp_path / "people.txt", text)).values == distinct(ids)


@settings(max_examples=300)
@given(st.binary(max_size=300))
@example(b"PK\x03\x04")
@example(report_files.COMPOUND)
@example(b'"')
@example(b"\xff\xfe\x00")
def test_any_file_at_all_is_read_or_refused_in_one_line(tmp_path: Path, contents: bytes) -> None:
    path = written(tmp_path / "people.csv", contents)
    with suppress(UnusableReport):
        assert read_ids(path).values


@pytest.mark.parametrize("heading", ["User Unique ID", " user unique id ", "USER UNIQUE ID", "user_id", "User_IDs"])
def test_the_column_is_found_whatever_its_capitals(tmp_path: Path, heading: str) -> None:
    assert read_ids(written(tmp_path / "a.csv", f"Name,{heading}\nAna,13001\n")).values == [13001]


def test_the_best_heading_of_a_row_is_taken(tmp_path: Path) -> None:
    assert read_ids(written(tmp_path / "a.csv", "user_id,User Unique ID\n1,2\n")).values == [2]


def test_a_column_can_be_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "User Unique ID;Manager\n1;2\n")
    assert read_ids(path, column="manager").values == [2]


def test_titles_may_stand_above_the_heading_and_rows_are_those_of_the_spreadsheet(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'Report of today\n\n"two\nlines"\nName,User Unique ID\nAna,13001\nMei,x\n')
    with opened(path) as source:
        assert [(each.row, each.text) for each in source] == [(5, "13001"), (6, "x")]


def test_a_heading_in_row_21_is_too_far_down(tmp_path: Path) -> None:
    assert "first 20 rows" in complaint(written(tmp_path / "a.csv", "a,b\n" * 20 + "User Unique ID,b\n1,2\n"))


def test_windows_1252_is_read_where_it_is_not_utf_8(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "Username;Größe\nrené;1\n".encode("cp1252"))
    assert read_names(path).values == ["rené"]
    assert read_ids(path, column="GRÖßE").values == [1]


def test_a_byte_that_is_in_no_encoding_is_refused(tmp_path: Path) -> None:
    assert "UTF-8" in complaint(written(tmp_path / "a.csv", b"User Unique ID\n1\x81\n"))


def test_an_address_in_a_quoted_cell_with_line_breaks_is_one_cell(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'Address,User Unique ID\r\n"Dock 1,\r\n""Yard""",13001\r\n')
    assert read_ids(path).values == [13001]


def test_a_command_s_output_can_be_read(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    writer = threading.Thread(target=lambda: pipe.write_text("User Unique ID\n13001\n"))
    writer.start()
    assert read_ids(pipe).values == [13001]
    writer.join()


# --- what is skipped is counted


def test_repeated_ids_and_empty_rows_are_counted_not_kept(tmp_path: Path) -> None:
    rows = "Name,User Unique ID\nAna,13001\n\n,\nMei,13002\nAna,13001.0\nTotal: 3,\n"
    people = read_ids(written(tmp_path / "a.csv", rows))
    assert people.values == [13001, 13002]
    assert (people.rows, people.repeated, people.empty, people.without) == (6, 1, 2, 1)
    assert people.summary() == (
        "2 ids from column 'User Unique ID' of a.csv: 1 repeated, 2 rows empty, 1 with other values only"
    )


# --- what is no id is an error


@pytest.mark.parametrize(
    "value", ["00417", "0", "-3", "+3", "1e5", "1.3E+04", "13001.5", "13.001", "13001.00", "x", "1" * 16, "١٣", "1 3"]
)
def test_what_is_no_id_is_never_taken_for_one(tmp_path: Path, value: str) -> None:
    message = complaint(written(tmp_path / "a.csv", f"Name,User Unique ID\nAna,13001\nMei,{value}\n"))
    assert f"row 3 {value!r}" in message


def test_leading_zeros_are_said_to_be_none(tmp_path: Path) -> None:
    message = complaint(written(tmp_path / "a.csv", "User Unique ID\n00417\n417\n"))
    assert "row 2 '00417'; ids have no leading zeros; if these are usernames say --by username" in message


def test_the_first_five_of_what_is_wrong_are_shown_and_the_others_counted(tmp_path: Path) -> None:
    message = complaint(written(tmp_path / "a.csv", "User Unique ID\n" + "x\n" * 1007))
    assert "row 6 'x' and 1,002 more" in message
    assert "row 7" not in message


@pytest.mark.parametrize("value", [True, 0.5, -3, 0, 1e15, 2.0**53, 1e300])
def test_a_number_that_is_no_id_is_refused_in_a_workbook_too(tmp_path: Path, value: float) -> None:
    assert "row 2" in complaint(write_xlsx(tmp_path / "a.xlsx", [[HEADING], [value]]))


def test_a_number_shown_as_a_power_of_ten_is_still_exact(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [[HEADING], [1.23456789012345e14]])
    assert read_ids(path).values == [123456789012345]


def test_usernames_keep_their_zeros(tmp_path: Path) -> None:
    assert read_names(written(tmp_path / "a.csv", "Username\n00417\n417\n")).values == ["00417", "417"]
    assert read_names(write_xlsx(tmp_path / "a.xlsx", [["Username"], ["00417"], ["417"]])).values == ["00417", "417"]
    assert read_names("00417, 417").values == ["00417", "417"]


def test_usernames_that_a_workbook_holds_as_numbers_may_have_lost_theirs(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", [["Username"], [417]])
    with pytest.raises(UnusableReport, match="zeros may be lost"):
        read_names(path)


def test_names_may_hold_blanks_and_addresses_have_a_column_of_their_own(tmp_path: Path) -> None:
    assert read_names("ana silva, mei.chen").values == ["ana silva", "mei.chen"]
    assert read_names(written(tmp_path / "a.txt", "ana silva\nmei.chen\n")).values == ["ana silva", "mei.chen"]
    path = written(tmp_path / "a.csv", "Username,E-mail\nana,ana@example.com\n")
    assert read_names(path, by="email").values == ["ana@example.com"]


def test_a_row_with_more_cells_than_the_heading_is_refused_since_its_cells_are_shifted(tmp_path: Path) -> None:
    rows = "Name,User Unique ID,Score\nSilva, Ana,13001,92\n"
    assert "row 2 has more cells" in complaint(written(tmp_path / "a.csv", rows))
    assert read_ids(written(tmp_path / "b.csv", "Name,User Unique ID\nAna,13001,,\n")).values == [13001]


def test_a_quote_that_is_never_closed_swallows_nobody(tmp_path: Path) -> None:
    rows = 'User Unique ID,Name\n13001,"Ana\n13002,Mei\n'
    assert "quotes" in complaint(written(tmp_path / "a.csv", rows))
