"""`--ca`, `--insecure` and `--header`: checked before a run begins."""

from __future__ import annotations

import os
import re
import ssl
from collections.abc import Sequence
from pathlib import Path

from mock_lms_contracts.safety import Refused

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE")
"""Variables that name the certificates to trust if --ca does not, as requests, pip and curl have them."""

NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
VALUE = re.compile(r"[\t\x20-\x7e\xa0-\xff]*")
OURS = frozenset(
    {"accept-encoding", "authorization", "connection", "content-length", "content-type", "expect", "host", "te"}
    | {"trailer", "transfer-encoding", "upgrade"}
)
"""Headers that the run or HTTP itself sets."""


def headers_of(lines: Sequence[str]) -> dict[str, str]:
    """The headers by name. Raises `Refused`, whose message never shows a value: it may be a secret."""
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(":")
        value = value.strip()
        if not colon or not NAME.fullmatch(name):
            raise Refused("--header: give a name, a colon and a value, as in --header 'X-Gateway: value'")
        if not VALUE.fullmatch(value):
            raise Refused(f"--header {name}: the value has a line break or another character not allowed in headers")
        if name.lower() in OURS:
            better = "; give --token instead" if name.lower() == "authorization" else ""
            raise Refused(f"--header {name}: the run sets this header itself{better}")
        if name.lower() in map(str.lower, headers):
            raise Refused(f"--header {name}: this header is given twice; give it once")
        headers[name] = value
    return headers


def verify_of(ca: str | None, *, insecure: bool, addresses: Sequence[str]) -> bool | str:
    """Whether certificates are verified, or the file of those to trust. Raises `Refused` if that holds none."""
    if ca and insecure:
        raise Refused("--insecure verifies no certificate, so --ca has no use; give one of them")
    if insecure:
        return False
    needed = any(address.startswith("https://") for address in addresses)
    variable = next((name for name in BUNDLES if needed and os.environ.get(name)), "")
    file = ca or os.environ.get(variable, "")
    if file:
        named = f"--ca {file}" if ca else f"{variable}={file}"
        try:
            kind = "capath" if Path(file).is_dir() else "cafile"
            ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(**{kind: file})
        except ssl.SSLError as error:
            raise Refused(f"{named}: it holds no certificate; it must be a file in PEM form") from error
        except OSError as error:
            raise Refused(f"{named}: {error.strerror}; name a file of certificates in PEM form") from error
    return file or True
