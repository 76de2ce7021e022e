"""Every error of Portside, in one tree.

::

    PortsideError                  exit code of the command line
    ├── UsageError                 2   asked for something that makes no sense, or is not built
    ├── LocalError                 1   our side broke the protocol's rules: a bug of the caller
    ├── RemoteError                1   their side broke the rules, or answered with an error
    │   ├── LimitExceeded          1   more than a named limit allows
    │   └── BrokenPromise          6   what arrived is not what was promised (length, digest)
    ├── LoginFailed                4   the other side did not accept who we say we are
    └── TransportError             3   the conversation could not be carried
        ├── ResolveError           3   a name has no address
        ├── ConnectError           3   nobody answers at the address
        ├── ListenError            3   an address could not be listened on
        ├── ConnectionLost         3   the other side vanished in the middle
        ├── TlsError               4   no secure channel
        │   └── CertificateError   4   the certificate does not prove who they are
        └── TimedOut               5   a wait had a limit, and it passed

The text of an error is one line for the user: what happened, to whom, and what to try.
"""

from __future__ import annotations

from typing import ClassVar, Literal

CertificateFault = Literal["wrong name", "expired", "not yet valid", "self-signed", "unknown CA", "other"]


class PortsideError(Exception):
    """The root. ``exit_code`` is what the command line ends with."""

    exit_code: ClassVar[int] = 1


class UsageError(PortsideError):
    """The caller asked for something that makes no sense, or that is not built."""

    exit_code = 2


class LocalError(PortsideError):
    """Our own side tried to break the protocol's rules."""


class RemoteError(PortsideError):
    """The other side broke the protocol's rules, or answered with an error.

    ``status`` is the protocol's own code to answer with (an HTTP status, an SMTP reply code), or the
    code that the other side sent; 0 where the protocol knows none.
    """

    def __init__(self, text: str, status: int = 0) -> None:
        super().__init__(text)
        self.status = status


class LimitExceeded(RemoteError):
    """The other side sent more, or took longer, than a named limit allows."""


class BrokenPromise(RemoteError):
    """What arrived is not what was promised: cut short, or of another digest."""

    exit_code = 6


class LoginFailed(PortsideError):
    """The other side did not accept who we say we are."""

    exit_code = 4


class TransportError(PortsideError):
    """The conversation could not be carried."""

    exit_code = 3


class ResolveError(TransportError):
    """A name has no address."""


class ConnectError(TransportError):
    """Nobody answers at the address."""


class ListenError(TransportError):
    """An address could not be listened on."""


class ConnectionLost(TransportError):
    """The other side vanished in the middle of the conversation."""


class TlsError(TransportError):
    """No secure channel came about."""

    exit_code = 4


class CertificateError(TlsError):
    """The other side's certificate does not prove who they are; ``fault`` says why."""

    def __init__(self, text: str, fault: CertificateFault = "other") -> None:
        super().__init__(text)
        self.fault: CertificateFault = fault


class TimedOut(TransportError):
    """A wait had a limit, and it passed."""

    exit_code = 5
