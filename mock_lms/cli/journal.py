"""`mock-lms journal`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mock_lms.cli.remote import Json, as_json, controls, show
from mock_lms.terminal import escaped, say

if TYPE_CHECKING:
    from mock_lms.testing.control import Control

since = click.option("--since", type=click.IntRange(0), default=0, show_default=True, help="Only calls after this id.")
limit = click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Calls to show.")
expected = click.argument("expectations", nargs=-1, required=True, type=Json(), metavar="EXPECTATION...")


@click.group()
def journal() -> None:
    """The calls that a tenant answered.

    \b
    Examples:
      mock-lms journal list
      mock-lms journal verify '{"called": {"operation": "bulk_unenroll"}, "at_most": 3}'
    """


@journal.command("list")
@since
@limit
@click.option("--last", is_flag=True, help="The last ones, not the first.")
@as_json
@controls
def list_journal(control: Control, since: int, limit: int, *, last: bool, as_json: bool) -> None:
    """List the calls in the order in which they ended.

    \b
    Examples:
      mock-lms journal list --last --limit 20
      mock-lms journal list --json
    """
    _show(control.list_journal(since=since, limit=limit, last=last), as_json=as_json)


@journal.command("search")
@click.argument("match", type=Json(), metavar="MATCH")
@since
@limit
@as_json
@controls
def search_journal(control: Control, match: dict[str, Any], since: int, limit: int, *, as_json: bool) -> None:
    """List the calls that match. A match is JSON, or @FILE.

    \b
    Examples:
      mock-lms journal search '{"operation": "bulk_unenroll", "status": "4xx"}'
      mock-lms journal search '{"users": {"more_than": 1000}}' --json
    """
    _show(control.search_journal(match, since=since, limit=limit), as_json=as_json)


@journal.command("verify")
@expected
@since
@as_json
@controls
def verify_journal(control: Control, expectations: tuple[dict[str, Any], ...], since: int, *, as_json: bool) -> int:
    """Say whether the calls were what was expected.

    The exit code is 1 if not. An expectation is JSON, or @FILE:

    \b
    {"called": MATCH, "times" or "at_least" or "at_most": n}
    {"never": MATCH, "before": MATCH}
    {"order": [MATCH, ...]}

    \b
    Examples:
      mock-lms journal verify '{"called": {"operation": "bulk_unenroll"}, "times": 0}'
    """
    return _verdict(control.verify_journal(*expectations, since=since, check=False), as_json=as_json)


@journal.command("wait")
@expected
@click.option("--seconds", type=click.FloatRange(0, 300), default=10, show_default=True, help="How long at most.")
@since
@as_json
@controls
def wait_for_calls(
    control: Control, expectations: tuple[dict[str, Any], ...], seconds: float, since: int, *, as_json: bool
) -> int:
    """Verify, once it holds or the time is up.

    \b
    Examples:
      mock-lms journal wait '{"called": {"operation": "bulk_unenroll"}, "at_most": 3}' --seconds 5
    """
    verdict = control.wait_for_calls(*expectations, since=since, seconds=seconds, check=False)
    return _verdict(verdict, as_json=as_json)


@journal.command("misses")
@since
@as_json
@controls
def list_misses(control: Control, since: int, *, as_json: bool) -> None:
    """Count the calls that hit no operation, and name the nearest one.

    The most frequent come first. Calls that differ only in the numbers of their path are counted together.

    \b
    Examples:
      mock-lms journal misses
      mock-lms journal misses --since 120 --json
    """
    answer = control.list_misses(since=since)
    if as_json:
        show(answer)
        return
    for miss in answer["misses"]:
        say(f"{miss['count']:>6,}  {escaped(miss['message'])}")
    if not answer["misses"]:
        say("Every call hit an operation.")
    _tell_evicted(answer)


@journal.command("har")
@controls
def export_journal(control: Control) -> None:
    """Print the journal as HAR 1.2, which browsers open.

    \b
    Examples:
      mock-lms journal har
    """
    show(control.export_journal())


@journal.command("clear")
@as_json
@controls
def clear_journal(control: Control, *, as_json: bool) -> None:
    """Forget all calls.

    \b
    Examples:
      mock-lms journal clear
    """
    _show(control.clear_journal(), as_json=as_json)


def _show(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show(answer)
        return
    for call in answer["entries"]:
        query = f"?{call['query']}" if call["query"] else ""
        fault = f"  fault {call['fault']}" if call["fault"] else ""
        status = call["status"] or "---"
        about = call["operation"] or "no operation"
        line = f"{call['id']:>5}  {call['at']}  {status}  {call['method']:<6} {call['path']}{query}  ({about}){fault}"
        say(escaped(line))  # a path may hold what looks like another line
    if not answer["entries"]:
        say("No call.")
    _tell_evicted(answer)


def _tell_evicted(answer: dict[str, Any]) -> None:
    if answer["evicted"]:
        say(f"The {answer['evicted']:,} calls before are gone.")


def _verdict(verdict: dict[str, Any], *, as_json: bool) -> int:
    from mock_lms.testing.errors import describe  # noqa: PLC0415 -- --help need not wait for it

    if as_json:
        show(verdict)
    else:
        say(describe(verdict))
    return 0 if verdict["verified"] else 1
