"""How browsers and the system come to trust the local authority: told in words, or done.

``instructions`` is what ``portside ca`` prints, ``install`` and ``uninstall`` are its options. Nothing here
fails as a whole: each store answers for itself, with ``done`` or with why not and what to do by hand.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from portside.errors import LocalError
from portside.transport.authority import folder
from portside.transport.authority.local import Authority

COMMAND_TIMEOUT = 60.0  # seconds; rebuilding the system's store takes two or three
MAX_DATABASES = 32  # of browsers, in one home folder; more than that is no person's
_FILE = "portside-local-"  # what our files in a system's store begin with; "ca.crt" or "ca-NAME.crt" follows
_BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "brave-browser", "microsoft-edge")
_FIREFOX_PROFILES = (".mozilla/firefox", ".config/mozilla/firefox", "snap/firefox/common/.mozilla/firefox")

Run = Callable[[Sequence[str]], str]
"""Runs a command; gives the empty text, or one line that says why it failed."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one store."""

    store: str
    done: bool
    detail: str = ""


@dataclass(frozen=True, slots=True)
class SystemStore:
    """A folder for authorities of one's own, and the command that reads it."""

    folder: Path
    command: tuple[str, ...]


SYSTEM_STORES = (
    SystemStore(Path("/usr/local/share/ca-certificates"), ("update-ca-certificates",)),  # Debian, Ubuntu, Alpine
    SystemStore(Path("/etc/pki/ca-trust/source/anchors"), ("update-ca-trust",)),  # Fedora, RHEL
)


def run(command: Sequence[str]) -> str:
    """Run a command without input, at most a minute; see ``Run``."""
    try:
        ended = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=COMMAND_TIMEOUT, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{command[0]} could not be run: {' '.join(str(error).split())}"
    if ended.returncode == 0:
        return ""
    said = (ended.stderr or ended.stdout).decode(errors="replace").split("\n")[0].strip()
    return f"{command[0]} failed: {said or f'exit code {ended.returncode}'}"


def find(name: str) -> str | None:
    """Where a command is, also where only an administrator's ``PATH`` leads."""
    return shutil.which(name, path=f"{os.environ.get('PATH', os.defpath)}{os.pathsep}/usr/sbin{os.pathsep}/sbin")


@dataclass(frozen=True, slots=True)
class Machine:
    """What an installation looks at and changes. Tests hand in one of their own."""

    home: Path = field(default_factory=Path.home)
    system_stores: tuple[SystemStore, ...] = SYSTEM_STORES
    find: Callable[[str], str | None] = find
    run: Run = run


# ---------------------------------------------------------------------------------------------- in words


def instructions(authority: Authority) -> list[str]:
    """Lines for a person: which authority this is, what it may vouch for, and how to trust it everywhere."""
    path = shlex.quote(str(authority.path))
    target = SYSTEM_STORES[0].folder / _file_name(authority)
    anchor = SYSTEM_STORES[1].folder / _file_name(authority)
    names = ["localhost", "test", *(name for name in authority.names if isinstance(name, str))]
    addresses = ["127.0.0.0/8", "::1", *(str(name) for name in authority.names if not isinstance(name, str))]
    return [
        authority.common_name,
        f"  certificate  {authority.path}",
        f"  SHA-256      {authority.fingerprint}",
        f"  valid until  {authority.certificate.not_valid_after_utc:%Y-%m-%d}",
        f"  vouches for  {', '.join(names)} and what is below them, {', '.join(addresses)}; for nothing else",
        "",
        "To trust it, run `portside ca --install` as yourself (not with sudo), or by hand:",
        f"  Debian, Ubuntu    sudo cp {path} {shlex.quote(str(target))} && sudo update-ca-certificates",
        f"  Fedora, RHEL      sudo cp {path} {shlex.quote(str(anchor))} && sudo update-ca-trust",
        "  macOS             sudo security add-trusted-cert -d -r trustRoot "
        f"-k /Library/Keychains/System.keychain {path}",
        f'  Windows           certutil -addstore -user Root "{authority.path}"',
        f"  Chromium, Chrome  certutil -A -d sql:$HOME/.pki/nssdb -t C,, -n {shlex.quote(nickname(authority))} "
        f"-i {path}",
        "                    (on Linux; certutil is in the package libnss3-tools or nss-tools)",
        "  Firefox           Settings, Privacy & Security, View Certificates, Authorities, Import",
        f"  curl              curl --cacert {path} https://localhost:8443/",
    ]


def nickname(authority: Authority) -> str:
    """What NSS calls it. A colon would end the name of a token there."""
    return f"{authority.common_name} {authority.fingerprint[:11]}".replace(":", "-")


def _file_name(authority: Authority) -> str:
    return f"{_FILE}{authority.path.stem.replace('+', '-')}.crt"


# --------------------------------------------------------------------------------------------------- done


