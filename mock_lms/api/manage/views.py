"""The operations of the service *manage*."""

from __future__ import annotations

from flask import Blueprint, Response

from mock_lms.api.manage import schemas
from mock_lms.api.paging import PageRequest, page_of
from mock_lms.http.call import actor, tenant
from mock_lms.http.requests import envelope, load
from mock_lms.services import catalog, oauth2, people

bp = Blueprint("manage", __name__, url_prefix="/manage/v1")


@bp.get("/user")
def list_users() -> Response:
    request = PageRequest(schemas.ListUsers)
    return page_of(schemas.User, request, people.list_users(tenant(), request.query))


@bp.post("/user")
def create_user() -> Response:
    user_id = catalog.create_user(tenant(), load(schemas.CreateUser))
    return envelope(schemas.CreatedUser.of({"success": True, "user_id": user_id}))


@bp.get("/user/<user_id>")
def get_user(user_id: int) -> Response:
    return envelope(schemas.UserView.of_user(*people.get_user(tenant(), user_id)))


@bp.get("/user/<user_id>/subordinates")
def list_subordinates(user_id: int) -> Response:
    request = PageRequest(schemas.ListSubordinates)
    return page_of(schemas.Person, request, people.list_subordinates(tenant(), user_id, request.query))


@bp.get("/managers/<manager_id>/subordinates")
def list_manager_subordinates(manager_id: int) -> Response:
    request = PageRequest(schemas.ListManagerSubordinates)
    return page_of(schemas.Person, request, people.list_manager_subordinates(tenant(), manager_id, request.query))


@bp.get("/group/<group_id>/members")
def list_group_members(group_id: int) -> Response:
    request = PageRequest(schemas.ListGroupMembers)
    return page_of(schemas.Person, request, people.list_group_members(tenant(), group_id, request.query))


@bp.get("/orgchart")
def list_branches() -> Response:
    request = PageRequest(schemas.ListBranches)
    return page_of(schemas.Branch, request, people.list_branches(tenant(), request.query))


@bp.get("/user_fields")
def list_user_fields() -> Response:
    request = PageRequest(schemas.ListUserFields)
    return page_of(schemas.UserField, request, people.list_user_fields(tenant(), request.query))


@bp.get("/user/session")
def get_session() -> Response:
    return envelope(schemas.Session.of_user(oauth2.get_session(tenant(), actor()), tenant().policy))


@bp.post("/user/login")
def log_in() -> Response:
    return envelope(oauth2.log_in(tenant(), **load(schemas.LogIn)))
