"""What the proofs with other programs share."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tests.support import certificates, ftp_served, ftp_trees, smtp_served, web_folder
from tests.support.ftp_peers import FtpPeer, Identity
from tests.support.smtp_peers import MailPeer
from tests.support.web_folder import WebFolder

TREE = 200
"""Files of a tree."""


@pytest.fixture
def web(tmp_path: Path) -> WebFolder:
    """A folder of every kind of file."""
    return web_folder.make(tmp_path / "web")


@pytest.fixture(scope="session")
def identity(tmp_path_factory: pytest.TempPathFactory) -> Identity:
    """A certificate for localhost, and the authority that made it."""
    folder = tmp_path_factory.mktemp("identity")
    ca = certificates.make_ca(folder)
    return Identity(certificates.good(folder, ca), ca.cert)


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A folder with 200 files that have odd names."""
    return ftp_trees.make(tmp_path / "tree", TREE)


@pytest.fixture
def ftp(tmp_path_factory: pytest.TempPathFactory, identity: Identity) -> Iterator[Callable[..., FtpPeer]]:
    """``ftp(root, "--option", host=..., tls=True, kind=...)`` starts a server, ours unless it is said otherwise."""
    with contextlib.ExitStack() as stack:

        def start(
            root: Path, *arguments: str, host: str = "127.0.0.1", tls: bool = False, kind: ModuleType = ftp_served
        ) -> FtpPeer:
            home = tmp_path_factory.mktemp("ftp")
            options: dict[str, Any] = {"host": host, "identity": identity if tls else None}
            return stack.enter_context(kind.serving(home, root, *arguments, **options))

        yield start


@pytest.fixture
def smtp(tmp_path_factory: pytest.TempPathFactory, identity: Identity) -> Iterator[Callable[..., MailPeer]]:
    """``smtp("--option", kind=..., tls=True, ...)`` starts a mail server, ours unless it is said otherwise.

    With ``tls`` it has the certificate of ``identity``; other keywords are those of the kind.
    """
    with contextlib.ExitStack() as stack:

        def start(
            *arguments: str | Path, tls: bool = False, kind: ModuleType = smtp_served, **options: Any
        ) -> MailPeer:
            if tls:
                options["identity"] = identity
            return stack.enter_context(kind.serving(tmp_path_factory.mktemp("smtp"), *arguments, **options))

        yield start
