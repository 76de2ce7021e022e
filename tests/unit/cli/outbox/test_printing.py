"""A queued message itself, on stdout."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from portside.apps.outbox.contents import SMALL
from portside.apps.outbox.outbox import Outbox
from portside.cli.outbox import printing
from tests.support.outboxes import envelope


def printed(folder: Path, content: bytes) -> None:
    async def main() -> None:
        async with Outbox(folder) as outbox:
            await printing.print_content(outbox, await outbox.put(envelope("bob@there.test"), content))

    asyncio.run(main())


@pytest.mark.parametrize("content", [b"Subject: \xff\x1b[2J\r\n\r\n\0", b"x\r\n" * SMALL])
def test_a_program_gets_it_octet_for_octet(
    tmp_path: Path, capfdbinary: pytest.CaptureFixture[bytes], content: bytes
) -> None:
    printed(tmp_path, content)
    assert capfdbinary.readouterr().out == content


def test_a_terminal_is_spared(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printing, "is_watched", lambda stream: True)
    printed(tmp_path, b"Subject: \x1b[2J\r\n\r\nj\xc3\xbcrgen \xff\r\n")
    assert capsys.readouterr().out == "Subject: \\x1b[2J\n\njürgen \\xff\n"
