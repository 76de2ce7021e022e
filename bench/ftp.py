"""The FTP server: one large file, many of 2 MB, both ways, and logins, against pyftpdlib, vsftpd and ProFTPD.

Files lie in memory (tmpfs), where a server can't hide behind a disk; a round on the disk follows, for comparison. Each
server's processes share one core.
"""

from __future__ import annotations

import contextlib
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.ftp_load import LOGINS, MANY
from bench.ftp_servers import SERVERS
from bench.measure import ROUNDS, Ratio, median_table, output_of

MEMORY = Path("/dev/shm")
ONE, EACH = 100 * 1024 * 1024, 2 * 1024 * 1024
LOADS = {
    "retr-one": ("RETR of 100 MB", ONE / 1e6, "MB/s"),
    "retr-many": ("RETR of 200 times 2 MB", MANY * EACH / 1e6, "MB/s"),
    "stor-one": ("STOR of 100 MB", ONE / 1e6, "MB/s"),
    "stor-many": ("STOR of 200 times 2 MB", MANY * EACH / 1e6, "MB/s"),
    "logins": (f"{LOGINS} anonymous logins", LOGINS, "/s"),
}
"""Each load: its name, how much it does, and the unit of that per second."""


@contextlib.contextmanager
def _folder(where: Path | None) -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="portside-bench-", dir=where) as name:
        home = Path(name)
        home.chmod(0o755)
        public = home / "www/pub"
        public.mkdir(parents=True)
        public.chmod(0o777)
        for label, size in (("100m", ONE), ("2m", EACH)):
            for place in (public, home):
                (place / f"{label}.bin").write_bytes(b"".join(bytes([n % 251]) * 65536 for n in range(size // 65536)))
        yield home


def _measure(load: str, port: int, home: Path) -> float:
    """How much of ``load`` a second; what was stored goes again."""
    source = home / ("100m.bin" if load == "stor-one" else "2m.bin")
    seconds = float(output_of([sys.executable, "-m", "bench.ftp_load", load, str(port), source]))
    for name in [*(home / "www/pub").glob("many*.bin"), *(home / "www/pub").glob("new.bin")]:
        name.unlink()
    return LOADS[load][1] / seconds


def _compare(where: Path | None, loads: list[str], rounds: int, note: str) -> list[Ratio]:
    figures: dict[str, dict[str, list[float]]] = {load: {} for load in loads}
    with _folder(where) as home, contextlib.ExitStack() as stack:
        ports = {name: stack.enter_context(serve(home)) for name, serve in SERVERS.items()}
        for _ in range(rounds):
            for load in loads:
                for name, port in ports.items():
                    figures[load].setdefault(name, []).append(_measure(load, port, home))
        (home / "www").chmod(0o755)
    ratios = []
    for load in loads:
        label, _, unit = LOADS[load]
        peers = ("pyftpdlib",) if load == "logins" else ("pyftpdlib", "vsftpd", "ProFTPD")
        ratios += median_table(label + note, figures[load], peers=peers, unit=unit, wanted=1.0 if not note else None)
    return ratios


def run() -> list[Ratio]:
    loads = list(LOADS)
    return [
        *_compare(MEMORY, loads, ROUNDS, ""),
        *_compare(None, ["retr-one", "stor-one", "stor-many"], 1, ", on the disk"),
    ]
