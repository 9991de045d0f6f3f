"""Limiting the calls."""

from __future__ import annotations

import orjson
from flask import Response
from marshmallow import fields

from mock_lms.control.blueprint import bp
from mock_lms.control.quota import bucket
from mock_lms.control.requests import ControlBody, load
from mock_lms.http.call import tenant
from mock_lms.http.requests import json_response
from mock_lms.storage import state


class SetQuota(ControlBody):
    calls = fields.Raw()
    seconds = fields.Raw()
    retry_after = fields.Raw()


@bp.get("/quota")
def get_quota() -> Response:
    this = tenant()
    with this.control.look() as transaction:
        row = state.bucket(transaction)
    if row is None:
        return json_response({"quota": None})
    limit = bucket.Limit.of(orjson.loads(row[0]))
    report = bucket.report(limit, bucket.load(orjson.loads(row[1])), this.microseconds())
    return json_response({"quota": report})


@bp.put("/quota")
def set_quota() -> Response:
    limit = bucket.Limit.of(load(SetQuota))
    texts = [orjson.dumps(each).decode() for each in (limit.dump(), bucket.dump(bucket.Bucket()))]
    with tenant().control.begin() as transaction:
        state.put_quota(transaction, *texts)
    return get_quota()


@bp.delete("/quota")
def clear_quota() -> Response:
    with tenant().control.begin() as transaction:
        state.put_quota(transaction, None, "")
    return get_quota()
