"""Adds what to do next to the message of a harness error that does not say it."""

from __future__ import annotations

import re

SAYS_IT = re.compile(
    r"--[a-z]|ADAPTERS\.md|; (add|ask|change|choose|correct|give|is it|look|fix|name|raise|remove|see|start|wait)\b"
)
"""Matches messages that already say what to do: they name an option or a file, or end in an imperative."""

ADVICE = (
    (r"did not run", "change the arguments after --, or choose the requirement with --only"),
    (r"self-check", "fix the adapter; ADAPTERS.md says what it has to do"),
    (r"read-only", "run it without --read-only"),
    (r"\b401\b", "give a valid token: --token, or --client-id and so on"),
    (r"\b403\b", "give the token of a user who may prepare all this, such as a superadmin: --token"),
    (r"\b(404|405|501)\b", "use an adapter that does not need this operation; ADAPTERS.md says how to write one"),
    (r"\b4\d\d\b", "see openapi.yaml for what the target should accept here, and its log for what it refused"),
    (r"\b5\d\d\b", "see the target's log for what failed there"),
    (r"\.py, line \d+\)", "correct it there, or report it where the file is one of the suite's"),
    (r"", "see the calls in the report (--report DIR), and the target's log"),
)
"""Patterns of messages, each with its advice. The first that matches counts."""


def advised(message: str) -> str:
    """The message, ending with what to do next."""
    if SAYS_IT.search(message):
        return message
    advice = next(advice for pattern, advice in ADVICE if re.search(pattern, message))
    return f"{message.rstrip('.')}; {advice}"
