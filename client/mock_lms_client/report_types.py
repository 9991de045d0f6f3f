"""What answers about rows of a batch, logins, background jobs, reports and services hold."""

from __future__ import annotations

from typing import NotRequired, TypedDict

from mock_lms_client.course_types import Moment


class Job(TypedDict):
    hash: str
    name: str
    status: str
    percent: int
    total: NotRequired[int]
    errors: NotRequired[int]
    author_id: NotRequired[int | None]
    created_at: NotRequired[Moment]
    started_at: NotRequired[Moment]
    ended_at: NotRequired[Moment]


class Report(TypedDict):
    id: int
    title: str
    type: NotRequired[str]


class ReportExport(TypedDict):
    executionId: str


class Microservice(TypedDict):
    app: str
    url: str


# --- pages of it


class LogInResult(TypedDict):
    access_token: str
    refresh_token: NotRequired[str]
    expires_in: str


class BatchRow(TypedDict):
    row_index: int
    success: bool
    message: str
    course_id: int | None
    user_id: int | None
    session_id: int | None
