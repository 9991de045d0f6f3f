"""What the service *analytics* takes and answers."""

from __future__ import annotations

from mock_lms.api.answers import Answer
from mock_lms.api.queries import ListQuery
from mock_lms.http.fields import Value


class ListReports(ListQuery):
    pass


class Report(Answer):
    id = Value("integer")
    title = Value("string")
    type = Value("string", of="title")


class ReportExport(Answer):
    executionId = Value("string", of="hash")  # noqa: N815 -- the vendor's
