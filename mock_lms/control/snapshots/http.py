"""Saving what there is, and going back to it."""

from __future__ import annotations

from flask import Response, request
from werkzeug.exceptions import UnsupportedMediaType

from mock_lms.control.blueprint import bp
from mock_lms.control.snapshots import files as snapshot_files
from mock_lms.control.snapshots import service as snapshots
from mock_lms.http.call import tenant, tenants
from mock_lms.http.requests import json_response

GZIP = "application/gzip"


@bp.get("/snapshots")
def list_snapshots() -> Response:
    return json_response({"snapshots": snapshots.list_snapshots(tenants(), tenant())})


@bp.put("/snapshots/<snapshot>")
def save_snapshot(snapshot: str) -> Response:
    return json_response(snapshots.save_snapshot(tenants(), tenant(), snapshot))


@bp.delete("/snapshots/<snapshot>")
def drop_snapshot(snapshot: str) -> Response:
    snapshots.drop_snapshot(tenants(), tenant(), snapshot)
    return json_response({"dropped": snapshot})


@bp.post("/snapshots/<snapshot>/restore")
def restore_snapshot(snapshot: str) -> Response:
    return json_response(snapshots.restore_snapshot(tenants(), tenant(), snapshot))


@bp.get("/snapshots/<snapshot>/file")
def export_snapshot(snapshot: str) -> Response:
    this = tenant()
    # here, since what goes wrong while an answer is sent could no longer be said
    file = b"".join(snapshot_files.export_snapshot(tenants(), this, snapshot))
    named = {"Content-Disposition": f"attachment; filename={this.name}-{snapshot}.mock-lms.gz"}
    return Response(file, mimetype=GZIP, headers=named)


@bp.put("/snapshots/<snapshot>/file")
def import_snapshot(snapshot: str) -> Response:
    if request.mimetype not in {GZIP, "application/octet-stream"}:
        raise UnsupportedMediaType(f"Send the file as it is, with the header Content-Type: {GZIP}.")
    return json_response(snapshot_files.import_snapshot(tenants(), tenant(), snapshot, request.get_data()))
