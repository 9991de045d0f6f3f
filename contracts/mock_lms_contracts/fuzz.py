"""Runs Schemathesis in a world of its own, and sorts what it finds by requirement.

A request that Schemathesis calls invalid counts only if it was invalid by the vendor's documentation when it was sent.
An error within the tool is ours, never the target's.
"""

from __future__ import annotations

import json
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import jsonschema_rs
import requests

from mock_lms_contracts.adapters import World
from mock_lms_contracts.contract import document, narrowed
from mock_lms_contracts.target import READS, Target
from mock_lms_contracts.verdicts import HarnessError, Inconclusive

SECONDS = 20
"""Seconds after which no new case begins."""

OPERATIONS = (
    "bulk_unenroll",
    "get_enrollment",
    "list_enrollments",
    "list_course_enrollments",
    "list_learning_plan_enrollments",
)
BULK_UNENROLL = "DELETE /learn/v1/enrollments"
CRASH, ANSWER, GARBAGE = "ROBUST-SCHEMA-1", "ROBUST-SCHEMA-2", "ROBUST-SCHEMA-3"
REQUIREMENT = {
    "not_a_server_error": CRASH,
    "status_code_conformance": ANSWER,
    "content_type_conformance": ANSWER,
    "response_headers_conformance": ANSWER,
    "response_schema_conformance": ANSWER,
    "negative_data_rejection": GARBAGE,
}
SHOWN = 600
"""Characters of a message or a command that are shown."""

LONGEST = 255
"""Characters of a cursor at most, since servers limit the length of request lines."""


@dataclass(frozen=True, slots=True)
class Failure:
    """A finding of Schemathesis that was confirmed."""

    requirement: str
    operation: str
    title: str
    message: str
    curl: str


@dataclass(slots=True)
class Probe:
    """The results of a run of Schemathesis."""

    failures: list[Failure] = field(default_factory=list)
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    """The number of answers, by operation, such as `DELETE /path`, and status."""

    def of(self, requirement: str) -> list[Failure]:
        """The failures that this requirement is about, each kind once."""
        by_kind: dict[tuple[str, str], Failure] = {}
        for failure in self.failures:
            if failure.requirement == requirement:
                by_kind.setdefault((failure.operation, failure.title), failure)
        return list(by_kind.values())

    def require_sense(self) -> None:
        """Raises `Inconclusive` if an operation never worked, since then it was hardly tried."""
        for label in sorted({label for label, _ in self.answers}):
            statuses = {status // 100 for known, status in self.answers if known == label}
            if 2 not in statuses:  # noqa: PLR2004 -- 2xx
                raise Inconclusive(f"{label} never worked, so hardly anything of it was tried")
        if not self.answers:
            raise Inconclusive("nothing was answered")


def probe(world: World, seed: int) -> Probe:
    """Runs Schemathesis on the world, which is useless afterwards. Raises `HarnessError`, and what a budget raises."""
    # it takes a second to import, which only this profile should cost
    import schemathesis  # noqa: PLC0415
    from schemathesis.config import SchemathesisConfig  # noqa: PLC0415
    from schemathesis.engine import events, from_schema  # noqa: PLC0415

    schema = schemathesis.openapi.from_dict(_document(world), config=SchemathesisConfig.from_dict(_config(world, seed)))
    result, until = Probe(), time.monotonic() + SECONDS
    with _elsewhere(), _counting(world.target) as spent:
        stream = from_schema(schema).execute()
        for event in stream:
            if isinstance(event, events.ScenarioFinished):
                _note(result, str(event.label), event.recorder)
            elif isinstance(event, events.NonFatalError) and not spent:
                _error(result, event)
            elif isinstance(event, events.FatalError):
                raise HarnessError(f"Schemathesis broke down: {event.exception!r:.300}") from event.exception
            if spent or time.monotonic() > until:
                stream.stop()
    if spent:
        raise spent[0]
    return result


def _config(world: World, seed: int) -> dict[str, Any]:
    """schemathesis.toml, with the settings of this run."""
    fixed: dict[str, Any] = tomllib.loads(Path(__file__).with_name("schemathesis.toml").read_text(encoding="utf-8"))
    target, ids = world.target, world.ids
    token = {"Authorization": f"Bearer {target.bearer}"} if target.token else {}
    return {
        **fixed,
        "seed": seed,
        "base-url": target.base_url,
        "headers": {**target.connection.headers_for(target.base_url), **target.headers, **token},
        "tls-verify": target.connection.verify,
        "output": {"sanitization": {"keys-to-sanitize": ["authorization", *target.connection.headers]}},
        "operations": [
            {
                "include-operation-id": "get_enrollment",
                "parameters": {"course_id": ids.courses[-1], "user_id": ids.users[-1]},
            }
        ],
    }


def _document(world: World) -> dict[str, Any]:
    """The part of openapi.yaml that is fuzzed, with examples that work in this world."""
    contract = narrowed(OPERATIONS)
    ids = world.ids
    bulk = contract["paths"]["/learn/v1/enrollments"]["delete"]["requestBody"]["content"]["application/json"]
    bulk["example"] = {"user_ids": list(ids.users[:1]), "course_ids": list(ids.courses[:1])}
    contract["components"]["schemas"]["Cursor"]["maxLength"] = LONGEST
    return contract


def _note(result: Probe, label: str, recorder: Any) -> None:
    """Notes the answers and failures of a scenario."""
    for interaction in recorder.interactions.values():
        if interaction.response is not None:
            result.answers[label, interaction.response.status_code] += 1
    for case, checks in recorder.checks.items():
        for check in checks:
            if check.failure_info is None or check.name not in REQUIREMENT:
                continue
            requirement, interaction = REQUIREMENT[check.name], recorder.interactions.get(case)
            if requirement == GARBAGE and not _was_garbage(label, interaction):
                continue
            if requirement == ANSWER and _failed(interaction):
                continue  # the other requirement reports it
            failure = check.failure_info.failure
            curl = _curl(check.failure_info.code_sample)
            result.failures.append(Failure(requirement, label, failure.title, _line(failure.message), curl))


def _failed(interaction: Any) -> bool:
    response = interaction and interaction.response
    return response is not None and response.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR


def _was_garbage(label: str, interaction: Any) -> bool:
    if interaction is None or label != BULK_UNENROLL:
        return False
    kinds = {name.lower(): values for name, values in interaction.request.headers.items()}
    return any("json" in value for value in kinds.get("content-type", ())) and is_garbage(interaction.request.body)


def is_garbage(body: bytes | None) -> bool:
    """Whether the body sent to the bulk unenrollment is invalid by the vendor's documentation.

    A body is not garbage if it is invalid only by an assumption of openapi.yaml (how large an id may be, how many
    targets a call may name), or if it was generated invalid but sent valid.
    """
    try:
        value = json.loads(body or b"")
    except (ValueError, RecursionError):
        return True
    return not jsonschema_rs.Draft202012Validator(_lenient()).is_valid(value)


def _lenient() -> dict[str, Any]:
    """The schema of the bulk unenrollment's body without assumptions."""
    identifier = {"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^-?[0-9]+$"}]}
    ids = {"type": "array", "items": identifier}
    properties: Mapping[str, Mapping[str, Any]] = document()["components"]["schemas"]["BulkUnenroll"]["properties"]
    kinds = {
        name: {"type": ["boolean", "null"]} if schema["type"] == "boolean" else {"anyOf": [ids, {"type": "null"}]}
        for name, schema in properties.items()
    }
    return {"type": "object", "required": ["user_ids"], "properties": {**kinds, "user_ids": {**ids, "minItems": 1}}}