def install(authorities: Sequence[Authority], machine: Machine | None = None) -> list[Outcome]:
    """Have the system, Chromium and Firefox trust ``authorities``, where that can be done from here."""
    machine = machine or Machine()
    return [*_install_in_system(authorities, machine), *_each_database(authorities, machine, _add, make=True)]


def uninstall(authorities: Sequence[Authority], machine: Machine | None = None) -> list[Outcome]:
    """Undo ``install``. From the system's store every authority of ours goes, also those made anew since."""
    machine = machine or Machine()
    return [*_uninstall_from_system(machine), *_each_database(authorities, machine, _delete, make=False)]


def _system_store(machine: Machine) -> SystemStore | None:
    return next((store for store in machine.system_stores if machine.find(store.command[0])), None)


def _install_in_system(authorities: Sequence[Authority], machine: Machine) -> Iterator[Outcome]:
    store = _system_store(machine)
    if store is None:
        yield Outcome("system", False, f"its store is not known here ({sys.platform}); `portside ca` says what to do")
        return
    if not os.access(store.folder, os.W_OK):
        for authority in authorities:
            by_hand = shlex.join(["sudo", "cp", str(authority.path), str(store.folder / _file_name(authority))])
            yield Outcome("system", False, f"needs root: {by_hand} && sudo {shlex.join(store.command)}")
        return
    yield _ended(f"system ({store.folder})", _copy(authorities, store) or machine.run(store.command))


def _copy(authorities: Sequence[Authority], store: SystemStore) -> str:
    """Why the certificates could not be copied; empty where they were."""
    try:
        for authority in authorities:
            pem = folder.read(authority.path)
            if pem is None:
                return f"{authority.path} has gone"
            folder.replace(store.folder / _file_name(authority), pem, 0o644)
            (store.folder / _file_name(authority)).chmod(0o644)  # all may read it, whatever the umask
    except (LocalError, OSError) as error:
        return str(error)
    return ""


def _uninstall_from_system(machine: Machine) -> Iterator[Outcome]:
    store = _system_store(machine)
    ours = sorted(store.folder.glob(f"{_FILE}ca*.crt")) if store else []
    if store is None or not ours:
        yield Outcome("system", True, "was not there")
    elif not os.access(store.folder, os.W_OK):
        by_hand = shlex.join(["sudo", "rm", *map(str, ours)])
        yield Outcome("system", False, f"needs root: {by_hand} && sudo {shlex.join(store.command)}")
    else:
        for path in ours:
            path.unlink(missing_ok=True)
        yield _ended(f"system ({store.folder})", machine.run(store.command))


# ------------------------------------------------------------------------------------------- the browsers

_Change = Callable[[Authority, Path, str, Run], str]


def _each_database(
    authorities: Sequence[Authority], machine: Machine, change: _Change, *, make: bool
) -> Iterator[Outcome]:
    """Do ``change`` in every certificate database of a browser (NSS); ``make`` Chromium's where it is missing."""
    databases = list(_databases(machine, make))[:MAX_DATABASES]
    certutil = machine.find("certutil")
    for label, place in databases:
        if certutil is None:
            yield Outcome(label, False, "needs certutil (Debian, Ubuntu: apt install libnss3-tools)")
            continue
        reason = _make_database(place, certutil, machine.run) if make else ""
        for authority in authorities:
            reason = reason or change(authority, place, certutil, machine.run)
        yield _ended(label, reason)


def _databases(machine: Machine, make: bool) -> Iterator[tuple[str, Path]]:
    """What to call each database, and its folder."""
    chromium = machine.home / ".pki/nssdb"
    if chromium.is_dir() or (make and any(machine.find(name) for name in _BROWSERS)):
        yield f"Chromium and Chrome ({chromium})", chromium
    snap = machine.home / "snap/chromium/current/.pki/nssdb"
    if snap.is_dir():
        yield f"Chromium ({snap})", snap
    for profiles in _FIREFOX_PROFILES:
        for found in sorted((machine.home / profiles).glob("*/cert9.db")):
            yield f"Firefox ({found.parent.name})", found.parent


def _make_database(place: Path, certutil: str, run: Run) -> str:
    """Make an empty database, as a browser does at its first start, where there is none."""
    if (place / "cert9.db").exists():
        return ""
    try:
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        return f"cannot make the folder {place}: {error.strerror or error}"
    return run([certutil, "-N", "-d", f"sql:{place}", "--empty-password"])


def _add(authority: Authority, place: Path, certutil: str, run: Run) -> str:
    """Trusted for servers (C) and for nothing else."""
    options = ["-t", "C,,", "-n", nickname(authority), "-i", str(authority.path)]
    return run([certutil, "-A", "-d", f"sql:{place}", *options])


def _delete(authority: Authority, place: Path, certutil: str, run: Run) -> str:
    if run([certutil, "-L", "-d", f"sql:{place}", "-n", nickname(authority)]):
        return ""  # it is not in there
    return run([certutil, "-D", "-d", f"sql:{place}", "-n", nickname(authority)])


def _ended(store: str, reason: str) -> Outcome:
    return Outcome(store, not reason, reason)
