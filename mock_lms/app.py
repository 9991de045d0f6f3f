"""The only file that knows every part: it puts them together."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from flask import Flask
from flask.json.provider import JSONProvider
from flask.logging import default_handler

from mock_lms.api import (
    analytics,
    audiences,
    auth,
    course,
    docs,
    learn,
    learningplan,
    manage,
    oauth2,
)
from mock_lms.config import PREFIX, Config
from mock_lms.control import http as control_http
from mock_lms.edge.edge import Edge
from mock_lms.http import errors
from mock_lms.http.paths import NoWord
from mock_lms.services import jobs, reports
from mock_lms.services.planting import Planter
from mock_lms.services.tenants import Tenants
from mock_lms.storage.store.postgresql import PostgresqlStore
from mock_lms.storage.store.protocol import TenantStore
from mock_lms.storage.store.sqlite import SqliteStore
from mock_lms.terminal import Formatter

jobs.KINDS[reports.KIND] = reports.work


class OrjsonProvider(JSONProvider):
    """JSON by orjson, for whatever of Flask's makes some."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return orjson.loads(s)


def open_store(database: Path | str, prefix: str = PREFIX) -> TenantStore:
    """Where the tenants are. Raises `UnusableDatabase`."""
    return SqliteStore(database) if isinstance(database, Path) else PostgresqlStore(database, prefix)


def create_app(config: Config, tenants: Tenants) -> Flask:
    """The API and its control as a Flask application. What serves it is `create_edge`."""
    app = Flask("mock_lms", static_folder=None)
    default_handler.setFormatter(Formatter("[%(asctime)s] %(levelname)s in %(module)s: %(message)s"))
    app.json = OrjsonProvider(app)
    app.config["LARGEST_BODY"] = config.largest_body
    app.config["LARGEST_UPLOAD"] = config.largest_upload
    app.config["CONTROL_TOKEN_HASH"] = config.control_token_hash
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.url_map.converters["no_word"] = NoWord
    app.url_map.merge_slashes = False  # else a path with // is answered by a redirect, in HTML
    app.extensions["mock_lms"] = tenants
    errors.register(app)
    app.before_request(auth.enter)
    for module in (learn, course, learningplan, manage, audiences, analytics, oauth2, docs, control_http):
        app.register_blueprint(module.bp)
    return app


def open_tenants(config: Config) -> Tenants:
    """The tenants of a server's store. What is large among them is made by processes of their own."""
    planter = Planter(config.database, config.prefix)
    return Tenants(open_store(config.database, config.prefix), config.access, config.policy, planter)


def create_edge(config: Config, tenants: Tenants | None = None) -> Edge:
    """What a server calls: it knows the tenant that is meant, and what else is to happen to the call."""
    if tenants is None:
        tenants = open_tenants(config)
    return Edge(create_app(config, tenants), tenants, (config.host, *config.allowed_hosts), config.sabotage)
