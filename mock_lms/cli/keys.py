"""`mock-lms keys`."""

from __future__ import annotations

from typing import TYPE_CHECKING, TextIO

import click

from mock_lms.cli.remote import controls, show

if TYPE_CHECKING:
    from mock_lms.testing.control import Control


@click.group()
def keys() -> None:
    """Public keys of programs that sign assertions.

    \b
    Examples:
      mock-lms keys register my-program public.pem
      mock-lms keys list
    """


@keys.command("list")
@controls
def list_keys(control: Control) -> None:
    """List the clients with their keys.

    \b
    Examples:
      mock-lms keys list
    """
    show(control.list_keys())


@keys.command("register")
@click.argument("client_id", metavar="CLIENT_ID")
@click.argument("file", metavar="FILE", type=click.File(encoding="utf-8"))
@controls
def register_key(control: Control, client_id: str, file: TextIO) -> None:
    """Register a client's RSA public key, a PEM file. It takes the place of the one it had.

    \b
    Examples:
      mock-lms keys register my-program public.pem
    """
    show(control.register_key(client_id, file.read()))


@keys.command("drop")
@click.argument("client_id", metavar="CLIENT_ID")
@controls
def drop_key(control: Control, client_id: str) -> None:
    """Forget a client's key.

    \b
    Examples:
      mock-lms keys drop my-program
    """
    show(control.drop_key(client_id))
