"""``watch --open``: a browser arrives at the page by way of a private file."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.page.conftest import Visitor
from tests.support.captures import datagrams, write
from tests.support.processes import Running

pytestmark = [pytest.mark.page, pytest.mark.peer]


def test_a_browser_arrives_and_its_arguments_tell_nothing(
    tmp_path: Path, process: Callable[..., Running], portside: Path, visit: Visitor
) -> None:
    path = write(tmp_path / "t.pcapng", datagrams(b"seen"))
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    told = tmp_path / "told"
    os.mkfifo(told)
    reading = os.open(told, os.O_RDONLY | os.O_NONBLOCK)
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$*" > "{told}"\n')
    browser.chmod(0o700)
    environment = {"BROWSER": f"{browser} %s", "TMPDIR": str(temporary)}
    running = process(portside, "watch", path, "--port", "0", "--open", env=environment)
    url = running.wait_for_line(r"^ready (.*)$")[1]
    assert select.select([reading], [], [], 30)[0], "a browser was called"
    arguments = os.read(reading, 4096).decode().strip()
    os.close(reading)
    assert arguments.startswith(f"file://{temporary}") and url.split("/")[3] not in arguments
    page = visit(arguments).page
    page.wait_for_url(f"{url}**")
    expect(page.locator("body")).to_contain_text("seen")
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
    assert list(temporary.iterdir()) == []
