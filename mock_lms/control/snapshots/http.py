"""Saving what there is, going back to it, and going two ways from one state."""

from __future__ import annotations

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from mock_lms.control.blueprint import bp
from mock_lms.control.requests import ControlBody, Scopes, load
from mock_lms.control.snapshots import service
from mock_lms.control.tenants.service import described
from mock_lms.http.call import tenant, tenants
from mock_lms.http.fields import Text
from mock_lms.http.requests import json_response

GZIP = "application/gzip"


class Fork(ControlBody):
    name = Text("MockName")
    state = Text()


class Reset(ControlBody):
    to = Text("Saved")
    scopes = Scopes()


@bp.get("/snapshots")
def list_snapshots() -> Response:
    return json_response({"snapshots": service.list_snapshots(tenants(), tenant())})


@bp.put("/snapshots/<snapshot>")
def save_snapshot(snapshot: str) -> Response:
    return json_response(service.save_snapshot(tenants(), tenant(), snapshot))


@bp.delete("/snapshots/<snapshot>")
def drop_snapshot(snapshot: str) -> Response:
    service.drop_snapshot(tenants(), tenant(), snapshot)
    return json_response({"dropped": snapshot})


@bp.post("/snapshots/<snapshot>/restore")
def restore_snapshot(snapshot: str) -> Response:
    return json_response(service.restore_snapshot(tenants(), tenant(), snapshot))


@bp.get("/snapshots/<snapshot>/file")
def export_snapshot(snapshot: str) -> Response:
    # in one piece, since nothing can be refused any more once an answer is being sent
    file = b"".join(service.export_snapshot(tenants(), tenant(), snapshot))
    headers = {"Content-Disposition": f"attachment; filename={tenant().name}-{snapshot}.mock-lms.gz"}
    return Response(file, mimetype=GZIP, headers=headers)


@bp.put("/snapshots/<snapshot>/file")
def import_snapshot(snapshot: str) -> Response:
    if request.mimetype not in {GZIP, "application/octet-stream"}:
        raise UnsupportedMediaType(f"Send the file as it is, with the header Content-Type: {GZIP}.")
    return json_response(service.import_snapshot(tenants(), tenant(), snapshot, request.get_data()))


@bp.post("/fork")
def fork_tenant() -> Response:
    return json_response(described(service.fork_tenant(tenants(), tenant(), **load(Fork))))


@bp.post("/reset")
def reset_tenant() -> Response:
    return json_response(service.reset_tenant(tenants(), tenant(), **load(Reset)))
