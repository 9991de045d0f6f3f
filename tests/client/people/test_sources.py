"""Rows that are hidden: nobody is read, and nobody is left out, without a word."""

from __future__ import annotations

from pathlib import Path

import pytest
from mock_lms_client.people.reports import read_ids, read_names
from mock_lms_client.people.tables import HiddenRows

from tests.client.harness.workbooks import Cell, Xml, complaint, sheet, write_xlsx, written

DATA = Path(__file__).with_name("data")
ROWS: list[list[Cell]] = [["User Unique ID", "Name"]]
ROWS += [[13000 + each, f"P{each}"] for each in range(1, 5)]
HOW: tuple[HiddenRows, HiddenRows] = ("read", "skip")
FILES = ["xlsxwriter_filtered.xlsx", "openpyxl_filtered.xlsx", "hidden_rows.xls"]


@pytest.mark.parametrize("file", FILES)
def test_hidden_rows_are_refused_by_their_numbers_until_it_is_said_whether_they_are_meant(file: str) -> None:
    assert complaint(DATA / file) == f"{file}: 2 of 4 rows are hidden (rows 3, 4): say --hidden-rows read|skip"
    read, skipped = (read_ids(DATA / file, hidden_rows=how) for how in HOW)
    assert read.values == [13001, 13002, 13003, 13004]
    assert read.summary().endswith("0 repeated, 0 rows empty, 2 hidden rows read")
    assert skipped.values == [13001, 13004]
    assert skipped.summary().endswith("0 repeated, 0 rows empty, 2 hidden rows left out")


@pytest.mark.parametrize(
    "attribute",
    [
        'hidden="1"',
        'hidden="true"',
        'hidden="1" outlineLevel="1"',
        'ht="0" customHeight="1"',
        "hidden='1' spans='1:2'",
    ],
)
def test_a_row_is_hidden_by_hand_by_a_filter_in_a_group_and_by_its_height(tmp_path: Path, attribute: str) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"People": sheet(ROWS, attributes={3: attribute})})
    assert "1 of 4 rows is hidden (row 3): say" in complaint(path)
    assert read_ids(path, hidden_rows="skip").values == [13001, 13003, 13004]


@pytest.mark.parametrize("attribute", ['hidden="0"', 'outlineLevel="1"', 'collapsed="1"', 'ht="15"'])
def test_what_is_not_hidden_is_read_as_it_always_was(tmp_path: Path, attribute: str) -> None:
    text = sheet(ROWS, attributes={3: attribute}).replace(
        "<sheetData>", '<sheetFormatPr zeroHeight="1"/><cols><col min="1" max="1" hidden="1"/></cols><sheetData>'
    )
    people = read_ids(write_xlsx(tmp_path / "a.xlsx", {"People": text}))
    assert people.values == [13001, 13002, 13003, 13004]
    assert people.summary() == "4 ids from column 'User Unique ID' of a.xlsx: 0 repeated, 0 rows empty"


def test_a_hidden_row_without_an_id_leaves_nobody_out(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [*ROWS, [None, "Total: 4"], ["", None]]
    path = write_xlsx(tmp_path / "a.xlsx", {"People": sheet(rows, attributes={6: 'hidden="1"', 7: 'hidden="1"'})})
    assert read_ids(path).values == [13001, 13002, 13003, 13004]


def test_many_hidden_rows_are_counted_and_the_first_named(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [["User Unique ID"]]
    rows += [[each] for each in range(1, 1001)]
    path = write_xlsx(
        tmp_path / "a.xlsx", {"People": sheet(rows, attributes=dict.fromkeys(range(102, 1002), 'hidden="1"'))}
    )
    assert "900 of 1,000 rows are hidden (rows 102, 103, 104, 105, 106 and 895 more)" in complaint(path)
    assert read_ids(path, hidden_rows="skip").values == [*range(1, 101)]


def test_what_is_wrong_in_a_row_that_is_left_out_does_not_matter(tmp_path: Path) -> None:
    rows: list[list[Cell]] = [*ROWS, [Xml('<c r="{}" t="e"><v>#N/A</v></c>'), "X"]]
    path = write_xlsx(tmp_path / "a.xlsx", {"People": sheet(rows, attributes={6: 'hidden="1"'})})
    assert read_ids(path, hidden_rows="skip").values == [13001, 13002, 13003, 13004]
    assert "row 6 '#N/A'" in complaint(path, hidden_rows="read")


def test_if_all_are_hidden_and_left_out_that_is_said(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"People": sheet([["User Unique ID"], [1]], attributes={2: 'hidden="1"'})})
    assert "no id in column 'User Unique ID' of a.xlsx but in 1 hidden row" in complaint(path, hidden_rows="skip")


def test_names_are_asked_about_like_ids(tmp_path: Path) -> None:
    path = write_xlsx(
        tmp_path / "a.xlsx", {"People": sheet([["Username"], ["ana"], ["mei"]], attributes={3: 'hidden="1"'})}
    )
    assert read_names(path, hidden_rows="skip").values == ["ana"]


def test_a_text_has_no_hidden_rows_and_takes_the_option(tmp_path: Path) -> None:
    assert read_ids(written(tmp_path / "a.csv", "User Unique ID\n1\n"), hidden_rows="skip").values == [1]
