"""What a visitor reads: text that the application writes, and the line that they are typing below it."""

from __future__ import annotations

from portside.protocols.telnet.messages import PromptEnd
from portside.protocols.telnet.server.drawing import DrawnLine
from portside.protocols.telnet.server.terminal import Terminal
from portside.protocols.telnet.server.wire import Wire

BELL = "\a"
CLEAR = "\x1b[H\x1b[2J"
SHOWN_AT_ONCE = 64 * 1024
"""Characters of one write that leave together: whoever does not read is noticed in between."""


class Screen:
    """Writes to one visitor. A line is asked for by ``ask`` and ends by ``done``; until then text goes above it.

    ``marks_prompts``: their client speaks Telnet, so that it is told where a prompt ends.
    """

    __slots__ = ("_drawn", "_fresh", "_prompt", "_terminal", "_wire", "marks_prompts")

    def __init__(self, wire: Wire, terminal: Terminal) -> None:
        self._wire = wire
        self._terminal = terminal
        self._fresh = True
        self._prompt: str | None = None
        self._drawn: DrawnLine | None = None
        self.marks_prompts = False

    # --------------------------------------------------------------------------------------------------- text

    def write(self, text: str) -> None:
        """Show ``text``; above the prompt, where there is one."""
        if self._prompt is None:
            self._put(text)
        else:
            self.tell(text)

    def tell(self, text: str) -> None:
        """Show ``text`` on lines of its own."""
        whole = text if text.endswith("\n") else text + "\n"
        if self._prompt is None:
            self._put(whole if self._fresh else "\n" + whole)
        elif self._drawn is not None:
            columns = self._terminal.columns
            self._send(self._drawn.erase(columns) + whole + self._drawn.paint(columns))
        else:
            self._send("\n" + whole + self._prompt)
            self._end_prompt()

    def clear(self) -> None:
        """Empty the window, where that is possible."""
        if self._terminal.colours or self._terminal.draws:
            self._send(CLEAR)
            self._fresh = True

    def ring(self) -> None:
        """That was not taken."""
        self._send(BELL)

    def _put(self, text: str) -> None:
        if text:
            self._fresh = text.endswith("\n")
            self._send(text)

    def _send(self, text: str) -> None:
        text = text.replace("\r\n", "\n")
        for start in range(0, len(text), SHOWN_AT_ONCE):
            piece = text[start : start + SHOWN_AT_ONCE].replace("\n", "\r\n")
            self._wire.send(piece.encode(self._terminal.charset, "replace"))

    # --------------------------------------------------------------------------------------------------- lines

    def ask(self, prompt: str, *, draws: bool) -> None:
        """Show ``prompt``; where we are the one who ``draws``, what is typed is shown by ``show``."""
        above, newline, last = prompt.rpartition("\n")
        self._put(above + newline)
        self._prompt = last
        self._drawn = DrawnLine(last) if draws else None
        self._put(last if self._drawn is None else self._drawn.paint(self._terminal.columns))
        if last:
            self._end_prompt()

    def _end_prompt(self) -> None:
        if self.marks_prompts:
            self._wire.say(PromptEnd())

    def show(self, text: str, cursor: int) -> None:
        """Their line is ``text`` now, with the cursor at ``cursor``."""
        if self._drawn is not None:
            self._send(self._drawn.show(text, cursor, self._terminal.columns))

    def resized(self) -> None:
        """Their window has another size: draw the line anew."""
        if self._drawn is not None:
            columns = self._terminal.columns
            self._send(self._drawn.erase(columns) + self._drawn.paint(columns))

    def done(self, *, newline: bool, mark: str = "") -> None:
        """Nothing is typed any more; ``newline``: they have not gone to the next line by themselves."""
        drawn, self._drawn, self._prompt = self._drawn, None, None
        if drawn is not None:
            self._send(mark + drawn.finish(self._terminal.columns))
        elif newline:
            self._send(mark + "\n")
        self._fresh = True
