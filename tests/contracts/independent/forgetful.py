"""The same implementation, wrong only when calls come in a certain order: each call alone does what it must."""

from __future__ import annotations

from collections import Counter
from typing import Any

from tests.contracts.independent.lms import CASCADE, Lms, numbers


class Restores(Lms):
    """Not broken: who comes back has what they had, unless it was reset."""

    def enroll(self, user: int, course: int, status: str = "subscribed") -> None:
        kept = self.tracks.get((user, course))
        super().enroll(user, course, status)
        if kept:
            self.tracks[user, course] = kept


class RestoresWhatWasReset(Restores):
    """Keeps the tracking although it says that it is reset."""

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        return super().bulk_unenroll({**body, "reset_tracks": False})


class StaysTheSecondTime(Lms):
    """Who leaves a course for the second time stays there, whatever the answer says."""

    def __init__(self, params: dict[str, Any]) -> None:
        self.times: Counter[tuple[int, int]] = Counter()
        super().__init__(params)

    def leave(self, user: int, course: int, *, reset: bool = False, shred: bool = False) -> None:
        self.times[user, course] += (user, course) in self.enrolled
        if self.times[user, course] != 2:
            super().leave(user, course, reset=reset, shred=shred)


class LosesTheUpdateAfterAReturn(Restores):
    """Whoever came back keeps the status that they came back with."""

    def __init__(self, params: dict[str, Any]) -> None:
        self.back: set[tuple[int, int]] = set()
        super().__init__(params)

    def enroll(self, user: int, course: int, status: str = "subscribed") -> None:
        if (user, course) in self.tracks:
            self.back.add((user, course))
        super().enroll(user, course, status)

    def bulk_update(self, body: dict[str, Any]) -> dict[str, Any]:
        kept = {pair: dict(self.tracks[pair]) for pair in self.back & self.tracks.keys()}
        told = super().bulk_update(body)
        self.tracks |= kept
        return told


class BeginsAnewWhenEnrolledTwice(Lms):
    """Enrolls anew whoever is enrolled already."""

    def bulk_enroll(self, body: dict[str, Any]) -> dict[str, Any]:
        there = [pair for pair in self.enrolled if pair[0] in numbers(body, "user_ids")]
        told = super().bulk_enroll(body)
        for user, course in there:
            if course in numbers(body, "course_ids"):
                self.enroll(user, course)
        return told


class CascadesOnce(Lms):
    """Who joined a plan for the second time keeps its courses when they leave it with the cascade."""

    def __init__(self, params: dict[str, Any]) -> None:
        self.former: set[tuple[int, int]] = set()
        super().__init__(params)

    def bulk_unenroll(self, body: dict[str, Any]) -> dict[str, Any]:
        members, kept, tracks = set(self.members), dict(self.enrolled), dict(self.tracks)
        told = super().bulk_unenroll(body)
        left = members - self.members
        for user, plan in left & self.former if body.get(CASCADE) else ():
            stayed = [(user, course) for course in self.plans[plan] if (user, course) in kept]
            self.enrolled |= {pair: kept[pair] for pair in stayed}
            self.tracks |= {pair: tracks[pair] for pair in stayed}
        self.former |= left
        return told


class SharesProgress(Restores):
    """Gives who is new the progress of whoever left the course before."""

    def enroll(self, user: int, course: int, status: str = "subscribed") -> None:
        left = [at for at in self.tracks if at[1] == course and at not in self.enrolled]
        if left and (user, course) not in self.tracks:
            self.tracks[user, course] = dict(self.tracks[left[0]])
        super().enroll(user, course, status)
