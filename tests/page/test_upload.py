"""Uploads as people make them, by the form of a listing; and as other websites would like to make them."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.page.conftest import PHONE, Visitor
from tests.support.served import Served
from tests.support.web_folder import digest

pytestmark = pytest.mark.page

Serve = Callable[..., Served]

LARGE = random.Random(5).randbytes(2_000_000)
PICKED = {"large.bin": LARGE, "tête & <b>'quoted\" 100%.txt": b"hello\r\n--x\r\n", "empty.dat": b""}

PLANTING = """<!doctype html><title>theirs</title><link rel=icon href="data:,">
<form method=post enctype=multipart/form-data action="{url}"><input type=file name=file multiple></form>
"""
SUBMIT = """() => {
    const files = new DataTransfer();
    files.items.add(new File(['planted'], 'planted.html'));
    document.querySelector('input').files = files.files;
    document.querySelector('form').submit();
}"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "web" / "in here"
    place.mkdir(parents=True)
    return place


def pick(page: Page, folder: Path, contents: dict[str, bytes]) -> None:
    """Choose files of these names and contents in the form, and send it."""
    folder.mkdir(exist_ok=True)
    files = [folder / name for name in contents]
    for file in files:
        file.write_bytes(contents[file.name])
    page.get_by_label("Add files").set_input_files(files)
    page.get_by_role("button", name="Upload").click()


def stored(folder: Path) -> dict[str, str]:
    return {path.name: digest(path.read_bytes()) for path in folder.iterdir()}


def digests(contents: dict[str, bytes]) -> dict[str, str]:
    return {name: digest(content) for name, content in contents.items()}


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}, {"viewport": PHONE}], ids=str)
def test_what_is_picked_is_stored_and_shown(
    served: Serve, visit: Visitor, folder: Path, tmp_path: Path, options: dict[str, object]
) -> None:
    server = served(folder.parent, "--upload")
    visited = visit(server.url + "in%20here/", **options)
    page = visited.page
    pick(page, tmp_path / "picked", PICKED)
    expect(page.get_by_role("status")).to_have_text("3 files were stored.")
    expect(page).to_have_url(server.url + "in%20here/?uploaded=3")
    assert stored(folder) == digests(PICKED)
    for name in PICKED:
        expect(page.get_by_role("link", name=name, exact=True)).to_be_visible()
    visited.keep("uploaded")


def test_over_tls_too(served: Serve, visit: Visitor, folder: Path, tmp_path: Path) -> None:
    page = visit(served(folder.parent, "--upload", "--tls").url + "in%20here/", ignore_https_errors=True).page
    pick(page, tmp_path / "picked", PICKED)
    expect(page.get_by_role("status")).to_have_text("3 files were stored.")
    assert stored(folder) == digests(PICKED)


def test_under_each_of_its_own_names(served: Serve, visit: Visitor, folder: Path, tmp_path: Path) -> None:
    server = served(folder.parent, "--upload", "--name", "shop.test")
    for number, host in enumerate(("localhost", "127.0.0.1", "shop.test")):
        page = visit(f"http://{host}:{server.port}/in%20here/").page
        pick(page, tmp_path / "picked", {f"{number}.txt": b"x"})
        expect(page.get_by_role("status")).to_have_text("1 file was stored.")
    assert set(stored(folder)) == {"0.txt", "1.txt", "2.txt"}


def test_a_second_file_of_the_same_name_is_refused_and_the_first_stays(
    served: Serve, visit: Visitor, folder: Path, tmp_path: Path
) -> None:
    visited = visit(served(folder.parent, "--upload").url + "in%20here/")
    page = visited.page
    pick(page, tmp_path / "picked", {"note.txt": b"the first"})
    expect(page.get_by_role("status")).to_have_text("1 file was stored.")
    pick(page, tmp_path / "again", {"note.txt": b"the second", "new.txt": b"new"})
    expect(page.get_by_role("status")).to_contain_text("note.txt was not stored")
    expect(page.get_by_role("status")).to_contain_text("Stored: new.txt")
    assert stored(folder) == digests({"note.txt": b"the first", "new.txt": b"new"})
    visited.keep("refused")
    visited.refused(409)


def test_nothing_picked_is_nothing_sent(served: Serve, visit: Visitor, folder: Path) -> None:
    server = served(folder.parent, "--upload", "--log-format", "combined")
    page = visit(server.url + "in%20here/").page
    page.get_by_role("button", name="Upload").click()
    page.goto(server.url)  # whatever the button did has been asked for before this
    server.process.wait_for_line(r'"GET / HTTP/1\.1"', output="stderr")
    assert "POST" not in server.process.stderr


def test_without_upload_there_is_no_form(served: Serve, visit: Visitor, folder: Path) -> None:
    page = visit(served(folder.parent).url + "in%20here/").page
    expect(page.get_by_text("This folder is empty.")).to_be_visible()
    assert page.locator("form, input, button").count() == 0


# --------------------------------------------------------------------------------------- from another site


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "evil.test"])
@pytest.mark.parametrize("sandbox", [False, True], ids=["page", "sandboxed page"])
def test_a_page_of_another_origin_plants_nothing_by_a_form(
    served: Serve, visit: Visitor, folder: Path, tmp_path: Path, host: str, sandbox: bool
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    server = served(folder.parent, "--upload")
    (theirs / "index.html").write_text(PLANTING.format(url=server.url + "in%20here/"))
    policy = ("--header", "Content-Security-Policy: sandbox allow-forms allow-scripts") if sandbox else ()
    attacker = served(theirs, "--name", "evil.test", *policy)
    visited = visit(f"http://{host}:{attacker.port}/")
    visited.page.evaluate(SUBMIT)
    expect(visited.page.get_by_role("heading", level=1)).to_have_text("Forbidden")
    assert stored(folder) == {}
    visited.refused(403)


@pytest.mark.parametrize("method", ["PUT", "POST"])
@pytest.mark.parametrize("mode", ["cors", "no-cors"])
def test_a_page_of_another_origin_plants_nothing_by_a_script(
    served: Serve, visit: Visitor, folder: Path, tmp_path: Path, method: str, mode: str
) -> None:
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    (theirs / "index.html").write_text("<!doctype html><title>theirs</title><link rel=icon href='data:,'>")
    server = served(folder.parent, "--upload")
    visited = visit(f"http://localhost:{served(theirs).port}/")
    fetch = """([url, method, mode]) => {
        const body = new FormData();
        body.append('file', new File(['planted'], 'planted.html'));
        return fetch(url, {method, mode, body}).then(answer => answer.type, () => 'failed');
    }"""
    target = server.url + "in%20here/" + ("planted.html" if method == "PUT" else "")
    answer = visited.page.evaluate(fetch, [target, method, mode])
    assert answer in ("failed", "opaque")
    assert stored(folder) == {}
    visited.complaints.clear()
