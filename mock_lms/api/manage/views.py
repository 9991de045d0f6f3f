"""The operations of the service *manage*."""

from __future__ import annotations

from flask import Blueprint, Response

from mock_lms.api.docs import service_urls
from mock_lms.api.manage import schemas
from mock_lms.api.paging import PageRequest, page_of
from mock_lms.http.call import actor, tenant
from mock_lms.http.requests import envelope, load
from mock_lms.services import catalog, lists, oauth2

bp = Blueprint("manage", __name__, url_prefix="/manage/v1")


@bp.get("/user")
def list_users() -> Response:
    request = PageRequest(schemas.ListUsers)
    return page_of(schemas.User, request, lists.list_users(tenant(), request.query))


@bp.post("/user")
def create_user() -> Response:
    user_id = catalog.create_user(tenant(), load(schemas.CreateUser))
    return envelope(schemas.CreatedUser.of({"success": True, "user_id": user_id}))


@bp.get("/user/session")
def get_session() -> Response:
    return envelope(schemas.Session.of_user(oauth2.get_session(tenant(), actor()), tenant().policy))


@bp.get("/site/microservices")
def list_microservices() -> Response:
    return envelope(schemas.Microservice.of_rows(("app", "url"), [*service_urls().items()]))


@bp.post("/user/login")
def log_in() -> Response:
    return envelope(oauth2.log_in(tenant(), **load(schemas.LogIn)))
