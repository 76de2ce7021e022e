"""curl against our server: what each of its options is promised, and every body compared by its digest."""

from __future__ import annotations

import email
import email.policy
import os
import random
import re
import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from portside.transport.authority.local import authorities
from tests.support.commands import curl
from tests.support.served import Served
from tests.support.web_folder import FILES, WebFolder, digest

pytestmark = pytest.mark.peer

Serve = Callable[..., Served]

UPLOADED = random.Random(3).randbytes(2_500_000)
"""More than curl sends without asking first (Expect: 100-continue)."""

NEW_NAME = r"(?i)^location: /sent\.bin\r$"


def url_of(server: Served, name: str) -> str:
    return server.url + quote(name)


def head_and_body(output: bytes) -> tuple[bytes, bytes]:
    """The last head that ``curl -i`` printed, and the body after it."""
    head, body = b"", output
    while body.startswith(b"HTTP/1."):
        head, _, body = body.partition(b"\r\n\r\n")
    return head + b"\r\n", body


def field(head: bytes, name: str) -> str | None:
    match = re.search(rf"(?im)^{re.escape(name)}: *(.*?)\r$", head.decode("latin-1"))
    return match[1] if match else None


# ------------------------------------------------------------------------------------------------ reading


def test_every_file_arrives_as_it_is(served: Serve, web: WebFolder) -> None:
    server = served(web.path)
    got = {name: digest(curl(url_of(server, name)).stdout) for name in FILES}
    assert got == {name: digest(content) for name, content in FILES.items()}


def test_a_client_of_http_1_0_is_served_the_same(served: Serve, web: WebFolder) -> None:
    server = served(web.path)
    for name in ("small.txt", "large.bin", "folder/"):
        ended = curl("-0", "-i", url_of(server, name))
        head, body = head_and_body(ended.stdout)
        assert head.startswith(b"HTTP/1.1 200 ")
        assert "chunked" not in (field(head, "Transfer-Encoding") or "")
        if name in FILES:
            assert digest(body) == digest(FILES[name])


@pytest.mark.parametrize("name", ["small.txt", "large.bin", "empty.txt", "index.html", "folder/"])
def test_a_head_says_what_a_get_would(served: Serve, web: WebFolder, name: str) -> None:
    server = served(web.path)
    said, _ = head_and_body(curl("-I", url_of(server, name)).stdout)
    whole, body = head_and_body(curl("-i", url_of(server, name)).stdout)
    volatile = re.compile(rb"(?im)^date: .*\r\n")
    assert volatile.sub(b"", said) == volatile.sub(b"", whole)
    assert field(said, "Content-Length") in (None, str(len(body)))


@pytest.mark.parametrize("name", ["small.txt", "large.bin"])
@pytest.mark.parametrize(
    ("wanted", "part"),
    [("0-99", slice(0, 100)), ("500-", slice(500, None)), ("-77", slice(-77, None)), ("0-0", slice(0, 1))],
)
def test_one_range_is_that_part(served: Serve, web: WebFolder, name: str, wanted: str, part: slice) -> None:
    head, body = head_and_body(curl("-i", "-r", wanted, url_of(served(web.path), name)).stdout)
    assert head.startswith(b"HTTP/1.1 206 ")
    content = FILES[name]
    first = part.indices(len(content))[0]
    assert field(head, "Content-Range") == f"bytes {first}-{first + len(body) - 1}/{len(content)}"
    assert digest(body) == digest(content[part])


@pytest.mark.parametrize("name", ["small.txt", "large.bin"])
def test_several_ranges_come_in_parts_that_a_mail_reader_understands(served: Serve, web: WebFolder, name: str) -> None:
    head, body = head_and_body(curl("-i", "-r", "0-9,100-199,-5", url_of(served(web.path), name)).stdout)
    kind = field(head, "Content-Type") or ""
    assert kind.startswith("multipart/byteranges")
    assert field(head, "Content-Length") == str(len(body))
    mail = email.message_from_bytes(f"Content-Type: {kind}\r\n\r\n".encode() + body, policy=email.policy.HTTP)
    content = FILES[name]
    ranges = [str(part["Content-Range"]) for part in mail.iter_parts()]
    size = len(content)
    assert ranges == [f"bytes {span}/{size}" for span in ("0-9", "100-199", f"{size - 5}-{size - 1}")]
    for part in (content[:10], content[100:200], content[-5:]):
        assert b"\r\n\r\n" + part + b"\r\n--" in body


