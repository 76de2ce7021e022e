"""Our client at our own server, both as commands: what a person sees, what a script gets, and what neither tells."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.certificates import good, make_ca
from tests.support.served import PORTSIDE, Served
from tests.support.terminals import Terminal, sitting_at

APP = """
async def app(visitor):
    visitor.on_resize = lambda: visitor.tell(f"The window is {visitor.columns}x{visitor.rows}.")
    told = [name for name in ("USER", "LANG", "SECRET", "EDITOR") if name in visitor.environment]
    visitor.write(f"[{visitor.terminal} {visitor.columns}x{visitor.rows} {visitor.charset} {told} {visitor.secure}]\\n")
    name = await visitor.line("name: ")
    secret = await visitor.line("password: ", secret=True)
    visitor.write(f"{name}'s has {len(secret)} letters.\\n")
    async for line in visitor.lines("> "):
        if line == "bye":
            visitor.write("Come again!\\n")
            return
        if line == "much":
            for number in range(20_000):
                visitor.write(f"{number} of it\\n")
                await visitor.drain()
        visitor.write(f"You said {line!r}.\\n")
"""
HOSTS = ["127.0.0.1", "::1"]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A folder with an application in it."""
    (tmp_path / "visits.py").write_text(APP)
    return tmp_path


@contextmanager
def sitting(server: Served, *options: str | Path, **window: int) -> Iterator[Terminal]:
    with sitting_at([PORTSIDE, "telnet", server.host, str(server.port), *options], **window) as terminal:
        yield terminal


def script(server: Served, *options: str | Path, said: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [PORTSIDE, "telnet", server.host, str(server.port), "--wait", "60", *options],
        input=said,
        capture_output=True,
        timeout=60,
        check=False,
        env={**os.environ, "CANARY": "hushhush", "USER": "-f root", "SECRET": "canary"},
    )


@pytest.mark.parametrize("host", HOSTS)
def test_a_visit_at_a_terminal(served: Callable[..., Served], app: Path, tmp_path: Path, host: str) -> None:
    log = tmp_path / "a.log"
    server = served("telnet", "visits:app", "--host", host, cwd=app)
    with sitting(server, "--log", log, "--env", "EDITOR=vi", rows=41, columns=133) as terminal:
        terminal.wait_for(r"^\[xterm 133x41 utf-8 \[.*\] False\]$")
        terminal.wait_for("^name:$")
        terminal.type("anx\x7fn\r")
        terminal.wait_for("^password:$")
        terminal.type("hushhush\r")
        terminal.wait_for("^ann's has 8 letters.$")
        terminal.type("grün 日本\r")
        terminal.wait_for("^You said 'grün 日")
        terminal.resize(20, 60)
        terminal.wait_for("The window is 60x20.")
        terminal.type("bye\r")
        assert terminal.wait() == 0
        assert "Come again!" in terminal.text
        assert "has closed the connection" in terminal.text
        assert b"hushhush" not in terminal.raw
    assert b"ann's has 8 letters." in log.read_bytes()
    assert b"hushhush" not in log.read_bytes()


def test_only_what_was_named_of_the_environment_is_told(served: Callable[..., Served], app: Path) -> None:
    server = served("telnet", "visits:app", cwd=app)
    steps = ["--expect", r"\[unknown.*\]", "--expect", "name: "]
    assert b" [] " in script(server, *steps).stdout
    assert b" ['LANG'] " in script(server, "--env", "LANG=C.UTF-8", *steps).stdout


def test_steps_and_lines_of_a_script(served: Callable[..., Served], app: Path) -> None:
    server = served("telnet", "visits:app", cwd=app)
    steps = ["--expect", "name: ", "--send", "ann", "--expect", "password: ", "--send-secret", "CANARY"]
    done = script(server, *steps, "--expect", "8 letters", "--expect", "> ", "--send", "bye")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.endswith(b"Come again!\n")
    assert b"hushhush" not in done.stdout
    done = script(server, said=b"ann\nhushhush\nmuch\nbye\n")
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b" of it\n") == 20_000
    assert done.stdout.endswith(b"Come again!\n")


