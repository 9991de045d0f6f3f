"""The operations of the service *analytics*."""

from __future__ import annotations

from flask import Blueprint, Response

from mock_lms.api.analytics import schemas
from mock_lms.api.paging import PageRequest, page_of
from mock_lms.http.call import actor, tenant, tenants
from mock_lms.http.requests import envelope
from mock_lms.http.streaming import streamed
from mock_lms.services import reports
from mock_lms.services.lists import Page

bp = Blueprint("analytics", __name__, url_prefix="/analytics/v1/reports")


@bp.get("")
def list_reports() -> Response:
    request = PageRequest(schemas.ListReports)
    rows = [(report.id, report.title) for report in reports.list_reports(tenant())]
    first = request.query.offset
    return page_of(schemas.Report, request, Page(("id", "title"), rows[first : first + request.size], len(rows)))


@bp.get("/<report_id>/export/<format>")
def export_report(report_id: int, format: str) -> Response:  # noqa: A002 -- the contract's name
    job = reports.export_report(tenants(), tenant(), report_id, format, actor().user_id)
    return envelope(schemas.ReportExport.of({"hash": job.hash}))


@bp.get("/<report_id>/exports/<execution_id>/results")
def get_report_results(report_id: int, execution_id: str) -> Response:
    kind, pieces = reports.get_report_results(tenant(), report_id, execution_id)
    return streamed(pieces, kind)