def test_a_range_beyond_the_end_is_refused_with_the_size(served: Serve, web: WebFolder) -> None:
    head, _ = head_and_body(curl("-i", "-r", "9999999-", url_of(served(web.path), "large.bin")).stdout)
    assert head.startswith(b"HTTP/1.1 416 ")
    assert field(head, "Content-Range") == f"bytes */{len(FILES['large.bin'])}"


@pytest.mark.parametrize("validator", ["ETag", "Last-Modified"])
def test_a_range_of_what_is_still_the_same_is_a_part_and_else_the_whole(
    served: Serve, web: WebFolder, validator: str
) -> None:
    file = web.path / "large.bin"
    os.utime(file, (1_000_000_000, 1_000_000_000))
    server = served(web.path)
    url = url_of(server, "large.bin")
    value = field(head_and_body(curl("-I", url).stdout)[0], validator)
    asking = ("-i", "-r", "10-19", "-H", f"If-Range: {value}", url)
    head, body = head_and_body(curl(*asking).stdout)
    assert head.startswith(b"HTTP/1.1 206 ")
    assert body == FILES["large.bin"][10:20]
    changed = file.read_bytes()[::-1]
    file.write_bytes(changed)
    head, body = head_and_body(curl(*asking).stdout)
    assert head.startswith(b"HTTP/1.1 200 ")
    assert digest(body) == digest(changed)


@pytest.mark.parametrize("have", [0, 1, 1_000_000, 2_999_999])
def test_a_download_that_broke_off_is_resumed(served: Serve, web: WebFolder, tmp_path: Path, have: int) -> None:
    target = tmp_path / "large.bin"
    target.write_bytes(FILES["large.bin"][:have])
    ended = curl("-C", "-", "-o", target, "-w", "%{http_code} %{size_download}", url_of(served(web.path), "large.bin"))
    missing = len(FILES["large.bin"]) - have
    assert ended.stdout.decode() == f"{206 if have else 200} {missing}"
    assert digest(target.read_bytes()) == digest(FILES["large.bin"])


def test_a_folder_without_its_slash_is_found_by_a_redirect(served: Serve, web: WebFolder) -> None:
    server = served(web.path)
    ended = curl("-L", "-o", os.devnull, "-w", "%{http_code} %{num_redirects} %{url_effective}", server.url + "folder")
    assert ended.stdout.decode() == f"200 1 {server.url}folder/"


def test_what_is_not_there_is_404_and_an_error_for_curl(served: Serve, web: WebFolder) -> None:
    assert b"404" in curl("-f", served(web.path).url + "missing", code=22).stderr


