"""A client's way in: from the server's greeting to the point where files can be asked for.

The stages, as in ``TRANSITIONS``, by the code of the reply::

    GREETING ──220──> AUTH ──234──> SECURING ──TLS is up──> USER ──331──> PASS ──230──> SETTLING ──> IN
                                                             └─332──> ACCT ──230──┘
    USER ──230──> SETTLING                  (no password is asked for)

Without AUTH TLS (TLS off, or from the first byte) the greeting leads to USER. In SETTLING everything that does not
depend on the answer before is said in one go: PBSZ, PROT, FEAT, PWD, TYPE.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum, auto

from portside.errors import LoginFailed, PortsideError, RemoteError, TlsError
from portside.protocols.ftp.messages import Command, Reply
from portside.protocols.ftp.rules.orders import Login, TlsUse
from portside.protocols.ftp.syntax.names import parse_quoted

FEATURES = 256
"""Lines of FEAT that are kept; servers have some twenty."""

SERVICE_CLOSING = 421


class Stage(Enum):
    """How far in a client is."""

    GREETING = auto()
    AUTH = auto()
    SECURING = auto()
    USER = auto()
    PASS = auto()
    ACCT = auto()
    SETTLING = auto()
    IN = auto()


TRANSITIONS: Mapping[Stage, Mapping[int, Stage]] = {
    Stage.GREETING: {220: Stage.AUTH},
    Stage.AUTH: {234: Stage.SECURING},
    Stage.USER: {230: Stage.SETTLING, 232: Stage.SETTLING, 331: Stage.PASS, 332: Stage.ACCT},
    Stage.PASS: {230: Stage.SETTLING, 202: Stage.SETTLING, 332: Stage.ACCT},
    Stage.ACCT: {230: Stage.SETTLING, 202: Stage.SETTLING},
}


class Entering:
    """One way in. ``answered`` takes the reply to the command said last, and gives what to say next."""

    __slots__ = ("_login", "_server", "features", "greeting", "home", "protected", "stage", "waiting")

    def __init__(self, login: Login, server: str) -> None:
        self._login = login
        self._server = server
        self.stage = Stage.GREETING
        self.greeting = Reply(220, ("",))
        self.features: dict[str, str] = {}
        self.home = ""
        self.protected = False
        self.waiting: list[str] = []

    def answered(self, reply: Reply) -> list[Command]:
        """What to say now; nothing in SECURING and IN. Raises ``LoginFailed``, ``TlsError`` and ``RemoteError``."""
        if self.stage is Stage.SETTLING:
            return self._settled(self.waiting.pop(0), reply)
        if self.stage is Stage.GREETING:
            self.greeting = reply
        following = TRANSITIONS[self.stage].get(reply.code)
        if following is None and self.stage is Stage.AUTH and self._login.tls is TlsUse.OFFERED and reply.code != 421:
            following = Stage.USER  # the server has no TLS, and that is fine
        if following is None:
            raise self._refused(reply)
        return self._enter(following)

    def secured(self) -> list[Command]:
        """TLS is up on the control connection."""
        return self._enter(Stage.USER)

    def _enter(self, stage: Stage) -> list[Command]:
        if stage is Stage.AUTH and self._login.tls in (TlsUse.OFF, TlsUse.IMPLICIT):
            stage = Stage.USER
        if stage is Stage.SECURING:
            self.protected = True
        if stage is Stage.ACCT and not self._login.account:
            raise LoginFailed(f"{self._server} asks for an account beside the password of {self._login.user!r}")
        self.stage = stage
        commands = self._commands()
        self.waiting = [command.verb for command in commands] if stage is Stage.SETTLING else []
        return commands

    def _commands(self) -> list[Command]:
        login = self._login
        match self.stage:
            case Stage.AUTH:
                return [Command("AUTH", "TLS")]
            case Stage.USER:
                return [Command("USER", login.user)]
            case Stage.PASS:
                return [Command("PASS", login.password)]
            case Stage.ACCT:
                return [Command("ACCT", login.account)]
            case Stage.SETTLING:
                return self._settling()
        return []

    def _settling(self) -> list[Command]:
        private = [Command("PBSZ", "0"), Command("PROT", "P")]
        self.protected = self.protected or self._login.tls is TlsUse.IMPLICIT
        return [*(private if self.protected else ()), Command("FEAT"), Command("PWD"), Command("TYPE", "I")]

    def _settled(self, verb: str, reply: Reply) -> list[Command]:
        good = reply.code // 100 == 2
        commands: list[Command] = []
        if verb == "PROT" and not good:
            self._stay_bare(reply)
        elif verb == "FEAT" and good:
            self.features = parse_features(reply)
            commands = self._wanted_options()
        elif verb == "PWD" and good:
            self.home = parse_quoted(reply.text) or ""
        elif verb == "TYPE" and not good:
            raise RemoteError(f"{self._server} has no TYPE I, so that files would change on the way", reply.code)
        self.waiting += [command.verb for command in commands]
        if not self.waiting:
            self.stage = Stage.IN
        return commands

    def _stay_bare(self, reply: Reply) -> None:
        """Data connections without TLS (RFC 4217 §9): only for those who had not insisted on it."""
        if self._login.tls is not TlsUse.OFFERED:
            said = f"{reply.code} {reply.text}".rstrip()
            raise TlsError(f"{self._server} refuses TLS for data ({said}); `--starttls off` goes without")
        self.protected = False

    def _wanted_options(self) -> list[Command]:
        """Some servers speak UTF-8 only when they are asked to (RFC 2640 says it goes without)."""
        return [Command("OPTS", "UTF8 ON")] if "UTF8" in self.features else []

    def _refused(self, reply: Reply) -> PortsideError:
        said = f"{reply.code} {reply.text}".rstrip()
        if reply.code == SERVICE_CLOSING or self.stage is Stage.GREETING:
            return RemoteError(f"{self._server} does not let us in now: {said}", reply.code)
        if self.stage is Stage.AUTH:
            return TlsError(f"{self._server} has no TLS ({said}); `--starttls off` goes without")
        hint = "" if self._login.user != "anonymous" else "; log in with -u"
        return LoginFailed(f"{self._server} did not accept the login of {self._login.user!r}: {said}{hint}")


def parse_features(reply: Reply) -> dict[str, str]:
    """FEAT's lines: what each feature is called, in upper case, and what stands behind it (RFC 2389 §3.2)."""
    features: dict[str, str] = {}
    for line in reply.lines[1:-1][:FEATURES]:
        name, _, detail = line.strip().partition(" ")
        features[name.upper()] = detail.strip()
    return features
