"""What one bulk unenrollment means, in one place: a world, a call, and what must be the case afterwards.

A `Fact` is one thing that a server holds about a user: an enrollment in a course, a place in a plan, tracking or a
certificate. `Meaning.fate` alone decides whether the call removes a fact, and names the requirement that says so.
`Meaning.failed` and `Meaning.un_enrolled` say what the answer must contain. Nothing here knows a server, a table or a
status code. What the sources leave open is a variant of the target, which is found out before and passed in.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

CAP = 1_000
"""The most users that one call may list (docebo-api.md 2.3)."""

PLACEHOLDER = 0
"""The id that the guide leaves in the unused list (000_9274beae67eb45f9.txt)."""

PLACEHOLDERS = {
    True: ("placeholder_zero", "UNENROLL-PLACEHOLDER-1"),
    False: ("placeholder_among_ids", "UNENROLL-PLACEHOLDER-2"),
}
"""The variant and the requirement of the placeholder, by whether it is alone in its list."""

UNUSUAL = frozenset({"suspended", "waiting"})
"""Statuses that the sources do not discuss, so that no MUST applies to them."""


class Layer(StrEnum):
    """Where a fact is held."""

    COURSE = "course"
    PLAN = "plan"
    TRACKING = "tracking"
    COURSE_CERTIFICATE = "course certificate"
    PLAN_CERTIFICATE = "plan certificate"


class Fact(NamedTuple):
    """Something that `layer` holds about this user and this course or plan."""

    layer: Layer
    target: int
    user: int


@dataclass(frozen=True, slots=True)
class World:
    """What is near a call: the users, courses and plans that exist, the courses of each plan, and the held facts.

    The value of an enrollment in a course is its status, that of tracking whatever is compared, all others are True.
    """

    users: frozenset[int]
    courses: frozenset[int]
    plans: Mapping[int, tuple[int, ...]]
    held: Mapping[Fact, object]


@dataclass(frozen=True, slots=True)
class Call:
    """A bulk unenrollment as it is sent: ids may be repeated, unknown, or the placeholder."""

    users: tuple[int, ...]
    courses: tuple[int, ...] = ()
    plans: tuple[int, ...] = ()
    cascade: bool = False
    reset_tracks: bool = False
    delete_certificates: bool = False

    @property
    def repeats(self) -> bool:
        """Whether it names a user, a course or a plan more than once."""
        return any(len(ids) != len({*ids}) for ids in (self.users, self.courses, self.plans))


def is_unused(targets: Iterable[int]) -> bool:
    """Whether a list holds the placeholder alone."""
    return {*targets} == {PLACEHOLDER}


@dataclass(frozen=True, slots=True)
class Fate:
    """Whether the call removes a fact, and the requirement that says so."""

    goes: bool
    requirement: str


@dataclass(frozen=True, slots=True)
class Difference:
    """A fact that is not as it must be, and the requirement that this breaks. None means that it is not held."""

    requirement: str
    fact: Fact
    expected: object
    seen: object


OUTLIVING = {
    Layer.TRACKING: (Layer.COURSE, ("COMPLETION-TRACKS-1", "COMPLETION-TRACKS-2", "COMPLETION-TRACKS-2")),
    Layer.COURSE_CERTIFICATE: (Layer.COURSE, ("CERTIFICATE-KEEP-1", "CERTIFICATE-DELETE-1", "CERTIFICATE-DELETE-2")),
    Layer.PLAN_CERTIFICATE: (Layer.PLAN, ("CERTIFICATE-KEEP-1", "CERTIFICATE-PLAN-1", "CERTIFICATE-DELETE-2")),
}
"""Layers that outlive an unenrollment, each with the layer it depends on and three requirements: without its flag it
stays; with its flag it goes; with its flag it stays if the enrollment that it depends on stays."""


@dataclass(slots=True)
class Meaning:
    """What this call means in this world, for a target with these variants."""

    world: World
    call: Call
    variants: Mapping[str, str]
    taken: frozenset[int] = field(init=False)
    """The users to whom the call applies: all who are listed, or the first thousand of them."""

    refused: str = field(init=False)
    """The requirement by which the call is refused and changes nothing. Empty if it is not refused."""

    parted: frozenset[Fact] = field(init=False)
    """The enrollments in courses and plans that go."""

    _plans_of: dict[int, set[int]] = field(init=False)
    """By course, the plans that contain it."""

    def __post_init__(self) -> None:
        listed = tuple(dict.fromkeys(self.call.users))
        self.taken = frozenset(listed[:CAP])
        self.refused = ""
        if not any((*self.call.courses, *self.call.plans)):
            self.refused = "ROBUST-TARGET-1"
        elif len(listed) > CAP and self.variants.get("over_cap") != "truncate":
            self.refused = "UNENROLL-CAP-1"
        self._plans_of = {}
        for plan, courses in self.world.plans.items():
            for course in courses:
                self._plans_of.setdefault(course, set()).add(plan)
        theirs = (fact for fact in self.world.held if fact.user in self.taken and fact.layer not in OUTLIVING)
        self.parted = frozenset(fact for fact in theirs if self.fate(fact).goes)

    # --- what is held

    def fate(self, fact: Fact) -> Fate:
        """Whether the call removes a fact that is held. The first clause that fits decides."""
        if self.refused:
            return Fate(goes=False, requirement=self.refused)
        if fact.layer in OUTLIVING:
            return self._fate_of_outliving(fact)
        if fact.user not in self.taken:
            stranger = "UNENROLL-EFFECT-2" if fact.layer is Layer.COURSE else "PLAN-LEAVE-2"
            return Fate(goes=False, requirement="UNENROLL-CAP-1" if fact.user in self.call.users else stranger)
        if fact.layer is Layer.PLAN:
            listed = fact.target in self.call.plans
            return Fate(listed, self.of_crowd("PLAN-LEAVE-1") if listed else "PLAN-LEAVE-2")
        return self._fate_of_course(fact)

    def _fate_of_course(self, fact: Fact) -> Fate:
        """An enrollment in a course goes because the course is listed, or because the cascade reaches it."""
        left, staying = self._plans_around(fact)
        if fact.target in self.call.courses:
            if staying:
                held_back = self.variants.get("course_in_plan") == "refuse" and not self._by_cascade(fact)
                return Fate(not held_back, "PLAN-DIRECT-1")
            unusual = self.world.held[fact] in UNUSUAL
            return Fate(goes=True, requirement="UNENROLL-EFFECT-5" if unusual else self.of_crowd("UNENROLL-EFFECT-1"))
        if not left:
            near = self.call.cascade and self._plans_of.get(fact.target, set()).intersection(self.call.plans)
            return Fate(goes=False, requirement="PLAN-CASCADE-2" if near else "UNENROLL-EFFECT-3")
        if not self.call.cascade:
            return Fate(goes=False, requirement="PLAN-CASCADE-1")
        if staying:
            return Fate(self._by_cascade(fact), "PLAN-CASCADE-4")
        return Fate(goes=True, requirement="PLAN-CASCADE-2" if self._is_new(fact) else "PLAN-CASCADE-3")

    def _plans_around(self, fact: Fact) -> tuple[set[int], set[int]]:
        """The user's plans that contain the course: those that they leave by this call, and those that they stay in."""
        containing = self._plans_of.get(fact.target, set())
        own = {plan for plan in containing if Fact(Layer.PLAN, plan, fact.user) in self.world.held}
        left = own.intersection(self.call.plans)
        return left, own - left

    def _by_cascade(self, fact: Fact) -> bool:
        """Whether the cascade takes the user out of the course."""
        left, staying = self._plans_around(fact)
        return bool(self.call.cascade and left and (not staying or self.variants.get("shared_courses") == "remove"))

    def _is_new(self, fact: Fact) -> bool:
        return self.world.held[fact] == "subscribed"

    def of_crowd(self, requirement: str) -> str:
        """The requirement for this many users: for 999 and for 1,000, others say that all of them leave."""
        return {CAP: "UNENROLL-CAP-2", CAP - 1: "UNENROLL-CAP-3"}.get(len(self.taken), requirement)

    def _fate_of_outliving(self, fact: Fact) -> Fate:
        """Tracking and certificates go only if their flag is set and the enrollment that they depend on goes."""
        layer, (without, own, others) = OUTLIVING[fact.layer]
        if not (self.call.reset_tracks if fact.layer is Layer.TRACKING else self.call.delete_certificates):
            return Fate(goes=False, requirement=without)
        about = Fact(layer, fact.target, fact.user)
        goes = about in self.world.held and self.fate(about).goes
        return Fate(goes, own if goes else others)

    def differences(self, after: Mapping[Fact, object], facts: Iterable[Fact] | None = None) -> Iterator[Difference]:
        """Facts that are held after the call and must not be, that are missing, or whose value has changed.

        It compares all facts, or only those given.
        """
        held = self.world.held
        for fact in sorted({*held, *after}) if facts is None else facts:
            seen = after.get(fact)
            if fact not in held:
                yield Difference("UNENROLL-EFFECT-6", fact, None, seen)
                continue
            fate = self.fate(fact)
            expected = None if fate.goes else held[fact]
            if seen != expected:
                became_another = seen is not None and expected is not None
                yield Difference("COMPLETION-KEEP-2" if became_another else fate.requirement, fact, expected, seen)

    # --- what is answered

    @property
    def un_enrolled(self) -> frozenset[int]:
        """The users who lose an enrollment. The answer must name them."""
        return frozenset(fact.user for fact in self.parted)

    @property
    def failed(self) -> dict[Fact, str]:
        """Each listed pair that is not unenrolled, and the requirement by which `errors` must have an entry about it.

        For targets of that variant, pairs whose course both was listed and went by the cascade are failed, too.
        """
        if self.refused:
            return {}
        failed = {pair: self._reason(pair) for pair in self._listed() if pair not in self.parted}
        if self.variants.get("listed_and_cascaded") == "error":
            failed |= dict.fromkeys(self.listed_and_cascaded, "UNENROLL-ERRORS-5")
        return failed

    @property
    def listed_and_cascaded(self) -> list[Fact]:
        """Enrollments whose course is listed and goes by the cascade, too. Whether these are errors is left open."""
        courses = (pair for pair in self._listed() if pair.layer is Layer.COURSE and pair in self.parted)
        return [pair for pair in courses if self._by_cascade(pair)]

    def _listed(self) -> Iterator[Fact]:
        """Pairs of each user and each listed target; the placeholder only if the target reports it."""
        for layer, targets in ((Layer.COURSE, self.call.courses), (Layer.PLAN, self.call.plans)):
            for target in dict.fromkeys(targets):
                if target != PLACEHOLDER or self.variants.get(PLACEHOLDERS[is_unused(targets)][0]) == "report":
                    yield from (Fact(layer, target, user) for user in self.taken)

    def _reason(self, pair: Fact) -> str:
        if pair.target == PLACEHOLDER:
            return PLACEHOLDERS[is_unused(self.call.courses if pair.layer is Layer.COURSE else self.call.plans)][1]
        if pair.user not in self.world.users:
            return "UNENROLL-ERRORS-2"
        if pair.target not in (self.world.courses if pair.layer is Layer.COURSE else self.world.plans):
            return "UNENROLL-TARGET-1"
        return "PLAN-DIRECT-1" if pair in self.world.held else "UNENROLL-ERRORS-1"
