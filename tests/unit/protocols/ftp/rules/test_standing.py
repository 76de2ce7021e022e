"""Who is in, and what that allows."""

from __future__ import annotations

import pytest

from portside.errors import RemoteError
from portside.protocols.ftp.rules.policy import Policy, Tls
from portside.protocols.ftp.rules.standing import TRANSITIONS, Event, Standing, State
from portside.protocols.ftp.syntax.commands import ROWS, Right, When, row_of


def inside(rights: frozenset[Right], policy: Policy | None = None) -> Standing:
    standing = Standing(policy or Policy())
    standing.move(Event.NAMED)
    standing.admit(rights)
    return standing


def refused(standing: Standing, verb: str, *, protected: bool = False) -> int:
    row = row_of(verb)
    assert row is not None
    try:
        standing.allow(row, protected=protected)
    except RemoteError as error:
        return error.status
    return 0


def test_every_state_can_be_left_and_lost() -> None:
    assert all(Event.LEAVE in events and Event.LOST in events for events in TRANSITIONS.values())
    assert set(TRANSITIONS) == set(State)


def test_nothing_but_a_right_login_leads_inside() -> None:
    ways = [
        (state, event) for state, events in TRANSITIONS.items() for event, to in events.items() if to is State.INSIDE
    ]
    assert ways == [(State.NAMED, Event.ADMITTED)]


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.verb)
def test_outside_only_what_may_always_be_said_is_allowed(row: object) -> None:
    assert refused(Standing(Policy()), row.verb) in ((0,) if row.when is When.ALWAYS else (530, 502))  # type: ignore[attr-defined]


@pytest.mark.parametrize("row", [row for row in ROWS if row.right is not None], ids=lambda row: row.verb)
def test_each_command_needs_its_right_and_no_other(row: object) -> None:
    right: Right = row.right  # type: ignore[attr-defined]
    verb: str = row.verb  # type: ignore[attr-defined]
    assert refused(inside(frozenset({right})), verb) == 0
    assert refused(inside(frozenset(Right) - {right}), verb) == 550


def test_rights_go_with_the_login() -> None:
    standing = inside(frozenset(Right))
    standing.restart()
    assert (standing.state, standing.rights, standing.user) == (State.OUTSIDE, frozenset(), "")


def test_where_tls_is_required_only_the_way_to_it_is_open() -> None:
    standing = Standing(Policy(tls=Tls.REQUIRED))
    assert refused(standing, "USER") == 530
    assert refused(standing, "AUTH") == 0
    standing.secure = True
    assert refused(standing, "USER") == 0
    secure = inside(frozenset(Right), Policy(tls=Tls.REQUIRED))
    secure.secure = True
    assert refused(secure, "RETR") == 522
    assert refused(secure, "RETR", protected=True) == 0


@pytest.mark.parametrize(
    ("tls", "mechanism", "code"),
    [(Tls.OFF, "TLS", 502), (Tls.OFFERED, "tls", 0), (Tls.OFFERED, "TLS-C", 0), (Tls.OFFERED, "GSSAPI", 504)],
)
def test_auth_knows_tls_alone(tls: Tls, mechanism: str, code: int) -> None:
    standing = Standing(Policy(tls=tls))
    if code:
        with pytest.raises(RemoteError) as caught:
            standing.check_auth(mechanism)
        assert caught.value.status == code
    else:
        standing.check_auth(mechanism)
