"""Lists without a heading: what may be a table, or a number that is cut in two, is nobody's ids."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mock_lms_client.people.reports import UnusableReport, read_ids, read_names

from tests.client.harness.workbooks import complaint, written

AS_SHOWN = {
    "English": ",",
    "French": "\u202f",
    "older French": "\u00a0",
    "a thin blank": "\u2009",
    "a figure's blank": "\u2007",
    "a plain blank": " ",
    "German": ".",
    "Swiss": "'",
    "Swiss, typeset": "\u2019",
}
"""What stands between the thousands."""


@pytest.mark.parametrize("language", AS_SHOWN)
@given(numbers=st.lists(st.integers(1_000, 10**12), min_size=1, max_size=5))
def test_a_column_copied_as_it_is_shown_is_never_other_people_s_ids(
    tmp_path: Path, language: str, numbers: list[int]
) -> None:
    lines = "".join(f"{number:,}\r\n" for number in numbers).replace(",", AS_SHOWN[language])
    with pytest.raises(UnusableReport):
        read_ids(written(tmp_path / "copied.txt", lines))
    with pytest.raises(UnusableReport):
        read_ids(lines)
    with pytest.raises(UnusableReport):
        read_ids(written(tmp_path / "headed.csv", f"User Unique ID\r\n{lines}"))
    with pytest.raises(UnusableReport):
        read_ids(written(tmp_path / "headed.tsv", f"Name\tUser Unique ID\r\nAna\t{lines.splitlines()[0]}\r\n"))


def test_the_first_line_that_may_be_one_number_is_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.txt", "999\r\n13,101\r\n13,102\r\n")
    assert "a.txt: line 2 '13,101' may be one number or two; format the column without separators" in complaint(path)
    assert r"line 1 '13\xa0101' may be one number or two" in complaint(written(tmp_path / "b.txt", "13\u00a0101\n"))
    assert "'13,101' may be one number or two" in complaint("13,101")
    assert "'1,30,101' may be" in complaint("1,30,101")  # 130,101 in India


def test_names_that_are_numbers_are_no_more_cut_than_ids(tmp_path: Path) -> None:
    with pytest.raises(UnusableReport, match="may be one number or two"):
        read_names(written(tmp_path / "a.txt", "13,101\n13,102\n"))


@pytest.mark.parametrize(
    "table",
    [
        "13001,201\n13002,202\n13004,201\n",
        "13001;201\r\n13002;202\r\n",
        "13001\t201\n13002\t202\n",
        "13001 201\n13002 202\n",
        "13001, 201\n\n13002, 202\n",
        "13001,201\n13002,\n13004,\n",
        "13001,201\n13002,202\n13004\n",
        "13001,201,5\n13002,202,\n",
    ],
)
def test_lines_of_as_many_values_are_a_table_that_needs_a_heading(tmp_path: Path, table: str) -> None:
    message = complaint(written(tmp_path / "a.csv", table))
    assert "a.csv: line 1 '13001" in message
    assert "a table needs a heading" in message
    assert "a table needs a heading" in complaint(table)


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        ("13001,13002,13003\n", [13001, 13002, 13003]),
        ("13001 13002 13003", [13001, 13002, 13003]),
        ("13001\n13002\n13003\n", [13001, 13002, 13003]),
        ("13001,\n13002,\n", [13001, 13002]),
        ("13001,,\n13002,,\n", [13001, 13002]),
        ("13001,117,118\n", [13001, 117, 118]),  # who writes 13001 writes no 117,118
        ("5, 117, 118\n", [5, 117, 118]),
        ("5;117;118\n", [5, 117, 118]),
        ("1,2,3,44\n", [1, 2, 3, 44]),
        ("13001, 13002,\n13003\n", [13001, 13002, 13003]),
        ("13001,\u00a013002\n", [13001, 13002]),  # a no-break blank that stands in no number
    ],
)
def test_what_can_be_read_in_one_way_only_is_a_list(tmp_path: Path, text: str, ids: list[int]) -> None:
    assert read_ids(written(tmp_path / "a.txt", text)).values == ids
    assert read_ids(text).values == ids


def test_the_blocks_that_ids_report_prints_are_a_list(tmp_path: Path) -> None:
    ids = [*range(13001, 15001)]
    lines = "\n".join(",".join(map(str, ids[at : at + 1000])) for at in (0, 1000))
    assert read_ids(written(tmp_path / "a.txt", lines)).values == ids
