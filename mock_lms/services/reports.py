"""Reports: what a tenant can be backed up by. An export is a job that makes a file. Source: docebo-api.md 4.4."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from mock_lms.domain.errors import InvalidRequest, JobNotFound, ReportNotFound
from mock_lms.domain.jobs import Job, State
from mock_lms.services import jobs, report_files
from mock_lms.services.tenant import Tenant
from mock_lms.services.tenants import Tenants
from mock_lms.storage import jobs as stored_jobs
from mock_lms.storage.reports import SOURCES

KIND = "report"

AT_ONCE = 20_000
"""Rows of an export that is made before the call is answered. Larger ones are left to the background process."""

STEP = 5_000
"""Rows after which a job says how far it is."""


@dataclass(frozen=True, slots=True)
class Report:
    """One report. `columns` says for each heading which column of the source is below it."""

    id: int
    title: str
    source: str
    columns: tuple[tuple[str, str], ...]


_USER = (
    ("User Unique ID", "user_id"),
    ("Username", "username"),
    ("First Name", "firstname"),
    ("Last Name", "lastname"),
    ("Email", "email"),
)
_ENROLLMENT = (
    ("Enrollment Date", "enrolled_at"),
    ("Enrollment Begin Validity", "valid_from"),
    ("Enrollment End Validity", "valid_until"),
    ("Completion Date", "completed_at"),
    ("Status", "status"),
)

REPORTS = (
    Report(
        1,
        "Users - Courses",
        "courses",
        (
            *_USER,
            ("Course Unique ID", "course_id"),
            ("Course Code", "code"),
            ("Course Name", "name"),
            ("Course Type", "type"),
            *_ENROLLMENT,
            ("Score", "score"),
            ("Time in Course", "time_spent"),
        ),
    ),
    Report(
        2,
        "Users - Learning Plans",
        "learning_plans",
        (
            *_USER,
            ("Learning Plan Unique ID", "learning_plan_id"),
            ("Learning Plan Code", "code"),
            ("Learning Plan Name", "name"),
            *_ENROLLMENT,
            ("Completion Percentage", "percent"),
        ),
    ),
)


def list_reports(tenant: Tenant) -> Sequence[Report]:  # noqa: ARG001 -- every tenant has the same ones
    """The reports there are."""
    return REPORTS


def _report(report_id: int) -> Report:
    for report in REPORTS:
        if report.id == report_id:
            return report
    raise ReportNotFound(str(report_id))


def export_report(tenants: Tenants, tenant: Tenant, report_id: int, form: str, author_id: int) -> Job:
    """Begins to make the report's file. Raises `ReportNotFound`, `InvalidRequest`."""
    report = _report(report_id)
    if form not in report_files.TYPES:
        raise InvalidRequest("format", f"a report is exported as {' or '.join(report_files.TYPES)}.")
    with tenant.database.look() as transaction:
        total = SOURCES[report.source].count(transaction)
    request = {"report": report.id, "format": form}
    job = jobs.start(tenants, tenant, KIND, f"Export of {report.title}", request, author_id=author_id, total=total)
    if total <= AT_ONCE:
        jobs.run_due(tenants, tenant, only=job)
    return job


def get_report_results(tenant: Tenant, report_id: int, execution_id: str) -> tuple[str, Iterator[bytes]]:
    """The type of the export's file, and its pieces. Raises `ReportNotFound`, `JobNotFound`, `InvalidRequest`."""
    report = _report(report_id)
    job = jobs.get_job(tenant, execution_id)
    if job.kind != KIND or job.request["report"] != report.id:
        raise JobNotFound(execution_id)
    if job.state is not State.COMPLETED:
        raise InvalidRequest(
            "executionId", f"the export is {job.state.value} ({job.percent} %); ask again a little later."
        )
    return report_files.TYPES[job.request["format"]], stored_jobs.result(tenant.control, job)


def _plain(value: Any) -> Any:
    """A score of 92.0 as 92."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def work(tenant: Tenant, job: Job) -> Generator[int, None, None]:
    """Makes the file of an export, of the data as it is when the job begins."""
    report = _report(job.request["report"])
    source = SOURCES[report.source]
    places = [source.names.index(name) for _, name in report.columns]
    done = 0

    def rows() -> Iterator[list[Any]]:
        nonlocal done
        for row in source.rows(transaction):
            done += 1
            yield [_plain(row[place]) for place in places]

    make = report_files.PIECES[job.request["format"]]
    with tenant.database.read() as transaction:
        said = 0
        for _ in stored_jobs.put_result(tenant.control, job, make([heading for heading, _ in report.columns], rows())):
            if done - said >= STEP:
                said = done
                yield done
    yield done
