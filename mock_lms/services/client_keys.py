"""Keys of clients that sign what they are (RFC 7523), as people register them."""

from __future__ import annotations

import warnings


def problem_of(public_key: str) -> str:
    """Why this is no key that can be registered; empty for one that is."""
    from cryptography.exceptions import UnsupportedAlgorithm  # noqa: PLC0415 -- as below
    from joserfc.errors import JoseError, SecurityWarning  # noqa: PLC0415 -- it takes long, and few starts need it
    from joserfc.jwk import RSAKey  # noqa: PLC0415

    if "PRIVATE KEY" in public_key:
        return "this is a private key, which only its owner should have; register the public one"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", SecurityWarning)
            RSAKey.import_key(public_key)
    except SecurityWarning:
        return "the key is too short: RS256 needs one of 2,048 bits or more (RFC 7518, 3.3)"
    except (JoseError, UnsupportedAlgorithm, ValueError, TypeError):
        return "this is no RSA key as PEM, which begins with -----BEGIN PUBLIC KEY-----"
    return ""


def keys_of(seed: str, contents: str | None) -> dict[str, str]:
    """The keys, by client, of a seed or of a seed file's `contents`. Raises `UnusableSeed`."""
    from mock_lms import seeds  # noqa: PLC0415 -- not needed to go on with what is there

    return seeds.keys_of(seed, contents, problem_of)
