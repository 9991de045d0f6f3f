"""The same implementation with one rule broken in each. A suite that does not see it sees nothing."""

from __future__ import annotations

import os
from typing import Any, ClassVar

from tests.contracts.independent.lms import Lms, Refuse, numbers


class RemovesNobody(Lms):
    """Says that it did what it did not do."""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        kept = dict(self.enrolled), set(self.members), dict(self.tracks), set(self.papers)
        told = super().bulk_unenroll(body)
        self.enrolled, self.members, self.tracks, self.papers = kept
        return told


class EmptiesCourses(Lms):
    """Takes everybody out of a course that is listed, whoever is."""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        told = super().bulk_unenroll(body)
        for user, course in list(self.enrolled):
            if told["un_enrolled"] and course in numbers(body, "course_ids", 0):
                self.leave(user, course)
        return told


class ForgetsThePlan(Lms):
    """Takes people out of a plan's courses with the cascade, and leaves them in the plan."""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        members = set(self.members)
        told = super().bulk_unenroll(body)
        self.members = members
        return told


class Crashes(Lms):
    """Looks at no type before it uses a value."""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        len(body["user_ids"] or ())  # a number has no length, and the key may be missing
        return super().bulk_unenroll(body)


class Counts(Lms):
    """Answers how many left, where it is documented to answer who."""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        told = super().bulk_unenroll(body)
        return {**told, "un_enrolled": len(told["un_enrolled"])}


class TakesAnything(Lms):
    """Makes of garbage what it can, and says that all is well."""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        try:
            return super().bulk_unenroll(body)
        except Refuse:
            return {"un_enrolled": [], "errors": []}


class Fussy(Lms):
    """Not broken: openapi.yaml only assumes that 2.0 is an id. Here it is none."""

    refusals: ClassVar[list[float]] = []

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        for number in (number for name in ("user_ids", "course_ids") for number in body.get(name) or ()):
            if isinstance(number, float):
                self.refusals.append(number)
                raise Refuse(400, "no fractions, whole as they may be")
        return super().bulk_unenroll(body)


class HangsUp(Lms):
    """Ends the connection where a body is not as it likes it."""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(body.get("user_ids"), list):
            raise ConnectionAbortedError(os.strerror(103))
        return super().bulk_unenroll(body)
