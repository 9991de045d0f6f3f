"""The operations of the service *manage*."""

from __future__ import annotations

from flask import Blueprint, Response

from mock_lms.api.docs import service_urls
from mock_lms.api.manage import people_schemas, schemas, user_rows, user_schemas
from mock_lms.api.paging import PageRequest, page_of
from mock_lms.http.call import actor, tenant
from mock_lms.http.requests import envelope, load
from mock_lms.services import catalog, oauth2, people, users

bp = Blueprint("manage", __name__, url_prefix="/manage/v1")


@bp.get("/user")
def list_users() -> Response:
    request = PageRequest(schemas.ListUsers)
    return page_of(people_schemas.User, request, people.list_users(tenant(), request.query))


@bp.post("/user")
def create_user() -> Response:
    user_id = catalog.create_user(tenant(), load(schemas.CreateUser))
    return envelope(schemas.CreatedUser.of({"success": True, "user_id": user_id}))


@bp.get("/user/<no_word:user_id>")
def get_user(user_id: int) -> Response:
    return envelope(people_schemas.UserView.of_user(*people.get_user(tenant(), user_id)))


@bp.put("/user/<no_word:user_id>")
def update_user(user_id: int) -> Response:
    entry = user_rows.entry_of_update(user_id, load(user_schemas.UpdateUser))
    users.update_user(tenant(), user_id, entry)
    return envelope(user_schemas.UpdatedUser.of({"success": True, "updated_id": user_id}))


@bp.post("/user/batch")
def batch_save_users() -> Response:
    body = load(user_schemas.BatchSaveUsers)
    entries = user_rows.entries_of(body["items"])
    update = body["options"].get("update_user_info", False)
    saved = users.batch_save_users(tenant(), entries, update_existing=update)
    return envelope(user_schemas.SavedUser.of_batch(saved))


@bp.put("/user/change_status")
def change_user_status() -> Response:
    body = load(user_schemas.ChangeUserStatus)
    chosen = users.change_user_status(tenant(), body["user_ids"], active=body["status"])
    return envelope(user_schemas.ChangedUsers.of_choice(chosen))


@bp.delete("/user/delete")
def delete_users() -> Response:
    user_ids = load(user_schemas.DeleteUsers)["user_ids"]
    chosen = users.delete_users(tenant(), user_ids, actor().user_id)
    return envelope(user_schemas.DeletedUsers.of_choice(chosen))


@bp.get("/user/<user_id>/subordinates")
def list_subordinates(user_id: int) -> Response:
    request = PageRequest(people_schemas.ListSubordinates)
    return page_of(people_schemas.Person, request, people.list_subordinates(tenant(), user_id, request.query))


@bp.get("/managers/<manager_id>/subordinates")
def list_manager_subordinates(manager_id: int) -> Response:
    request = PageRequest(people_schemas.ListManagerSubordinates)
    return page_of(
        people_schemas.Person, request, people.list_manager_subordinates(tenant(), manager_id, request.query)
    )


@bp.get("/group/<group_id>/members")
def list_group_members(group_id: int) -> Response:
    request = PageRequest(people_schemas.ListGroupMembers)
    return page_of(people_schemas.Person, request, people.list_group_members(tenant(), group_id, request.query))


@bp.get("/orgchart")
def list_branches() -> Response:
    request = PageRequest(people_schemas.ListBranches)
    return page_of(people_schemas.Branch, request, people.list_branches(tenant(), request.query))


@bp.get("/user_fields")
def list_user_fields() -> Response:
    request = PageRequest(people_schemas.ListUserFields)
    return page_of(people_schemas.UserField, request, people.list_user_fields(tenant(), request.query))


@bp.get("/user/session")
def get_session() -> Response:
    return envelope(schemas.Session.of_user(oauth2.get_session(tenant(), actor()), tenant().policy))


@bp.get("/site/microservices")
def list_microservices() -> Response:
    return envelope(schemas.Microservice.of_rows(("app", "url"), [*service_urls().items()]))


@bp.post("/user/login")
def log_in() -> Response:
    return envelope(oauth2.log_in(tenant(), **load(schemas.LogIn)))
