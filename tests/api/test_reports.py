"""Reports: every enrollment, in a file; at once, or by a job."""

from __future__ import annotations

import csv
import io
import zipfile

import pytest

from mock_lms.services import reports
from tests.conftest import NewLms
from tests.support.lms import Lms

pytestmark = pytest.mark.both_databases

EXPORT = "/analytics/v1/reports/{}/export/{}"
RESULTS = "/analytics/v1/reports/{}/exports/{}/results"


def exported(lms: Lms, report: int = 1, form: str = "csv") -> bytes:
    execution = lms.get(EXPORT.format(report, form))["executionId"]
    answer = lms.http.get(RESULTS.format(report, execution), headers={"Authorization": f"Bearer {lms.token}"})
    assert answer.status_code == 200
    return bytes(answer.data)


def rows(file: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(file.decode("utf-8-sig"))))


def test_a_report_has_every_enrollment_that_the_list_has(new_lms: NewLms) -> None:
    lms = new_lms()
    listed = lms.items("/course/v1/courses/enrollments")
    report = rows(exported(lms))
    assert [(int(row["Course Unique ID"]), int(row["User Unique ID"])) for row in report] == [
        (row["course_id"], row["user_id"]) for row in listed
    ]
    assert report[0]["Score"] == "92"
    plans = rows(exported(lms, 2))
    assert {(row["Learning Plan Code"], row["Username"]) for row in plans} >= {("ONB", "ana.silva")}


def test_a_workbook_is_one_in_which_a_text_is_no_formula(new_lms: NewLms) -> None:
    lms = new_lms()
    user = lms.call("POST", "/manage/v1/user", {"username": "=1+1"})["data"]["user_id"]
    lms.call("POST", f"/learn/v1/enrollments/201/{user}")
    with zipfile.ZipFile(io.BytesIO(exported(lms, form="xlsx"))) as workbook:
        sheet = workbook.read("xl/worksheets/sheet1.xml").decode()
    assert "=1+1" in sheet
    assert "<f>" not in sheet


def test_a_large_export_is_left_to_the_background_and_is_of_the_data_when_its_job_begins(
    new_lms: NewLms, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reports, "AT_ONCE", 0)
    monkeypatch.setattr(reports, "STEP", 5)
    lms = new_lms()
    execution = lms.get(EXPORT.format(1, "csv"))["executionId"]
    refused = lms.call("GET", RESULTS.format(1, execution), status=400)
    assert "the export is queued (0 %)" in refused["message"][0]
    assert lms.get("/manage/v1/job/" + execution)["status"] == "queued"
    before = len(lms.pairs())
    lms.call("DELETE", "/learn/v1/enrollments/201/13001")
    assert lms.mock("POST", "/run-due")["ended"][0]["job"] == execution
    lms.call("GET", RESULTS.format(1, execution))
    assert len(rows(lms.last.data)) == len(lms.pairs()) == before - 1


def test_what_is_no_report_no_format_or_no_export_is_refused(new_lms: NewLms) -> None:
    lms = new_lms()
    lms.call("GET", EXPORT.format(9, "csv"), status=404)
    lms.call("GET", EXPORT.format(1, "pdf"), status=400)
    lms.call("GET", RESULTS.format(1, "abc"), status=404)
    execution = lms.get(EXPORT.format(1, "csv"))["executionId"]
    lms.call("GET", RESULTS.format(2, execution), status=404)
    assert [job["hash"] for job in lms.items("/manage/v1/job")] == [execution]
