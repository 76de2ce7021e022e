"""What a visitor types: kept until it is asked for, and given as lines or keys.

Two manners. Where a terminal can be drawn upon, each key comes at once, and we edit the line and show it (WILL ECHO,
WILL SGA). Everybody else has a line editor at home and sends whole lines; then WILL ECHO only hides what is secret.
"""

from __future__ import annotations

import asyncio
import codecs
from collections import deque
from collections.abc import Callable

from portside.errors import ConnectionLost, LocalError, PortsideError
from portside.protocols.telnet.messages import Data, LineMode, Option, Party
from portside.protocols.telnet.server.editing import Editor, Effect, remember
from portside.protocols.telnet.server.keyboard import ENTER, Key, Keyboard, Stroke
from portside.protocols.telnet.server.raw import Raw
from portside.protocols.telnet.server.screen import Screen
from portside.protocols.telnet.server.terminal import Terminal
from portside.protocols.telnet.server.wire import Wire

LONGEST_LINE = 1024
"""Characters of a line, where the application names no other limit: more than anyone types at a prompt."""
TYPE_AHEAD = 4096
"""Characters that are taken before they are asked for: what a terminal's driver in a kernel keeps."""
ENDLESS = 1024 * 1024
"""Characters too many in one line, after which nobody waits for its end any more."""
ESCAPE_WAIT = 0.2
"""Seconds after which an escape character is the key itself: the rest of a sequence comes with it, or nearly."""

_PLAIN_KEYS = frozenset({"enter", "tab", "backspace", "ctrl-u", "ctrl-d"})
"""What keys mean to those who edit their lines at home."""


class VisitorLeft(ConnectionLost):
    """The visitor is gone, or is being sent away."""


class Interrupted(PortsideError):
    """The visitor has pressed ^C, or sent Telnet's IP or BRK."""


