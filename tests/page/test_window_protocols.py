"""FTP and Telnet in the window: two connections told as one conversation, negotiation in words, passwords hidden."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, TimeoutError, expect

from tests.page.conftest import Visitor
from tests.support.served import PORTSIDE, Served
from tests.support.windows import layers, reply, rung, window_of

pytestmark = [pytest.mark.page, pytest.mark.peer]

SITE = Path(__file__).resolve().parents[2] / "examples" / "site"
WIDE = {"width": 1440, "height": 860}


def last(page: Page, wanted: Locator) -> None:
    """Wait until this rung is at the end of the ladder; only what is in view is there."""
    for _ in range(100):
        page.locator("#ladder").press("End")
        with contextlib.suppress(TimeoutError):
            return wanted.wait_for(timeout=300)
    raise AssertionError(f"the ladder never has {wanted}")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_file_transfer_is_one_conversation(
    served: Callable[..., Served], visit: Visitor, tmp_path: Path, scheme: str
) -> None:
    folder = tmp_path / "site"
    shutil.copytree(SITE, folder)
    server = served("ftp", folder, "--window", "0", "--user", "anna:canary:rw")
    visited = visit(window_of(server), color_scheme=scheme, viewport=WIDE)
    url = f"ftp://127.0.0.1:{server.port}/hello.txt"
    subprocess.run([PORTSIDE, "get", "-q", "-u", "anna:canary", url], stdout=subprocess.PIPE, check=True)
    page = visited.page
    last(page, reply(page, "221"))
    expect(page.locator("#counts")).to_contain_text("1 conversation")
    assert "canary" not in page.content()
    page.locator("#ladder").press("Home")
    rung(page, "PASS *").wait_for()
    reply(page, "229").click()
    expect(page.locator("#layers")).to_contain_text("waits at port")
    visited.keep(f"window-ftp-{scheme}")
    page.locator("#ladder").press("End")
    rung(page, "data of RETR").click()
    expect(page.locator("#bytes")).to_contain_text("Ahoy!")
    assert layers(page)[-1] == "Content"


def test_a_visit_by_telnet_is_told_in_words(served: Callable[..., Served], visit: Visitor) -> None:
    server = served("telnet", "--save", ":memory:", "--window", "0")
    visited = visit(window_of(server), viewport=WIDE)
    steps = ["--expect", "name", "--send", "guest", "--expect", "Exits", "--send", "quit", "--expect", "Fair winds"]
    command = [PORTSIDE, "telnet", "127.0.0.1", str(server.port), "--terminal", "xterm", *steps]
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, check=True)
    page = visited.page
    last(page, rung(page, "Fair winds"))
    page.locator("#ladder").press("Home")
    expect(page.locator("#ladder")).to_contain_text("terminal type")
    visited.keep("window-telnet-light")
    page.locator("#ladder .rung", has_text="terminal type").first.click()
    expect(page.locator("#layers")).to_contain_text("TELNET")
    assert layers(page)[:3] == ["Ethernet frame", "IPv4 packet", "TCP segment"]
