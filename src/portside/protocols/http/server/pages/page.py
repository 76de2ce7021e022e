"""The frame around every page that the server writes itself, and the style they share.

A page holds no script, no style attribute and no reference to another origin, so the strictest content
security policy fits; ``STYLE_CSP`` is that policy, and it names the one style sheet by its digest.
"""

from __future__ import annotations

from base64 import b64encode
from hashlib import sha256
from html import escape
from importlib.resources import files

from portside.protocols.http.server.pages.names import plain_text

_STYLE = files(__package__).joinpath("style.css").read_text("utf-8")

STYLE_CSP = (
    f"default-src 'none'; style-src 'sha256-{b64encode(sha256(_STYLE.encode()).digest()).decode()}'; "
    "img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
"""The value of Content-Security-Policy to send with these pages (CSP Level 3)."""

_ICON = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 16 16'%3E"
    "%3Ccircle cx='8' cy='8' r='7' fill='%23c4122f'/%3E%3Ccircle cx='6' cy='6' r='2' fill='%23ff9aa6'/%3E%3C/svg%3E"
)

_HEAD = f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<link rel="icon" href="{_ICON}">
<style>{_STYLE}</style>
<title>"""

_FOOT = '</main>\n<footer class="made">Portside</footer>\n</body>\n</html>\n'


def render_page(title: str, main: str, kind: str = "listing") -> bytes:
    """A whole page in UTF-8: ``title`` is plain text, ``main`` is HTML that is safe already."""
    shown = escape(plain_text(title))
    return f'{_HEAD}{shown}</title>\n</head>\n<body>\n<main class="{kind}">\n{main}{_FOOT}'.encode()
