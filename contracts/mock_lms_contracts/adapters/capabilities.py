"""The capabilities of targets and adapters. Requirements need them, adapters claim them, `--without` removes them."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches

OPERATIONS: Mapping[str, str] = {
    "enroll": "POST /learn/v1/enrollments enrolls users in courses",
    "update": "PUT /learn/v1/enrollments changes enrollments",
    "single_unenroll": "DELETE /learn/v1/enrollments/{course_id}/{user_id} unenrolls one user from one course",
    "record": "GET /learn/v1/enrollments/{course_id}/{user_id} shows one enrollment",
    "course_list": "GET /course/v1/courses/enrollments lists the enrollments in courses",
    "plan_list": "GET /learningplan/v1/learningplans/enrollments lists who is in which learning plan",
    "mixed_list": "GET /learn/v1/enrollments lists the enrollments in courses and in learning plans",
    "plan_course_list": "GET /learningplan/v1/learningplans/{id}/courses/enrollments lists those of a plan's courses",
    "token": "calls without a token are refused",
    "progress": "enrollments have a status: a world can hold some that are in progress or completed",
}
"""The operations of the API, by name. An adapter that claims none of them is taken to have them all."""

ABILITIES: Mapping[str, str] = {
    "learning_plans": "there are learning plans, and a setup makes them",
    "certificates": "a setup issues certificates of courses",
    "plan_certificates": "a setup issues certificates of learning plans",
    "levels": "a setup can also enroll tutors",
    "statuses": "a setup can also make enrollments that are suspended or waiting",
    "inspect": "`inspect` is answered: what an unenrollment leaves behind has to show, though no enrollment is there",
    "other_tenant": "`other_token` is answered",
    "expired_token": "`expired_token` is answered",
    "learner_token": "`learner_token` is answered",
    "quota": "`limit` is answered",
    "own_worlds": "a world has a tenant, database or process of its own: fuzzing it with guessed ids harms nobody",
}
"""What an adapter can do. An adapter has only those of these that it claims."""

CAPABILITIES: Mapping[str, str] = {**OPERATIONS, **ABILITIES}
LISTS = ("course_list", "mixed_list")
"""One of these is needed, since without a list no unenrollment can be seen."""

PLAN_LISTS = ("plan_list", "mixed_list")
"""One of these is needed by everything about learning plans."""


def unknown(names: Collection[str]) -> str:
    """What is wrong with a list of capabilities, in a sentence that suggests the nearest name. Empty if nothing is."""
    for name in names:
        if name not in CAPABILITIES:
            near = get_close_matches(name, list(CAPABILITIES), n=1)
            hint = f"did you mean {near[0]}?" if near else f"known are {', '.join(CAPABILITIES)}"
            return f"there is no capability {name!r}; {hint}"
    return ""
