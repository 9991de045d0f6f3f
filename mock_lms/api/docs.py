"""The contract itself, and the API browser on it. Everything comes from this machine, and under a tenant's own path."""

from __future__ import annotations

from functools import cache, lru_cache
from importlib.resources import as_file, files

import orjson
from flask import Blueprint, Response, abort, render_template, request, send_from_directory

from mock_lms.api import swagger
from mock_lms.services.oauth2 import BROWSER_CLIENT
from mock_lms.spec import spec_path

BROWSER_PATH = "/api-browser"

bp = Blueprint("docs", __name__, template_folder="templates")


@bp.get("/")
@bp.get(BROWSER_PATH)
@bp.get(f"{BROWSER_PATH}/index.html")
def home() -> Response:
    """The way to the page. From index.html too: the address that a login comes back to is the folder's."""
    return Response(status=302, headers={"Location": f"{request.script_root}{BROWSER_PATH}/"})


@bp.get(f"{BROWSER_PATH}/")
def browser_page() -> str:
    """Swagger UI. It names what it loads by relative addresses, so it shows the tenant whose path it is under."""
    return render_template("api_browser.html", client_id=BROWSER_CLIENT)


@bp.get(f"{BROWSER_PATH}/<path:name>")
def browser_file(name: str) -> Response:
    """A file of Swagger UI, as flask-swagger-ui brings it."""
    return send_from_directory(_swagger_ui(), name)


@cache
def _swagger_ui() -> str:
    with as_file(files("flask_swagger_ui") / "dist") as folder:
        return str(folder)


@bp.get("/openapi.yaml")
def openapi_yaml() -> Response:
    return Response(_yaml(request.script_root), mimetype="application/yaml")


@bp.get("/openapi.json")
def openapi_json() -> Response:
    return Response(_json(request.script_root), mimetype="application/json")


@lru_cache(maxsize=8)
def _yaml(root: str) -> bytes:
    """The contract as a tenant under the path serves it: the addresses that it names are the tenant's."""
    contract = spec_path().read_bytes()
    if root:
        contract = contract.replace(b"\n  - url: /\n", f"\n  - url: {root}\n".encode())
        for name in (b"authorizationUrl", b"tokenUrl"):
            contract = contract.replace(name + b": /", name + f": {root}/".encode())
    return contract


@lru_cache(maxsize=8)
def _json(root: str) -> bytes:
    import yaml  # noqa: PLC0415 -- 30 ms of every start, for what few ask for

    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return orjson.dumps(yaml.load(_yaml(root), loader))  # noqa: S506 -- both are safe


def service_urls() -> dict[str, str]:
    """Where the Swagger 2.0 document of each service is, at the tenant that the request is for."""
    return {name: f"{request.url_root}swagger/{name}.json" for name in _services()}


@cache
def _services() -> tuple[str, ...]:
    return tuple(swagger.services(orjson.loads(_json(""))))


@bp.get("/swagger/<service>.json")
def swagger_json(service: str) -> Response:
    document = _swagger(request.url_root.rstrip("/")).get(service)
    if document is None:
        abort(404)
    return Response(document, mimetype="application/json")


@lru_cache(maxsize=8)
def _swagger(url: str) -> dict[str, bytes]:
    """The document of every service, as a tenant at the address serves it."""
    contract = orjson.loads(_json(""))
    return {name: orjson.dumps(swagger.document(contract, name, url)) for name in _services()}
