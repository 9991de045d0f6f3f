"""Cells of workbooks: what holds a value is read, what only shows something is refused, what shows nothing is free."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path

import pytest
from mock_lms_client.people import xlsx_files, xlsx_sheets
from mock_lms_client.people.reports import UnusableReport, read_ids, read_names

from tests.client.harness.workbooks import HEAD, MAIN, Cell, Xml, complaint, sheet, write_xlsx

HEADING = "User Unique ID"
ERRORS = ["#N/A", "#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NUM!", "#NULL!", "#SPILL!", "#CALC!"]
STYLES = (
    f'{HEAD}<styleSheet xmlns="{MAIN}"><numFmts><numFmt numFmtId="164" formatCode="yyyy\\-mm\\-dd"/>'
    '<numFmt numFmtId="165" formatCode="[Red]#,##0\\ &quot;days&quot;"/>'
    '<numFmt numFmtId="166" formatCode="[h]:mm"/></numFmts>'
    '<cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>'
    '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="165"/><xf numFmtId="166"/>'
    "</cellXfs></styleSheet>"
)


def workbook(path: Path, *cells: Cell, **given: str) -> Path:
    """The cells below a heading, each with a name beside it."""
    rows: list[list[Cell]] = [[HEADING, "Name"], *([each, "x"] for each in cells)]
    return write_xlsx(path / "a.xlsx", {"People": sheet(rows)}, parts=given)


# --- what shows something and holds no value


@pytest.mark.parametrize("shown", ERRORS)
def test_an_error_is_no_blank_for_ids_nor_for_names_in_a_workbook_nor_in_a_csv(tmp_path: Path, shown: str) -> None:
    path = workbook(tmp_path, 13001, Xml(f'<c r="{{}}" t="e"><f>VLOOKUP(B2,X!A:B,2,0)</f><v>{shown}</v></c>'))
    assert f"a.xlsx: no id: row 3 '{shown}'; that is an error of the spreadsheet" in complaint(path)
    path = workbook(tmp_path, "ana", Xml(f'<c r="{{}}" t="e"><v>{shown}</v></c>'))
    with pytest.raises(UnusableReport, match="no username: row 3 '#"):
        read_names(path, column=HEADING)
    (tmp_path / "a.csv").write_text(f"Username\nana\n{shown}\n")
    with pytest.raises(UnusableReport, match="no username: row 3 '#"):
        read_names(tmp_path / "a.csv")


@pytest.mark.parametrize(
    "cell",
    ["<f>A2+1</f>", "<f>A2+1</f><v></v>", "<f>A2+1</f><v/>", '<f t="shared" si="0"/>', "<f>A2+1</f><v> </v>"],
)
@pytest.mark.parametrize("kind", ["", 't="n"'])
def test_a_formula_that_nobody_calculated_is_no_blank(tmp_path: Path, cell: str, kind: str) -> None:
    path = workbook(tmp_path, 13001, Xml(f'<c r="{{}}" {kind}>{cell}</c>'))
    assert complaint(path) == (
        "a.xlsx: no id: row 3 holds a formula that was never calculated; open the file, save it again"
    )


def test_a_formula_s_value_is_a_value_and_an_empty_text_is_none(tmp_path: Path) -> None:
    people = read_ids(
        workbook(
            tmp_path,
            Xml('<c r="{}"><f>A1+1</f><v>13001</v></c>'),
            Xml('<c r="{}" t="str"><f>"13002"</f><v>13002</v></c>'),
            Xml('<c r="{}" t="str"><f>""</f><v></v></c>'),
        )
    )
    assert (people.values, people.without) == ([13001, 13002], 1)


@pytest.mark.parametrize(("style", "said"), [(0, ""), (1, "a date"), (2, "a date"), (3, ""), (4, "a date"), (99, "")])
def test_a_date_is_no_id_and_a_number_with_separators_is_one(tmp_path: Path, style: int, said: str) -> None:
    path = workbook(tmp_path, Xml(f'<c r="{{}}" s="{style}"><v>13001</v></c>'), styles=STYLES)
    if said:
        assert f"row 2 holds {said}" in complaint(path)
    else:
        assert read_ids(path).values == [13001]


@pytest.mark.parametrize(
    "cell",
    [
        "<v>13,101</v>", "<v>1_3</v>", "<v>\uff11\uff13</v>", "<v>nan</v>", "<v>0x10</v>", "<v>--1</v>",
    ],
)  # fmt: skip
def test_what_is_no_number_where_one_must_be_makes_a_workbook_broken(tmp_path: Path, cell: str) -> None:
    assert "broken" in complaint(workbook(tmp_path, Xml(f'<c r="{{}}">{cell}</c>')))


# --- texts


def test_texts_are_read_with_their_runs_without_how_they_are_pronounced_and_with_their_escapes(tmp_path: Path) -> None:
    strings = (
        f'{HEAD}<sst xmlns="{MAIN}"><si><t>ana</t></si>'
        "<si><r><t>me</t></r><r><rPr><b/></rPr><t>i</t></r><rPh><t>MEI</t></rPh></si><si><t>o_x005F_x_</t></si></sst>"
    )
    cells = [Xml(f'<c r="{{}}" t="s"><v>{at}</v></c>') for at in range(3)]
    cells.append(Xml('<c r="{}" t="inlineStr"><is><r><t>le</t></r>\n <r><t>na</t></r><rPh><t>x</t></rPh></is></c>'))
    path = workbook(tmp_path, *cells, sharedStrings=strings)
    assert read_names(path, column=HEADING).values == ["ana", "mei", "o_x_", "lena"]


@pytest.mark.parametrize(
    "cell", ['<c r="{}" t="s"><v>7</v></c>', '<c r="{}" t="s"><v>-1</v></c>', '<c r="C9"><v>1</v></c>']
)
def test_a_text_or_a_place_that_is_not_there_makes_a_workbook_broken(tmp_path: Path, cell: str) -> None:
    strings = f'{HEAD}<sst xmlns="{MAIN}"><si><t>13001</t></si></sst>'
    assert "broken" in complaint(workbook(tmp_path, Xml(cell), sharedStrings=strings))


def test_namespaces_may_have_prefixes_and_places_may_be_left_out(tmp_path: Path) -> None:
    text = (
        f'{HEAD}<x:worksheet xmlns:x="{MAIN}"><x:sheetData>'
        '<x:row><x:c t="str"><x:v>Name</x:v></x:c><x:c t="str"><x:v>User Unique ID</x:v></x:c></x:row>'
        '<x:row hidden="1"><x:c t="str"><x:v>Ana</x:v></x:c><x:c><x:v>13001</x:v></x:c></x:row>'
        "<x:row><x:c/><x:c><x:v>1.3002E4</x:v></x:c></x:row></x:sheetData></x:worksheet>"
    )
    path = write_xlsx(tmp_path / "a.xlsx", {"People": text})
    assert "1 of 2 rows is hidden (row 2)" in complaint(path)
    assert read_ids(path, hidden_rows="read").values == [13001, 13002]


# --- what shows nothing


@pytest.mark.parametrize(
    "ghost",
    [
        '<row r="1048576"><c r="A1048576" s="1"/></row>',
        '<row r="5000"><c r="XFD5000" s="0"/></row>',
        '<row r="1048576"><c r="XFD1048576" t="inlineStr"><is><t xml:space="preserve"> </t></is></c></row>',
        '<row r="1048576" hidden="1"><c r="B1048576"><v></v></c></row>',
    ],
)
def test_formatted_cells_far_away_are_nothing(tmp_path: Path, ghost: str) -> None:
    rows: list[list[str | int]] = [[HEADING, *(f"Column {each}" for each in range(2, 31))], [13001], [13004]]
    text = sheet(rows).replace("</sheetData>", f"{ghost}</sheetData>")
    people = read_ids(write_xlsx(tmp_path / "a.xlsx", {"People": text}))
    assert (people.values, people.rows, people.empty, people.without) == ([13001, 13004], 2, 0, 0)


def test_a_value_far_away_takes_no_memory_for_the_cells_between(tmp_path: Path) -> None:
    text = sheet([[HEADING], [13001]]).replace(
        "</sheetData>", '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    path = write_xlsx(tmp_path / "a.xlsx", {"People": text})
    tracemalloc.start()
    people = read_ids(path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (people.values, people.without) == ([13001], 1)
    assert peak < 4_000_000


def test_only_cells_that_hold_something_count_as_many(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rows: list[list[Cell]] = [[HEADING, "Name"]]
    rows += [[each, Xml('<c r="{}" s="1"/>')] for each in range(1, 9)]
    path = write_xlsx(tmp_path / "a.xlsx", {"People": sheet(rows)})
    monkeypatch.setattr(xlsx_sheets, "MOST_CELLS", 10)
    assert len(read_ids(path).values) == 8
    monkeypatch.setattr(xlsx_sheets, "MOST_CELLS", 9)
    assert "too large for a workbook" in complaint(path)
    rows[1:] = [[each, "x"] for each in range(1, 9)]
    named = write_xlsx(tmp_path / "b.xlsx", rows)
    monkeypatch.setattr(xlsx_sheets, "MOST_CELLS", 17)
    assert "too large for a workbook" in complaint(named)


# --- bombs


def test_a_doctype_and_its_entities_are_refused(tmp_path: Path) -> None:
    bomb = f'<!DOCTYPE x [<!ENTITY a "13001">]>{sheet([[HEADING], [1]]).removeprefix(HEAD).replace("<v>1<", "<v>&a;<")}'
    assert "broken" in complaint(write_xlsx(tmp_path / "a.xlsx", {"People": bomb}))


def test_a_tag_that_does_not_end_is_given_up_early(tmp_path: Path) -> None:
    text = f'{HEAD}<worksheet xmlns="{MAIN}"><sheetData><row r="1" x="{"y" * (8 << 20)}"/></sheetData></worksheet>'
    assert "broken" in complaint(write_xlsx(tmp_path / "a.xlsx", {"People": text}))


def test_texts_that_would_fill_the_memory_are_refused_before_they_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xlsx_files, "LARGEST_STRINGS", 1000)
    strings = f'{HEAD}<sst xmlns="{MAIN}"><si><t>{"x" * 1000}</t></si></sst>'
    assert "too large for a workbook" in complaint(workbook(tmp_path, 13001, sharedStrings=strings))


def test_a_sheet_that_is_packed_a_thousand_times_smaller_is_refused_before_it_is_read(tmp_path: Path) -> None:
    text = sheet([[HEADING], [13001]]).replace("</sheetData>", f"{'<row/>' * (11 << 20)}</sheetData>")
    assert "too large for a workbook" in complaint(write_xlsx(tmp_path / "a.xlsx", {"People": text}))


def test_other_ways_to_pack_are_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path, 13001)
    with zipfile.ZipFile(path) as packed, zipfile.ZipFile(tmp_path / "b.xlsx", "w", zipfile.ZIP_LZMA) as other:
        for each in packed.infolist():
            other.writestr(each.filename, packed.read(each))
    assert "as no spreadsheet packs it" in complaint(tmp_path / "b.xlsx")
