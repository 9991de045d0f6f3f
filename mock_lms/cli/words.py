"""What `mock-lms serve` says to people: how to call it, and at its end which calls it could not serve."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from mock_lms.terminal import escaped, say
from mock_lms.tls import exports, variables

DEFAULT = "default"
"""The tenant whose name need not be said."""

MOST_MISSES = 5
"""Kinds of calls that are named at the end."""


def banner(
    url: str, known: Any, seed: str, others: list[str], *, made: bool, kept: Path | None, ca: Path | None
) -> str:
    """What is said once it answers."""
    tenant = f"new tenant, seed {seed}" if made else "tenant as it was left (--seed only fills a new one)"
    secret, password = (shlex.quote(f"{name}={getattr(known, name)}") for name in ("client_secret", "password"))
    trusted = f" --cacert {shlex.quote(str(ca))}" if ca else ""
    bundle = f"export REQUESTS_CA_BUNDLE={shlex.quote(variables(ca)['REQUESTS_CA_BUNDLE'])}\n  " if ca else ""
    return f"""
  mock-lms serves a {tenant}{f", kept in {kept}" if kept else ""}

  API browser   {url}/api-browser/   (Authorize, then log in as {known.username} / {known.password})
  contract      {url}/openapi.yaml{"".join(f"{chr(10)}  from others   {other}" for other in others)}
  client        {known.client_id} / {known.client_secret}
  control       {url}/_mock/   token {known.control_token}
{_trusting(ca) if ca else ""}
  Try it: paste this into another terminal. It sets URL and TOKEN, and asks who you are.

  URL={url}; TOKEN=$(curl -s{trusted} $URL/oauth2/token -d grant_type=password -d client_id={known.client_id} \\
    --data-urlencode {secret} -d username={known.username} --data-urlencode {password} \\
    | sed 's/.*"access_token": *"\\([^"]*\\)".*/\\1/')
  curl -s{trusted} -H "Authorization: Bearer $TOKEN" $URL/manage/v1/user/session

  With mock-lms-client: this stores the login, with which its tokens renew themselves, and says how to undo it.

  {bundle}echo {shlex.quote(known.password)}| mock-lms-client login --url {url} --client-id {known.client_id} \\
    --client-secret {shlex.quote(known.client_secret)} --username {known.username} --password-stdin

  Ctrl-C stops it.
"""


def _trusting(ca: Path) -> str:
    """How programs take a certificate of our own."""
    lines = "\n".join(f"  {line}" for line in exports(ca))
    return f"""
  Its certificate is by a CA of its own: {ca}
  Paste these lines where a program is started that is to trust it: curl, requests, OpenSSL's (Python, Go, Ruby), Node,
  Java, mock-lms.

{lines}
"""


def tell_misses(tallies: Iterable[dict[str, Any]]) -> None:
    """Says how many calls hit no operation, and which most often; nothing where each hit one."""
    calls, kinds = 0, Counter[tuple[str, str]]()
    for tally in tallies:
        calls += tally["calls"]
        for tenant, message, count in tally["kinds"]:
            kinds[tenant, message] += count
    if not calls:
        return
    lines = [f"mock-lms: {calls:,} {'call' if calls == 1 else 'calls'} hit no operation, which a program may not say:"]
    shown = kinds.most_common(MOST_MISSES)
    for (tenant, message), count in shown:
        lines.append(f"{count:>8,}  {escaped(message)}{'' if tenant == DEFAULT else f' (tenant {tenant})'}")
    if rest := calls - sum(count for _, count in shown):
        lines.append(f"{rest:>8,}  others")
    say("\n".join(lines), err=True)
