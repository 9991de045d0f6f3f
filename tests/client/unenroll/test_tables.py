"""CSV: what a spreadsheet must not take for a formula, and what a program finds."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_lms_client.unenroll.tables import FORMULA, LONGEST, harmless, one_line, table

from tests.client.harness.stage import rows_of


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", " =1", "\t=1", "\r=1", "\n=1", "\xa0=1", "＝1"])  # noqa: RUF001
def test_what_begins_a_formula_is_text(text: str) -> None:
    assert harmless(text) == f"'{text.strip()}"


@pytest.mark.parametrize("text", ["", "a=1", "13001", "learning plan 31 contains it", "'=1", "Zoë"])
def test_other_texts_are_as_they_were(text: str) -> None:
    assert harmless(text) == text


@given(st.text())
def test_no_text_breaks_out_of_its_cell_or_begins_a_formula(text: str) -> None:
    sheet = io.StringIO(newline="")
    csv.writer(sheet).writerow([harmless(text), 7])
    (row,) = csv.reader(io.StringIO(sheet.getvalue(), newline=""))
    assert row[1] == "7"
    assert not row[0].lstrip().startswith(FORMULA)
    assert row[0].isprintable()


def test_an_endless_text_ends() -> None:
    assert len(one_line("x" * 9_999)) == LONGEST


def test_numbers_of_ours_stay_numbers(tmp_path: Path) -> None:
    with table(tmp_path / "t.csv", ["number", "text"]) as rows:
        rows.add([-5, "-5"])
    assert rows_of(tmp_path / "t.csv") == [{"number": "-5", "text": "'-5"}]


def test_excel_sees_that_it_is_utf_8(tmp_path: Path) -> None:
    with table(tmp_path / "t.csv", ["name"]) as rows:
        rows.add(["Zoë"])
    assert (tmp_path / "t.csv").read_bytes() == b"\xef\xbb\xbfname\r\nZo\xc3\xab\r\n"


def test_a_table_that_is_not_ended_leaves_the_earlier_one(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("earlier")

    def broken() -> None:
        with table(path, ["name"]) as rows:
            rows.add(["half"])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        broken()
    assert path.read_text() == "earlier"
    assert [*tmp_path.iterdir()] == [path]


def test_others_cannot_read_it(tmp_path: Path) -> None:
    with table(tmp_path / "t.csv", ["name"]):
        pass
    assert (tmp_path / "t.csv").stat().st_mode & 0o077 == 0
