"""Certificates: whom they are for, what is kept of them, and what is said of those that cannot be used."""

from __future__ import annotations

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from mock_lms import tls
from tests.support.certificates import expired_ca


def loaded(path: Path | None) -> x509.Certificate:
    assert path is not None
    return x509.load_pem_x509_certificate(path.read_bytes())


def names(certificate: x509.Certificate) -> set[str]:
    alternatives = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    return {str(name.value) for name in alternatives}


@pytest.fixture
def given(tmp_path: Path) -> tuple[Path, Path]:
    """The files of a certificate that somebody else made."""
    leaf = trustme.CA().issue_cert("lms.example.com")
    certificate, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    leaf.cert_chain_pems[0].write_to_path(certificate)
    leaf.private_key_pem.write_to_path(key)
    return certificate, key


# --- our own


def test_a_certificate_is_for_this_machine_and_the_names_that_it_is_called_by(tmp_path: Path) -> None:
    made, unnamed = tls.own_certificate(tmp_path, ["acme.docebosaas.com", "192.0.2.7", "localhost"])
    assert names(loaded(made.certificate)) == {"localhost", "127.0.0.1", "::1", "acme.docebosaas.com", "192.0.2.7"}
    assert unnamed == []


def test_a_name_that_no_certificate_can_have_is_told_and_left_out(tmp_path: Path) -> None:
    made, unnamed = tls.own_certificate(tmp_path, ["mock_lms", "mock-lms"])
    assert unnamed == ["mock_lms"]
    assert "mock-lms" in names(loaded(made.certificate))


def test_the_ca_stays_and_the_certificate_is_new_each_time(tmp_path: Path) -> None:
    before, _ = tls.own_certificate(tmp_path, [])
    ca, certificate = loaded(before.ca), loaded(before.certificate)
    after, _ = tls.own_certificate(tmp_path, ["acme.example.com"])
    assert (loaded(after.ca), loaded(after.certificate) == certificate) == (ca, False)
    loaded(after.certificate).verify_directly_issued_by(ca)


def test_each_folder_has_a_ca_of_its_own(tmp_path: Path) -> None:
    one, other = (tls.own_certificate(tmp_path / name, [])[0] for name in "ab")
    assert loaded(one.ca) != loaded(other.ca)
    assert loaded(one.ca).subject != loaded(other.ca).subject


def test_an_expired_ca_is_replaced(tmp_path: Path) -> None:
    kept = tmp_path / "ca-key.pem"
    kept.write_bytes(expired_ca())
    made, _ = tls.own_certificate(tmp_path, [])
    assert loaded(made.ca).not_valid_after_utc > datetime.now(UTC)
    assert loaded(kept) == loaded(made.ca)


@pytest.mark.parametrize("content", [b"", b"nonsense", expired_ca()[:200]])
def test_a_ca_that_cannot_be_read_is_named_and_kept(tmp_path: Path, content: bytes) -> None:
    kept = tmp_path / "ca-key.pem"
    kept.write_bytes(content)
    with pytest.raises(tls.UnusableCertificate, match=r"ca-key\.pem cannot be read; remove it"):
        tls.own_certificate(tmp_path, [])
    assert kept.read_bytes() == content


def test_every_file_is_its_owners_alone(tmp_path: Path) -> None:
    tls.own_certificate(tmp_path / "tls", [])
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "tls").iterdir()}
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE((tmp_path / "tls").stat().st_mode) == 0o700


def test_a_certificate_is_good_since_yesterday_and_for_a_year_at_least(tmp_path: Path) -> None:
    made, _ = tls.own_certificate(tmp_path, [])
    certificate, now = loaded(made.certificate), datetime.now(UTC)
    assert certificate.not_valid_before_utc < now - timedelta(hours=23)
    # Apple's programs take none of more than 398 days from a public CA, nor of more than 825 from any
    assert timedelta(days=366) < certificate.not_valid_after_utc - certificate.not_valid_before_utc <= timedelta(398)


def test_what_java_is_told_already_is_kept() -> None:
    told = tls.variables(Path("/x/ca.pem"), {"JAVA_TOOL_OPTIONS": "-Xmx1g"})["JAVA_TOOL_OPTIONS"]
    assert told.startswith('-Xmx1g -Djavax.net.ssl.trustStore="/x/truststore.p12" ')


# --- somebody else's


def test_a_certificate_and_its_key_are_taken(given: tuple[Path, Path]) -> None:
    assert tls.given_certificate("{},{}".format(*given)) == (tls.Tls(*given), "")


def test_an_expired_certificate_is_taken_with_a_warning(tmp_path: Path) -> None:
    both = tmp_path / "both.pem"
    both.write_bytes(expired_ca())
    _, warning = tls.given_certificate(f"{both},{both}")
    assert warning == f"{both} expired at 2020-01-02 00:00:00 UTC; clients will refuse it"


@pytest.mark.parametrize("option", ["", ",", "cert.pem", "cert.pem,", ",key.pem", "selfsigned"])
def test_what_names_no_two_files_is_refused(option: str) -> None:
    with pytest.raises(tls.UnusableCertificate, match="say self-signed, or two files: CERT,KEY"):
        tls.given_certificate(option)


def test_a_file_that_cannot_be_used_is_named_with_the_reason(given: tuple[Path, Path], tmp_path: Path) -> None:
    certificate, key = given
    nonsense, locked, another = tmp_path / "nonsense", tmp_path / "locked.pem", tmp_path / "another.pem"
    nonsense.write_text("nonsense")
    private = ec.generate_private_key(ec.SECP256R1())
    pem, pkcs8 = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    another.write_bytes(private.private_bytes(pem, pkcs8, serialization.NoEncryption()))
    locked.write_bytes(private.private_bytes(pem, pkcs8, serialization.BestAvailableEncryption(b"secret")))
    for files, said in {
        (tmp_path / "none", key): "none: No such file or directory; name a file that can be read",
        (certificate, tmp_path / "none"): "none: No such file or directory; name a file that can be read",
        (nonsense, key): "nonsense is no certificate in PEM; name the file that has it",
        (key, certificate): "key.pem is no certificate in PEM; name the file that has it",
        (certificate, nonsense): "nonsense is no private key in PEM; name the file that has it",
        (certificate, certificate): "cert.pem is no private key in PEM; name the file that has it",
        (certificate, locked): "locked.pem is encrypted; name a file with the key as it is",
        (certificate, another): f"does not fit the certificate of {certificate}; name its own key",
    }.items():
        with pytest.raises(tls.UnusableCertificate) as refused:
            tls.given_certificate("{},{}".format(*files))
        assert str(refused.value).endswith(said)
