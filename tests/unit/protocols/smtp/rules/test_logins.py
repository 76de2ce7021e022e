from __future__ import annotations

import pytest

from portside.interfaces import Address, Door
from portside.protocols.smtp.rules.logins import Logins, is_near
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.rules.sasl.exchanges import Claim, Malformed
from portside.protocols.smtp.rules.sasl.mechanisms import MECHANISMS
from portside.protocols.smtp.rules.shared import Shared
from portside.protocols.smtp.syntax.codes import Refusal
from portside.protocols.smtp.syntax.commands import Login
from tests.support.smtp_plays import DOOR, NEAR, SECURE

WITHIN = Door(DOOR.local, DOOR.remote, SECURE)


@pytest.mark.parametrize(("remote", "near"), [
    (Address("127.0.0.1", 1), True), (Address("127.9.9.9", 1), True), (Address("::1", 1), True),
    (Address("192.0.2.1", 1), False), (Address("fe80::1%eth0", 1), False), (Address("", 0, "/run/x"), True),
    (Address("", 0), True), (Address("localhost.example", 1), False),
])  # fmt: skip
def test_near_is_what_stays_on_this_machine(remote: Address, near: bool) -> None:
    assert is_near(Door(Address("127.0.0.1", 25), remote)) is near


def test_mechanisms_are_offered_within_tls_and_by_wish_on_this_machine() -> None:
    logins = Logins(Policy(mechanisms=("PLAIN",)), Shared())
    wished = Logins(Policy(mechanisms=("PLAIN",), clear_login=True), Shared())
    assert [logins.offered(door) for door in (None, DOOR, NEAR, WITHIN)] == [(), (), (), ("PLAIN",)]
    assert [wished.offered(door) for door in (None, DOOR, NEAR, WITHIN)] == [(), (), ("PLAIN",), ("PLAIN",)]


def test_binding_needs_tls_and_something_to_bind_to() -> None:
    bound = Logins(Policy(mechanisms=MECHANISMS, clear_login=True), Shared(bindings={"tls-exporter": b"x"}))
    assert bound.offered(WITHIN) == MECHANISMS
    assert "SCRAM-SHA-256-PLUS" not in bound.offered(NEAR)
    assert "SCRAM-SHA-256-PLUS" not in Logins(Policy(mechanisms=MECHANISMS), Shared()).offered(WITHIN)


@pytest.mark.parametrize(("policy", "user", "door", "extended", "mechanism", "code"), [
    (Policy(), "", WITHIN, True, "PLAIN", 502),
    (Policy(mechanisms=("PLAIN",)), "anna", WITHIN, True, "PLAIN", 503),
    (Policy(mechanisms=("PLAIN",)), "", WITHIN, False, "PLAIN", 503),
    (Policy(mechanisms=("PLAIN",)), "", WITHIN, True, "GSSAPI", 504),
    (Policy(mechanisms=("PLAIN",)), "", WITHIN, True, "LOGIN", 504),
    (Policy(mechanisms=("PLAIN",)), "", NEAR, True, "PLAIN", 538),
])  # fmt: skip
def test_a_login_that_may_not_be_is_refused(
    policy: Policy, user: str, door: Door, extended: bool, mechanism: str, code: int
) -> None:
    with pytest.raises(Refusal) as refused:
        Logins(policy, Shared(), user).begin(Login(mechanism), door, extended=extended)
    assert refused.value.status == code


def test_a_login_goes_its_way_and_is_forgotten() -> None:
    logins = Logins(Policy(mechanisms=("PLAIN",)), Shared())
    assert logins.respond(b"x") == Malformed()
    assert logins.begin(Login("PLAIN", b"\0anna\0secret"), WITHIN, extended=True) == Claim("anna", "secret")
    with pytest.raises(Refusal):
        logins.respond(None)
    logins.user = "anna"
    logins.forget()
    assert (logins.user, logins.exchange) == ("", None)
