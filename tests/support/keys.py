"""A program that signs what it is: its keys, and its assertions."""

from __future__ import annotations

import base64
import hmac
import time
import warnings
from functools import cache
from typing import Any

from joserfc import jwt
from joserfc.errors import SecurityWarning
from joserfc.jwk import RSAKey

CLIENT = "program"
HS256 = "eyJhbGciOiJIUzI1NiJ9"  # {"alg":"HS256"}
NONE = "eyJhbGciOiJub25lIn0"  # {"alg":"none"}
GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer"


def key(name: str = CLIENT, bits: int = 2_048) -> RSAKey:
    return _key(name, bits)


@cache
def _key(_: str, bits: int) -> RSAKey:
    """The same in all tests of a process, since making one takes a while."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # one is short on purpose
        return RSAKey.generate_key(bits)


def public(name: str = CLIENT, bits: int = 2_048) -> str:
    """As PEM, for registering."""
    return key(name, bits).as_pem(private=False).decode()


def private(name: str = CLIENT) -> str:
    return key(name).as_pem(private=True).decode()


def claims(**changed: Any) -> dict[str, Any]:
    """Right ones for the tests' host, but for what is changed; None leaves a claim out."""
    right = {"iss": CLIENT, "sub": "admin", "aud": "localhost", "exp": int(time.time()) + 60, "iat": int(time.time())}
    return {name: value for name, value in {**right, **changed}.items() if value is not None}


def assertion(*, signed_by: str = CLIENT, alg: str = "RS256", **changed: Any) -> str:
    return jwt.encode({"alg": alg}, claims(**changed), key(signed_by), algorithms=[alg])


def signed_with_the_public_key(**changed: Any) -> str:
    """As by somebody who hopes that the public key is taken for the secret of an HMAC."""
    _, payload, _ = assertion(**changed).split(".")
    signed = f"{HS256}.{payload}"
    mac = hmac.digest(public().encode(), signed.encode(), "sha256")
    return f"{signed}.{base64.urlsafe_b64encode(mac).decode().rstrip('=')}"


def unsigned(**changed: Any) -> str:
    """By nobody: `alg` is `none`."""
    _, payload, _ = assertion(**changed).split(".")
    return f"{NONE}.{payload}."
