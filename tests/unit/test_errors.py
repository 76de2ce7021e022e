"""The tree of errors: every leaf ends the command line with the code that its branch promises."""

from __future__ import annotations

import inspect

import pytest

from portside import errors
from portside.errors import PortsideError

CODES = {
    "PortsideError": 1,
    "UsageError": 2,
    "LocalError": 1,
    "RemoteError": 1,
    "LimitExceeded": 1,
    "BrokenPromise": 6,
    "LoginFailed": 4,
    "TransportError": 3,
    "ResolveError": 3,
    "ConnectError": 3,
    "ListenError": 3,
    "ConnectionLost": 3,
    "TlsError": 4,
    "CertificateError": 4,
    "TimedOut": 5,
}


def tree() -> list[type[PortsideError]]:
    members = vars(errors).values()
    return [member for member in members if inspect.isclass(member) and issubclass(member, PortsideError)]


def test_every_error_ends_with_the_code_of_the_contract() -> None:
    assert {error.__name__: error.exit_code for error in tree()} == CODES


def test_the_tree_is_drawn_at_its_top_as_it_is() -> None:
    drawing = errors.__doc__ or ""
    for error in tree():
        line = next(line for line in drawing.splitlines() if error.__name__ in line.split("exit")[0])
        depth = len(error.__mro__) - len(PortsideError.__mro__)
        # a level is four characters of the drawing
        assert (len(line[: line.index(error.__name__)]) - 4) // 4 == depth
        if error is not PortsideError:
            assert line.split()[-1] != "" and f" {error.exit_code} " in line


def test_a_remote_error_carries_the_protocols_own_code() -> None:
    assert errors.RemoteError("too much", 413).status == 413
    assert errors.LimitExceeded("too much").status == 0


@pytest.mark.parametrize("fault", ["wrong name", "expired", "self-signed", "unknown CA"])
def test_a_certificate_error_says_which_fault(fault: errors.CertificateFault) -> None:
    assert errors.CertificateError("no", fault).fault == fault