def _error(result: Probe, event: Any) -> None:
    """Notes a call without an answer as a failure of the target. Raises `HarnessError` for an error of the tool."""
    error, label = event.value, str(event.label)
    if isinstance(error, requests.RequestException):
        curl = _curl(event.info.code_sample or "")
        result.failures.append(Failure(CRASH, label, "No answer", f"{type(error).__name__}: {_line(str(error))}", curl))
    else:
        raise HarnessError(f"Schemathesis broke down at {label}: {_line(repr(error))}") from error


def _curl(sample: str) -> str:
    command = sample.replace("-H 'Authorization: [Filtered]'", '-H "Authorization: Bearer $TOKEN"').replace(
        "[Filtered]", "..."
    )
    return command if len(command) <= SHOWN else f"{command[:SHOWN]}... ({len(command)} characters)"


def _line(text: str) -> str:
    return " ".join(text.split())[:SHOWN]


@contextmanager
def _counting(target: Target) -> Iterator[Sequence[Exception]]:
    """Counts every writing call against the budget, and renews the token. Yields the errors of these."""
    from schemathesis import hook, hooks  # noqa: PLC0415

    token, spent = target.bearer, list[Exception]()

    def before_call(context: Any, case: Any, kwargs: Any) -> None:  # noqa: ARG001 -- Schemathesis's names
        if target.bearer != token:
            case.headers["Authorization"] = f"Bearer {target.bearer}"
        if case.method.upper() not in READS:
            try:
                target.budget.take()
            except (Inconclusive, HarnessError) as error:
                spent.append(error)
                raise

    def after_call(context: Any, case: Any, response: Any) -> None:  # noqa: ARG001 -- Schemathesis's names
        if response.status_code == HTTPStatus.UNAUTHORIZED and not spent:
            try:
                target.renewed(target.bearer)
            except HarnessError as error:
                spent.append(error)

    for registered in (before_call, after_call):
        hook(registered.__name__)(registered)
    try:
        yield spent
    finally:
        for registered in (before_call, after_call):
            hooks.unregister(registered)


@contextmanager
def _elsewhere() -> Iterator[None]:
    """Has Hypothesis keep its files in a temporary folder."""
    from hypothesis.configuration import set_hypothesis_home_dir  # noqa: PLC0415

    with tempfile.TemporaryDirectory(prefix="mock-lms-contracts-") as folder:
        set_hypothesis_home_dir(folder)
        try:
            yield
        finally:
            set_hypothesis_home_dir(None)
