"""``portside get`` with URLs of HTTP, against a server that says whatever a test wants."""

from __future__ import annotations

import base64
import gzip
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.unit.protocols.http.client.scripted import Says, Thing, ok, scripted_apart

Command = Callable[..., Any]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder that the command runs in."""
    folder = tmp_path / "here"
    folder.mkdir()
    monkeypatch.chdir(folder)
    return folder


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


# ------------------------------------------------------------------------------------------------ stdout


def test_the_body_goes_to_stdout_and_nothing_else_is_said(command: Command) -> None:
    with scripted_apart([ok(b"hello\n")]) as server:
        ended = command("get", server.url)
    assert (ended.code, ended.stdout, ended.stderr) == (0, "hello\n", "")


def test_several_urls_come_one_after_the_other(command: Command) -> None:
    with scripted_apart(lambda asked: ok(asked.target.encode() + b"\n")) as server:
        ended = command("get", server.url + "a", server.url + "b")
        assert server.connections == 1
    assert (ended.code, ended.stdout) == (0, "/a\n/b\n")


def test_one_failure_does_not_keep_the_other_urls_from_coming(command: Command) -> None:
    with scripted_apart(
        lambda asked: ok(b"x" if asked.target == "/b" else b"-", status="200 OK" if asked.target == "/b" else "404 No")
    ) as server:
        ended = command("get", server.url + "a", server.url + "b")
    assert (ended.code, ended.stdout) == (1, "-x")
    assert "/a answered 404 No" in ended.stderr


def test_a_compressed_answer_is_printed_plain(command: Command) -> None:
    with scripted_apart([ok(gzip.compress(b"hello"), "Content-Encoding: gzip")]) as server:
        assert command("get", server.url).stdout == "hello"


def test_the_head_alone(command: Command) -> None:
    says = Says(b"HTTP/1.1 200 Fine\r\nContent-Length: 9\r\nX-A: 1\r\n\r\n")
    with scripted_apart([says]) as server:
        ended = command("get", "-I", server.url)
        assert server.asked[0].method == "HEAD"
    assert ended.stdout == "HTTP/1.1 200 Fine\nContent-Length: 9\nX-A: 1\n\n"


def test_the_head_before_the_body(command: Command) -> None:
    with scripted_apart([ok(b"hello")]) as server:
        assert command("get", "-i", server.url).stdout == "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello"


def test_a_method_fields_and_data_are_sent_as_said(command: Command, here: Path) -> None:
    (here / "f").write_bytes(b"\x00from a file\n")
    with scripted_apart([ok()]) as server:
        command("get", "-d", "a=1", "-d", "b=2", "-H", "X-A: 1", "-H", "User-Agent:", "-H", "X-E;", server.url)
        command("get", "-X", "PUT", "-d", "@f", "-H", "content-type: text/plain", server.url)
        command("get", "-X", "DELETE", server.url)
        one, two, three = server.asked
    assert (one.method, one.body, one.field("content-type")) == (
        "POST",
        b"a=1&b=2",
        "application/x-www-form-urlencoded",
    )
    assert (one.field("x-a"), one.field("user-agent"), one.field("x-e")) == ("1", None, "")
    assert (two.method, two.body, two.field("content-type")) == ("PUT", b"\x00from a file\n", "text/plain")
    assert (three.method, three.body) == ("DELETE", b"")


def test_redirects_are_followed_unless_asked_not_to(command: Command) -> None:
    with scripted_apart(
        lambda a: ok(b"here") if a.target == "/b" else ok(b"", "Location: /b", status="302 X")
    ) as server:
        assert command("get", server.url).stdout == "here"
        assert "Location: /b" in command("get", "-i", "--no-redirects", server.url).stdout


# ------------------------------------------------------------------------------------------------- errors

CUT = Says(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell", close=True)
ERRORS = [
    ([ok(b"gone\n", status="404 Not Found")], (), 1, "answered 404 Not Found"),
    ([ok(b"", status="500 ")], (), 1, "answered 500"),
    ([Says(b"nonsense\r\n\r\n")], (), 1, "malformed"),
    ([CUT], (), 6, "cut short"),
    ([Says(close=True)], (), 3, "without an answer"),
    ([Says()], ("--timeout", "0.05"), 5, "silent for 0.05 s"),
    ([Says()], ("--max-time", "0.05"), 5, "--max-time"),
    ([ok(b"", 'WWW-Authenticate: Basic realm="x"', status="401 No")], ("-u", "me:pw"), 4, "login of 'me'"),
    ([ok(b"", 'WWW-Authenticate: Basic realm="x"', status="401 No")], (), 1, "log in with -u"),
    ([ok(gzip.compress(b"x" * 99)[:-4], "Content-Encoding: gzip")], (), 6, "cut short"),
    ([ok(b"", "Location: /", status="302 X")], (), 1, "20 redirects"),
]


@pytest.mark.parametrize(("script", "options", "code", "text"), ERRORS)
def test_an_error_is_one_line_and_an_exit_code(
    script: list[Says], options: tuple[str, ...], code: int, text: str, command: Command
) -> None:
    with scripted_apart(script) as server:
        ended = command("get", *options, server.url)
    assert ended.code == code
    assert ended.stderr.count("\n") == 1 and ended.stderr.startswith("portside: ") and text in ended.stderr


def test_an_error_page_is_still_printed(command: Command) -> None:
    with scripted_apart([ok(b"gone\n", status="404 Not Found")]) as server:
        assert command("get", server.url).stdout == "gone\n"


def test_control_characters_of_a_hostile_server_are_made_visible(command: Command) -> None:
    evil = "\x9b31m"
    with scripted_apart([ok(b"", f"Location: http://a/{evil}x:y", status=f"404 {evil}")]) as server:
        ended = command("get", "-v", "-i", server.url)
    assert "\x9b" not in ended.stderr + ended.stdout


USAGE = [
    ("get",),
    ("get", "gopher://a/"),
    ("get", "magnet:?xt=x"),
    ("get", "http://a/", "-o", "x", "-O"),
    ("get", "http://a/", "http://b/", "-o", "x"),
    ("get", "http://a/", "--resume"),
    ("get", "http://a/", "--json"),
    ("get", "http://a/", "-I", "-O"),
    ("get", "http://a/", "-O"),
    ("get", "http://a/.profile", "-O"),
    ("get", "http://a/", "-H", "no colon"),
    ("get", "http://a/", "-H", "Content-Length: 3"),
    ("get", "http://a/", "--timeout", "soon"),
    ("get", "http://a/", "--retries", "-1"),
    ("get", "http://a/", "-u", "me"),
    ("get", "http://a/", "--cacert", "missing.pem"),
    ("get", "http://a/", "-o", "."),
    ("get", "http://a/", "--http2"),
    ("get", "http://a/", "--http3"),
    ("get", "http://a/", "--record-secrets"),
    ("get", "http://a/", "--conditions", "wifi"),
]


@pytest.mark.parametrize("arguments", USAGE, ids=" ".join)
def test_wrong_usage_is_exit_code_2_and_one_line(arguments: tuple[str, ...], command: Command, here: Path) -> None:
    if "--cacert" in arguments:
        arguments = tuple(word.replace("http:", "https:") for word in arguments)
    ended = command(*arguments)
    assert ended.code == 2
    assert ended.stdout == "" and ended.stderr.count("\n") == 1
    assert names(here) == set()


def test_what_is_not_built_says_so(command: Command) -> None:
    assert command("get", "--http2", "http://a/").stderr == "portside: '--http2' is not built yet\n"


# -------------------------------------------------------------------------------------------------- files


def test_o_saves_whole_and_says_nothing_on_stdout(command: Command, here: Path) -> None:
    with scripted_apart(Thing(b"data")) as server:
        assert command("get", "-o", "f", server.url).stdout == ""
    assert (here / "f").read_bytes() == b"data" and names(here) == {"f"}


def test_capital_o_saves_under_the_remote_name(command: Command, here: Path) -> None:
    with scripted_apart(Thing(b"data")) as server:
        ended = command("get", "-O", server.url + "a/b%20c.txt?x=1", server.url + "d")
    assert ended.code == 0 and names(here) == {"b c.txt", "d"}


def test_a_cut_download_leaves_the_part_and_resume_completes_it(command: Command, here: Path) -> None:
    with scripted_apart(Thing(b"0123456789", cut=[4])) as server:
        assert command("get", "-O", server.url + "f").code == 6
        assert names(here) == {"f.part", "f.part.json"}
        assert command("get", "-O", "--resume", server.url + "f").code == 0
        assert server.asked[1].field("range") == "bytes=4-"
    assert (here / "f").read_bytes() == b"0123456789" and names(here) == {"f"}


def test_an_error_saves_nothing(command: Command, here: Path) -> None:
    with scripted_apart([ok(b"gone", status="404 No")]) as server:
        ended = command("get", "-o", "f", server.url)
    assert (ended.code, ended.stdout) == (1, "") and names(here) == set()


def test_a_redirect_that_is_not_followed_saves_nothing(command: Command, here: Path) -> None:
    with scripted_apart([ok(b"", "Location: /b", status="302 Found")]) as server:
        ended = command("get", "--no-redirects", "-o", "f", server.url)
    assert ended.code == 1 and "nothing to save" in ended.stderr and names(here) == set()


def test_a_link_stays_and_what_it_leads_to_is_replaced(command: Command, here: Path) -> None:
    (here / "real").write_bytes(b"old")
    (here / "link").symlink_to("real")
    with scripted_apart(Thing(b"new")) as server:
        assert command("get", "-o", "link", server.url).code == 0
    assert (here / "link").is_symlink() and (here / "real").read_bytes() == b"new"


def test_a_device_is_written_directly(command: Command, here: Path) -> None:
    with scripted_apart(Thing(b"x" * 3_000_000)) as server:
        assert command("get", "-o", "/dev/null", server.url).code == 0
        assert command("get", "-o", "-", server.url).stdout == "x" * 3_000_000
    assert Path("/dev/null").is_char_device() and names(here) == set()


def test_a_place_that_cannot_be_written_is_told(command: Command) -> None:
    with scripted_apart(Thing(b"x")) as server:
        ended = command("get", "-o", "no/such/folder", server.url)
    assert ended.code == 1 and "no such file" in ended.stderr and ended.stderr.count("\n") == 1


def test_json_tells_what_happened(command: Command, here: Path) -> None:
    with scripted_apart(Thing(b"data")) as server:
        said = json.loads(command("get", "--json", "-o", "f", server.url).stdout)
        assert said["url"] == server.url
    assert (said["status"], said["bytes"], said["file"]) == (200, 4, str(here / "f"))
    assert ["ETag", '"v1"'] in said["headers"] and said["seconds"] >= 0 and said["rate"] > 0


# ------------------------------------------------------------------------------- -v, logins, the environment


def test_v_shows_the_conversation_without_secrets(command: Command) -> None:
    with scripted_apart([ok(b"x", "Set-Cookie: sid=SECRET")]) as server:
        url = server.url.replace("//", "//me:SECRET@")
        ended = command("get", "-v", "-H", "Authorization: Bearer SECRET", "-H", "Cookie: SECRET", url)
        port = server.port
    lines = ended.stderr.splitlines()
    assert f"* connected to 127.0.0.1:{port}" in lines
    assert {"> GET / HTTP/1.1", "> Authorization: *", "> Cookie: *", "< HTTP/1.1 200 OK", "< Set-Cookie: *"} <= set(
        lines
    )
    assert "SECRET" not in ended.stderr and ended.stdout == "x"


def _basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def _guarded(user: str, password: str) -> Callable[..., Says]:
    who = ok(b"", 'WWW-Authenticate: Basic realm="x"', status="401 No")
    return lambda asked: ok(b"in") if asked.field("authorization") == _basic(user, password) else who


def test_a_login_comes_from_u(command: Command) -> None:
    with scripted_apart(_guarded("me", "pw:x")) as server:
        assert command("get", "-u", "me:pw:x", server.url).stdout == "in"


def test_a_password_comes_from_the_environment(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTSIDE_PASSWORD", "pw")
    with scripted_apart(_guarded("me", "pw")) as server:
        assert command("get", "-u", "me", server.url).stdout == "in"


def test_a_login_comes_from_netrc(command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text('machine 127.0.0.1 login me password "p w"\n')
    monkeypatch.setenv("NETRC", str(netrc))
    with scripted_apart(_guarded("me", "p w")) as server:
        netrc.chmod(0o600)
        assert command("get", server.url).stdout == "in"
        netrc.chmod(0o644)
        ended = command("get", server.url)
        assert ended.code == 2 and "chmod 600" in ended.stderr


def test_a_proxy_comes_from_the_environment(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_apart([ok(b"by proxy")]) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.replace("//", "//me:pw@"))
        monkeypatch.setenv("no_proxy", "near.test")
        assert command("get", "http://far.test/x").stdout == "by proxy"
        asked = proxy.asked[0]
    assert asked.line == "GET http://far.test/x HTTP/1.1"
    assert (asked.field("host"), asked.field("proxy-authorization")) == ("far.test", _basic("me", "pw"))


def test_retries_are_made_as_often_as_asked(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    with scripted_apart([ok(b"", "Retry-After: 0", status="503 Busy"), ok(b"now")]) as server:
        assert command("get", "--retries", "1", server.url).stdout == "now"


def test_data_comes_from_stdin(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"typed")))
    with scripted_apart([ok()]) as server:
        command("get", "-d", "@-", server.url)
        assert server.asked[0].body == b"typed"
