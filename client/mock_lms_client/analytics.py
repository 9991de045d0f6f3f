"""The service *analytics*: reports and their exports."""

from __future__ import annotations

from typing import cast

from mock_lms_client import answers, types
from mock_lms_client.answers import Row
from mock_lms_client.asking import in_path, word_in_path
from mock_lms_client.funnel import Funnel
from mock_lms_client.listing import Listing
from mock_lms_client.types import Id

REPORT = Row(types.Report, ("id",))


class Analytics(Funnel):
    """Operations of openapi.yaml whose tag is `analytics`."""

    def list_reports(
        self, *, get_cursor: bool | None = None, cursor: str | None = None, page_size: int = 200
    ) -> Listing[types.Report]:
        """The reports that can be exported."""
        path = "/analytics/v1/reports"
        return self._list("list_reports", path, REPORT, page_size, get_cursor=get_cursor, cursor=cursor)

    def export_report(self, report_id: Id, format: str) -> types.ReportExport:  # noqa: A002 -- the contract's name
        """Begins to make a report's file, as csv or xlsx. The results are asked for with the `executionId`."""
        path = f"/analytics/v1/reports/{in_path('report_id', report_id)}/export/{word_in_path('format', format)}"
        return cast(types.ReportExport, self._call("export_report", "GET", path))

    def get_report_results(self, report_id: Id, execution_id: str) -> bytes:
        """The file of an export. `Refused` with 400 where it is not made yet."""
        export = f"{in_path('report_id', report_id)}/exports/{word_in_path('execution_id', execution_id)}"
        path = f"/analytics/v1/reports/{export}/results"
        return cast(bytes, self._call("get_report_results", "GET", path, read=answers.file))
