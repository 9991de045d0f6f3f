"""HTTPS: the certificate that a server shows, and the CA of its own that made it.

Cryptography and trustme are imported where a certificate is made or looked at: a server without TLS need not wait.
"""

from __future__ import annotations

import os
import shlex
import ssl
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from mock_lms.clock import FORMAT, Clock
from mock_lms.storage import files

if TYPE_CHECKING:
    from cryptography.x509 import Certificate
    from trustme import CA

SELF_SIGNED = "self-signed"
LOCAL = ("localhost", "127.0.0.1", "::1")
"""The names that every server has."""

DAYS = 397
"""How long a server's certificate is good; a new one is made at each start. Some clients refuse longer ones."""

PASSWORD = "changeit"  # noqa: S105 -- Java's own default; what it opens is public


class UnusableCertificate(Exception):
    """A file of the certificate cannot be used. One line that says which, why, and what to do."""


@dataclass(frozen=True, slots=True)
class Tls:
    """The files of a server's certificate. `ca` is what clients must trust; None where the mock did not make it."""

    certificate: Path
    key: Path
    ca: Path | None = None


def trust(ca: str | os.PathLike[str] | None) -> ssl.SSLContext:
    """What a client of ours trusts: this CA alone or, without one, what the machine trusts. Raises `OSError`."""
    return ssl.create_default_context(cafile=ca or None)


def variables(ca: Path, environment: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment in which programs trust the CA beside all that they trust anyway; Java trusts it alone.

    What JAVA_TOOL_OPTIONS says in the `environment` already is kept.
    """
    bundle = str(ca.with_name("bundle.pem"))
    store = ca.with_name("truststore.p12")
    java = f'-Djavax.net.ssl.trustStore="{store}" -Djavax.net.ssl.trustStorePassword={PASSWORD}'
    return {
        "CURL_CA_BUNDLE": bundle,
        "REQUESTS_CA_BUNDLE": bundle,
        "SSL_CERT_FILE": bundle,
        "NODE_EXTRA_CA_CERTS": str(ca),
        "JAVA_TOOL_OPTIONS": f"{(environment or {}).get('JAVA_TOOL_OPTIONS', '')} {java}".lstrip(),
        "MOCK_LMS_CA": str(ca),
    }


def exports(ca: Path) -> list[str]:
    """The lines of a shell that set them. They have no comments, which zsh does not take where one types."""
    return [f"export {name}={shlex.quote(value)}" for name, value in variables(ca).items()]


# --- a certificate of our own


def own_certificate(folder: Path, names: Iterable[str]) -> tuple[Tls, list[str]]:
    """A new certificate for the names, by the CA that the folder keeps; and the names that none can have.

    The first time, and when the one there has expired, it is a new CA. Raises `UnusableCertificate`, `OSError`.
    """
    import certifi  # noqa: PLC0415 -- only for TLS

    files.make_directory(folder)
    ca = _kept_ca(folder / "ca-key.pem")
    good, bad = _sorted_out(ca, dict.fromkeys((*LOCAL, *names)))
    now = Clock().now()
    leaf = ca.issue_cert(
        *good,
        organization_name="mock-lms",
        not_before=now - timedelta(days=1),  # a client's clock may be behind
        not_after=now + timedelta(days=DAYS),
    )
    ca_pem = ca.cert_pem.bytes()
    for name, content in {
        "ca.pem": ca_pem,
        "bundle.pem": Path(certifi.where()).read_bytes().rstrip() + b"\n" + ca_pem,
        "truststore.p12": _java_store(ca_pem),
        "server.pem": leaf.cert_chain_pems[0].bytes(),
        "server-key.pem": leaf.private_key_pem.bytes(),
    }.items():
        files.write_whole(folder / name, content)
    return Tls(folder / "server.pem", folder / "server-key.pem", folder / "ca.pem"), bad


def _kept_ca(kept: Path) -> CA:
    """The CA whose certificate and key the file keeps, or a new one."""
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415 -- only for TLS
    from trustme import CA  # noqa: PLC0415

    try:
        content = kept.read_bytes()
        if _has_expired(load_pem_x509_certificate(content)):
            kept.unlink()
        else:
            return CA.from_pem(content, content)
    except FileNotFoundError:
        pass
    except (ValueError, TypeError):
        raise UnusableCertificate(f"{kept} cannot be read; remove it, and a new CA is made") from None
    ca = CA(organization_name="mock-lms", path_length=0)
    try:
        files.write_whole(kept, ca.cert_pem.bytes() + ca.private_key_pem.bytes(), new=True)
    except FileExistsError:
        return _kept_ca(kept)  # of another server, which began in the same moment
    return ca


def _sorted_out(ca: CA, names: Iterable[str]) -> tuple[list[str], list[str]]:
    """The names that a certificate may have, and those that it may not: such as `mock_lms`."""
    good, bad = list[str](), list[str]()
    for name in names:
        try:
            ca.issue_cert(name)
            good.append(name)
        except ValueError:
            bad.append(name)
    return good, bad


def _java_store(ca_pem: bytes) -> bytes:
    """Java's trust store with this CA."""
    from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, pkcs12  # noqa: PLC0415
    from cryptography.x509 import load_pem_x509_certificate  # noqa: PLC0415

    entry = pkcs12.PKCS12Certificate(load_pem_x509_certificate(ca_pem), b"mock-lms")
    return pkcs12.serialize_java_truststore([entry], BestAvailableEncryption(PASSWORD.encode()))


# --- somebody else's


def given_certificate(option: str) -> tuple[Tls, str]:
    """The certificate of CERT,KEY, and a warning, which may be empty. Raises `UnusableCertificate`."""
    from cryptography.hazmat.primitives.serialization import load_pem_private_key  # noqa: PLC0415
    from cryptography.x509 import load_pem_x509_certificates  # noqa: PLC0415

    certificate, comma, key = option.partition(",")
    if not (certificate and comma and key):
        raise UnusableCertificate(f"{option}: say {SELF_SIGNED}, or two files: CERT,KEY")
    try:
        shown, *_ = load_pem_x509_certificates(_read(certificate))
    except ValueError:
        raise UnusableCertificate(f"{certificate} is no certificate in PEM; name the file that has it") from None
    try:
        private = load_pem_private_key(_read(key), None)
    except TypeError:
        raise UnusableCertificate(f"{key} is encrypted; name a file with the key as it is") from None
    except ValueError:
        raise UnusableCertificate(f"{key} is no private key in PEM; name the file that has it") from None
    if shown.public_key() != private.public_key():
        raise UnusableCertificate(f"the key of {key} does not fit the certificate of {certificate}; name its own key")
    until = f"{shown.not_valid_after_utc:{FORMAT}}"
    warning = f"{certificate} expired at {until} UTC; clients will refuse it" if _has_expired(shown) else ""
    return Tls(Path(certificate), Path(key)), warning


def _read(path: str) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise UnusableCertificate(f"{path}: {error.strerror}; name a file that can be read") from None


def _has_expired(certificate: Certificate) -> bool:
    return certificate.not_valid_after_utc <= Clock().now()
