"""Looking at what the vendor's API does not show."""

from __future__ import annotations

from flask import Response
from marshmallow import EXCLUDE, Schema

from mock_lms.control.blueprint import bp
from mock_lms.control.inspect import service
from mock_lms.http.call import tenant
from mock_lms.http.query_fields import Array, QueryId
from mock_lms.http.requests import json_response, path_id, query


class ListLearners(Schema):
    """Whom to look at."""

    class Meta:
        unknown = EXCLUDE

    user_id = Array(QueryId(), required=True)


@bp.get("/learners/<user_id>")
def get_learner(user_id: str) -> Response:
    return json_response(service.get_learner(tenant(), path_id("user_id", user_id)))


@bp.get("/learners")
def list_learners() -> Response:
    learners, unknown = service.list_learners(tenant(), query(ListLearners)["user_id"])
    return json_response({"learners": learners, "unknown": unknown})
