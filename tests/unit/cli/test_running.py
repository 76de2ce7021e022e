from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from portside.cli.running import is_near, url
from portside.interfaces import Address
from tests.support.processes import Running

Start = Callable[..., Running]

SCRIPT = """
import asyncio, sys
from portside.cli import running
from portside.cli.serving import Serving
from portside.errors import ListenError
from portside.interfaces import Address

class Server:
    def __init__(self, name, host, stubborn):
        self.name, self.addresses, self.stubborn = name, [Address(host, 7)], stubborn
        print("started", name, flush=True)
    async def stop(self, grace=0.0):
        print("stopping", self.name, flush=True)
        if self.stubborn:
            await asyncio.Event().wait()
        print("stopped", self.name, flush=True)
    def abort(self):
        print("aborted", self.name, flush=True)
    def reopen_log(self):
        print("opened anew", self.name, flush=True)

def serving(name, host="127.0.0.1", stubborn=False, exposed="all see it", fails=False, slow=False, windowed=False):
    async def start(tap):
        if fails:
            raise ListenError("cannot listen")
        if slow:
            print("starting", name, flush=True)
            await asyncio.Event().wait()
        return Server(name, host, stubborn)
    def told(url):
        print("window", repr(url), flush=True)
    return Serving("upper", "shouting", exposed, start, window_at=told if windowed else None)

def main():
    try:
        return running.run([SERVINGS])
    except ListenError as error:
        print("failed", error, flush=True)
        return 3

sys.exit(main())
"""


@pytest.fixture
def run(process: Start) -> Callable[[str], Running]:
    def start(servings: str) -> Running:
        return process(sys.executable, "-c", SCRIPT.replace("SERVINGS", servings))

    return start


Run = Callable[[str], Running]


def _lines(text: str) -> list[str]:
    return text.splitlines()


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGHUP, 0), (signal.SIGINT, 130)], ids=lambda value: str(value)
)
def test_a_signal_stops_every_server_in_good_order(number: signal.Signals, code: int, run: Run) -> None:
    process = run("serving('a'), serving('b')")
    process.wait_for_line(r"^ready upper://127\.0\.0\.1:7/\nready")
    process.signal(number)
    assert process.wait() == code
    said = _lines(process.stdout)
    assert said[:4] == ["started a", "started b", "ready upper://127.0.0.1:7/", "ready upper://127.0.0.1:7/"]
    assert said[4:8] == ["stopping a", "stopped a", "stopping b", "stopped b"]
    assert process.stderr == ""


def test_a_second_signal_ends_it_at_once(run: Run) -> None:
    process = run("serving('a', stubborn=True)")
    process.wait_for_line("^ready")
    process.signal(signal.SIGTERM)
    process.wait_for_line("^stopping a$")
    process.signal(signal.SIGINT)
    assert process.wait() == 130
    assert _lines(process.stdout)[-1] == "aborted a"


def test_a_log_can_be_opened_anew_from_the_moment_that_it_is_ready(run: Run) -> None:
    process = run("serving('a'), serving('b')")
    process.wait_for_line("^ready")
    process.signal(signal.SIGUSR1)
    process.wait_for_line("^opened anew a\nopened anew b$")
    assert process.stop() == 0


def test_where_one_cannot_start_none_runs(run: Run) -> None:
    process = run("serving('a'), serving('b', fails=True), serving('c')")
    assert process.wait() == 3
    assert _lines(process.stdout) == ["started a", "aborted a", "failed cannot listen"]


def test_a_server_is_told_of_its_window_before_it_starts(run: Run) -> None:
    process = run("serving('a', windowed=True)")
    process.wait_for_line("^ready ")
    assert _lines(process.stdout)[:2] == ["window ''", "started a"]


def test_a_signal_ends_a_start_that_takes_long(run: Run) -> None:
    process = run("serving('a'), serving('b', slow=True)")
    process.wait_for_line("^starting b$")
    process.signal(signal.SIGTERM)
    assert process.wait() == 0
    assert _lines(process.stdout) == ["started a", "starting b", "aborted a"]


@pytest.mark.parametrize(
    ("servings", "warned"),
    [
        ("serving('a', host='10.0.0.1')", True),
        ("serving('a', host='0.0.0.0')", True),
        ("serving('a', host='::')", True),
        ("serving('a', host='10.0.0.1', exposed='')", False),
        ("serving('a', host='::1')", False),
    ],
)
def test_a_server_open_to_all_warns(servings: str, warned: bool, run: Run) -> None:
    process = run(servings)
    process.wait_for_line("^ready")
    assert process.stop() == 0
    assert process.stderr == ("portside: warning: all see it\n" if warned else "")


def test_a_hang_up_that_is_ignored_stays_so(process: Start) -> None:
    ignoring = "import signal; signal.signal(signal.SIGHUP, signal.SIG_IGN)\n"
    running = process(sys.executable, "-c", ignoring + SCRIPT.replace("SERVINGS", "serving('a')"))
    running.wait_for_line("^ready")
    running.signal(signal.SIGHUP)
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
    assert _lines(running.stdout).count("stopping a") == 1
    assert _lines(running.stdout)[-1] == "aborted a"


def test_a_person_at_a_terminal_reads_what_runs_and_how_to_stop_it(tmp_path: Path, process: Start) -> None:
    leader, follower = os.openpty()
    script = f"import os; os.dup2({follower}, 2)\n" + SCRIPT.replace("SERVINGS", "serving('a')")
    running = process(sys.executable, "-c", script, pass_fds=[follower])
    running.wait_for_line("^ready")
    os.close(follower)
    with os.fdopen(leader, "rb") as terminal:
        said = terminal.readline()
    assert said == b"portside: shouting at upper://127.0.0.1:7/ (Ctrl-C stops it)\r\n"


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        (Address("127.0.0.1", 80), "http://127.0.0.1:80/"),
        (Address("::1", 80), "http://[::1]:80/"),
        (Address("", 0, "/run/a.sock"), "http://unix:/run/a.sock:/"),
    ],
)
def test_a_url_says_where_it_is(address: Address, expected: str) -> None:
    assert url("http", address) == expected


@pytest.mark.parametrize(
    ("addresses", "near"),
    [
        ([Address("127.0.0.1", 1), Address("127.9.9.9", 1), Address("::1", 1), Address("", 0, "/a")], True),
        ([Address("0.0.0.0", 1), Address("::", 1), Address("10.0.0.1", 1), Address("192.0.2.1", 1)], False),
    ],
)
def test_near_is_what_only_this_machine_reaches(addresses: Sequence[Address], near: bool) -> None:
    assert [is_near(address) for address in addresses] == [near] * len(addresses)
