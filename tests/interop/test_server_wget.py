"""wget against our server: mirrors, resumed downloads, time stamps, uploads."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import pytest

from portside.transport.authority.local import authorities
from tests.support.commands import wget
from tests.support.served import Served
from tests.support.web_folder import FILES, WebFolder, digest

pytestmark = pytest.mark.peer

Serve = Callable[..., Served]


def test_every_file_arrives_as_it_is(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    server = served(web.path)
    for number, (name, content) in enumerate(FILES.items()):
        target = tmp_path / str(number)
        wget("-O", target, server.url + quote(name))
        assert digest(target.read_bytes()) == digest(content)


def test_a_folder_is_mirrored_by_the_links_of_its_listing(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    (web.path / "index.html").unlink()
    copy = tmp_path / "copy"
    copy.mkdir()
    server = served(web.path)
    wget("-r", "-l5", "-np", "-nH", "--restrict-file-names=nocontrol", "-R", "*sort=*", server.url, folder=copy)
    listings = {"index.html", "folder/index.html", "folder/deeper/index.html"}
    mirrored = {str(path.relative_to(copy)): path.read_bytes() for path in copy.rglob("*") if path.is_file()}
    expected = {name: digest(content) for name, content in FILES.items() if name != "index.html"}
    assert {name: digest(content) for name, content in mirrored.items() if name not in listings} == expected
    assert listings <= set(mirrored)


@pytest.mark.parametrize("have", [1, 1_500_000])
def test_a_download_that_broke_off_is_resumed(served: Serve, web: WebFolder, tmp_path: Path, have: int) -> None:
    copy = tmp_path / "large.bin"
    copy.write_bytes(FILES["large.bin"][:have])
    server = served(web.path, "--log-format", "combined")
    wget("-c", server.url + "large.bin", folder=tmp_path)
    assert digest(copy.read_bytes()) == digest(FILES["large.bin"])
    server.process.wait_for_line(rf'" 206 {len(FILES["large.bin"]) - have} ', output="stderr")


def test_a_download_that_is_whole_already_is_left_alone(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    copy = tmp_path / "large.bin"
    copy.write_bytes(FILES["large.bin"])
    wget("-c", served(web.path).url + "large.bin", folder=tmp_path)
    assert digest(copy.read_bytes()) == digest(FILES["large.bin"])


def test_what_has_not_changed_is_not_fetched_again(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    server = served(web.path, "--log-format", "combined")
    wget("-N", server.url + "large.bin", folder=tmp_path)
    server.process.wait_for_line(r'" 200 3000000 ', output="stderr")
    wget("-N", server.url + "large.bin", folder=tmp_path)
    server.process.wait_for_line(r'" 304 0 ', output="stderr")
    changed = web.put("large.bin", FILES["large.bin"][::-1])
    os.utime(changed, (4_000_000_000, 4_000_000_000))
    wget("-N", "--no-if-modified-since", server.url + "large.bin", folder=tmp_path)
    assert digest((tmp_path / "large.bin").read_bytes()) == digest(FILES["large.bin"][::-1])


def test_a_spider_sees_what_is_there_and_what_is_not(served: Serve, web: WebFolder) -> None:
    server = served(web.path)
    wget("--spider", server.url + "large.bin")
    wget("--spider", server.url + "folder")  # by a redirect
    wget("--spider", server.url + "missing", code=8)


def test_text_comes_compressed_where_wget_asks_for_it(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    server = served(web.path, "--log-format", "combined")
    wget("--compression=gzip", server.url + "long.txt", folder=tmp_path)
    assert digest((tmp_path / "long.txt").read_bytes()) == digest(FILES["long.txt"])
    size = server.process.wait_for_line(r'"GET /long.txt HTTP/1.1" 200 (\d+) ', output="stderr")[1]
    assert int(size) < len(FILES["long.txt"]) / 2


def test_over_tls_with_and_without_the_local_authority(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    server = served(web.path, "--tls")
    url = f"https://localhost:{server.port}/large.bin"
    wget("-O", tmp_path / "got", f"--ca-certificate={authorities()[0].path}", url)
    assert digest((tmp_path / "got").read_bytes()) == digest(FILES["large.bin"])
    wget("-O", tmp_path / "refused", url, code=5)
    assert (tmp_path / "refused").read_bytes() == b""


def test_a_login_is_given_when_it_is_asked_for(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    url = served(web.path, "--auth", "ann:secret").url + "small.txt"
    wget("-O", tmp_path / "got", "--user=ann", "--password=secret", url)
    assert digest((tmp_path / "got").read_bytes()) == digest(FILES["small.txt"])
    wget("-O", tmp_path / "refused", "--user=ann", "--password=guess", url, code=6)
    assert (tmp_path / "refused").read_bytes() == b""


def test_a_file_is_put(served: Serve, web: WebFolder, tmp_path: Path) -> None:
    file = tmp_path / "sent.bin"
    file.write_bytes(FILES["large.bin"])
    url = served(web.path, "--upload").url + "folder/sent.bin"
    wget("--method=PUT", f"--body-file={file}", "-O", os.devnull, url)
    assert digest(web.read("folder/sent.bin")) == digest(FILES["large.bin"])
