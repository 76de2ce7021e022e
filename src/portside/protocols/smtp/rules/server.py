"""The server's side of a connection that hands mail on: SMTP, submission, LMTP (RFC 5321, RFC 6409, RFC 2033).

A client says its name, then for each message who sends it, to whom, and the content; with the reply to that the
message is ours. Commands may come in groups (RFC 2920) and are answered one after the other; what comes while the side
above is asked waits, in bounded room. The states, as in ``standing.TRANSITIONS``::

    CONNECTED ──greeted──> GREETED ──sender──> MAIL ──recipient──> RCPT ──content──> DATA ──reset──> GREETED
        ^                   │   │                │                   └──chunk──> CHUNK <──> CHUNKS ──reset──> GREETED
        │                   │   └─login─> LOGIN ──login ended──> GREETED
        └─secured─ SECURING <─secure                               reset: RSET, EHLO, or the content was answered
    any ──leave──> LEAVING ──lost──> GONE                          leave: QUIT, 421, or they have hung up

What needs nobody is answered right here. The side above hears of a message by ``Began``, its content, and
``ContentEnded``; and it may ask to be ``Asked`` before. All that is in between stands in ``turns``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from portside.errors import LocalError
from portside.interfaces import NOTHING, Heard, Output, Outputs
from portside.mail.envelope import Envelope, Recipient
from portside.protocols.smtp.messages import Command, ContentEnded, Reply
from portside.protocols.smtp.rules.addressing import protocol_name
from portside.protocols.smtp.rules.answers import answer, reply_sent
from portside.protocols.smtp.rules.chaos import Refuse, Stage
from portside.protocols.smtp.rules.contents import TOO_LARGE, ChunkedContent, Content
from portside.protocols.smtp.rules.dialogue import chaos_reply
from portside.protocols.smtp.rules.entrance import Entrance
from portside.protocols.smtp.rules.policy import Tls
from portside.protocols.smtp.rules.standing import Busy, Event, State
from portside.protocols.smtp.rules.turns import Admit, Began, GoOn, Hook, Keys, Replies, Spoilt
from portside.protocols.smtp.syntax.codes import Refusal
from portside.protocols.smtp.syntax.commands import FOREIGN, TABLE, help_lines, help_of, parse_argument, row_of
from portside.protocols.smtp.syntax.content import Chunk
from portside.protocols.smtp.syntax.lines import parse_command, parse_response

WITHOUT_SECRETS = frozenset(TABLE) - {"AUTH"}
GREETINGS = frozenset({"EHLO", "HELO", "LHLO"})
BEFORE_TLS = GREETINGS | {"STARTTLS", "NOOP", "QUIT", "RSET", "HELP"}
"""What may be said in the clear where TLS is required (RFC 3207 §4)."""
SENDER_TAKEN = answer(250, "2.1.0", "The sender is taken.")
RECIPIENT_TAKEN = answer(250, "2.1.5", "The recipient is taken.")
GO_AHEAD = answer(354, "", "Send the content; a dot alone ends it.")
DONE = answer(250, "2.0.0", "Done.")


class ServerRules(Entrance):
    """One connection. What is heard and said beside replies and content stands in ``turns``."""

    __slots__ = ()

    # --------------------------------------------------------------------------------------------- commands

    def _hear(self, line: bytes, now: float) -> Outputs:
        if self._standing.state is State.LOGIN:
            return self._log_in(self._logins.respond(parse_response(line).data))
        self._verb = ""
        command = self._read(line)
        verb = self._verb = command.verb
        if verb in FOREIGN:
            return self._dismiss("That is not SMTP.", "4.7.0")
        self._check(verb)
        if verb == "MAIL":
            return self._mail(line, command.argument, now)
        if verb == "RCPT":
            return self._rcpt(line, command.argument, now)
        row, value = parse_argument(command)
        if verb != "BDAT":
            self._standing.allow(row)
        return _OWN[verb](self, value, now)

    def _read(self, line: bytes) -> Command:
        """The command in ``line``. No login is kept in mind."""
        memory = self._shared.commands
        command = memory.known.get(line)
        if command is None:
            command = parse_command(line)
            if command.verb in WITHOUT_SECRETS:
                memory.keep(line, command)
        return command

    def _check(self, verb: str) -> None:
        """Raises ``Refusal`` for what this server does not hear, or not yet."""
        if verb in GREETINGS and (verb == "LHLO") is not self._policy.lmtp:
            raise Refusal("LHLO is said here." if self._policy.lmtp else "EHLO is said here.", 500, "5.5.1")
        if self._policy.tls is Tls.REQUIRED and not self._is_secure and verb not in BEFORE_TLS:
            raise Refusal("Must issue a STARTTLS command first.", 530, "5.7.0")

    # ---------------------------------------------------------------------------------------------- envelope

    def _mail(self, line: bytes, argument: str, now: float) -> Outputs:
        self._standing.allow(TABLE["MAIL"])
        if self._policy.login_required and not self._logins.user:
            raise Refusal("Authentication is required.", 530, "5.7.0")
        if self._standing.messages >= self._limits.messages:
            return self._dismiss("These are enough messages for one connection.", "4.7.0")
        mail = self._addressing.read_mail(line, argument, secure=self._is_secure)
        self._addressing.check_rate(self._host, now)
        return self._weigh(Stage.MAIL, Hook.SENDER, mail, mail.sender, self._accept_sender, now)

    def _accept_sender(self, mail: Envelope, now: float) -> Outputs:
        self._addressing.mail = mail
        self._standing.messages += 1
        self._standing.move(Event.SENDER)
        return [SENDER_TAKEN]

    def _rcpt(self, line: bytes, argument: str, now: float) -> Outputs:
        self._standing.allow(TABLE["RCPT"])
        recipient = self._addressing.read_rcpt(line, argument)
        self._addressing.check_recipient(recipient, self._logins.user, self._host, now)
        return self._weigh(Stage.RCPT, Hook.RECIPIENT, recipient, recipient.address, self._accept_recipient, now)

    def _accept_recipient(self, recipient: Recipient, now: float) -> Outputs:
        self._addressing.recipients.append(recipient)
        self._standing.errors = 0
        self._standing.move(Event.RECIPIENT)
        return [RECIPIENT_TAKEN]

    # ----------------------------------------------------------------------------------------------- content

    def _data(self, _: None, now: float) -> Outputs:
        self._addressing.check_data()
        return self._strike(Stage.DATA, "", self._open_data, now) or self._open_data(now)

    def _open_data(self, now: float) -> Outputs:
        self._standing.move(Event.CONTENT)
        self._receiving.open_data(now, mend=self._policy.bare_lines)
        return [*self._begin_content(), GO_AHEAD]

    def _begin_content(self) -> list[Output]:
        content = self._receiving.content
        assert content is not None
        content.begun = True
        envelope, user = self._addressing.envelope, self._logins.user
        protocol = protocol_name(
            lmtp=self._policy.lmtp,
            extended=self._standing.extended,
            utf8=envelope.utf8,
            secure=self._is_secure,
            user=user,
        )
        return [Heard(Began(envelope, self._standing.name, protocol, user))]

    def _chunk(self, chunk: Chunk, now: float) -> Outputs:
        """BDAT. A refused chunk comes all the same, and is answered behind its octets (RFC 3030 §2)."""
        refusal = self._objection(chunk)
        if refusal is None:
            begin = partial(self._begin_chunk, chunk)
            struck = self._strike_chunk(chunk, begin, now)
            return begin(now) if struck is None else struck
        return self._refuse_chunk(chunk, refusal)

    def _objection(self, chunk: Chunk) -> Reply | None:
        try:
            if self._standing.state is not State.CHUNKS:
                self._standing.allow(TABLE["BDAT"])
        except Refusal as refusal:
            return refusal.reply
        return None

    def _refuse_chunk(self, chunk: Chunk, reply: Reply) -> Outputs:
        if not chunk.size:
            return self._answer(reply)
        self._receiving.pass_over(chunk.size, reply)
        return NOTHING

    def _strike_chunk(self, chunk: Chunk, begin: Callable[[float], Outputs], now: float) -> Outputs | None:
        if self._standing.state is State.CHUNKS:
            return None
        action = self._shared.chaos.strike(Stage.DATA)
        if isinstance(action, Refuse):
            return self._refuse_chunk(chunk, chaos_reply(action.code))
        return self._carry_out(action, begin, now)

    def _begin_chunk(self, chunk: Chunk, now: float) -> Outputs:
        first = self._receiving.content is None
        self._receiving.open_chunk(chunk, now, binary=self._addressing.binary)
        self._standing.move(Event.CHUNK)
        outputs = self._begin_content() if first else []
        return outputs if chunk.size else [*outputs, *self._end_content(now)]

    def _take(self, data: bytes, now: float) -> list[Output]:
        content = self._receiving.content
        assert content is not None
        if Stage.CONTENT in self._shared.chaos.stages and not content.moved:
            struck = self._strike_content(content, data, now)
            if struck is not None:
                return struck
        outputs = self._receiving.take(content, data)
        if content.ended:
            outputs += self._end_content(now)
        elif content.too_much:
            outputs += [reply_sent(TOO_LARGE), *self._leave()]
        return outputs

    def _strike_content(self, content: Content, data: bytes, now: float) -> list[Output] | None:
        content.moved = 1  # it happens once
        struck = self._strike(Stage.CONTENT, "", lambda _: NOTHING, now)
        if struck is None:
            return None
        self._intake.put_back(data)
        return list(struck)

    # ----------------------------------------------------------------------------------- the end of a content

    def _end_content(self, now: float) -> list[Output]:
        content = self._receiving.content
        assert content is not None
        if isinstance(content, ChunkedContent) and not content.last:
            self._standing.move(Event.CHUNK_ENDED)
            self._since = now
            return self._answer(content.spoilt or Reply(250, (f"{content.size} octets have come.",), "2.0.0"))
        if content.spoilt is None:
            self._strike_the_end(content)
        if content.spoilt is not None:
            return [*self._receiving.give_up(), *self._conclude((content.spoilt,), now)]
        self._standing.busy = Busy.CONTENT
        return [Heard(ContentEnded())]

    def _strike_the_end(self, content: Content) -> None:
        """A refusal means that nothing is kept; all else happens once it is."""
        action = self._shared.chaos.strike(Stage.END)
        if isinstance(action, Refuse):
            content.spoilt = chaos_reply(action.code)
        else:
            self._afterwards = action

    def _conclude(self, replies: tuple[Reply, ...], now: float) -> list[Output]:
        """The message is answered, for each recipient where that is the custom (RFC 2033 §4.2)."""
        if self._policy.lmtp and len(replies) == 1:
            replies *= len(self._addressing.recipients)
        if self._receiving.content is not None:
            self._receiving.content.begun = False
        utf8 = self._says_utf8
        self._forget_message()
        self._since, self._standing.idle = now, 0
        action, self._afterwards = self._afterwards, None
        if action is not None:
            return list(self._carry_out(action, lambda _: self._say_all(replies, utf8=utf8), now) or ())
        return self._say_all(replies, utf8=utf8)

    def _say_all(self, replies: tuple[Reply, ...], *, utf8: bool) -> list[Output]:
        if len(replies) == 1 and not utf8:
            outputs = self._answer(replies[0])
        else:
            outputs = [reply_sent(reply, utf8=utf8) for reply in replies]
        return [*outputs, *self._dismiss("The server stops.", "4.3.2")] if self._should_stop else outputs

    @property
    def _should_stop(self) -> bool:
        return self._stopping and not self._standing.over

    # ------------------------------------------------------------------------------------------ what is said

    def say(self, message: Any, now: float) -> Outputs:
        standing = self._standing
        if standing.over:  # whoever asked has left meanwhile
            return NOTHING
        busy = standing.busy
        match message:
            case Reply() if busy is not None:
                outputs = self._replied(message, busy, now)
            case GoOn() if busy is Busy.ASKED or busy is Busy.CONNECT:
                return self._resume(now)
            case Replies(replies) if busy is Busy.CONTENT and len(replies) == len(self._addressing.recipients):
                standing.busy = None
                outputs = self._conclude(replies, now)
            case Admit(user) if busy is Busy.LOGIN:
                standing.busy = None
                outputs = self._admit(user)
            case Keys(keys) if busy is Busy.LOGIN:
                standing.busy = None
                outputs = self._log_in(self._logins.keys(keys))
            case Spoilt(reply):
                return self._spoil(reply)
            case _:
                raise LocalError(f"a server does not say {message!r} now")
        return [*outputs, *self._go_on(now)] if self._has_more else outputs

    @property
    def _has_more(self) -> bool:
        return bool(len(self._intake)) or self._hung_up or not self._reading

    def _replied(self, reply: Reply, busy: Busy, now: float) -> Outputs:
        """The side above has answered what it was asked."""
        self._standing.busy = self._then = None
        self._since = now
        if busy is Busy.CONTENT:
            return self._conclude((reply,), now)
        if busy is Busy.LOGIN:
            return self._turn_away(reply)
        outputs = self._answer(reply)
        return [*outputs, *self._leave()] if busy is Busy.CONNECT and not self._standing.over else outputs

    def _spoil(self, reply: Reply) -> Outputs:
        """The side above can't keep what comes; it has dropped it."""
        content = self._receiving.content
        if content is not None and content.spoilt is None:
            content.spoilt, content.begun = reply, False
        return NOTHING

    # ------------------------------------------------------------------------------------- what moves nothing

    def _reset(self, _: None, now: float) -> Outputs:
        return self._be_idle() or [*self._forget_message(), DONE]

    def _noop(self, _: str, now: float) -> Outputs:
        return self._be_idle() or [DONE]

    def _quit(self, _: None, now: float) -> Outputs:
        speaks_on = self._is_secure or len(self._intake) > 0  # TLS has a goodbye of its own
        return [answer(221, "2.0.0", "Goodbye."), *self._leave(linger=speaks_on)]

    def _verify(self, _: str, now: float) -> Outputs:
        """Whether somebody is there is told to who sends them mail (RFC 5321 §7.3)."""
        return self._be_idle() or [answer(252, "2.0.0", "Send mail, and it will be tried.")]

    def _expand(self, _: str, now: float) -> Outputs:
        raise Refusal("Lists are not shown here.", 502, "5.5.1")

    def _help(self, word: str, now: float) -> Outputs:
        row = row_of(word.strip().upper())
        if not word.strip():
            lines = ("These commands are known:", *help_lines(), "HELP and a command tells more.")
        elif row is None:
            raise Refusal("That command is not known here.", 504, "5.5.4")
        else:
            lines = (help_of(row),)
        return self._be_idle() or [reply_sent(Reply(214, lines, "2.0.0"))]


_OWN: Mapping[str, Callable[[ServerRules, Any, float], Outputs]] = {
    "EHLO": ServerRules._hello,
    "HELO": ServerRules._hello,
    "LHLO": ServerRules._hello,
    "DATA": ServerRules._data,
    "BDAT": ServerRules._chunk,
    "RSET": ServerRules._reset,
    "VRFY": ServerRules._verify,
    "EXPN": ServerRules._expand,
    "HELP": ServerRules._help,
    "NOOP": ServerRules._noop,
    "QUIT": ServerRules._quit,
    "STARTTLS": ServerRules._start_tls,
    "AUTH": ServerRules._auth,
}
"""What a command does whose argument needs nothing but to be read."""
