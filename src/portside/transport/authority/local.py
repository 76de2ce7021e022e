"""The local authority itself: made when first needed, read from then on, and the certificates it issues.

The main authority, ``ca.pem``, is made for home alone (``names``), so that whoever trusts it risks nothing
elsewhere. A certificate's constraints cannot be changed afterwards, and an authority below it could only be
narrower. So a certificate for other names comes from one more authority, ``ca-NAME.pem``, made for home and
exactly the names asked for; to trust the one is not to trust the other.

Several processes may do all of this at once. The key is published first, and only once; a certificate is made
from the key that stands there, and published only once too. Who loses a race reads what the winner wrote, and
a crash in between leaves a key that the next start goes on with.
"""

from __future__ import annotations

import contextlib
import getpass
import hashlib
import socket
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from portside.errors import LocalError
from portside.transport.authority import certificates, folder
from portside.transport.authority.names import DEFAULT_NAMES, Name, outside, parse_names

MAX_STEM = 64  # characters of a name that appear in a file's name


@dataclass(frozen=True, slots=True)
class Authority:
    """A certificate authority on disk. ``names`` are those beyond home that it may vouch for."""

    path: Path
    certificate: x509.Certificate = field(repr=False)
    names: tuple[Name, ...] = ()

    @property
    def key_path(self) -> Path:
        """Where its secret key is."""
        return self.path.with_suffix(".key")

    @property
    def fingerprint(self) -> str:
        """SHA-256, as browsers show it."""
        return certificates.fingerprint(self.certificate)

    @property
    def common_name(self) -> str:
        """What lists of authorities show."""
        found = self.certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(found[0].value) if found else self.path.name


@dataclass(frozen=True, slots=True)
class Leaf:
    """A server's certificate on disk; ``path`` holds its key and the certificate, in PEM, for its owner only."""

    path: Path
    names: tuple[Name, ...]
    ends: datetime
    authority: Authority


def leaf(names: Sequence[str] = (), *, ca_folder: Path | None = None, when: datetime | None = None) -> Leaf:
    """A certificate for localhost, the loopback addresses and ``names``; everything missing is made.

    One made earlier is used again while it has seven days of life left. Raises UsageError for names that no
    certificate may carry, LocalError where the authority's files are broken or cannot be written.
    """
    wanted = parse_names(names)
    when = when or certificates.now()
    authority = open_authority(outside(wanted), ca_folder=ca_folder, when=when)
    path = authority.path.with_name(f"leaf-{stem(wanted[len(DEFAULT_NAMES) :] or DEFAULT_NAMES[:1])}.pem")
    certificate = _kept_leaf(path, authority, wanted, when) or _new_leaf(path, authority, wanted, when)
    return Leaf(path, wanted, certificate.not_valid_after_utc, authority)


def open_authority(
    names: Sequence[Name] = (), *, ca_folder: Path | None = None, when: datetime | None = None
) -> Authority:
    """The authority for home and ``names`` (parsed, none of them at home), made where it is missing.

    Raises LocalError where its files are broken, can be read by others, do not belong together or are expired.
    """
    place = ca_folder or folder.ca_folder()
    folder.make_private(place)
    path = place / (f"ca-{stem(names)}.pem" if names else "ca.pem")
    when = when or certificates.now()
    authority = _read_authority(path) or _make_authority(path, tuple(names), when)
    _check_authority(authority, names, when)
    return authority


def authorities(*, ca_folder: Path | None = None) -> list[Authority]:
    """Every authority that was made so far, the main one first; makes none. Raises LocalError for broken files."""
    found = (_read_authority(path) for path in folder.authority_files(ca_folder or folder.ca_folder()))
    return [authority for authority in found if authority is not None]


def stem(names: Sequence[Name]) -> str:
    """A file name for a set of names: the one name, or the first one with a digest of them all.

    >>> stem(["box.example"])
    'box.example'
    """
    first = str(names[0]).replace(":", "-")
    if len(names) == 1 and len(first) <= MAX_STEM:
        return first
    digest = hashlib.sha256("\n".join(sorted(map(str, names))).encode()).hexdigest()
    return f"{first[:MAX_STEM]}+{digest[:12]}"


# ------------------------------------------------------------------------------------------- the authority


def _read_authority(path: Path) -> Authority | None:
    data = folder.read(path)
    if data is None:
        return None
    try:
        certificate = x509.load_pem_x509_certificate(data)
        return Authority(path, certificate, _names_beyond_home(certificate))
    except (ValueError, UnsupportedAlgorithm, x509.ExtensionNotFound) as error:
        raise LocalError(f"{path} is no certificate of a local CA; remove it and its .key to make a new CA") from error


