"""``portside passwd``: writes users into a file that servers read with ``--users``."""

from __future__ import annotations

import getpass
import os
import secrets
import sys
from pathlib import Path

import click

from portside.accounts.passwords import LONGEST, hash_password
from portside.accounts.scram import SALT, derive_keys
from portside.accounts.users import check_name, parse_rights
from portside.accounts.users_file import remove_user, store_user
from portside.cli.kinds import FILE, FOLDER, PASSWORD
from portside.cli.screen import is_watched, tell
from portside.cli.usage import Command
from portside.errors import UsageError


def _set_password(file: Path, name: str, rights: str | None, root: Path | None, delete: bool, scram: bool) -> int:
    if delete:
        if rights is not None or root is not None or scram:
            raise UsageError("'--delete' takes the user away; '--rights', '--root' and '--scram' make no sense with it")
        remove_user(file, name)
        tell(f"{name} is no user in {file} any more")
        return 0
    check_name(name)
    allowed = None if rights is None else parse_rights(rights)
    password = _password(name)
    hashed = hash_password(password)
    if scram:
        hashed = f"{hashed};{derive_keys(password, secrets.token_bytes(SALT))}"
    place = None if root is None else os.path.abspath(root)  # noqa: PTH100  # links in it stay links
    new = store_user(file, name, hashed, allowed, place)
    tell(f"{name} is a user in {file} now" if new else f"{name} has a new password in {file}")
    return 0


def _password(name: str) -> str:
    """From the environment, a prompt, or the first line of stdin."""
    password = os.environ.get(PASSWORD, "")
    if not password:
        password = _ask(name) if is_watched(sys.stdin) and is_watched(sys.stderr) else _read()
    if not password.isprintable():
        raise UsageError("a password holds no control characters")
    return password


def _ask(name: str) -> str:
    password = getpass.getpass(f"new password of {name}: ", sys.stderr)
    if getpass.getpass("the same again: ", sys.stderr) != password:
        raise UsageError("the two passwords differ; nothing was changed")
    return password


def _read() -> str:
    line = b"" if sys.stdin is None else sys.stdin.buffer.readline(LONGEST + 2)
    try:
        return line.rstrip(b"\r\n").decode("utf-8")
    except UnicodeDecodeError as error:
        raise UsageError("the password on stdin is no UTF-8 text") from error


command = Command(
    "passwd",
    help=f"""Give the user NAME a password in FILE, which is made where it is missing, or take the user away.

    The file holds hashes (scrypt), and servers that take '--users FILE' read it anew when it changes. The password
    comes from {PASSWORD}, a prompt, or the first line of stdin; never from the command line, which others can see.
    """,
    examples=("portside passwd users anna", "portside passwd users bert --rights ro --root /srv/ftp/bert"),
    params=[
        click.Argument(["file"], type=FILE),
        click.Argument(["name"]),
        click.Option(
            ["--rights"],
            metavar="RIGHTS",
            help="What the user may do: ro, rw (what a new user may), all (chmod, too), or names with commas between.",
        ),
        click.Option(["--root"], type=FOLDER, metavar="DIR", help="The user's own folder, instead of the server's."),
        click.Option(
            ["--scram"],
            is_flag=True,
            help="Keep what mail servers need for SCRAM, too, by which passwords are proven and not said; whoever "
            "steals the file can then guess faster.",
        ),
        click.Option(["--delete"], is_flag=True, help="Take the user out of the file."),
    ],
    callback=_set_password,
)
