"""The README's tour does as printed: each command is run by a shell, each line it shows is compared.

Ports are exchanged for free ones. ``...`` stands for anything.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.ports import free_tcp_port
from tests.support.processes import Running

TOP = Path(__file__).resolve().parents[2]
README = (TOP / "README.md").read_text()
BLOCK = re.compile(r"<!-- tour(: server)? -->\n```console\n(.*?)```", re.DOTALL)
PYTHON = re.compile(r"```python\n(.*?)```", re.DOTALL)


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


def agrees(shown: list[str], printed: str) -> bool:
    pattern = ".*".join(re.escape(piece) for piece in "\n".join(shown).split("..."))
    return re.fullmatch(pattern, printed.rstrip("\n"), re.DOTALL) is not None


class Tour:
    """A shell in a folder of its own, with the example site beside it."""

    def __init__(self, folder: Path, process: Callable[..., Running]) -> None:
        self.folder = folder
        self.process = process
        self.ports = {"8080": str(free_tcp_port()), "12000": str(free_tcp_port())}
        shutil.copytree(TOP / "examples", folder / "examples")
        self.environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}

    def with_our_ports(self, text: str) -> str:
        return re.sub(r"\b(8080|12000)\b", lambda match: self.ports[match[1]], text)

    def serve(self, command: Command) -> None:
        """A server says where it is ready, and runs on."""
        default = "12000" if "serve upper" in command.line else "8080"
        arguments = [*command.line.split(), "--port", self.ports[default]]
        running = self.process(*arguments, cwd=self.folder, env=self.environment)
        assert command.shown == [command.shown[0]]
        running.wait_for_line(re.escape(self.with_our_ports(command.shown[0])))

    def run(self, command: Command) -> None:
        line = self.with_our_ports(command.line).replace(
            "upper localhost '", f"upper localhost:{self.ports['12000']} '"
        )
        done = subprocess.run(
            ["bash", "-c", line],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=30,
            check=False,
        )
        assert agrees(command.shown, done.stdout), f"$ {line}\n{done.stdout}\nshould be\n" + "\n".join(command.shown)


@pytest.fixture
def tour(tmp_path: Path, process: Callable[..., Running]) -> Tour:
    return Tour(tmp_path, process)


def test_the_tour_does_as_printed(tour: Tour) -> None:
    blocks = BLOCK.findall(README)
    assert len(blocks) > 4
    for server, block in blocks:
        for command in commands(block):
            if server and " serve " in command.line:
                tour.serve(command)
            else:
                tour.run(command)


def test_the_python_example_does_as_printed(tour: Tour) -> None:
    tour.serve(Command("portside serve examples/site", ["ready http://127.0.0.1:8080/"]))
    (example,) = PYTHON.findall(README)
    printed = subprocess.check_output([sys.executable, "-c", tour.with_our_ports(example)], text=True, timeout=30)
    status, content_type, facts = printed.split(" ", 2)
    assert (status, content_type) == ("200", "application/json")
    assert facts.strip() == str(json.loads((TOP / "examples/site/facts.json").read_text()))


def test_what_is_linked_exists() -> None:
    for page in [TOP / "README.md", *(TOP / "docs").glob("*.md")]:
        for target in re.findall(r"\]\(([^)#:]+)\)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"
