"""``portside serve`` and ``portside up`` as processes: the line ``ready``, signals, exit codes, nothing left behind."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import stat
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.ports import free_tcp_port
from tests.support.processes import Running
from tests.support.served import READY, Served

Serve = Callable[..., Served]
Start = Callable[..., Running]
TOP = Path(__file__).resolve().parents[2]


def _shout(family: socket.AddressFamily, address: object, text: bytes = b"hello\n") -> bytes:
    with socket.socket(family, socket.SOCK_STREAM) as sock:
        sock.settimeout(10)
        sock.connect(address)  # type: ignore[arg-type]
        sock.sendall(text)
        return sock.recv(100)


@pytest.fixture
def site(tmp_path: Path) -> Path:
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / "index.html").write_text("<p>hello")
    return folder


def test_the_web_server_says_where_it_is_ready_and_is(served: Serve, site: Path) -> None:
    server = served(site)
    assert (server.scheme, server.host) == ("http", "127.0.0.1")
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"<p>hello"
    assert server.process.stop() == 0
    assert server.process.stdout == f"ready {server.url}\n", "everything else goes to stderr"
    assert "GET /" in server.process.stderr


def test_quiet_is_quiet(served: Serve, site: Path) -> None:
    server = served(site, "--quiet")
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("GET", "/")
        connection.getresponse().read()
    assert server.process.stop() == 0
    assert server.process.stderr == ""


def test_a_log_that_was_moved_away_is_opened_anew(served: Serve, site: Path, tmp_path: Path) -> None:
    log, moved = tmp_path / "access.log", tmp_path / "access.log.1"
    server = served(site, "--access-log", log)
    _fetch(server, "/?first")
    log.rename(moved)
    server.process.signal(signal.SIGUSR1)
    while not log.exists():  # what is asked in the same moment may still be told to the old one
        pass
    _fetch(server, "/?second")
    assert server.process.stop() == 0
    assert "/?first" in moved.read_text()
    assert "/?second" in log.read_text()
    assert server.process.stderr == ""


def _fetch(server: Served, target: str) -> None:
    with contextlib.closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=10)) as connection:
        connection.request("GET", target)
        connection.getresponse().read()


def test_without_words_it_serves_the_folder_it_is_in(process: Start, portside: Path, site: Path) -> None:
    running = process(portside, "serve", "--port", "0", cwd=site)
    url = running.wait_for_line(READY)[1]
    with contextlib.closing(http.client.HTTPConnection(url.split("/")[2], timeout=10)) as connection:
        connection.request("GET", "/index.html")
        assert connection.getresponse().status == 200


def test_a_protocols_name_is_the_protocol_and_a_path_is_the_folder(
    process: Start, portside: Path, tmp_path: Path
) -> None:
    (tmp_path / "upper").mkdir()
    protocol = process(portside, "serve", "upper", "--port", "0", cwd=tmp_path)
    folder = process(portside, "serve", "./upper", "--port", "0", cwd=tmp_path)
    assert protocol.wait_for_line(READY)[1].startswith("upper://")
    assert folder.wait_for_line(READY)[1].startswith("http://")


@pytest.mark.parametrize(
    ("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130), (signal.SIGHUP, 0)], ids=["TERM", "INT", "HUP"]
)
@pytest.mark.parametrize("protocol", ["http", "upper"])
def test_a_signal_ends_it_with_its_code(
    number: signal.Signals, code: int, protocol: str, served: Serve, site: Path
) -> None:
    server = served(protocol, *([site] if protocol == "http" else []))
    server.process.signal(number)
    assert server.process.wait() == code
    assert server.process.stderr == ""


def test_several_hosts_each_have_their_line(served: Serve, tmp_path: Path) -> None:
    path = tmp_path / "upper.sock"
    server = served("upper", "--host", "127.0.0.1", "--host", "127.0.0.2", "--host", f"unix:{path}")
    server.process.wait_for_line(rf"^ready upper://unix:{path}:/$")
    first, second = (server.process.wait_for_line(rf"^ready upper://127\.0\.0\.{n}:(\d+)/$")[1] for n in (1, 2))
    assert _shout(socket.AF_INET, ("127.0.0.1", int(first))) == b"HELLO\n"
    assert _shout(socket.AF_INET, ("127.0.0.2", int(second))) == b"HELLO\n"
    assert _shout(socket.AF_UNIX, str(path)) == b"HELLO\n"
    assert server.process.stop() == 0
    assert not path.exists()


def test_a_socket_that_a_killed_server_left_is_taken_over(served: Serve, process: Start, tmp_path: Path) -> None:
    path = tmp_path / "upper.sock"
    first = served("upper", "--host", f"unix:{path}")
    first.process.signal(signal.SIGKILL)
    first.process.wait()
    assert stat.S_ISSOCK(path.lstat().st_mode)
    served("upper", "--host", f"unix:{path}")
    assert _shout(socket.AF_UNIX, str(path)) == b"HELLO\n"


def test_ipv6_is_written_in_brackets(served: Serve) -> None:
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        pytest.skip("this machine has no IPv6")
    server = served("upper", "--host", "::1")
    assert server.url == f"upper://[::1]:{server.port}/"
    assert _shout(socket.AF_INET6, ("::1", server.port)) == b"HELLO\n"


def test_an_address_that_is_taken_is_exit_3(process: Start, portside: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        running = process(portside, "serve", "upper", "--port", str(taken.getsockname()[1]))
        assert running.wait() == 3
    assert running.stdout == ""
    assert running.stderr.startswith("portside: cannot listen on 127.0.0.1:")
    assert running.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("arguments", "warned"),
    [(["--host", "0.0.0.0"], True), (["--host", "0.0.0.0", "--auth", "ann:secret"], False), ([], False)],
)
def test_a_folder_open_to_all_is_warned_of(served: Serve, site: Path, arguments: list[str], warned: bool) -> None:
    process = served(site, *arguments).process
    assert process.stop() == 0
    said = process.stderr
    assert said.count("\n") == (1 if warned else 0)
    assert ("portside: warning: " in said and "--auth" in said) is warned


def test_a_name_without_an_address_is_one_line(process: Start, portside: Path) -> None:
    asking = {"RES_OPTIONS": "timeout:1 attempts:1"}  # where no name server answers, that is soon clear
    running = process(portside, "serve", "upper", "--host", "nowhere.invalid", "--port", "0", env=asking)
    assert running.wait() == 3
    assert running.stderr.count("\n") == 1


def test_events_are_written_as_json_where_asked(served: Serve) -> None:
    server = served("upper", "--tls", "--log-format", "json")
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as sock:
        sock.sendall(b"no TLS at all\n")
        sock.recv(100)
    event = json.loads(server.process.wait_for_line("^{.*}$", output="stderr")[0])
    assert event["level"] == "info"
    assert "TLS" in event["message"]


def test_many_connections_need_no_settings(served: Serve) -> None:
    server = served("upper")
    limits = Path(f"/proc/{server.process.pid}/limits")
    if not limits.exists():
        pytest.skip("this system does not tell the limits of a process")
    line = next(line for line in limits.read_text().splitlines() if line.startswith("Max open files"))
    soft, hard = line.split()[3:5]
    assert soft == hard


def test_a_reader_of_stdout_that_left_does_not_hang_it(portside: Path, process: Start) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    script = f"import os, sys; os.dup2({writer}, 1); os.execv(sys.argv[1], sys.argv[1:])"
    running = process(sys.executable, "-c", script, portside, "serve", "upper", "--port", "0", pass_fds=[writer])
    os.close(writer)
    assert running.wait() == 141
    assert running.stderr == ""


# ------------------------------------------------------------------------------------------------------- up


def test_up_starts_all_and_stops_all(process: Start, portside: Path, site: Path, tmp_path: Path) -> None:
    file = tmp_path / "portside.toml"
    file.write_text(
        '[[serve]]\ntarget = "site"\nport = 0\n[[serve]]\nprotocol = "upper"\nport = 0\n'
        '[[serve]]\nprotocol = "upper"\nport = 0\nudp = true\n'
    )
    running = process(portside, "up", file)
    running.wait_for_line(r"\A(ready \S+\n){3}\Z")
    web, tcp, udp = (line.split()[1] for line in running.stdout.splitlines())
    with contextlib.closing(http.client.HTTPConnection(web.split("/")[2], timeout=10)) as connection:
        connection.request("GET", "/")
        assert connection.getresponse().read() == b"<p>hello"
    assert _shout(socket.AF_INET, ("127.0.0.1", int(tcp.split(":")[2].strip("/")))) == b"HELLO\n"
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(10)
        sock.sendto(b"hello", ("127.0.0.1", int(udp.split(":")[2].strip("/"))))
        assert sock.recv(100) == b"HELLO"
    assert running.stop() == 0


def test_up_starts_none_where_one_cannot(process: Start, portside: Path, tmp_path: Path) -> None:
    port = free_tcp_port()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        file = tmp_path / "portside.toml"
        table = '[[serve]]\nprotocol = "upper"\nport = {}\n'
        file.write_text(table.format(port) + table.format(taken.getsockname()[1]))
        running = process(portside, "up", file)
        assert running.wait() == 3
    assert running.stdout == ""
    assert running.stderr.count("\n") == 1
    with pytest.raises(ConnectionRefusedError):
        _shout(socket.AF_INET, ("127.0.0.1", port))


def test_up_names_the_line_of_a_mistake(process: Start, portside: Path, tmp_path: Path) -> None:
    (tmp_path / "portside.toml").write_text('[[serve]]\nprotocol = "upper"\nprot = 1\n')
    running = process(portside, "up", cwd=tmp_path)
    assert running.wait() == 2
    assert running.stderr == "portside: portside.toml:3: 'serve upper' has no 'prot'; did you mean 'port'?\n"
