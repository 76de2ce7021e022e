"""TLS contexts: versions 1.2 and 1.3 only, verification on, and the local authority trusted only where asked.

A server shows a certificate of the local authority, or the user's own. A client verifies against the system's
roots; to these come the local authority's certificates where the caller says so, which it does for a
connection whose *numeric* address is loopback (``is_loopback``) or for ``--ca local``. A name is no reason:
``localhost`` may resolve to anything.

Contexts of clients are remembered, since the system's roots take up to 30 ms to read. They are shared: nobody
may change one. Who has to (a recording sets ``keylog_filename``) asks for one that is not shared.
"""

from __future__ import annotations

import os
import re
import ssl
import sys
from collections import OrderedDict
from collections.abc import Sequence
from pathlib import Path

from portside.errors import LocalError, UsageError

MAX_REMEMBERED = 16  # client contexts; a program uses two or three, and one with all roots takes about a megabyte

_VERIFIES_BY_OPENSSL = sys.platform not in ("darwin", "win32")  # elsewhere the system itself verifies
_BUNDLES = (  # where Linux and BSD systems keep their roots, for an OpenSSL that was built to look elsewhere
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_HASHED = re.compile(r"[0-9a-f]{8}\.[0-9]")  # how OpenSSL looks for a root in a folder

_Key = tuple[object, ...]
_remembered: OrderedDict[_Key, ssl.SSLContext] = OrderedDict()


# -------------------------------------------------------------------------------------------------- server


def server_context(
    cert: Path | None = None, key: Path | None = None, names: Sequence[str] = (), alpn: Sequence[str] = ()
) -> ssl.SSLContext:
    """A new context for the accepting side: the user's ``cert`` and ``key``, or one of the local authority.

    ``cert`` is PEM, the server's certificate first; without ``key`` it holds the key as well. ``names`` are
    those beyond localhost that the local authority's certificate carries. Raises UsageError for files or names
    that do not do, LocalError where the local authority is broken.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    _settle(context, alpn)
    context.options |= ssl.OP_NO_RENEGOTIATION  # a client could have us sign for nothing, again and again
    if cert is not None:
        _load_own(context, cert, key)
    elif key is not None:
        raise UsageError(f"the key {key} needs its certificate; name it with --cert")
    else:
        _load_local(context, names)
    return context


def _load_local(context: ssl.SSLContext, names: Sequence[str]) -> None:
    # Imported here: `cryptography` takes 90 ms to load, which a client and a server with --cert need not wait for.
    from portside.transport.authority.local import leaf

    context.load_cert_chain(leaf(names).path)


def _load_own(context: ssl.SSLContext, cert: Path, key: Path | None) -> None:
    for path in (cert, key or cert):
        _check_readable(path)
    try:
        # Without a password here OpenSSL would ask for one on the terminal, and a server would wait for ever.
        context.load_cert_chain(cert, key, password=_refuse_password)
    except _EncryptedError:
        raise UsageError(
            f"the key {key or cert} is encrypted; decrypt it first (openssl pkey -in {key or cert} -out plain.key)"
        ) from None
    except ssl.SSLError as error:
        raise UsageError(_why_not_loaded(error, cert, key)) from error


def _why_not_loaded(error: ssl.SSLError, cert: Path, key: Path | None) -> str:
    if "MISMATCH" in (error.reason or ""):
        return f"the key {key or cert} does not belong to the certificate {cert}"
    if "_TOO_" in (error.reason or ""):  # EE_KEY_TOO_SMALL, CA_MD_TOO_WEAK
        return f"the certificate {cert} is too weak for today's clients ({_words(error)}); use a stronger key"
    if key is None:
        return f"{cert} does not hold both a certificate and its key in PEM; name the key with --key"
    return f"{cert} and {key} are not a certificate and its key in PEM"


class _EncryptedError(Exception):
    """OpenSSL has asked for a password."""


def _refuse_password() -> str:
    raise _EncryptedError


# -------------------------------------------------------------------------------------------------- client


def client_context(
    *,
    verify: bool = True,
    cafile: Path | None = None,
    local_ca: bool = False,
    alpn: Sequence[str] = (),
    shared: bool = True,
) -> ssl.SSLContext:
    """A context for the connecting side, which verifies the certificate and the name unless ``verify`` is False.

    Trusted are the system's roots, or those in ``cafile`` (PEM) alone; ``local_ca`` adds the local authority
    where it has been made already. A ``shared`` context is remembered and must not be changed. Raises
    UsageError for a ``cafile`` that does not do, LocalError for a broken local authority.
    """
    locals_ = _local_authorities() if local_ca and verify else []
    if not shared:
        return _make_client_context(verify, cafile, locals_, alpn)
    if cafile is not None:
        _check_readable(cafile)
    key = (verify, tuple(alpn), _roots_key(cafile), *map(_version, locals_))
    if key in _remembered:
        _remembered.move_to_end(key)
        return _remembered[key]
    _remembered[key] = _make_client_context(verify, cafile, locals_, alpn)
    if len(_remembered) > MAX_REMEMBERED:
        _remembered.popitem(last=False)
    return _remembered[key]


def _make_client_context(
    verify: bool, cafile: Path | None, local_authorities: Sequence[Path], alpn: Sequence[str]
) -> ssl.SSLContext:
    by_openssl = _VERIFIES_BY_OPENSSL or not verify or cafile is not None
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if by_openssl else _system_context()
    _settle(context, alpn)
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        return context
    if by_openssl:
        context.hostname_checks_common_name = False  # RFC 9525 §2: only the names in the extension count
        _load_roots(context, cafile)
    for path in local_authorities:
        _load_authority(context, path, LocalError, "remove it and its .key to make a new CA")
    return context


def _system_context() -> ssl.SSLContext:
    """One whose handshake ends with the system's own verdict: its roots are in no file there."""
    import truststore  # imported here: Linux does without

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _load_roots(context: ssl.SSLContext, cafile: Path | None) -> None:
    if cafile is None:
        _load_system_roots(context)
        return
    # Whom the user names is trusted, be it a root, an authority below one, or the server's certificate itself.
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    _check_readable(cafile)
    _load_authority(context, cafile, UsageError, "name a file in PEM")


def _load_system_roots(context: ssl.SSLContext) -> None:
    """What OpenSSL looks at by default (``SSL_CERT_FILE`` and ``SSL_CERT_DIR`` count), or else what the system has."""
    places = ssl.get_default_verify_paths()
    if places.capath and _is_whole(places.capath, places.cafile):
        context.load_verify_locations(capath=places.capath)
    elif places.cafile or (places.capath and _hashes(places.capath)):
        context.set_default_verify_paths()
    else:
        for path in _BUNDLES:
            if Path(path).is_file():
                context.load_verify_locations(cafile=path)
                break


def _is_whole(capath: str, cafile: str | None) -> bool:
    """Whether the folder holds all that the file does, root by root, as ``update-ca-certificates`` leaves both.

    OpenSSL then reads the one root it needs (1 ms instead of 28 ms for the whole file).
    """
    bundle = Path(capath).resolve() / "ca-certificates.crt"
    return cafile is not None and Path(cafile).resolve() == bundle and _hashes(capath)


def _hashes(capath: str) -> bool:
    with os.scandir(capath) as entries:
        return any(_HASHED.fullmatch(entry.name) for entry in entries)


def _local_authorities() -> list[Path]:
    """The local authority's certificates, none where it was never made: a client does not make one."""
    # Imported here: this module is read at every start, and the user's folders matter to few of them.
    from portside.transport.authority import folder

    place = folder.ca_folder()
    if not place.is_dir():
        return []
    folder.check_private(place)
    return folder.authority_files(place)


def _load_authority(context: ssl.SSLContext, path: Path, kind: type[LocalError | UsageError], hint: str) -> None:
    try:
        context.load_verify_locations(cafile=path)
    except ssl.SSLError as error:
        raise kind(f"{path} holds no certificate ({_words(error)}); {hint}") from error
    except OSError as error:
        raise kind(f"cannot read {path}: {error.strerror or error}") from error


def _roots_key(cafile: Path | None) -> _Key:
    """What has to be unchanged for a remembered context to trust what a new one would."""
    if cafile is not None:
        return _version(cafile)
    places = ssl.get_default_verify_paths()
    return tuple(_version(Path(place)) if place else () for place in (places.cafile, places.capath))


def _version(path: Path) -> _Key:
    try:
        facts = path.stat()
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error
    return (str(path), facts.st_ino, facts.st_size, facts.st_mtime_ns)


# ---------------------------------------------------------------------------------------------- both sides


def _settle(context: ssl.SSLContext, alpn: Sequence[str]) -> None:
    """What both sides have in common. A missing close_notify stays an error: it may be a truncation."""
    context.minimum_version = ssl.TLSVersion.TLSv1_2  # RFC 8996: 1.0 and 1.1 are not to be used
    context.options |= ssl.OP_NO_COMPRESSION  # lengths of compressed secrets tell them (RFC 9325 §3.3)
    if alpn:
        context.set_alpn_protocols(alpn)


def _check_readable(path: Path) -> None:
    try:
        with path.open("rb") as file:
            file.read(1)
    except FileNotFoundError:
        raise UsageError(f"{path}: no such file") from None
    except OSError as error:
        raise UsageError(f"cannot read {path}: {error.strerror or error}") from error


def _words(error: ssl.SSLError) -> str:
    return (error.reason or "not in PEM").replace("_", " ").lower()
