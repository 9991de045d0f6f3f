"""The operations of the service *audiences*."""

from __future__ import annotations

from flask import Blueprint, Response

from mock_lms.api.audiences import schemas
from mock_lms.api.paging import PageRequest, page_of
from mock_lms.http.call import tenant
from mock_lms.http.requests import envelope, load
from mock_lms.services import groups, people

bp = Blueprint("audiences", __name__, url_prefix="/audiences/v1")


@bp.get("/audience")
def list_audiences() -> Response:
    request = PageRequest(schemas.ListAudiences)
    return page_of(schemas.Audience, request, people.list_audiences(tenant(), request.query))


@bp.post("/audience")
def create_audience() -> Response:
    return envelope(schemas.Audience.of(groups.create_audience(tenant(), load(schemas.CreateAudience))))


@bp.put("/audience/<uuid>/assign_users")
def assign_users(uuid: str) -> Response:
    assignment = groups.assign_users(tenant(), uuid, load(schemas.AssignUsers)["user_ids"])
    return envelope(schemas.AssignedUsers.of_assignment(assignment))
