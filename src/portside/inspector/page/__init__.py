"""The window: a web page on a capture, served by our own web server to whoever knows its address."""

from __future__ import annotations

from pathlib import Path

FILES = Path(__file__).with_name("files")
"""The window's own files; the mailbox page has some of them in common with it."""