class Reading:
    """Takes bytes, gives lines and keys to one who asks at a time."""

    __slots__ = (
        "_answer", "_charset", "_decoder", "_draws", "_editor", "_ended", "_escaping", "_history", "_interrupted",
        "_keyboard", "_keys", "_screen", "_secret", "_terminal", "_typed", "_waiting", "_wire", "left", "on_interrupt",
        "raw",
    )  # fmt: skip

    def __init__(self, wire: Wire, terminal: Terminal, screen: Screen) -> None:
        self._wire = wire
        self._terminal = terminal
        self._screen = screen
        self._charset = ""
        self._decoder: codecs.IncrementalDecoder | None = None
        self._keyboard = Keyboard()
        self._escaping: asyncio.TimerHandle | None = None
        self._typed: deque[Stroke] = deque()
        self._waiting = 0  # characters in it
        self._editor: Editor | None = None
        self._answer: asyncio.Future[str] | None = None
        self._secret = False
        self._draws = False
        self._keys = False  # whether each key comes at once, as far as we know
        self._history: list[str] = []
        self._ended = False
        self._interrupted = False
        self.left: VisitorLeft | None = None
        self.raw: Raw | None = None
        self.on_interrupt: Callable[[], None] | None = None

    # -------------------------------------------------------------------------------------------- asking

    async def line(self, prompt: str, *, secret: bool, limit: int) -> str:
        self._check()
        self._secret = secret
        self._arrange(keys=self._draws, hides=secret)
        self._screen.ask(prompt, draws=self.draws)
        ready = None if self._draws else self._whole_line(limit)
        if ready is not None:
            return ready
        self._editor = Editor(limit, [] if secret else self._history)
        return await self._wait()

    def _whole_line(self, limit: int) -> str | None:
        """A line that their side has edited, and that is here already: nobody has to wait for it, or to edit it."""
        typed = self._typed
        if len(typed) < 2 or typed[1] is not ENTER or not isinstance(typed[0], str) or len(typed[0]) > limit:
            return None
        text = str(typed.popleft())
        typed.popleft()
        self._waiting -= len(text) + 1
        if not self._secret:
            remember(text, self._history)
        self._end_line(mark="")
        self._mind_type_ahead()
        return text

    async def key(self) -> str:
        self._check()
        self._arrange(keys=True, hides=False)
        return await self._wait()

    def _check(self) -> None:
        """Raises what stands against asking them something."""
        if self._answer is not None:
            raise LocalError("one visitor can be asked for one thing at a time")
        if self.left is not None:
            raise VisitorLeft(str(self.left))
        if self._interrupted:
            self._interrupted = False
            raise Interrupted("the visitor wants to stop this")

    async def _wait(self) -> str:
        self._answer = asyncio.get_running_loop().create_future()
        try:
            self._work()
            return await self._answer
        finally:
            self._answer = None
            if self._editor is not None:  # whoever asked has given up
                self._end_line(mark="")

    # ------------------------------------------------------------------------------------------- manners

    def draw(self) -> None:
        """From now on we edit lines and show them, if their side agrees."""
        self._draws = True
        self._arrange(keys=True, hides=False)
        self._wire.want(Option.SGA, Party.THEM)

    @property
    def draws(self) -> bool:
        """Whether we show what they type."""
        wire = self._wire
        return self._draws and (wire.on(Option.ECHO, Party.US) or wire.negotiating(Option.ECHO, Party.US))

    def refused(self, option: Option) -> None:
        """Their side does not let us echo: it edits lines by itself."""
        if option is Option.ECHO and self._draws:
            self._draws = False
            self._arrange(keys=False, hides=False)

    def _arrange(self, *, keys: bool, hides: bool) -> None:
        wire = self._wire
        wire.want(Option.ECHO, Party.US, keys or hides)
        if keys or self._keys:
            wire.want(Option.SGA, Party.US, keys)
        self._keys = keys
        self.settle_line_mode()

    def settle_line_mode(self) -> None:
        """Where they have LINEMODE, it says who edits lines (RFC 1184)."""
        if self._wire.on(Option.LINEMODE, Party.THEM):
            self._wire.say(LineMode(edit=not self._keys, trapsig=True))

    # ------------------------------------------------------------------------------------------- hearing

    def heard(self, data: bytes) -> None:
        """They have typed this."""
        for stroke in self._keyboard.feed(self._decode(data)):
            self._take(stroke)
        self._mind_escape()
        self._work()

    def _decode(self, data: bytes) -> str:
        if self._decoder is None or self._charset != self._terminal.charset:
            self._charset = self._terminal.charset
            self._decoder = codecs.getincrementaldecoder(self._charset)("replace")
        return self._decoder.decode(data)

    def press(self, key: Key) -> None:
        """They have pressed a key by a command of Telnet's own (EC, EL, EOF)."""
        self._take(key)
        self._work()

    def _take(self, stroke: Stroke) -> None:
        if isinstance(stroke, Key) and stroke.name == "ctrl-c":
            self._work()
            self.interrupt()
            return
        self._typed.append(stroke)
        self._waiting += len(stroke) if isinstance(stroke, str) else 1

    def _mind_escape(self) -> None:
        if self._escaping is not None:
            self._escaping.cancel()
            self._escaping = None
        if self._keyboard.undecided:
            self._escaping = asyncio.get_running_loop().call_later(ESCAPE_WAIT, self._settle_escape)

    def _settle_escape(self) -> None:
        self._escaping = None
        for stroke in self._keyboard.settle():
            self._take(stroke)
        self._work()

    def interrupt(self) -> None:
        """They want what runs to stop; what they had typed ahead is void."""
        self._typed.clear()
        self._waiting = 0
        if self.on_interrupt is not None:
            self._empty_line()
            self.on_interrupt()
        elif self._pending:
            if self._editor is not None:
                self._end_line(mark="^C")
            self._raise(Interrupted("the visitor wants to stop this"))
        else:
            self._interrupted = True

    def _empty_line(self) -> None:
        if self._editor is not None:
            self._editor.clear()
            if not self._secret:
                self._screen.show("", 0)

    def end(self) -> None:
        """They say nothing more: what they have said is still given."""
        self._ended = True
        self._work()

    def leave(self, error: VisitorLeft) -> None:
        """They are gone, or are being sent away."""
        self.left = self.left or error
        if self._escaping is not None:
            self._escaping.cancel()
        if self._pending:
            self._raise(VisitorLeft(str(self.left)))

    def hand_over(self, raw: Raw) -> None:
        """See ``Visitor.hand_over``; what was typed ahead is the first that ``raw`` hears."""
        if self.left is not None:
            raise VisitorLeft(str(self.left))
        self.raw = raw
        ahead = "".join(stroke if isinstance(stroke, str) else stroke.source for stroke in self._typed)
        self._typed.clear()
        self._waiting = 0
        self._wire.release()
        raw.begin(self._wire)
        if ahead:
            raw.heard(Data(ahead.encode(self._terminal.charset, "replace")))

    # ------------------------------------------------------------------------------------------ answering

    @property
    def _pending(self) -> bool:
        return self._answer is not None and not self._answer.done()

    def _raise(self, error: PortsideError) -> None:
        if self._answer is not None:
            self._answer.set_exception(error)

    def _work(self) -> None:
        """Give what was asked for, as far as it has been typed."""
        while self._typed and self._pending:
            stroke = self._typed.popleft()
            self._waiting -= len(stroke) if isinstance(stroke, str) else 1
            if self._editor is None:
                self._give_key(stroke)
            else:
                self._edit(self._editor, stroke)
        if self._ended and self._pending:
            self._give_last()
        self._mind_type_ahead()

    def _mind_type_ahead(self) -> None:
        if self._waiting > TYPE_AHEAD:
            self._wire.hold()
        elif self._waiting == 0:
            self._wire.release()

    def _give(self, text: str) -> None:
        assert self._answer is not None
        self._answer.set_result(text)

    def _give_key(self, stroke: Stroke) -> None:
        if isinstance(stroke, Key):
            self._give(stroke.name)
            return
        if len(stroke) > 1:
            self._typed.appendleft(stroke[1:])
            self._waiting += len(stroke) - 1
        self._give(stroke[0])

    def _give_last(self) -> None:
        if self._editor is not None and self._editor.text:
            self._give_line(self._editor)
        else:
            self.leave(VisitorLeft("the visitor says nothing more"))

    def _edit(self, editor: Editor, stroke: Stroke) -> None:
        effect = editor.insert(stroke) if isinstance(stroke, str) else self._press(editor, stroke.name)
        match effect:
            case Effect.DONE:
                self._give_line(editor)
            case Effect.END:
                self._end_line(mark="")
                self.leave(VisitorLeft("the visitor has said goodbye"))
            case Effect.FULL:
                self._refuse(editor)
            case Effect.APPENDED | Effect.CHANGED if not self._secret:
                self._screen.show(editor.text, editor.cursor)

    def _press(self, editor: Editor, key: str) -> Effect:
        return editor.press(key) if self.draws or key in _PLAIN_KEYS else Effect.NOTHING

    def _refuse(self, editor: Editor) -> None:
        """There is no room for more in this line."""
        if not self._secret:
            self._screen.show(editor.text, editor.cursor)
        if self.draws and not editor.warned:
            self._screen.ring()
        editor.warned = True
        if editor.lost > ENDLESS:
            self._screen.tell("This line has no end.")
            self.leave(VisitorLeft("a line had no end"))
            self._wire.finish()

    def _give_line(self, editor: Editor) -> None:
        if not self._secret:
            remember(editor.text, self._history)
        self._end_line(mark="")
        self._give(editor.text)

    def _end_line(self, *, mark: str) -> None:
        self._editor = None
        self._screen.done(newline=self._secret or bool(mark), mark=mark)
        if self._secret and not self._draws:
            self._arrange(keys=False, hides=False)
        self._secret = False
