"""Our client at a real shell behind inetutils' telnetd: the screen a person sees, keys, window, and the way out."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.peers import need
from tests.support.processes import Running
from tests.support.served import PORTSIDE
from tests.support.telnetd import telnetd
from tests.support.terminals import Terminal, sitting_at

pytestmark = pytest.mark.peer

Script = Callable[..., Running]

SHELL = {"PS1": "$ ", "ENV": ""}
SLEEPER = """sh -c 'echo u""p; exec sleep 100'"""
"""Says that it is there; a key that comes before is the shell's, which may not have started it yet."""


@pytest.fixture
def port() -> Iterator[int]:
    with telnetd() as port:
        yield port


@pytest.fixture
def terminal(port: int) -> Iterator[Terminal]:
    with sitting_at([PORTSIDE, "telnet", "127.0.0.1", str(port)], rows=41, columns=133) as terminal:
        terminal.wait_for(r"^[#$]$")
        terminal.type("PS1='ready> '\r")
        terminal.wait_for("^ready>$")
        yield terminal


@pytest.fixture
def script(port: int, process: Callable[..., Running]) -> Script:
    """Starts the command without a terminal, and passes on what is ``said`` once the shell is there.

    Once it has answered with ``answer`` it is told to exit: telnetd loses the last words of a shell that ends at once.
    The command ends by the server's end, however long the server is silent before.
    """

    def start(*options: str, said: bytes = b"", answer: str = "") -> Running:
        command = process(PORTSIDE, "telnet", "127.0.0.1", str(port), "--wait", "60", *options, input=True)
        if said:
            command.wait_for_line("[#$] $")  # telnetd loses what comes before
            command.tell(said)
            command.wait_for_line(answer)
            command.tell(b"exit\n")
        command.hang_up()
        return command

    return start


def test_the_shell_knows_terminal_and_window_and_follows_the_window(terminal: Terminal) -> None:
    terminal.type("echo $TERM; stty size\r")
    terminal.wait_for("^xterm\n41 133$")
    terminal.resize(20, 60)
    terminal.type("until stty size | grep '20 60'; do sleep 0.1; done\r")  # a key may overtake the new size
    terminal.wait_for("^20 60$")


def test_keys_are_echoed_once_and_a_password_is_not(terminal: Terminal) -> None:
    terminal.type("echo once\r")
    terminal.wait_for("^once$")
    assert terminal.text.count("once") == 2
    terminal.type("stty -echo; echo ask; read secret; stty echo; echo got ${#secret}\r")
    terminal.wait_for("^ask$")
    terminal.type("canary\r")
    terminal.wait_for("^got 6$")
    assert b"canary" not in terminal.raw


def test_an_interrupt_stops_what_runs(terminal: Terminal) -> None:
    terminal.type(f"{SLEEPER}\r")
    terminal.wait_for("^up$")
    terminal.type("\x03")
    terminal.wait_for("\\^C\nready>$")
    terminal.type("echo alive\r")
    terminal.wait_for("^alive$")
    assert "\ufffd" not in terminal.text


def test_a_pager_looks_as_it_does_here(terminal: Terminal, tmp_path: Path) -> None:
    page = tmp_path / "page.txt"
    page.write_text("".join(f"line {number} " + "äöü " * 5 + "\n" for number in range(200)))
    less = need("less")
    command = f"LESSCHARSET=utf-8 {less} {page}"
    with sitting_at(["/bin/sh"], rows=41, columns=133, environment=SHELL) as local:
        for one in (local, terminal):
            one.type(f"clear; {command}\r")
            one.wait_for("line 39 ")
            one.type("  ")
            one.wait_for("line 119 ")
        terminal.wait_for_same(local)
        for one in (local, terminal):
            one.type("/line 150\r")
            one.wait_for("line 189 ")
        terminal.wait_for_same(local)
        for one in (local, terminal):
            one.type("q")
    terminal.wait_for("^ready>$")
    terminal.type("echo back\r")
    terminal.wait_for("^back$")


def test_an_editor_looks_as_it_does_here(terminal: Terminal, tmp_path: Path) -> None:
    editor = f"TERM=vt100 {need('vi')} -u NONE -N"  # at an xterm it asks what pyte has never heard of
    files = tmp_path / "here", tmp_path / "there"
    with sitting_at(["/bin/sh"], rows=41, columns=133, environment=SHELL) as local:
        for one, file in zip((local, terminal), files, strict=True):
            file.write_text("".join(f"line {number}\n" for number in range(100)))
            one.type(f"cd {tmp_path}; clear; {editor} {file.name}\r")
            one.wait_for("^line 39$")
            one.type("20GOnew words, \x7f\x7f.\x1b")
            one.wait_for(r"^new words\.$")
            one.type("\x06")  # a page further: ^F
            one.wait_for("^line 70$")
            one.type("dd:set list\r")
            one.wait_for(r"^line 77\$$")
        terminal.wait_for_same(local)
        for one in (local, terminal):
            one.type(":wq\r")
            one.wait_for(r"^(ready>|\$)$")
    assert files[0].read_text() == files[1].read_text()
    assert "new words." in files[1].read_text()


