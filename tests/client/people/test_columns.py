"""The sheet and the column that are meant: the only ones that fit, or those that somebody names."""

from __future__ import annotations

from pathlib import Path

import pytest
from mock_lms_client.people.reports import read_ids

from tests.client.harness.workbooks import complaint, sheet, write_xlsx, written

HEADING = "User Unique ID"


@pytest.fixture
def two(tmp_path: Path) -> Path:
    sheets = {"All users": sheet([[HEADING], [13001], [13002]]), "To unenroll": sheet([["user_id"], [13002]])}
    return write_xlsx(tmp_path / "two.xlsx", sheets)


# --- sheets


def test_two_visible_sheets_with_the_column_are_refused_by_name_until_one_is_named(two: Path) -> None:
    assert complaint(two) == (
        "two.xlsx: the column is in the sheets 'All users' and 'To unenroll'; say which with --sheet NAME"
    )
    assert read_ids(two, sheet="To unenroll").values == [13002]
    assert read_ids(two, sheet="all  USERS").values == [13001, 13002]


def test_a_sheet_that_is_not_there_is_refused_with_those_that_are(two: Path) -> None:
    assert complaint(two, sheet="People") == "there is no sheet 'People' in two.xlsx, but 'All users' and 'To unenroll'"


def test_a_sheet_that_is_named_must_have_the_column(tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"A": sheet([[HEADING], [1]]), "B": sheet([["Name"], ["x"]])})
    assert "no column 'User Unique ID'" in complaint(path, sheet="B")
    assert read_ids(path).values == [1]


def test_a_file_without_sheets_takes_no_sheet(tmp_path: Path) -> None:
    assert "a.csv is no workbook and has no sheets" in complaint(
        written(tmp_path / "a.csv", f"{HEADING}\n1\n"), sheet="People"
    )


@pytest.mark.parametrize("state", ["hidden", "veryHidden"])
def test_what_a_hidden_sheet_holds_does_not_matter_until_it_is_named(tmp_path: Path, state: str) -> None:
    sheets = {"Lookup": sheet([[HEADING], [1]]), "People": sheet([[HEADING], [2]])}
    path = write_xlsx(tmp_path / "a.xlsx", sheets, hidden=["Lookup"], state=state)
    assert read_ids(path).values == [2]
    assert read_ids(path, sheet="Lookup").values == [1]
    path = write_xlsx(tmp_path / "b.xlsx", sheets, hidden=["Lookup", "People"], state=state)
    assert "the column is in 'Lookup' and 'People'" in complaint(path)
    sheets["People"] = sheet([["Name"], ["Ana"]])
    path = write_xlsx(tmp_path / "c.xlsx", sheets, hidden=["Lookup"], state=state)
    assert "only in 'Lookup', which is hidden; to read it all the same say --sheet NAME" in complaint(path)


# --- headings


@pytest.mark.parametrize(
    "heading",
    [
        "User  Unique ID",
        "User\u00a0Unique\u00a0ID",
        "User\nUnique ID",
        "User\r\nUnique\tID ",
        "\u200bUser\u2009Unique\u202fID\ufeff",
        "user_x000D_\nunique ID",
    ],
)
def test_any_run_of_blanks_in_a_heading_is_one(tmp_path: Path, heading: str) -> None:
    workbook = write_xlsx(tmp_path / "a.xlsx", [[heading, "Name"], [13001, "Ana"]])
    assert read_ids(workbook).values == [13001]
    assert read_ids(workbook, column=" User   Unique\u00a0ID").values == [13001]
    if "_x" not in heading:  # that is how a workbook writes a carriage return, and nobody else
        assert read_ids(written(tmp_path / "a.csv", f'"{heading}",Name\n13001,Ana\n')).values == [13001]


def test_a_column_can_be_named_as_the_message_shows_it(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "Person\u00a0 No,Name\n13001,Ana\n")
    assert "but 'Person No', 'Name'" in complaint(path)
    assert read_ids(path, column="Person No").values == [13001]


def test_headings_that_look_alike_are_the_same_column_twice(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "User Unique ID,User  Unique ID\n1,2\n")
    assert "more than one column 'User Unique ID'" in complaint(path)


def test_a_value_right_of_all_headings_has_shifted_its_row_though_commas_end_the_heading(tmp_path: Path) -> None:
    rows = f"Name,{HEADING},\nAna,13,101\n"
    assert "row 2 has more cells than the heading" in complaint(written(tmp_path / "a.csv", rows))
    assert read_ids(written(tmp_path / "b.csv", f"{HEADING},Name,,\n13001,Ana,,\n13002,Mei,\u00a0, \n")).values == [
        13001,
        13002,
    ]


# --- pairs


@pytest.mark.parametrize(
    "heading",
    ["course_code", "Course Code", "COURSE", "course-id", "Course Unique ID", "Learning Plan Name", "lp_code", "plan"],
)
def test_a_column_that_names_courses_is_told_as_not_read(tmp_path: Path, heading: str) -> None:
    people = read_ids(written(tmp_path / "a.csv", f"user_id,{heading}\n13001,A\n13002,B\n"))
    assert (people.values, people.targets) == ([13001, 13002], [heading])


@pytest.mark.parametrize("heading", ["Name", "Plant", "Of course", "Course completed on", "Explanation"])
def test_other_columns_are_nothing_to_tell(tmp_path: Path, heading: str) -> None:
    assert read_ids(written(tmp_path / "a.csv", f"user_id,{heading}\n13001,A\n")).targets == []
