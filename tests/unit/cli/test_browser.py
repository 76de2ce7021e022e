"""The user's browser finds a page, and nobody else does."""

from __future__ import annotations

import contextlib
import stat
import tempfile
import webbrowser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from portside.cli.browser import opened

URL = "http://127.0.0.1:4040/a-token/"


@pytest.fixture
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "t m#p"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


@pytest.mark.parametrize("found", [True, False])
def test_a_browser_is_given_a_private_file_that_leads_to_the_page(
    found: bool, temporary: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[str] = []
    monkeypatch.setattr(webbrowser, "open", lambda url: given.append(url) or found)
    with opened(URL) as was_found:
        assert was_found is found
        (url,) = given
        assert "token" not in url
        path = Path(unquote(urlsplit(url).path))
        assert (urlsplit(url).scheme, path.parent.parent) == ("file", temporary)
        modes = stat.S_IMODE(path.parent.stat().st_mode), stat.S_IMODE(path.stat().st_mode)
        assert modes == (0o700, 0o600)
        text = path.read_text()
        assert f'content="0; url={URL}"' in text and 'name="referrer" content="no-referrer"' in text
    assert list(temporary.iterdir()) == []


def test_nothing_stays_after_an_error(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda url: bool(url))
    with contextlib.suppress(ZeroDivisionError), opened(URL):
        raise ZeroDivisionError
    assert list(temporary.iterdir()) == []


def test_an_address_is_no_html(temporary: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webbrowser, "open", lambda url: bool(url))
    with opened('http://a/"><script>'):
        (path,) = temporary.glob("*/*")
        assert "<script>" not in path.read_text()
