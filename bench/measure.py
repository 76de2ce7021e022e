"""What all comparisons share: pinned processes, rounds in turn, medians and their ratio."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

SERVER_CORE, CLIENT_CORE = 0, 1
ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SECONDS = float(os.environ.get("BENCH_SECONDS", "3"))
"""Length of one measurement of a load."""

PEERS = Path(__file__).parents[1] / ".peers"
"""Where peers lie that were unpacked, since their packages can't be installed together."""

PORTSIDE = [sys.executable, "-m", "portside"]


@dataclass(frozen=True)
class Ratio:
    """How one side's figure stands to the other's, and what was asked for."""

    name: str
    ours: float
    theirs: float
    unit: str
    peer: str
    wanted: float | None

    def __str__(self) -> str:
        ratio = self.ours / self.theirs
        verdict = (
            "" if self.wanted is None else f"  (wanted {self.wanted:g}: {'yes' if ratio >= self.wanted else 'NO'})"
        )
        return (
            f"{self.name:<44} {self.ours:>11,.0f} {self.unit:<6} {self.peer:>12} {self.theirs:>11,.0f}"
            f"   ratio {ratio:5.2f}{verdict}"
        )


def compare(
    name: str,
    ours: Callable[[], float],
    theirs: Callable[[], float],
    *,
    unit: str,
    peer: str,
    wanted: float | None = None,
) -> Ratio:
    """Measure both in turn, ``ROUNDS`` times; the figures are medians, more is better."""
    mine, others = [], []
    for _ in range(ROUNDS):
        mine.append(ours())
        others.append(theirs())
    ratio = Ratio(name, statistics.median(mine), statistics.median(others), unit, peer, wanted)
    print(ratio, flush=True)
    return ratio


def median_table(
    name: str, figures: dict[str, list[float]], *, peers: Sequence[str], unit: str, wanted: float | None
) -> list[Ratio]:
    """Our medians against those of each of ``peers``, which were measured in the same rounds; more is better."""
    ours = statistics.median(figures["portside"])
    ratios = [Ratio(name, ours, statistics.median(figures[peer]), unit, peer, wanted) for peer in peers]
    for ratio in ratios:
        print(ratio, flush=True)
    return ratios


@contextlib.contextmanager
def pinned(arguments: Sequence[str | Path], core: int, **options: object) -> Iterator[subprocess.Popen[str]]:
    """A process on one core, ended by its id."""
    process = subprocess.Popen(
        list(map(str, arguments)),
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        **options,  # type: ignore[call-overload]
    )
    try:
        yield process
    finally:
        process.terminate()
        process.wait(10)


def output_of(arguments: Sequence[str | Path], core: int = CLIENT_CORE) -> str:
    """What a process on one core prints. Raises where it fails."""
    done = subprocess.run(
        list(map(str, arguments)),
        capture_output=True,
        text=True,
        preexec_fn=lambda: os.sched_setaffinity(0, {core}),
        check=False,
        timeout=300,
    )
    if done.returncode:
        raise SystemExit(f"{arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout


def program(name: str) -> str:
    """Where a peer is installed. Ends the benchmark with one line where it isn't."""
    unpacked = [str(place) for place in PEERS.glob("*/usr/*bin")]
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", *unpacked]))
    if found is None:
        raise SystemExit(f"{name} is missing; 'make peers' installs it")
    return found


def free_port() -> int:
    """A TCP port of loopback that nobody listens on now."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port


def wait_until_open(port: int) -> None:
    """Return once somebody accepts at ``port``."""
    end = time.monotonic() + 20
    while time.monotonic() < end:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
            return
        time.sleep(0.02)
    raise SystemExit(f"nobody listens at port {port}")


@contextlib.contextmanager
def folder() -> Iterator[Path]:
    """A temporary folder that nginx may read: ``www`` holds the files to be served."""
    with tempfile.TemporaryDirectory(prefix="portside-bench-") as name:
        home = Path(name)
        home.chmod(0o755)
        (home / "www").mkdir()
        (home / "www/1k.txt").write_bytes(b"x" * 1024)
        with (home / "www/100m.bin").open("wb") as file:
            for number in range(100):
                file.write(bytes([number]) * 1024 * 1024)
        yield home


_NGINX = """\
daemon off; master_process off; pid {home}/nginx.pid; error_log {home}/nginx.err;
events {{ worker_connections 4096; }}
http {{
    types {{ text/plain txt; }}
    default_type application/octet-stream;
    access_log {log};
    sendfile on; tcp_nopush on; keepalive_requests 1000000000; keepalive_timeout 75;
    open_file_cache max=1000 inactive=60s; open_file_cache_valid 1s;
    client_body_temp_path {home}/b; proxy_temp_path {home}/p; fastcgi_temp_path {home}/f;
    uwsgi_temp_path {home}/u; scgi_temp_path {home}/s;
    server {{ listen 127.0.0.1:{port} backlog=4096; root {home}/www; }}
}}
"""


@contextlib.contextmanager
def nginx(home: Path, *, log: bool = False) -> Iterator[int]:
    """nginx with one worker on the server's core; gives its port."""
    port = free_port()
    configuration = home / f"nginx-{port}.conf"
    access = f"{home}/nginx-access.log" if log else "off"
    configuration.write_text(_NGINX.format(home=home, port=port, log=access))
    with pinned([program("nginx"), "-c", configuration, "-e", home / "nginx.err"], SERVER_CORE):
        wait_until_open(port)
        yield port


@contextlib.contextmanager
def serving(*arguments: str | Path) -> Iterator[tuple[int, int]]:
    """``portside serve`` with ``arguments`` on the server's core, at a free port; gives that, and its process id."""
    command = [*PORTSIDE, "serve", *arguments, "--port", "0"]
    with pinned(command, SERVER_CORE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as process:
        assert process.stdout is not None
        ready = process.stdout.readline()
        match = re.search(r":(\d+)/", ready)
        if match is None:
            raise SystemExit(f"our server did not start: {ready!r}")
        yield int(match[1]), process.pid


@contextlib.contextmanager
def portside(home: Path, *, log: bool = False, options: Sequence[str | Path] = ()) -> Iterator[int]:
    """Our server on the server's core; gives its port."""
    logging = ["--log-format", "combined", "--access-log", home / "access.log"] if log else ["--no-access-log"]
    with serving(home / "www", *logging, *options) as (port, _):
        yield port


def wrk(port: int, path: str, *, connections: int = 64, script: Path | None = None) -> dict[str, float]:
    """A load from the client's core: ``requests`` and ``bytes`` a second."""
    extra = ["-s", script] if script else []
    url = f"http://127.0.0.1:{port}/{path}"
    text = output_of([program("wrk"), "-t1", f"-c{connections}", f"-d{SECONDS:g}", *extra, url])
    if "Non-2xx" in text or re.search(r"(?:connect|read|write) [1-9]", text):  # a wait of over 2 s is no failure
        raise SystemExit(f"the load failed:\n{text}")
    requests = re.search(r"Requests/sec:\s+([\d.]+)", text)
    transfer = re.search(r"Transfer/sec:\s+([\d.]+)([KMG]?)B", text)
    assert requests is not None
    assert transfer is not None
    scale = {"": 1, "K": 2**10, "M": 2**20, "G": 2**30}[transfer[2]]
    return {"requests": float(requests[1]), "bytes": float(transfer[1]) * scale}
