"""A plan in words: what goes, what stays, and what somebody should know before they say yes."""

from __future__ import annotations

from collections.abc import Iterator

from mock_lms_client.cli import clean
from mock_lms_client.unenroll.apply import limits
from mock_lms_client.unenroll.document import Document, Json
from mock_lms_client.unenroll.pairs import GOES, Intent


def lines(plan: Document) -> Iterator[str]:
    """For people."""
    header, summary = plan.header, plan.summary
    yield f"tenant        {header['tenant']}, as {header['made_by']}"
    yield f"users         {header['users']:,}"
    if header["reason"]:
        yield f"reason        {header['reason']}"
    yield ""
    yield from _table(summary["targets"])
    yield ""
    completed = _going(summary, "completed", courses=True)
    yield f"tracking      {_tracking(header, summary, completed)}"
    yield f"certificates  {_certificates(header, completed)}"
    for reason, count in summary["kept_by"].items():
        yield f"stays         {count:,}: {reason}"
    if either := summary["intents"][Intent.EITHER]:
        yield (
            f"unsure        {either:,} course enrollments that another learning plan contains: the vendor's screen "
            "keeps them, what its API does is not documented; they count as going"
        )
    if locked := summary["held_by_learning_plans"]:
        yield (
            f"held          {locked:,} course enrollments belong to a learning plan that stays: the vendor's screen "
            "refuses these, what its API does is not documented"
        )
    for target in summary["targets"]:
        if not target["enrolled"]:
            name = f"course {target['course_id']}" if "course_id" in target else f"plan {target['learning_plan_id']}"
            yield f"empty         nobody at all is enrolled in {name}: is it the one that is meant?"
    yield from _without_anything(header, summary)
    calls = sum(call["count"] for call in summary["calls"].values())
    yield f"calls         {calls:,} that change something"
    for why in limits.refusals(plan, limits.of_plan(plan), limits.Limits()):
        yield f"limits        {why}"


def _without_anything(header: Json, summary: Json) -> Iterator[str]:
    """Who has nothing to leave. Whoever is no user here is told apart: then the ids may be something else."""
    idle, nobody = summary["nothing_to_remove"], summary["not_found"]
    if idle["users"]:
        unsure = "" if nobody["looked_up"] else ", or no users here: they could not be looked up"
        yield f"not enrolled  {idle['users']:,} with nothing to leave{unsure}: {_first(idle)}"
    if nobody["users"]:
        yield f"not found     {nobody['users']:,} not among the users of {header['tenant']}: {_first(nobody)}"
    if nobody["users"] * 2 > header["users"] or (not nobody["looked_up"] and idle["users"] * 2 > header["users"]):
        yield "              that is most of them: are these the users' ids, and is it the right column and tenant?"


def _first(users: Json) -> str:
    return ", ".join(map(str, users["first"])) + (", ..." if users["users"] > len(users["first"]) else "")


def _table(targets: list[Json]) -> Iterator[str]:
    """A row for each layer of enrollments, and for each target in it."""
    rows = [("", "enrolled", "go", "stay", "not there")]
    for layer, kind, key in (
        ("learning plan enrollments", "plan", "learning_plan_id"),
        ("course enrollments", "course", "course_id"),
    ):
        own = [target for target in targets if key in target]
        if own:
            rows.append(_row(layer, own))
        rows += [_row(f"  {kind} {target[key]} {clean(target['name'])}".rstrip(), [target]) for target in own]
    wide = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        cells = (cell.rjust(wide[column]) for column, cell in enumerate(row) if column)
        yield "  ".join((row[0].ljust(wide[0]), *cells)).rstrip()


def _row(name: str, targets: list[Json]) -> tuple[str, str, str, str, str]:
    def total(intent: Intent) -> int:
        return sum(int(target["intents"].get(intent, 0)) for target in targets)

    enrolled, goes = (sum(int(target[key]) for target in targets) for key in ("enrolled", "goes"))
    return name, f"{enrolled:,}", f"{goes:,}", f"{total(Intent.KEEP):,}", f"{total(Intent.ABSENT):,}"


def _going(summary: Json, status: str, *, courses: bool) -> int:
    return sum(
        int(target["statuses"].get(status, 0)) for target in summary["targets"] if ("course_id" in target) == courses
    )


def _tracking(header: Json, summary: Json, completed: int) -> str:
    started = _going(summary, "in_progress", courses=True)
    what = f"{completed:,} completions and {started:,} begun courses leave the lists"
    if header["reset_tracks"]:
        return f"{what}, and their tracking is deleted for good (--reset-tracks)"
    return f"{what}; their tracking stays behind (no --reset-tracks)"


def _certificates(header: Json, completed: int) -> str:
    if header["delete_certificates"]:
        return (
            f"deleted for good, of up to {completed:,} completions (--delete-certificates; the API does not list them)"
        )
    return "stay (no --delete-certificates)"


def as_json(plan: Document) -> Json:
    """For programs."""
    return {"plan": str(plan.path), "sha256": plan.sha256, **plan.header, **plan.summary}


def goes_in_words(plan: Document) -> str:
    """What an apply is about to do, in one line."""
    removed = {True: 0, False: 0}
    for target in plan.summary["targets"]:
        removed["course_id" in target] += sum(int(target["intents"].get(intent, 0)) for intent in GOES)
    parts = [f"{removed[True]:,} course enrollments"] if removed[True] else []
    if removed[False]:
        parts.append(f"{removed[False]:,} learning plan enrollments")
    return " and ".join(parts) or "nothing"
