"""The same implementation with one rule broken in each. A suite that does not see it sees nothing."""

from __future__ import annotations

import os
from typing import Any, ClassVar

from tests.contracts.independent.lms import CASCADE, Lms, Query, Refuse, numbers


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


class KeepsTheLast(Lms):
    """Forgets the last of those who are listed, and calls them unenrolled."""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        last = numbers(body, "user_ids")[-1:]
        kept = [pair for pair in self.enrolled if pair[0] in last]
        tracks = {pair: self.tracks[pair] for pair in kept}
        told = super().bulk_unenroll(body)
        for pair in kept:
            self.enroll(*pair)
        self.tracks |= tracks
        return told


class CascadesForAll(Lms):
    """Takes whoever is listed out of the courses of the plans, members or not."""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        told = super().bulk_unenroll(body)
        for plan in numbers(body, "learningplan_ids", 0) if body.get(CASCADE) else ():
            for user in numbers(body, "user_ids"):
                for course in self.plans.get(plan, ()):
                    self.leave(user, course)
        return told


class WipesTracking(Lms):
    """Resets what nobody asked it to reset."""

    def leave(self, user: int, course: int, *, reset: bool = False, shred: bool = False) -> None:
        super().leave(user, course, reset=reset or bool(user), shred=shred)


class ShredsForAll(Lms):
    """Deletes the certificates of whoever has one of a course that somebody leaves with that flag."""

    def leave(self, user: int, course: int, *, reset: bool = False, shred: bool = False) -> None:
        if shred and (user, course) in self.enrolled:
            self.papers = {(other, of) for other, of in self.papers if of != course}
        super().leave(user, course, reset=reset, shred=shred)


class BlamesWhoLeft(Lms):
    """Has an error for everybody, even for those who left."""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        told = super().bulk_unenroll(body)
        blamed = [{"user_id": user, "message": "has left"} for user in told["un_enrolled"]]
        return {**told, "errors": [*told["errors"], *blamed]}


class NamesCourseLeaversOnly(Lms):
    """Does not name who left a plan alone."""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        before = set(self.enrolled)
        told = super().bulk_unenroll(body)
        left = {user for user, _ in before - self.enrolled.keys()}
        return {**told, "un_enrolled": [user for user in told["un_enrolled"] if user in left]}


class OnlyOnce(Lms):
    """Breaks where a call comes again."""

    before: Any = None

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        if body == self.before:
            raise RuntimeError
        self.before = body
        return super().bulk_unenroll(body)


class NoWayBack(Lms):
    """Says that it enrolled again whoever was here before, and does not."""

    def bulk_enroll(self, body: dict[str, Any]) -> dict[str, Any]:
        here, held = set(self.enrolled), set(self.tracks)
        told = super().bulk_enroll(body)
        for pair in held - here:
            self.enrolled.pop(pair, None)
        return told


class RestoresWhatWasReset(Lms):
    """Gives back at the next enrollment what it was asked to reset."""

    def __init__(self, params: dict[str, Any]) -> None:
        self.kept: dict[tuple[int, int], dict[str, Any]] = {}
        super().__init__(params)

    def leave(self, user: int, course: int, *, reset: bool = False, shred: bool = False) -> None:
        if reset and (user, course) in self.tracks:
            self.kept[user, course] = self.tracks[user, course]
        super().leave(user, course, reset=reset, shred=shred)

    def bulk_enroll(self, body: dict[str, Any]) -> dict[str, Any]:
        told = super().bulk_enroll(body)
        for seat in told["enrolled"]:
            pair = seat["id_user"], seat["id_course"]
            self.tracks[pair] = self.kept.get(pair, self.tracks[pair])
        return told


class StaleList(Lms):
    """Goes on listing who has left, where courses and plans are listed together."""

    def __init__(self, params: dict[str, Any]) -> None:
        super().__init__(params)
        self.listed: dict[tuple[int, int], dict[str, Any]] = {}

    def everything(self, query: Query = ()) -> list[dict[str, Any]]:
        self.listed |= {(row["user_id"], row["id"]): row for row in super().everything(query)}
        return list(self.listed.values())


class EnrollsStrangers(Lms):
    """Enrolls whoever is listed and was not there: the wrong list of two."""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        told = super().bulk_unenroll(body)
        for error in told["errors"]:
            pair = error["user_id"], error.get("course_id")
            if pair[0] in self.users and pair[1] in self.courses and pair not in self.enrolled:
                self.enroll(*pair)
        return told


class TakesSomebodyElsewhere(Lms):
    """Takes one person out of one course whom nothing connects with the call: forty people further on."""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        told = super().bulk_unenroll(body)
        if told["un_enrolled"]:
            user = self.users[(self.users.index(told["un_enrolled"][0]) + 40) % len(self.users)]
            courses = {int(course) for course in body.get("course_ids") or ()}
            plans = {int(plan) for plan in body.get("learningplan_ids") or ()}
            near = courses.union(*(self.plans[plan] for plan in plans & self.plans.keys()))
            self.leave(
                *next(((who, course) for who, course in self.enrolled if who == user and course not in near), (0, 0))
            )
        return told