def test_lines_are_edited_here_where_the_server_says_so() -> None:
    with telnetd("-l") as port, sitting_at([PORTSIDE, "telnet", "127.0.0.1", str(port)]) as terminal:
        terminal.wait_for(r"^[#$]$")
        terminal.type("\x1dstatus\r")
        terminal.wait_for("lines are edited here")
        terminal.wait_for("^we: .*LINEMODE")
        terminal.type("PS1='ready> '\r")
        terminal.wait_for("^ready>$")
        terminal.type("echo hallo\x7f\x7f\x7f\x7fello\r")
        terminal.wait_for("^hello\nready>$")
        terminal.type(f"{SLEEPER}; echo never\r")
        terminal.wait_for("^up$")
        terminal.type("\x03")
        terminal.wait_for(r"^ready>\s*\Z")
        assert "never" not in terminal.lines


def test_the_other_family_too() -> None:
    with telnetd(host="::1") as port, sitting_at([PORTSIDE, "telnet", "::1", str(port)]) as terminal:
        terminal.wait_for(r"^[#$]$")
        terminal.type("exit\r")
        assert terminal.wait() == 0
        assert f"[::1]:{port} has closed the connection" in terminal.text


def test_the_shell_that_started_it_gets_the_terminal_back_and_gives_it_again(port: int) -> None:
    bash = need("bash")
    command, environment = [bash, "--norc", "--noediting", "-i"], {"PS1": "outside> "}
    with sitting_at(command, columns=133, environment=environment) as terminal:
        terminal.wait_for("^outside>$")
        terminal.type("before=$(stty -g)\n")
        terminal.type(f"{PORTSIDE} telnet 127.0.0.1 {port}\n")
        terminal.wait_for(r"^[#$]$")
        terminal.type("PS1='inside> '\r")
        terminal.wait_for("^inside>$")
        terminal.type("\x1dz\r")
        terminal.wait_for("Stopped(.|\n)*^outside>$")
        terminal.type('test "$before" = "$(stty -g)" && echo as it was\n')
        terminal.wait_for("^as it was$")
        terminal.resize(22, 132)
        terminal.type("fg\n")
        terminal.wait_for(rf"\bfg\n(.|\n)*portside telnet 127\.0\.0\.1 {port}$")
        terminal.type("stty size\r")
        terminal.wait_for("^22 132$")
        terminal.type("\x1dclose\r")
        terminal.wait_for(rf"left 127\.0\.0\.1:{port}\n(.|\n)*^outside>$")
        terminal.type('test "$before" = "$(stty -g)" && echo again as it was\n')
        terminal.wait_for("^again as it was$")


def test_a_terminal_that_shows_nothing_is_put_right_too(port: int) -> None:
    with sitting_at([PORTSIDE, "telnet", "127.0.0.1", str(port)]) as terminal:
        terminal.wait_for(r"^[#$]$")
        terminal.type("yes 0123456789\r")
        terminal.wait_for("^0123456789\n0123456789$")  # and from here on nobody reads the screen: it is full soon
        terminal.process.send_signal(signal.SIGTERM)
        assert terminal.process.wait(20) == -signal.SIGTERM
        assert terminal.settings() == terminal.before


def test_the_escape_prompt_and_the_way_out(terminal: Terminal) -> None:
    terminal.type("\x1d")
    terminal.wait_for("portside telnet>$")
    terminal.type("status\r")
    terminal.wait_for("the server: ECHO, SGA")
    terminal.type("\x1dsend ayt\r")
    terminal.wait_for(r"^\[")
    terminal.type("\x1dclose\r")
    assert terminal.wait() == 0
    assert "left 127.0.0.1" in terminal.text


@pytest.mark.parametrize("way", ["exit", "terminate", "hang up"])
def test_the_terminal_is_put_right_whatever_happens(port: int, way: str) -> None:
    with sitting_at([PORTSIDE, "telnet", "127.0.0.1", str(port)]) as terminal:
        terminal.wait_for(r"^[#$]$")
        terminal.type("PS1='ready> '\r")
        terminal.wait_for("^ready>$")
        assert terminal.settings() != terminal.before
        if way == "exit":
            terminal.type("exit\r")
            assert terminal.wait() == 0
        else:
            number = signal.SIGTERM if way == "terminate" else signal.SIGHUP
            terminal.process.send_signal(number)
            assert terminal.wait() == -number
        assert terminal.settings() == terminal.before


def test_a_log_holds_what_was_shown_and_no_password(port: int, tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    with sitting_at([PORTSIDE, "telnet", "127.0.0.1", str(port), "--log", log]) as terminal:
        terminal.wait_for(r"^[#$]$")
        terminal.type("PS1='ready> '\r")
        terminal.wait_for("^ready>$")
        terminal.type("stty -echo; echo ask; read secret; stty echo; echo got ${#secret}\r")
        terminal.wait_for("^ask$")
        terminal.type("canary\r")
        terminal.wait_for("^got 6$")
        terminal.type("exit\r")
        terminal.wait()
    assert b"got 6" in log.read_bytes()
    assert b"canary" not in log.read_bytes()


def test_a_script_waits_and_says_and_passes_lines_on(script: Script) -> None:
    steps = ["--expect", "[#$] ", "--send", "echo a$((20 + 3))b", "--expect", "a23b", "--send", "exit"]
    done = script(*steps)
    assert (done.wait(), done.stderr) == (0, "")
    assert "a23b" in done.stdout
    done = script(said=b"echo a$((20 + 3))b\n", answer="a23b")
    assert (done.wait(), done.stderr) == (0, "")


@pytest.mark.parametrize("more", [[], ["-8"]])
def test_a_line_of_a_script_is_one_line_there(script: Script, more: list[str]) -> None:
    said = b'PS1=; stty -echo; read one; read two\nfirst\nsecond\necho "[$one|$two]"\n'
    done = script(*more, said=said, answer=r"\[first\|second\]")
    assert (done.wait(), done.stderr) == (0, "")
