"""What every test finds: a home of its own, processes that end, peers, and nothing left behind."""

from __future__ import annotations

import contextlib
import os
import signal
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from tests.support import leftovers
from tests.support import nginx as nginx_peer
from tests.support import served as served_command
from tests.support.nginx import Nginx
from tests.support.processes import Running, running
from tests.support.served import PORTSIDE, Served

PROVE = os.environ.get("PORTSIDE_PROVE") == "1"

# The same cases on every run: a property that fails for one person fails for all. Time is no criterion. Nor is it one
# which modules are loaded by then, and in which folder they lie: Hypothesis would try the constants it finds in them.
providers._get_local_constants = lambda: providers._local_constants
settings.register_profile(
    "portside",
    derandomize=True,
    deadline=None,
    database=None,
    max_examples=5000 if PROVE else 100,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("portside")

PROXIES = ("http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy")
PERSONAL = ("PORTSIDE_PASSWORD", "NETRC", "SSLKEYLOGFILE", "SSL_CERT_FILE", "SSL_CERT_DIR", "REQUEST_METHOD")


@pytest.fixture(scope="session", autouse=True)
def clean_end() -> Iterator[None]:
    """Fails the run where it leaves a process running, or a file in the folder it was started in."""
    mark = uuid.uuid4().hex
    here = Path.cwd()
    before = leftovers.names(here)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(leftovers.MARK, mark)
        yield
    assert leftovers.still_running(mark) == {}, "the tests left processes running"
    assert leftovers.names(here) - before == set(), "the tests left files where they were started"


@pytest.fixture(scope="session", autouse=True)
def interrupts_count() -> Iterator[None]:
    """A shell without job control has what it starts in the background ignore Ctrl-C, and children inherit that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def own_home(clean_end: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A user's home that is empty: no test reads or writes the real one, nor uses the real one's proxies."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("HOME", str(home))
        for variable, folder in (
            ("PORTSIDE_HOME", "portside"),
            ("XDG_DATA_HOME", "data"),
            ("XDG_CONFIG_HOME", "config"),
            ("XDG_CACHE_HOME", "cache"),
            ("XDG_STATE_HOME", "state"),
        ):
            patch.setenv(variable, str(home / folder))
        for variable in (*PROXIES, *(name.upper() for name in PROXIES), *PERSONAL):
            patch.delenv(variable, raising=False)
        yield home


@pytest.fixture(scope="session")
def portside() -> Path:
    """The command ``portside``, as installed beside the interpreter that runs the tests."""
    assert PORTSIDE.exists(), f"{PORTSIDE} is missing: the package is not installed in this environment"
    return PORTSIDE


@pytest.fixture
def process(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Running]]:
    """``process("socat", "-", ...)`` starts one; keywords as for ``Running``. It is stopped after the test."""
    folder = tmp_path_factory.mktemp("process")
    with contextlib.ExitStack() as stack:

        def start(*arguments: str | Path, **options: Any) -> Running:
            return stack.enter_context(running(arguments, folder, **options))

        yield start


@pytest.fixture
def served(tmp_path_factory: pytest.TempPathFactory, portside: Path) -> Iterator[Callable[..., Served]]:
    """``served(folder, "--upload")`` runs ``portside serve`` with those arguments, on a port of its own."""
    folder = tmp_path_factory.mktemp("served")
    with contextlib.ExitStack() as stack:

        def start(*arguments: str | Path, **options: Any) -> Served:
            return stack.enter_context(served_command.serving(folder, *arguments, **options))

        yield start


@pytest.fixture
def nginx(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[..., Nginx]]:
    """``nginx(root, server="...", cert=..., key=...)`` starts one on a port of its own; keywords as there."""
    with contextlib.ExitStack() as stack:

        def start(root: Path, **options: Any) -> Nginx:
            home = tmp_path_factory.mktemp("nginx")
            return stack.enter_context(nginx_peer.serving(home, root, **options))

        yield start
