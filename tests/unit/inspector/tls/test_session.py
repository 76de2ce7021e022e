"""Sessions: which cipher is in force when."""

from __future__ import annotations

from pathlib import Path

from portside.inspector.tls.keys import KeyLog
from portside.inspector.tls.names import FINISHED, KEY_UPDATE
from portside.inspector.tls.session import APPLICATION, EARLY, HANDSHAKES, TLS13, Session
from portside.interfaces import Role
from tests.support.captures import TlsTalk
from tests.unit.inspector.tls.test_records import read


def thirteen(home: Path) -> Session:
    talk = TlsTalk(home)
    _, reader = read(talk.flights, talk.keys)
    return reader.session


def test_a_handshake_ends_in_the_epoch_of_applications(tmp_path: Path) -> None:
    session = thirteen(tmp_path)
    assert session.version == TLS13 and session.keyed
    assert set(session.epochs.values()) == {APPLICATION}


def test_each_key_update_begins_an_epoch_with_a_cipher_of_its_own(tmp_path: Path) -> None:
    session = thirteen(tmp_path)
    before = session.opener13(Role.SERVER, session.epochs[Role.SERVER])
    session.told(Role.SERVER, KEY_UPDATE, b"")
    after = session.opener13(Role.SERVER, session.epochs[Role.SERVER])
    assert session.epochs == {Role.CLIENT: APPLICATION, Role.SERVER: APPLICATION + 1}
    assert before is not None and after is not None and before is not after


def test_without_keys_there_is_no_cipher() -> None:
    session = Session(KeyLog())
    assert not session.keyed and session.epochs == {Role.CLIENT: EARLY, Role.SERVER: HANDSHAKES}
    session.told(Role.CLIENT, FINISHED, b"")
    assert session.opener13(Role.CLIENT, HANDSHAKES) is None and session.changed12(Role.CLIENT) is None
