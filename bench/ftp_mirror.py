"""The FTP client: a tree of small files from vsftpd, by 'portside get --recursive' and by lftp's mirror.

lftp mirrors over one connection unless it is told otherwise; it is told so in a second comparison.
"""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

from bench.ftp_servers import vsftpd
from bench.measure import PORTSIDE, Ratio, compare, output_of, program

FOLDERS, IN_EACH, SIZE = 50, 100, 2048
COUNT = FOLDERS * IN_EACH


def _plant(root: Path) -> None:
    for folder in range(FOLDERS):
        place = root / f"pub/folder{folder}"
        place.mkdir(parents=True)
        for number in range(IN_EACH):
            (place / f"file{number}.txt").write_bytes(bytes([folder, number]) * (SIZE // 2))


def _count(place: Path) -> int:
    return sum(1 for path in place.rglob("*.txt") if path.stat().st_size == SIZE)


def run() -> list[Ratio]:
    with tempfile.TemporaryDirectory(prefix="portside-bench-", dir="/dev/shm") as name:
        home = Path(name)
        home.chmod(0o755)
        _plant(home / "www")
        with vsftpd(home) as port:
            url = f"ftp://127.0.0.1:{port}/pub/"

            def orders(how: str) -> str:
                return f"set net:max-retries 1; set cmd:fail-exit yes; mirror {how} {url} {home}/theirs"

            def timed(command: list[str | Path], into: Path) -> float:
                start = time.perf_counter()
                output_of(command)
                seconds = time.perf_counter() - start
                if _count(into) != COUNT:
                    raise SystemExit(f"{command[0]} brought {_count(into)} of {COUNT} files")
                shutil.rmtree(into)
                return COUNT / seconds

            ours: list[str | Path] = [*PORTSIDE, "get", "-q", "--recursive", "-o", home / "ours", url]
            ratios = [
                compare(
                    f"mirror of {COUNT:,} files of 2 KB",
                    lambda: timed(ours, home / "ours"),
                    lambda how=how: timed([program("lftp"), "-c", orders(how)], home / "theirs"),  # type: ignore[misc]
                    unit="/s",
                    peer=peer,
                    wanted=wanted,
                )
                for peer, how, wanted in (("lftp", "", 1.5), ("lftp by four", "--parallel=4", None))
            ]
        (home / "www").chmod(0o755)
        return ratios
