"""Our Telnet server with the client of GNU inetutils, which sits at a terminal as a person's would."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.peers import need
from tests.support.processes import alive
from tests.support.served import Served
from tests.support.terminals import Terminal, sitting_at

pytestmark = pytest.mark.peer

APP = """
async def app(visitor):
    visitor.on_resize = lambda: visitor.tell(f"The window is {visitor.columns}x{visitor.rows}.")
    visitor.write(f"[{visitor.terminal} {visitor.columns}x{visitor.rows} {visitor.colours}]\\n")
    name = await visitor.line("name: ")
    secret = await visitor.line("password: ", secret=True)
    visitor.write(f"{name}'s has {len(secret)} letters.\\n")
    async for line in visitor.lines("> "):
        if line == "key":
            visitor.write(f"You pressed {await visitor.key()}.\\n")
        elif line == "bye":
            return
        else:
            visitor.write(f"You said {line!r}.\\n")
"""
SECRET = "sesame-open"
HOSTS = ["127.0.0.1", "::1"]


@pytest.fixture
def app(tmp_path: Path) -> Path:
    """A folder with an application in it."""
    (tmp_path / "visits.py").write_text(APP)
    return tmp_path


@contextmanager
def _calling(served: Served, *options: str, **window: int) -> Iterator[Terminal]:
    with sitting_at([need("telnet"), *options, served.host, str(served.port)], **window) as terminal:
        yield terminal


def _enter(terminal: Terminal) -> None:
    terminal.wait_for(r"^name: ?$")
    terminal.type("ann\r")
    terminal.wait_for(r"^password: ?$")
    terminal.type(f"{SECRET}\r")
    terminal.wait_for(rf"^ann's has {len(SECRET)} letters\.$")
    assert SECRET.encode() not in terminal.raw


# --------------------------------------------------------------------------------------- an application


@pytest.mark.parametrize("host", HOSTS)
def test_keys_are_echoed_and_edited_and_secrets_are_not(served: Callable[..., Served], app: Path, host: str) -> None:
    with _calling(served("telnet", "visits:app", "--host", host, cwd=app)) as terminal:
        terminal.wait_for(r"^\[xterm 80x24 16\]$")
        _enter(terminal)
        terminal.type("grün 日本 wrld\x1b[D\x1b[D\x1b[Do")
        terminal.wait_for(r"^> grün 日 ?本 ? world$")
        terminal.type("\x17\x01\x0b again\r")
        terminal.wait_for(r"^You said ' again'\.$")
        terminal.type("\x1b[A\r")
        terminal.wait_for(r"^> +again$\n^You said ' again'\.$\n^> +again$\n^You said ' again'\.$")


def test_the_window_is_told_at_first_and_whenever_it_changes(served: Callable[..., Served], app: Path) -> None:
    with _calling(served("telnet", "visits:app", cwd=app), rows=30, columns=100) as terminal:
        terminal.wait_for(r"^\[xterm 100x30 16\]$")
        _enter(terminal)
        terminal.type("half a li")
        terminal.wait_for("> half a li$")
        terminal.resize(41, 133)
        terminal.wait_for(r"^The window is 133x41\.$\n^> half a li$")
        terminal.type("ne\r")
        terminal.wait_for(r"^You said 'half a line'\.$")


def test_single_keys_come_by_their_names(served: Callable[..., Served], app: Path) -> None:
    with _calling(served("telnet", "visits:app", cwd=app)) as terminal:
        _enter(terminal)
        for key, name in (("x", "x"), ("\x1b[5~", "page-up"), ("\x1bOP", "f1"), ("\x1b[A", "up"), ("\x1b", "escape")):
            terminal.type("key\r")
            terminal.wait_for(r"^> key$\n^$|^> key$\Z|> key\s*\Z")
            terminal.type(key)
            terminal.wait_for(rf"^You pressed {name}\.$")


def test_in_line_mode_the_client_edits_and_only_secrets_are_hidden(served: Callable[..., Served], app: Path) -> None:
    with _calling(served("telnet", "visits:app", "--typing", "lines", cwd=app)) as terminal:
        _enter(terminal)
        terminal.wait_for(r"^> ?$")
        terminal.type("hello worl\x7fld\r")
        terminal.wait_for(r"^> hello world$\n^You said 'hello world'\.$")
        terminal.type("\x1dstatus\r")
        terminal.wait_for("Operating with LINEMODE option")
        terminal.wait_for("Local line editing")


def test_a_visit_ends_and_so_does_the_client(served: Callable[..., Served], app: Path) -> None:
    with _calling(served("telnet", "visits:app", cwd=app)) as terminal:
        _enter(terminal)
        terminal.type("bye\r")
        terminal.wait_for("Connection closed by foreign host")
        terminal.wait()


def test_the_world_can_be_entered_and_left(served: Callable[..., Served], tmp_path: Path) -> None:
    with _calling(served("telnet", "--save", tmp_path / "world.sqlite")) as terminal:
        terminal.wait_for("guest")
        terminal.type("guest\r")
        terminal.wait_for("'quit' ends the visit")
        terminal.wait_for(r"^> ?$")
        terminal.type("quit\r")
        terminal.wait_for("Connection closed by foreign host")


# ------------------------------------------------------------------------------------------------ a shell


@pytest.fixture
def shell(served: Callable[..., Served]) -> Served:
    return served("telnet", "--shell", "--user", f"ann:{SECRET}", "--allow-root")


def _log_in(terminal: Terminal) -> None:
    terminal.wait_for(r"^login: ?$")
    terminal.type("ann\r")
    terminal.wait_for(r"^Password: ?$")
    terminal.type(f"{SECRET}\r")
    terminal.wait_for(r"[#$] ?$")
    assert SECRET.encode() not in terminal.raw


def _run(terminal: Terminal, command: str) -> None:
    """Type a command, and wait for its end."""
    mark = os.urandom(4).hex()
    terminal.type(f"{command}; echo 'done'-{mark}\r")
    terminal.wait_for(rf"^done-{mark}$")


def test_a_shell_has_a_terminal_like_any_other(shell: Served) -> None:
    with _calling(shell) as terminal:
        _log_in(terminal)
        terminal.resize(41, 133)
        _run(terminal, "stty size; echo TERM=$TERM; test -t 0 && echo tty")
        terminal.wait_for(r"^41 133$")
        terminal.wait_for(r"^TERM=xterm$")
        terminal.wait_for(r"^tty$")
        _run(terminal, "echo 'grün 日本'")
        terminal.wait_for(r"^grün 日 ?本")
        terminal.type("stty -echo; echo rea''dy; read X; stty echo\r")
        terminal.wait_for("^ready$")
        terminal.type("unseen-words\r")
        _run(terminal, "echo ${#X}")
        terminal.wait_for(r"^12$")
        assert b"unseen-words" not in terminal.raw


def test_a_pager_is_usable(shell: Served, tmp_path: Path) -> None:
    (tmp_path / "long.txt").write_text("".join(f"row {number}\n" for number in range(1, 201)))
    with _calling(shell) as terminal:
        need("less")
        _log_in(terminal)
        terminal.type(f"less {tmp_path}/long.txt\r")
        terminal.wait_for(r"^row 1$(\n.*)*^row 23$")
        terminal.type(" ")
        terminal.wait_for(r"^row 24$(\n.*)*^row 46$")
        terminal.type("G")
        terminal.wait_for(r"^row 200$")
        terminal.type("q")
        _run(terminal, "true")


def test_an_interrupt_stops_what_runs_however_much_it_prints(shell: Served) -> None:
    with _calling(shell) as terminal:
        _log_in(terminal)
        terminal.type("yes\r")
        terminal.wait_for(r"^y$\n^y$\n^y$")
        terminal.type("\x03")
        _run(terminal, "true")


def test_the_end_is_told_with_its_exit_status(shell: Served) -> None:
    with _calling(shell) as terminal:
        _log_in(terminal)
        terminal.type("exit 3\r")
        terminal.wait_for(r"^The shell has ended: exit status 3\.$")
        terminal.wait_for("Connection closed by foreign host")


def test_nothing_of_the_clients_environment_reaches_the_shell(shell: Served) -> None:
    """CVE-2026-24061: a client's USER went to a command line."""
    program, environment = need("telnet"), {"USER": "-f root", "LANG": "C.UTF-8", "SECRET": "x"}
    with sitting_at([program, "-l", "-f root", "-a", shell.host, str(shell.port)], environment=environment) as terminal:
        _log_in(terminal)
        _run(terminal, 'echo "user=[$USER] secret=[$SECRET]"')
        terminal.wait_for(r"^user=\[[^- ]+\] secret=\[\]$")


def test_a_visitor_who_vanishes_leaves_no_process(shell: Served) -> None:
    with _calling(shell) as terminal:
        _log_in(terminal)
        terminal.type("echo pid=$$.\r")
        terminal.wait_for(r"^pid=[0-9]+\.$")
        found = re.search(r"^pid=([0-9]+)\.$", terminal.text, re.MULTILINE)
        assert found is not None
        terminal.process.send_signal(signal.SIGKILL)
        shell.process.wait_for_line("has ended: the visitor left", output="stderr")
        assert not alive(int(found[1]))


def test_a_wrong_password_gives_no_shell(shell: Served) -> None:
    with _calling(shell) as terminal:
        for _ in range(3):
            terminal.wait_for(r"^login: ?\Z|^login: ?$(?!(\n.*)*Login incorrect\.\s*\Z)")
            terminal.type("ann\r")
            terminal.wait_for(r"^Password: ?\s*\Z")
            terminal.type("wrong\r")
        terminal.wait_for("Connection closed by foreign host")
        assert terminal.text.count("Login incorrect") == 3


def test_the_server_warns_of_cleartext(shell: Served) -> None:
    shell.process.wait_for_line("Telnet is cleartext", output="stderr")
