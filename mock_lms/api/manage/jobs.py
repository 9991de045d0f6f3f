"""Background jobs, as the service *manage* shows them. Source: docebo-api.md 4.3."""

from __future__ import annotations

from typing import Any

from flask import Response

from mock_lms.api.manage import schemas
from mock_lms.api.manage.views import bp
from mock_lms.api.paging import PageRequest, page_of
from mock_lms.domain.jobs import Job
from mock_lms.http.call import tenant
from mock_lms.http.requests import envelope
from mock_lms.services import jobs
from mock_lms.services.lists import Page

COLUMNS = ("hash", "name", "state", "percent", "total", "errors", "author_id", "created_at", "started_at", "ended_at")


def _row(job: Job) -> tuple[Any, ...]:
    return tuple(getattr(job, name) for name in COLUMNS)


def _shown(job: Job) -> Response:
    return envelope(schemas.Job.of_rows(COLUMNS, [_row(job)])[0])


@bp.get("/job")
def list_jobs() -> Response:
    request = PageRequest(schemas.ListJobs)
    some, total = jobs.list_jobs(tenant(), request.query)
    return page_of(schemas.Job, request, Page(COLUMNS, [_row(job) for job in some], total))


@bp.get("/job/<hash>")
def get_job(hash: str) -> Response:  # noqa: A002 -- the contract's name
    return _shown(jobs.get_job(tenant(), hash))


@bp.put("/job/<hash>")
def abort_job(hash: str) -> Response:  # noqa: A002 -- the contract's name
    return _shown(jobs.abort_job(tenant(), hash))
