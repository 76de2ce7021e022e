"""A page as a browser's parser sees it: enough to check what became markup."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import ClassVar


class Document(HTMLParser):
    """The elements of a page, their attributes and texts, in order."""

    FRAME: ClassVar[frozenset[str]] = frozenset(
        {"html", "head", "meta", "link", "style", "title", "body", "main", "footer"}
    )
    _VOID: ClassVar[frozenset[str]] = frozenset({"meta", "link", "input"})

    def __init__(self, page: bytes) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.attributes: list[tuple[str, dict[str, str | None]]] = []
        self.comments: list[str] = []
        self._open: list[str] = []
        self._texts: list[tuple[tuple[str, ...], str]] = []
        self.feed(page.decode())
        self.close()
        assert not self._open, "an element is left open"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes.append((tag, dict(attrs)))
        assert len(dict(attrs)) == len(attrs), "an attribute stands twice"
        if tag not in self._VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag, "elements overlap"

    def handle_data(self, data: str) -> None:
        if data.strip():
            self._texts.append((tuple(self._open), data))

    def handle_comment(self, data: str) -> None:
        self.comments.append(data)

    def text_of(self, tag: str) -> list[str]:
        """Every piece of text inside elements ``tag``."""
        return [text for inside, text in self._texts if tag in inside]

    def values(self, tag: str, attribute: str) -> list[str]:
        """The values of ``attribute`` at elements ``tag`` that have it."""
        return [str(found[attribute]) for name, found in self.attributes if name == tag and attribute in found]

    def risks(self) -> list[str]:
        """What a strict content security policy would block, or a careful reader would not expect."""
        names = {name for _, found in self.attributes for name in found}
        return [name for name in names if name == "style" or name.startswith("on")] + self.comments
