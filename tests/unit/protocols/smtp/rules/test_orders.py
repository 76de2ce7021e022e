"""What is said between the rules and the side above them holds no secret and keeps its words."""

from __future__ import annotations

import pytest

from portside.errors import LoginFailed, RemoteError
from portside.protocols.smtp.messages import Reply
from portside.protocols.smtp.rules.orders import Entry, Login, LoginRefused, Refused, TlsUse


def test_an_entry_shows_no_password() -> None:
    assert "hidden" not in repr(Entry("mx", login=Login("ann", "hidden", "hidden", "hidden")))


@pytest.mark.parametrize(("kind", "parent", "code"), [(Refused, RemoteError, 1), (LoginRefused, LoginFailed, 4)])
def test_a_refusal_keeps_the_server_s_word(
    kind: type[Refused | LoginRefused], parent: type[Exception], code: int
) -> None:
    reply = Reply(535, ("no",), "5.7.8")
    error = kind("mx said no", reply)
    assert isinstance(error, parent) and error.reply is reply and error.exit_code == code and str(error) == "mx said no"


def test_the_uses_of_tls_are_the_words_of_the_command_line() -> None:
    assert [use.value for use in TlsUse] == ["off", "opportunistic", "require", "implicit"]
