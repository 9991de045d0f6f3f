"""The only file that knows every part: it puts them together."""

from __future__ import annotations

from typing import Any

import orjson
from flask import Flask
from flask.json.provider import JSONProvider

from mock_lms.api import auth, course, docs, errors, learn, learningplan, manage, oauth2
from mock_lms.config import Config
from mock_lms.control import inspect, sabotage
from mock_lms.services.tenant import Tenant
from mock_lms.storage.database import Database


class OrjsonProvider(JSONProvider):
    """JSON by orjson, for whatever of Flask's makes some."""

    def dumps(self, obj: Any, **_: Any) -> str:
        return orjson.dumps(obj).decode()

    def loads(self, s: str | bytes, **_: Any) -> Any:
        return orjson.loads(s)


def create_app(config: Config, tenant: Tenant | None = None) -> Flask:
    """The WSGI application. The tenant's tables must exist (`services.tenants.prepare` makes them)."""
    app = Flask("mock_lms", static_folder=None)
    app.json = OrjsonProvider(app)
    app.config["MAX_CONTENT_LENGTH"] = config.largest_body
    app.config["MAX_FORM_MEMORY_SIZE"] = config.largest_body
    app.config["SERVED_HOST"] = config.host
    app.config["CONTROL_TOKEN_HASH"] = config.control_token_hash
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.extensions["mock_lms"] = tenant or Tenant(Database(config.database, config.schema), config.policy)
    errors.register(app)
    app.before_request(auth.enter)
    for module in (learn, course, learningplan, manage, oauth2, docs, inspect):
        app.register_blueprint(module.bp)
    app.register_blueprint(docs.browser)
    if config.sabotage:
        sabotage.apply(config.sabotage, app)
    return app
