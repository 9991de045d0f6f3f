"""Every behaviour on which the sources are silent or disagree, as a named switch.

`Policy` holds one value for each; `switches()` describes them for people (`mock-lms policies`).
A behaviour that a source settles is no switch: it is simply how the server behaves.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any


@dataclass(frozen=True, slots=True)
class Switch:
    """One undecided behaviour: `values` maps each alternative, the default first, to what it means."""

    name: str
    question: str
    values: Mapping[str, str]
    source: str
    confidence: str  # of the default: high, medium or low

    @property
    def default(self) -> str:
        return next(iter(self.values))


def _switch(question: str, source: str, confidence: str, /, **values: str) -> Any:
    default = next(iter(values))
    return field(
        default=default,
        metadata={"question": question, "values": values, "source": source, "confidence": confidence},
    )


@dataclass(frozen=True, slots=True)
class Policy:
    """The chosen value of every switch. `Policy()` is what the mock does unless told otherwise."""

    over_cap: str = _switch(
        "What happens to a bulk unenrollment of more than 1,000 users?",
        "docebo-api.md 2.3 and 15: the cap is documented, what lies beyond it is not",
        "low",
        reject="400, and nothing changes",
        truncate="the first 1,000 users are unenrolled, the rest is ignored without a word",
    )
    placeholder_zero: str = _switch(
        "What happens to the id 0 that the guide leaves in the unused list?",
        "000_9274beae67eb45f9.txt says to leave it; whether the answer then mentions it is unknown",
        "low",
        ignore="nothing",
        report="an error entry for each user: there is no course (or plan) 0",
    )
    shared_courses: str = _switch(
        "Does the cascade remove a course that another of the user's remaining plans contains?",
        "docebo-api.md 11: documented for the screen, unknown for the API",
        "low",
        keep="no",
        remove="yes",
    )
    course_in_plan: str = _switch(
        "Can a user be taken from a course directly while one of their plans contains it?",
        "lms-products.md 3.4: one customer's manual says that the screen refuses; the API is unknown",
        "low",
        allow="yes",
        refuse="no: the plan must be left first",
    )
    reenrollment: str = _switch(
        "What does enrolling again bring back of the tracking that an unenrollment left behind?",
        "docebo-api.md 11: sources disagree (reset_tracks=false keeps it; two say that progress is lost)",
        "medium",
        restore="status, score, completion date and time",
        discard="nothing: the learner starts anew",
    )
    errors_style: str = _switch(
        "What is an entry of a bulk unenrollment's `errors`?",
        "docebo-api.md 2.3: the only published schema says strings; the sibling POST turned into objects",
        "medium",
        strings="a sentence naming user, target and reason",
        objects="an object: user_id, course_id or learning_plan_id, message",
    )
    enroll_errors: str = _switch(
        "What is `errors` of an enrollment that failed for some?",
        "docebo-api.md 2.2: clients disagree; what-clients-call.md 2.8",
        "medium",
        list="a list with one object of buckets",
        object="that object itself; an empty list when nothing failed",
        echo="a list with one object of buckets, which also repeats what was enrolled, even on success",
        strings="a list of sentences, each naming what failed and why; so the vendor's description of 2017 has it",
    )
    unenroll_missing: str = _switch(
        "What answers the single unenrollment when there is no such enrollment?",
        "docebo-api.md 2.7: unknown",
        "low",
        not_found="404",
        zero="200 with deleted_enrollment 0",
    )
    record_status: str = _switch(
        "How is the status of a single enrollment's record written?",
        "docebo-api.md 2.6: an integer in 2017, unknown today",
        "low",
        integer="0, 1, 2, ...",
        string="subscribed, in_progress, completed, ...",
    )
    plan_enrolls_courses: str = _switch(
        "Does enrolling in a learning plan enroll in its courses?",
        "docebo-api.md 2.13: general product behaviour",
        "medium",
        yes="yes, in those that the user does not hold yet",
        no="no",
    )

    content_types: str = _switch(
        "Which type may a body be said to be of?",
        "what-clients-call.md 2.1: programs that ran against a tenant send JSON as text/json and as a form",
        "medium",
        lenient="any: JSON is read whatever the type says, and a form by its fields, of a GET too",
        strict="application/json or none: 415 for another one, and a GET ignores such a body",
    )
    unknown_values: str = _switch(
        "What becomes of a sort, a page size or a filter's word that is unknown?",
        "what-clients-call.md 2.2 and 2.3: of 18 programs that were run, several got a 400 here and none at the vendor",
        "medium",
        ignore="an unknown sort or page size counts as none; a filter of unknown words finds nothing",
        refuse="400, which names the parameter and what is known",
    )
    dates: str = _switch(
        "In which form may a date-time come?",
        "what-clients-call.md 2.6: generated clients send ISO 8601; the vendor's own form is documented",
        "medium",
        lenient="YYYY-MM-DD, YYYY-MM-DD HH:MM:SS, or ISO 8601 with an offset or Z, which becomes UTC",
        strict="YYYY-MM-DD or YYYY-MM-DD HH:MM:SS, UTC: 400 for another one",
    )
    user_level: str = _switch(
        "How does the session name the level of a superadmin?",
        "what-clients-call.md 2.10: programs compare with each of the three",
        "low",
        superadmin="superadmin",
        super_admin="super_admin",
        godadmin="godadmin",
    )
    batch_status: str = _switch(
        "Can a row of an enrollment batch do without a status, in it and in the options?",
        "imports-webhooks-rules.md 1: a status is needed in the item or in the options (2017)",
        "medium",
        required="no: the row fails",
        optional="yes: who is new is subscribed, and who is enrolled keeps the status",
    )

    singular_path: str = _switch(
        "Is the single unenrollment served by its path in the singular, /learn/v1/enrollment/{course}/{user}, too?",
        "001_fdc44a763af984bb.txt prints it; docebo-api.md 2.7: every known program uses the plural",
        "low",
        served="yes",
        not_found="no: 404, and the message names the path in the plural",
    )

    def replace(self, assignments: Iterable[str]) -> Policy:
        """This policy with `name=value` assignments applied. Raises `UnknownPolicy`."""
        chosen = {switch.name: getattr(self, switch.name) for switch in switches()}
        known = {switch.name: switch for switch in switches()}
        for assignment in assignments:
            name, _, value = assignment.partition("=")
            if name not in known:
                raise UnknownPolicy(f"there is no policy '{name}'; `mock-lms policies` lists them")
            if value not in known[name].values:
                raise UnknownPolicy(f"policy {name} is one of {', '.join(known[name].values)}, not '{value}'")
            chosen[name] = value
        return Policy(**chosen)

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


class UnknownPolicy(ValueError):
    """A policy was set that does not exist, or to a value that it does not have."""


def switches() -> tuple[Switch, ...]:
    """Every switch, in the order of `Policy`'s fields."""
    return tuple(Switch(name=item.name, **item.metadata) for item in fields(Policy))
