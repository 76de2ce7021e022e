"""README and docs do as printed: a shell runs each command, Python each program, and what they print is compared.

A block counts where a comment above it says so: ``tour``, or ``tour: server`` for what is to run on. Ports are
exchanged for free ones; ``...`` stands for anything.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.peers import need
from tests.support.ports import free_tcp_port
from tests.support.processes import Running

TOP = Path(__file__).resolve().parents[2]
PAGES = [
    "README.md",
    "docs/http.md",
    "docs/upper.md",
    "docs/window.md",
    "docs/how-a-request-travels.md",
    "docs/telnet.md",
    "docs/ftp.md",
    "docs/mail.md",
]
BLOCK = re.compile(
    r"<!-- tour(: server)? -->\n```(console|python)\n(.*?)```\n(?:\nprints\n\n```\n(.*?)```\n)?", re.DOTALL
)
USUAL_PORTS = ("8080", "12000", "12001", "2121", "2323", "2324", "2525", "2526", "2527", "8025")
"""The ports in what the pages show; each is exchanged for a free one."""
READS_A_RECORD = "portside watch "
"""What a server that runs on records is there some time after its client has ended."""
PATIENCE = 20.0
"""Seconds within which a server listens, and a command ends."""


@dataclass
class Command:
    """One line to type, and what is printed for it."""

    line: str
    shown: list[str] = field(default_factory=list)


def commands(block: str) -> Iterator[Command]:
    command = None
    for line in block.splitlines():
        if line.startswith("$ "):
            if command:
                yield command
            command = Command(line[2:])
        elif command:
            command.shown.append(line)
    if command:
        yield command


def agrees(shown: str, printed: str) -> bool:
    pattern = ".*".join(re.escape(piece) for piece in shown.rstrip("\n").split("..."))
    return re.fullmatch(pattern, printed.rstrip("\n"), re.DOTALL) is not None


class Tour:
    """A folder of its own with the examples in it, a shell, and the servers that were started."""

    def __init__(self, folder: Path, process: Callable[..., Running]) -> None:
        self.folder = folder
        self.process = process
        self.ports = {port: str(free_tcp_port()) for port in USUAL_PORTS}
        self.environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
        shutil.copytree(TOP / "examples", folder / "examples")

    def ported(self, text: str) -> str:
        """``text`` with our ports, written out where it leaves the usual one to the program."""
        text = re.sub(r"(portside upper localhost)(?!:)", r"\1:12000", text)
        text = re.sub(r"--mailbox$", "--mailbox 8025", text)
        text = re.sub(r"portside serve .*", lambda command: self._with_port(command[0]), text)
        usual = "|".join(USUAL_PORTS)
        return re.sub(rf"\b({usual})\b", lambda match: self.ports[match[1]], text)

    @staticmethod
    def _with_port(command: str) -> str:
        if "--port" in command:
            return command
        for protocol, port in (("upper", "12000"), ("ftp", "2121"), ("telnet", "2323"), ("smtp", "2525")):
            if command.startswith(f"portside serve {protocol}"):
                return command.replace(f"serve {protocol}", f"serve {protocol} --port {port}", 1)
        return command.replace("serve", "serve --port 8080", 1)

    def serve(self, command: Command) -> None:
        """A server says where it is ready, and runs on."""
        running = self.process(*shlex.split(self.ported(command.line)), cwd=self.folder, env=self.environment)
        (ready,) = command.shown
        running.wait_for_line(re.escape(self.ported(ready)))

    def serve_program(self, text: str) -> None:
        self.process(sys.executable, "-c", self.ported(text), cwd=self.folder, env=self.environment)
        port = int(self.ports[re.findall("|".join(USUAL_PORTS), text)[0]])
        end = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), 1).close()
                return
            except ConnectionRefusedError:
                assert time.monotonic() < end, "the program does not listen"

    def run(self, arguments: list[str], shown: str, patience: float = 0.0) -> None:
        """What it prints agrees with what is shown, ``patience`` seconds from now at the latest."""
        end = time.monotonic() + patience
        while not agrees(shown, printed := self._printed(arguments)):
            assert time.monotonic() < end, f"{arguments[-1]}\nprints\n{printed}\ninstead of\n{shown}"

    def _printed(self, arguments: list[str]) -> str:
        return subprocess.run(
            arguments,
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=PATIENCE,
            check=False,
        ).stdout

    def follow(self, page: str) -> int:
        """Do what ``page`` shows; returns how many blocks that were."""
        blocks = BLOCK.findall(page)
        for server, language, text, shown in blocks:
            if language == "python" and server:
                self.serve_program(text)
            elif language == "python":
                self.run([sys.executable, "-c", self.ported(text)], shown)
            else:
                self._follow_console(text, bool(server))
        return len(blocks)

    def _follow_console(self, text: str, server: bool) -> None:
        for command in commands(text):
            if server and " serve " in command.line:
                self.serve(command)
            else:
                patience = PATIENCE if command.line.startswith(READS_A_RECORD) else 0.0
                self.run(["bash", "-c", self.ported(command.line)], "\n".join(command.shown), patience)


@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_shows_does_as_printed(page: str, tmp_path: Path, process: Callable[..., Running]) -> None:
    text = (TOP / page).read_text()
    for peer in ("ncat", "swaks"):
        if f" {peer} " in text:
            need(peer)
    assert Tour(tmp_path, process).follow(text) >= 3


@pytest.mark.parametrize("page", [path.relative_to(TOP) for path in [TOP / "README.md", *(TOP / "docs").glob("*.md")]])
def test_what_a_page_links_to_exists(page: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", (TOP / page).read_text()):
        assert (TOP / page.parent / target).exists(), f"{page} links to {target}"