def test_dot_segments_lead_nowhere_else(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_bytes(b"not for you")
    server = served(web.path)
    for path in ("../secret.txt", "folder/../../secret.txt", "%2e%2e/secret.txt", "..%2fsecret.txt"):
        ended = curl("--path-as-is", "-i", server.url + path)
        assert b"not for you" not in ended.stdout
        assert ended.stdout[9:10] == b"4"


# ------------------------------------------------------------------------------------------------ codings


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
@pytest.mark.parametrize("name", ["small.txt", "long.txt", "index.html"])
def test_text_is_coded_as_curl_can_read_it(served: Serve, web: WebFolder, coding: str, name: str) -> None:
    server = served(web.path)
    coded = curl("-i", "-H", f"Accept-Encoding: {coding}", url_of(server, name)).stdout
    head, body = head_and_body(coded)
    assert field(head, "Content-Encoding") == coding
    assert "accept-encoding" in (field(head, "Vary") or "").lower()
    assert len(body) < len(FILES[name])
    read = curl("--compressed", "-H", f"Accept-Encoding: {coding}", url_of(server, name))
    assert digest(read.stdout) == digest(FILES[name])


def test_each_coding_of_a_file_has_a_tag_of_its_own(served: Serve, web: WebFolder) -> None:
    url = url_of(served(web.path), "long.txt")
    asked = [("-I", "-H", f"Accept-Encoding: {coding}", url) for coding in ("identity", "gzip", "br", "zstd")]
    heads = [head_and_body(curl(*arguments).stdout)[0] for arguments in asked]
    assert len({field(head, "ETag") for head in heads}) == 4


def test_what_is_no_text_and_what_is_not_asked_for_is_not_coded(served: Serve, web: WebFolder) -> None:
    server = served(web.path)
    for name, asked in (("large.bin", "gzip, br"), ("long.txt", "identity"), ("long.txt", "gzip;q=0")):
        head, body = head_and_body(curl("-i", "-H", f"Accept-Encoding: {asked}", url_of(server, name)).stdout)
        assert field(head, "Content-Encoding") is None
        assert digest(body) == digest(FILES[name])


# --------------------------------------------------------------------------------------------- conditions


def test_what_is_not_newer_is_not_sent_again(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    url = url_of(served(web.path), "large.bin")
    copy = tmp_path / "copy.bin"
    curl("-R", "-o", copy, url)
    assert int(copy.stat().st_mtime) == int((web.path / "large.bin").stat().st_mtime)
    told = ("-w", "%{http_code} %{size_download}", "-o", os.devnull)
    assert curl("-z", copy, *told, url).stdout == b"304 0"
    os.utime(copy, (1_000_000_000, 1_000_000_000))
    assert curl("-z", copy, *told, url).stdout == b"200 3000000"


def test_what_has_the_same_tag_is_not_sent_again(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    url = url_of(served(web.path), "small.txt")
    tag, told = tmp_path / "tag", ("-w", "%{http_code}", "-o", os.devnull)
    assert curl("--etag-save", tag, *told, url).stdout == b"200"
    assert curl("--etag-compare", tag, *told, url).stdout == b"304"
    web.put("small.txt", b"changed")
    os.utime(web.path / "small.txt", (1_000_000_000, 1_000_000_000))
    assert curl("--etag-compare", tag, *told, url).stdout == b"200"


# ---------------------------------------------------------------------------------------- the connection


def test_several_urls_go_over_one_connection(served: Serve, web: WebFolder) -> None:
    server = served(web.path)
    names = ["small.txt", "large.bin", "missing", "folder/", "empty.txt", "folder"]
    ended = curl("-v", "-w", "%{num_connects} ", *(url_of(server, name) for name in names), "-o", os.devnull)
    assert ended.stderr.count(b"Re-using existing connection") == len(names) - 1
    assert ended.stderr.count(b"Connected to") == 1


def test_options_tells_what_is_allowed(served: Serve, web: WebFolder) -> None:
    head, body = head_and_body(curl("-i", "-X", "OPTIONS", served(web.path).url).stdout)
    assert (head[9:12], body, field(head, "Allow")) == (b"204", b"", "GET, HEAD, OPTIONS")


def test_over_tls_with_the_local_authority(served: Serve, web: WebFolder) -> None:
    server = served(web.path, "--tls")
    assert server.scheme == "https"
    trust = ("--cacert", authorities()[0].path)
    for name in ("small.txt", "large.bin", "long.txt"):
        assert digest(curl(*trust, "--compressed", url_of(server, name)).stdout) == digest(FILES[name])
    ended = curl("-v", "-o", os.devnull, "-o", os.devnull, *trust, server.url, f"https://localhost:{server.port}/")
    assert b"ALPN: server accepted http/1.1" in ended.stderr
    assert re.search(rb"TLSv1\.3", ended.stderr)


def test_over_tls_without_the_local_authority_curl_refuses(served: Serve, web: WebFolder) -> None:
    server = served(web.path, "--tls")
    assert curl(server.url, code=60).stdout == b""


def test_http_spoken_to_a_port_of_tls_ends_without_hanging(served: Serve, web: WebFolder) -> None:
    server = served(web.path, "--tls")
    ended = curl(f"http://{server.host}:{server.port}/", "-w", "%{exitcode}", "-o", os.devnull, code=52)
    assert ended.stdout == b"52"


def test_over_a_unix_socket(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    path = tmp_path / "s"
    served(web.path, "--host", f"unix:{path}")
    ended = curl("--unix-socket", path, "http://localhost/large.bin")
    assert digest(ended.stdout) == digest(FILES["large.bin"])


def test_over_ipv6(served: Serve, web: WebFolder) -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError as error:
        pytest.skip(f"this machine has no IPv6 loopback: {error}")
    server = served(web.path, "--host", "::1")
    assert server.url.startswith("http://[::1]:")
    assert digest(curl("-g", server.url + "large.bin").stdout) == digest(FILES["large.bin"])


# -------------------------------------------------------------------------------------- hosts and logins


def test_a_foreign_host_on_loopback_is_misdirected(served: Serve, web: WebFolder) -> None:
    server = served(web.path)
    rebound = ("--resolve", f"evil.test:{server.port}:127.0.0.1", f"http://evil.test:{server.port}/small.txt")
    head, body = head_and_body(curl("-i", *rebound).stdout)
    assert head.startswith(b"HTTP/1.1 421 ")
    assert FILES["small.txt"] not in body


def test_each_virtual_host_has_its_own_folder(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    for name in ("red", "green"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "index.html").write_text(name)
    server = served(web.path, "--site", f"red.test={tmp_path / 'red'}", "--site", f"green.test={tmp_path / 'green'}")
    for host, expected in (("red.test", b"red"), ("GREEN.test", b"green"), ("localhost", FILES["index.html"])):
        resolve = ("--resolve", f"{host}:{server.port}:127.0.0.1")
        assert curl(*resolve, f"http://{host}:{server.port}/").stdout == expected


def test_a_login_is_asked_for_and_taken(served: Serve, web: WebFolder) -> None:
    server = served(web.path, "--auth", "ann:s3cret:ü")
    url = url_of(server, "small.txt")
    head, body = head_and_body(curl("-i", url).stdout)
    assert head.startswith(b"HTTP/1.1 401 ")
    assert (field(head, "WWW-Authenticate") or "").startswith("Basic realm=")
    assert FILES["small.txt"] not in body
    for how in ((), ("--anyauth",), ("--basic",)):
        assert digest(curl(*how, "-f", "-u", "ann:s3cret:ü", url).stdout) == digest(FILES["small.txt"])
    curl("-f", "-u", "ann:guess", url, code=22)


# ------------------------------------------------------------------------------------------------ writing


def test_a_file_is_put_and_put_again(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    file = tmp_path / "sent.bin"
    file.write_bytes(UPLOADED)
    server = served(web.path, "--upload")
    first = curl("-i", "-T", file, server.url)
    assert b"HTTP/1.1 100 Continue" in first.stdout
    assert b"HTTP/1.1 201 Created" in first.stdout
    assert re.search(NEW_NAME, first.stdout.decode("latin-1"), re.MULTILINE)
    assert digest(web.read("sent.bin")) == digest(UPLOADED)
    file.write_bytes(UPLOADED[:-1])
    assert b"HTTP/1.1 204 " in curl("-i", "-T", file, server.url).stdout
    assert digest(web.read("sent.bin")) == digest(UPLOADED[:-1])
    assert digest(curl(server.url + "sent.bin").stdout) == digest(UPLOADED[:-1])
    assert web.names() == {*FILES, "sent.bin"}


def test_a_body_of_unknown_length_is_sent_in_chunks_and_stored_whole(served: Serve, web: WebFolder) -> None:
    server = served(web.path, "--upload")
    ended = curl("-v", "-T", "-", server.url + "folder/piped.bin", data=UPLOADED)
    assert b"Transfer-Encoding: chunked" in ended.stderr
    assert digest(web.read("folder/piped.bin")) == digest(UPLOADED)


def test_an_empty_file_is_put(served: Serve, web: WebFolder) -> None:
    curl("-f", "-X", "PUT", "--data-binary", "", served(web.path, "--upload").url + "nothing")
    assert web.read("nothing") == b""


def test_a_put_that_is_refused_is_not_even_sent(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    file = tmp_path / "sent.bin"
    file.write_bytes(UPLOADED)
    told = ("-o", os.devnull, "-w", "%{http_code} %{size_upload}")
    assert curl(*told, "-T", file, served(web.path).url).stdout == b"405 0"
    server = served(web.path, "--upload", "--max-body", "1M")
    assert curl(*told, "-T", file, server.url).stdout == b"413 0"
    assert curl(*told, "-T", file, server.url + "no/such/folder/").stdout == b"413 0"
    assert web.names() == set(FILES)


def test_a_body_that_turns_out_too_large_leaves_nothing(served: Serve, web: WebFolder) -> None:
    server = served(web.path, "--upload", "--max-body", "1M")
    ended = curl("-o", os.devnull, "-w", "%{http_code}", "-T", "-", server.url + "piped.bin", data=UPLOADED)
    assert ended.stdout == b"413"
    assert server.process.stop() == 0  # the answer may overtake the tidying
    assert web.names() == set(FILES)


def test_a_part_of_a_file_is_never_stored_as_the_whole(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    file = tmp_path / "sent.bin"
    file.write_bytes(UPLOADED)
    ended = curl("-o", os.devnull, "-w", "%{http_code}", "-C", "1000", "-T", file, served(web.path, "--upload").url)
    assert ended.stdout == b"400"
    assert web.names() == set(FILES)


def test_a_condition_keeps_two_writers_apart(served: Serve, web: WebFolder) -> None:
    url = served(web.path, "--upload").url + "note.txt"
    told = ("-o", os.devnull, "-w", "%{http_code}", "-X", "PUT")
    assert curl(*told, "-H", "If-None-Match: *", "--data-binary", "mine", url).stdout == b"201"
    assert curl(*told, "-H", "If-None-Match: *", "--data-binary", "theirs", url).stdout == b"412"
    tag = field(head_and_body(curl("-I", url).stdout)[0], "ETag")
    assert curl(*told, "-H", f"If-Match: {tag}", "--data-binary", "mine again", url).stdout == b"204"
    assert curl(*told, "-H", f"If-Match: {tag}", "--data-binary", "theirs", url).stdout == b"412"
    assert web.read("note.txt") == b"mine again"


def test_a_form_stores_files_and_overwrites_none(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    names = ["form.bin", "tête à tête.txt", "100%.txt"]
    contents = {name: UPLOADED[number : 600_000 + number] for number, name in enumerate(names)}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    server = served(web.path, "--upload")
    form = [word for name in names for word in ("-F", f"file=@{tmp_path / name}")]
    head, _ = head_and_body(curl("-i", *form, server.url + "folder/").stdout)
    assert (head[9:12], field(head, "Location")) == (b"303", "?uploaded=3")
    assert {name: digest(web.read(f"folder/{name}")) for name in names} == {
        name: digest(content) for name, content in contents.items()
    }
    (tmp_path / names[0]).write_bytes(b"something else")
    head, body = head_and_body(curl("-i", *form[:2], server.url + "folder/").stdout)
    assert head.startswith(b"HTTP/1.1 409 ")
    assert b"form.bin was not stored" in body
    assert digest(web.read("folder/form.bin")) == digest(contents["form.bin"])


def test_a_form_followed_like_a_browser_does_shows_the_folder(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    file = tmp_path / "form.bin"
    file.write_bytes(b"x")
    server = served(web.path, "--upload")
    ended = curl("-L", "-F", f"file=@{file}", "-w", "%{num_redirects} %{url_effective}", server.url + "folder/")
    assert b"1 file was stored." in ended.stdout
    assert ended.stdout.endswith(f"1 {server.url}folder/?uploaded=1".encode())


@pytest.mark.parametrize(
    "field_line",
    ["Origin: https://evil.test", "Origin: null", "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-site"],
)
def test_a_write_from_another_sites_page_is_refused(served: Serve, web: WebFolder, field_line: str) -> None:
    server = served(web.path, "--upload")
    told = ("-o", os.devnull, "-w", "%{http_code}", "-H", field_line)
    assert curl(*told, "-F", "file=@-;filename=planted.html", server.url, data=b"x").stdout == b"403"
    assert curl(*told, "-T", "-", server.url + "planted.html", data=b"x").stdout == b"403"
    assert web.names() == set(FILES)


def test_names_that_would_lead_outside_or_hide_are_not_written(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    server = served(web.path, "--upload")
    for path in ("../out.txt", "%2e%2e/out.txt", "..%2fout.txt", "folder/..%5c..%5cout.txt", ".hidden", "a%00b"):
        ended = curl("--path-as-is", "-o", os.devnull, "-w", "%{http_code}", "-T", "-", server.url + path, data=b"x")
        assert ended.stdout[:1] == b"4", path
    for name in ("../out.txt", ".hidden", "/out.txt"):
        curl("-F", f"file=@-;filename={name}", server.url, data=b"x")
    assert not (tmp_path / "out.txt").exists()
    assert {name for name in web.names() if name.startswith(".")} == set()


def test_an_upload_needs_the_login_too(served: Serve, web: WebFolder) -> None:
    url = served(web.path, "--upload", "--auth", "ann:secret").url + "sent.bin"
    told = ("-o", os.devnull, "-w", "%{http_code}", "-T", "-")
    assert curl(*told, url, data=UPLOADED).stdout == b"401"
    assert "sent.bin" not in web.names()
    assert curl(*told, "-u", "ann:secret", url, data=UPLOADED).stdout == b"201"
    assert digest(web.read("sent.bin")) == digest(UPLOADED)
