"""Workbooks of before 2007: what their cells hold, and what they only show. (Hidden rows: test_sources.py.)"""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path

import pytest
from mock_lms_client.people.reports import UnusableReport, read_ids

from tests.client.harness.workbooks import complaint, written

DATA = Path(__file__).with_name("data")


def test_a_workbook_with_a_hidden_column_a_hidden_sheet_and_formatted_cells_far_below_is_read() -> None:
    people = read_ids(DATA / "plain.xls")
    assert people.values == [13001, 13002, 13004]
    assert (
        people.summary() == "3 ids from column 'User Unique ID' of sheet 'People' of plain.xls: 0 repeated, 1 row empty"
    )


def test_errors_logical_values_and_dates_are_no_ids() -> None:
    message = complaint(DATA / "no_values.xls")
    assert "row 3 '#N/A', row 4 holds TRUE or FALSE, row 5 holds a date;" in message


def test_a_formula_that_nobody_calculated_is_no_blank() -> None:
    assert "row 3 holds a formula that was never calculated, or whose value is empty" in complaint(
        DATA / "xlwt_formula.xls"
    )


@pytest.mark.parametrize("file", ["hidden_rows.xls", "xlwt_formula.xls"])
def test_a_damaged_workbook_is_refused_in_one_line_whatever_is_damaged(
    tmp_path: Path, file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (DATA / file).read_bytes()
    chance = random.Random(1)
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(8):
            damaged[chance.randrange(8, len(damaged))] = chance.randrange(256)
        with suppress(UnusableReport):
            path = written(tmp_path / "a.xls", bytes(damaged[: chance.choice([len(damaged), 2000])]))
            read_ids(path, hidden_rows="read")
    assert capsys.readouterr() == ("", "")  # the library would print