def test_what_was_expected_and_did_not_come_is_shown_in_one_line(served: Callable[..., Served], app: Path) -> None:
    server = served("telnet", "visits:app", cwd=app)
    done = script(server, "--expect", "never", "--expect-time", "0.5")
    assert (done.returncode, done.stderr.count(b"\n")) == (5, 1)
    assert b"did not say 'never' within 0.5 s; it said " in done.stderr
    steps = ["--expect", "name: ", "--send", "ann", "--expect", "password: ", "--send", "x", "--expect", "> "]
    done = script(server, *steps, "--send", "bye", "--expect", "never")
    assert (done.returncode, done.stderr.count(b"\n")) == (3, 1)
    assert b"without saying 'never'; it said 'Come again!" in done.stderr
    assert b"Come again!" in done.stdout
    done = script(server, "--expect", "name: ", "--send-secret", "NOT_THERE")
    assert (done.returncode, done.stderr.count(b"\n")) == (2, 1)


def test_whoever_reads_no_further_ends_it_without_a_word(served: Callable[..., Served], app: Path) -> None:
    server = served("telnet", "visits:app", cwd=app)
    command = f"printf 'ann\\nx\\nmuch\\n' | {PORTSIDE} telnet --wait 60 {server.host} {server.port} | head -c 100"
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, timeout=60, check=False)
    assert (done.returncode, len(done.stdout), done.stderr) == (0, 100, b"")


def test_over_tls_and_only_to_whom_it_believes(served: Callable[..., Served], app: Path, tmp_path: Path) -> None:
    ca = make_ca(tmp_path)
    pair = good(tmp_path, ca)
    server = served("telnet", "visits:app", "--cert", pair.cert, "--key", pair.key, cwd=app)
    done = script(server, "--cacert", ca.cert, "--expect", r"True\]")
    assert (done.returncode, done.stderr) == (0, b"")
    assert script(server, "--tls", "--expect", "name").returncode == 4
    with sitting(server, "-k") as terminal:
        terminal.wait_for("^name:$")
        terminal.type("\x1dstatus\r")
        terminal.wait_for("connected to .*, TLSv1.3$")
        terminal.type("\x1dclose\r")
        assert terminal.wait() == 0


def test_negotiation_is_told_in_words_at_a_terminal_too(served: Callable[..., Served], app: Path) -> None:
    server = served("telnet", "visits:app", cwd=app)
    with sitting(server, "-v") as terminal:
        terminal.wait_for("^< server: line mode EDIT, TRAPSIG$")
        terminal.wait_for(r"^> client: line mode EDIT, TRAPSIG \(agreed\)$")
        terminal.wait_for("^name: ?$")


def test_nobody_there_is_one_line_and_its_own_exit_code() -> None:
    done = subprocess.run(
        [PORTSIDE, "telnet", "127.0.0.1", "1"], capture_output=True, timeout=60, check=False, input=b""
    )
    assert (done.returncode, done.stderr.count(b"\n")) == (3, 1)


def test_what_it_records_explains_itself_and_holds_no_password(
    served: Callable[..., Served], app: Path, tmp_path: Path
) -> None:
    server = served("telnet", "visits:app", cwd=app)
    record = tmp_path / "a.pcapng"
    with sitting(server, "--record", record) as terminal:
        terminal.wait_for("^name:$")
        terminal.type("ann\r")
        terminal.wait_for("^password:$")
        terminal.type("hushhush\r")
        terminal.wait_for("8 letters")
        terminal.type("bye\r")
        assert terminal.wait() == 0
    told = subprocess.run([PORTSIDE, "watch", record, "--text"], capture_output=True, timeout=60, check=True).stdout
    assert b"window 80 x 24" in told
    assert b"8 letters" in told
    assert b"hushhush" not in told
    assert b"hushhush" not in record.read_bytes()
