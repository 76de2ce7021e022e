"""What all mechanisms have in common: an exchange of challenges and responses, and how it may go on."""

from __future__ import annotations

from dataclasses import dataclass, field

from portside.accounts.scram import ScramKeys
from portside.errors import LocalError


@dataclass(frozen=True, slots=True)
class Challenge:
    """Ask the client this, and hear its response."""

    data: bytes = b""


@dataclass(frozen=True, slots=True)
class Claim:
    """The client says it is ``user``, and has this password, or ``token``: whoever knows has to judge."""

    user: str
    secret: str = field(repr=False)
    token: bool = False


@dataclass(frozen=True, slots=True)
class WantKeys:
    """What is kept of the password of ``user`` is needed now."""

    user: str


@dataclass(frozen=True, slots=True)
class Proof:
    """The client has proven that it is ``user``; ``data`` is told it with that."""

    user: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Done:
    """All is said: ``user`` is in."""

    user: str


@dataclass(frozen=True, slots=True)
class Wrong:
    """The login is refused. ``user`` is whose proof was wrong, "" where whoever judged the claim knows already."""

    user: str = ""


@dataclass(frozen=True, slots=True)
class Malformed:
    """The response is not what the mechanism says it is."""


Step = Challenge | Claim | WantKeys | Proof | Done | Wrong | Malformed


class Exchange:
    """One login by one mechanism."""

    def begin(self, initial: bytes | None) -> Step:
        """The client has chosen it; ``initial`` is what it said with that (None: nothing)."""
        return Challenge() if initial is None else self.respond(initial)

    def respond(self, data: bytes) -> Step:
        """The client has answered the challenge."""
        raise NotImplementedError

    def keys(self, keys: ScramKeys) -> Step:
        """Here is what was wanted."""
        raise LocalError("this mechanism asks for no keys")

    def refused(self) -> Step:
        """The claim was wrong."""
        return Wrong()


def text_of(data: bytes) -> str | None:
    """``data`` as text; None where it is none."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return None if "\0" in text else text
