"""What the commands have in common that control a running server."""

from __future__ import annotations

import json
import re
import ssl
from collections.abc import Callable
from datetime import timedelta
from functools import wraps
from http import HTTPStatus
from typing import Any, cast

import click

from mock_lms import terminal
from mock_lms.cli import Complaint
from mock_lms.terminal import say
from mock_lms.tls import trust

as_json = click.option("--json", "as_json", is_flag=True, help="For programs.")


def controls(function: Callable[..., Any]) -> Callable[..., Any]:
    """Gives the function a `Control` of the server and tenant that the options name."""

    @click.option(
        "--url", default="http://127.0.0.1:8080", show_default=True, envvar="MOCK_LMS_URL", help="Of the server."
    )
    @click.option("--control-token", default="", envvar="MOCK_LMS_CONTROL_TOKEN", help="That the server printed.")
    @click.option("--ca", default="", envvar="MOCK_LMS_CA", metavar="FILE", help="Of the CA of an https server.")
    @click.option("--tenant", default="", envvar="MOCK_LMS_TENANT", help="Whose name is not default.", metavar="NAME")
    @wraps(function)
    def called(*, url: str, control_token: str, ca: str, tenant: str, **parameters: Any) -> Any:
        from mock_lms.testing.control import Control  # noqa: PLC0415 -- --help need not wait for it
        from mock_lms.testing.errors import ControlError, NoMock  # noqa: PLC0415
        from mock_lms.testing.process import Unreachable, over_http  # noqa: PLC0415

        try:
            tls = _trusted(ca) if url.startswith("https:") else None
            return function(Control(over_http(url, control_token, tenant, tls)), **parameters)
        except (ControlError, Unreachable) as error:
            elsewhere = isinstance(error, (NoMock, Unreachable)) or error.status == HTTPStatus.UNAUTHORIZED
            more = "; name the server's --url and --control-token" if elsewhere else ""
            raise Complaint(f"{url}: {str(error).rstrip('.')}{more}") from None
        except KeyError as error:  # of what it answered
            what = f"what answers there says no {error}, so it is no mock-lms, or one of another version"
            raise Complaint(f"{url}: {what}; name the server's --url") from None
        except OSError as error:
            raise Complaint(f"{error.filename}: {error.strerror}; name a file that can be used") from None

    return called


def _trusted(ca: str) -> ssl.SSLContext:
    """Raises `Complaint`."""
    try:
        return trust(ca)
    except OSError as error:
        reason = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
        raise Complaint(f"--ca {ca}: {reason}; name the file that the server printed") from None


def show(content: object) -> None:
    """Prints it as JSON."""
    say(terminal.as_json(content))


class Json(click.ParamType):  # type: ignore[type-arg] # older click has none
    """An object written as JSON, or @FILE with one."""

    name = "json"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        text = cast(str, value)
        try:
            if text.startswith("@"):
                with open(text[1:], encoding="utf-8") as file:  # noqa: PTH123 -- as short, and Path("") is a directory
                    text = file.read()
            content = json.loads(text)
        except OSError as error:
            self.fail(f"{value}: {error.strerror}; name a file that can be read", param, ctx)
        except ValueError as error:
            self.fail(f"{value}: this is no JSON ({error})", param, ctx)
        if not isinstance(content, dict):
            self.fail(f'{value}: this is no object such as {{"operation": "bulk_unenroll"}}', param, ctx)
        return content


class Duration(click.ParamType):  # type: ignore[type-arg] # as above
    """Seconds, or a number of minutes, hours or days: 90, 15m, 36h, 7d."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        written = re.fullmatch(r"(\d{1,12}(?:\.\d+)?)([smhd]?)", cast(str, value), re.ASCII)
        if not written:
            self.fail(f"{value}: say how long as 90, 15m, 36h or 7d", param, ctx)
        unit = {"": "seconds", "s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[written[2]]
        try:
            return timedelta(**{unit: float(written[1])}).total_seconds()
        except OverflowError:
            self.fail(f"{value}: the clock goes no further than the year 9000", param, ctx)
