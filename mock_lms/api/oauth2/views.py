"""The operations of *oauth2*: the calls for tokens, and the login page."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from flask import Blueprint, Response, current_app, make_response, render_template, request
from werkzeug.exceptions import UnsupportedMediaType

if TYPE_CHECKING:
    from mock_lms.api.oauth2.server import Server

bp = Blueprint("oauth2", __name__, url_prefix="/oauth2", template_folder="templates")

FORMS = {"application/x-www-form-urlencoded", "multipart/form-data"}


def _server() -> Server:
    """Authlib's server, made when it is first asked for: a start need not wait for it."""
    extensions = current_app.extensions
    if "mock_lms_oauth2" not in extensions:
        from mock_lms.api.oauth2.server import make_server  # noqa: PLC0415

        extensions["mock_lms_oauth2"] = make_server(current_app)
    return cast("Server", extensions["mock_lms_oauth2"])


@bp.post("/token")
def issue_token() -> Response:
    if request.mimetype not in {*FORMS, "application/json", ""}:
        raise UnsupportedMediaType("Send the parameters as a form or as JSON, and say so in Content-Type.")
    return cast(Response, _server().create_token_response())


@bp.get("/authorize")
def show_login() -> Response:
    return _login()


@bp.post("/authorize")
def submit_login() -> Response:
    if request.mimetype not in FORMS:
        raise UnsupportedMediaType("Send the login as a form.")
    return _login(request.form.get("username", ""), request.form.get("password", ""))


def _login(username: str | None = None, password: str = "") -> Response:
    """The page, unless the login is right or the client's request is wrong."""
    response = _server().authorize(username, password)
    return _page(username) if response is None else response


def _page(username: str | None) -> Response:
    """The login page. With a username it says that the login was wrong."""
    response = make_response(render_template("login.html", client_id=request.args["client_id"], username=username))
    response.headers["X-Frame-Options"] = "DENY"
    response.headers["Content-Security-Policy"] = "default-src 'none'; style-src 'unsafe-inline'"
    response.headers["Cache-Control"] = "no-store"
    return response
