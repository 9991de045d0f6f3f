"""The commands of `mock-lms-client`, one a file. `mock_lms_client.__main__` puts them together."""

from __future__ import annotations

import shutil
import sys
import unicodedata

import click

_rewritten = False
"""True while the last line on standard error may be written over."""


def say(text: str = "", *, err: bool = False) -> None:
    """Prints lines for people, on standard output or error. Whatever is in them, it moves no cursor.

    All of the client's output goes through here, through `rewrite` and through `ask`; a test says so.
    """
    end_rewriting()
    click.echo("\n".join(map(_kept_tabs, text.split("\n"))), err=err)


def rewrite(line: str) -> None:
    """Shows a line at the terminal that standard error is, in the place of the one that was shown so before."""
    global _rewritten  # noqa: PLW0603 -- there is one terminal
    columns = shutil.get_terminal_size().columns - 1
    shown = clean(line)
    while width(shown) > columns:  # one that goes on in the next line cannot be written over
        shown = shown[:-1]
    click.echo(f"\r\x1b[K{shown}", nl=False, err=True)
    _rewritten = True


def end_rewriting() -> None:
    """Takes the line away."""
    global _rewritten  # noqa: PLW0603 -- there is one terminal
    if _rewritten:
        click.echo("\r\x1b[K", nl=False, err=True)
        _rewritten = False


def ask(question: str, *, hidden: bool = False, default: str | None = None, suffix: str = ": ") -> str:
    """What somebody types at the terminal; `hidden` shows none of it. An empty line is the default, if there is one."""
    end_rewriting()
    lines = "\n".join(map(clean, question.split("\n")))
    typed: str = click.prompt(
        lines, prompt_suffix=suffix, default=default, show_default=bool(default), hide_input=hidden, err=True
    )
    return typed


def at_terminal() -> bool:
    """Whether somebody is there to be asked."""
    return sys.stdin.isatty() and sys.stderr.isatty()


def clean(text: object) -> str:
    """The text with its control characters escaped: a name comes from the server and may hold anything."""
    return "".join(char if char.isprintable() else char.encode("unicode_escape").decode() for char in str(text))


def _kept_tabs(line: str) -> str:
    return "\t".join(map(clean, line.split("\t")))


def width(text: str) -> int:
    """The columns that a terminal shows it in."""
    return sum(0 if unicodedata.combining(char) else 1 + (unicodedata.east_asian_width(char) in "WF") for char in text)
