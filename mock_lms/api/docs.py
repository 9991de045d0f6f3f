"""The contract itself, and the API browser on it. Everything comes from this machine."""

from __future__ import annotations

from functools import cache

import orjson
from flask import Blueprint, Response, redirect
from flask_swagger_ui import get_swaggerui_blueprint
from werkzeug.wrappers import Response as AnyResponse

from mock_lms.services.oauth2 import BROWSER_CLIENT
from mock_lms.spec import spec_path

BROWSER_PATH = "/api-browser"

bp = Blueprint("docs", __name__)

browser = get_swaggerui_blueprint(
    BROWSER_PATH,
    "/openapi.yaml",
    config={
        "app_name": "mock-lms: API browser",
        "layout": "BaseLayout",  # no box for the address of another document
        "defaultModelsExpandDepth": -1,
        "showExtensions": True,  # x-evidence: how sure each operation is
        "tryItOutEnabled": True,
        "docExpansion": "list",
        "persistAuthorization": True,
        "displayOperationId": True,
        "filter": True,
    },
    oauth_config={"clientId": BROWSER_CLIENT, "usePkceWithAuthorizationCodeGrant": True, "scopes": "api"},
    blueprint_name="browser",
)


@bp.get("/")
def home() -> AnyResponse:
    return redirect(f"{BROWSER_PATH}/")


@bp.get(f"{BROWSER_PATH}/index.html")
def browser_index() -> AnyResponse:
    """Swagger UI makes the address that a login comes back to of its own, and only the folder's is registered."""
    return home()


@bp.get("/openapi.yaml")
def openapi_yaml() -> Response:
    return Response(_yaml(), mimetype="application/yaml")


@bp.get("/openapi.json")
def openapi_json() -> Response:
    return Response(_json(), mimetype="application/json")


@cache
def _yaml() -> bytes:
    return spec_path().read_bytes()


@cache
def _json() -> bytes:
    import yaml  # noqa: PLC0415 -- 30 ms of every start, for what few ask for

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return orjson.dumps(yaml.load(_yaml(), loader))  # noqa: S506 -- both are safe
