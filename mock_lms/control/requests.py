"""Bodies of the control API. Unlike the vendor's, they hold nothing that is not known."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from marshmallow import EXCLUDE, Schema, ValidationError, pre_load

from mock_lms.clock import FORMAT
from mock_lms.domain.errors import InvalidRequest
from mock_lms.domain.values import is_date_time
from mock_lms.http.fields import first_of, shown
from mock_lms.http.requests import json_object
from mock_lms.services import clocks

EARLIEST = "1000"  # years before have three digits where they are written


class ControlBody(Schema):
    """A JSON object; a name that is not known is an error."""

    class Meta:
        unknown = EXCLUDE

    @pre_load
    def _refuse_unknown(self, data: Any, **_: Any) -> Any:
        """Raises `ValidationError`. Marshmallow's own RAISE makes an error of each name, however many there are."""
        if unknown := first_of((name, ["there is no such field."]) for name in data if name not in self.fields):
            raise ValidationError({shown(name)[1:-1]: problem for name, problem in unknown.items()})
        return data


def load(schema: type[ControlBody]) -> dict[str, Any]:
    """The request's body; none is an empty object. Raises `InvalidRequest`, marshmallow's `ValidationError`."""
    loaded: dict[str, Any] = schema().load(json_object() or {})
    return loaded


def moment(text: str | None, field: str) -> datetime | None:
    """`YYYY-MM-DD HH:MM:SS`, UTC, of a year that has four digits for some time to come. Raises `InvalidRequest`."""
    if text is None:
        return None
    if is_date_time(text) and EARLIEST <= text[:4] < f"{clocks.LATEST.year}":
        return datetime.strptime(text, FORMAT).replace(tzinfo=UTC)
    raise InvalidRequest(field, f"{text[:60]!r} is no moment like 2026-03-01 12:00:00 (UTC).")
