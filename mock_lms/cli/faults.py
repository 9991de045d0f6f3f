"""`mock-lms fault`."""

from __future__ import annotations

import json
import textwrap
from typing import TYPE_CHECKING, Any

import click

from mock_lms.cli.remote import Json, as_json, controls, show
from mock_lms.terminal import say

if TYPE_CHECKING:
    from mock_lms.testing.control import Control


@click.group()
def fault() -> None:
    """What goes wrong with a tenant's calls.

    \b
    Examples:
      mock-lms fault profile flaky-network
      mock-lms fault set '{"action": "lost_answer", "operation": "bulk_unenroll", "nth": 1}'
    """


@fault.command("list")
@as_json
@controls
def list_faults(control: Control, *, as_json: bool) -> None:
    """List the rules in their order, and how often each acted.

    \b
    Examples:
      mock-lms fault list
      mock-lms fault list --json
    """
    _show(control.list_faults(), as_json=as_json)


@fault.command("set")
@click.argument("rules", nargs=-1, required=True, type=Json(), metavar="RULE...")
@as_json
@controls
def set_faults(control: Control, rules: tuple[dict[str, Any], ...], *, as_json: bool) -> None:
    """Have calls go wrong, by rules in place of those there were. A rule is JSON, or @FILE.

    Which calls: operation, method, path. Which of those: nth, every, after, count, probability. What goes wrong:
    action, see `mock-lms fault profiles`. The first rule that fires acts.

    \b
    Examples:
      mock-lms fault set '{"action": "status", "status": 503, "every": 3}' '{"action": "drop", "nth": 5}'
    """
    _show(control.set_faults(rules), as_json=as_json)


@fault.command("profile")
@click.argument("name", metavar="NAME")
@click.option("--seed", type=int, help="Of the profile's chances.")
@as_json
@controls
def set_profile(control: Control, name: str, seed: int | None, *, as_json: bool) -> None:
    """Have calls go wrong as a ready-made list of rules says.

    \b
    Examples:
      mock-lms fault profile throttled
      mock-lms fault profile flaky-network --seed 7
    """
    _show(control.set_faults(profile=name, seed=seed), as_json=as_json)


@fault.command("clear")
@as_json
@controls
def clear_faults(control: Control, *, as_json: bool) -> None:
    """Have calls go right again.

    \b
    Examples:
      mock-lms fault clear
    """
    _show(control.clear_faults(), as_json=as_json)


@fault.command("profiles")
@as_json
@controls
def list_fault_profiles(control: Control, *, as_json: bool) -> None:
    """List the ready-made lists of rules, and the actions there are.

    \b
    Examples:
      mock-lms fault profiles
      mock-lms fault profiles --json
    """
    answer = control.list_fault_profiles()
    if as_json:
        show(answer)
        return
    for title, rows in (
        ("profile", [(profile["name"], profile["rehearses"]) for profile in answer["profiles"]]),
        ("action", [(_takes(action), action["meaning"]) for action in answer["actions"]]),
    ):
        say(f"{title}s:")
        for name, meaning in rows:
            say(f"  {name}")
            say(textwrap.fill(meaning, 110, initial_indent="      ", subsequent_indent="      "))


def _takes(action: dict[str, Any]) -> str:
    return " ".join([action["name"], *action["needs"], *(f"[{name}]" for name in action["takes"])])


def _show(answer: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        show(answer)
        return
    if not answer["faults"]:
        say("No call goes wrong.")
    for number, fault in enumerate(answer["faults"], 1):
        say(f"{number}. {json.dumps(fault['rule'])}\n   acted {fault['fired']:,} times on {fault['seen']:,} calls")
