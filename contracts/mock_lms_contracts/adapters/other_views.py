"""Looks for an enrollment that one list does not show in other views. If one shows it, the list hides it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from http import HTTPStatus

from mock_lms_contracts import oracle
from mock_lms_contracts.oracle import Enrollment
from mock_lms_contracts.scenario import Ids
from mock_lms_contracts.target import Target
from mock_lms_contracts.views import status

RECORD = "GET /learn/v1/enrollments/{course_id}/{user_id}"


@dataclass(frozen=True, slots=True)
class OtherViews:
    """The other views of one target."""

    target: Target
    capabilities: Collection[str]

    def showing(self, enrollment: Enrollment) -> str:
        """Another view that shows the enrollment than the list of its kind. Empty if none does."""
        kind, number, _ = enrollment
        if kind == "course" and self.status(enrollment):
            return RECORD
        if "mixed_list" in self.capabilities and f"{kind}_list" in self.capabilities:
            ids = Ids((), *(((number,), ()) if kind == "course" else ((), (number,))))
            if enrollment in oracle.observe(self.target, ids, {"mixed_list"}).held:
                return f"GET {oracle.MIXED}"
        return ""

    def status(self, enrollment: Enrollment) -> str:
        """The status in the record, by its usual name. Empty if there is no record."""
        kind, course, user = enrollment
        if kind != "course" or "record" not in self.capabilities:
            return ""
        answer = self.target.call("GET", f"/learn/v1/enrollments/{course}/{user}")
        records = answer.data.get("records") if isinstance(answer.data, dict) else None
        if answer.status != HTTPStatus.OK or not isinstance(records, dict):
            return ""
        return str(status(records.get("status")))