def _names_beyond_home(certificate: x509.Certificate) -> tuple[Name, ...]:
    """What its constraints permit beyond home; raises ValueError where they permit less or anything else."""
    held = certificate.extensions.get_extension_for_class(x509.NameConstraints)
    subtrees = held.value.permitted_subtrees or []
    beyond = [_name_of(entry) for entry in subtrees[len(certificates.constraints(()).permitted_subtrees or []) :]]
    if not held.critical or held.value != certificates.constraints(beyond):
        raise ValueError("its constraints are not those of a local CA")
    return tuple(beyond)


def _name_of(entry: x509.GeneralName) -> Name:
    if isinstance(entry, x509.DNSName):
        return entry.value
    if isinstance(entry.value, IPv4Network | IPv6Network):
        return entry.value.network_address
    raise ValueError("a constraint that is neither a name nor an address")


def _make_authority(path: Path, names: tuple[Name, ...], when: datetime) -> Authority:
    """Publish a key and a certificate made from it; what another process has published meanwhile is used."""
    if len(folder.authority_files(path.parent)) >= folder.MAX_AUTHORITIES:
        raise LocalError(f"{path.parent} holds {folder.MAX_AUTHORITIES} CAs already; remove those no longer needed")
    folder.sweep(path.parent)
    key_path = path.with_suffix(".key")
    folder.publish(key_path, certificates.serialise_key(certificates.make_key()))
    title = f"Portside local CA for {names[0]}" if names else f"Portside local CA ({_owner()})"
    certificate = certificates.make_ca(_read_key(key_path), names, title, when)
    folder.publish(path, certificates.serialise_certificate(certificate), 0o644)
    authority = _read_authority(path)
    if authority is None:
        raise LocalError(f"{path} was removed while it was made; try again")
    return authority


def _check_authority(authority: Authority, names: Sequence[Name], when: datetime) -> None:
    path, certificate = authority.path, authority.certificate
    again = f"remove it and {authority.key_path.name} to make a new CA"
    if authority.names != tuple(names):
        raise LocalError(f"{path} is a CA for other names; {again}")
    if certificate.not_valid_after_utc <= when:
        raise LocalError(f"the local CA {path} has expired on {certificate.not_valid_after_utc:%Y-%m-%d}; {again}")
    if _read_key(authority.key_path).public_key() != certificate.public_key():
        raise LocalError(f"{path} and {authority.key_path.name} do not belong together; remove both to make a new CA")


def _read_key(path: Path) -> ec.EllipticCurvePrivateKey:
    data = folder.read_secret(path)
    if data is None:
        raise LocalError(f"{path} is missing; put it back, or remove {path.with_suffix('.pem')} to make a new CA")
    try:
        key = serialization.load_pem_private_key(data, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise LocalError(f"{path} is no key of a local CA; remove it and its .pem to make a new CA") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise LocalError(f"{path} is no key of a local CA; remove it and its .pem to make a new CA")
    return key


def _owner() -> str:
    """``user@host``, so that people know whose authority they are looking at."""
    user = "unknown"
    with contextlib.suppress(OSError, KeyError, ImportError):  # a user id without a name, as in containers
        user = getpass.getuser()
    return f"{user}@{socket.gethostname()}"


# ---------------------------------------------------------------------------------------------- the leaves


def _new_leaf(path: Path, authority: Authority, names: tuple[Name, ...], when: datetime) -> x509.Certificate:
    """Make one and keep it. Key and certificate share a file, so that no reader ever sees one without the other."""
    key = certificates.make_key()
    certificate = certificates.make_leaf(authority.certificate, _read_key(authority.key_path), key, names, when)
    folder.replace(path, certificates.serialise_key(key) + certificates.serialise_certificate(certificate))
    return certificate


def _kept_leaf(path: Path, authority: Authority, names: tuple[Name, ...], when: datetime) -> x509.Certificate | None:
    """The certificate made earlier, if it still serves. A broken or unreadable one is only a copy to make anew."""
    try:
        data = folder.read_secret(path) or b""
        certificate = x509.load_pem_x509_certificate(data)
        certificate.verify_directly_issued_by(authority.certificate)
        key = serialization.load_pem_private_key(data, password=None)
        held = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (LocalError, ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm, x509.ExtensionNotFound):
        return None
    if held != certificates.alternative_names(names) or key.public_key() != certificate.public_key():
        return None
    lasting = certificate.not_valid_after_utc - when >= certificates.RENEW_BEFORE
    return certificate if lasting and certificate.not_valid_before_utc <= when else None
