"""A message that is written here."""

from __future__ import annotations

import email
import email.policy
import io
import sys
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from portside.cli.mail import drafts
from portside.cli.mail.drafts import Draft, address_in, own_address, written
from portside.errors import UsageError
from portside.mail.envelope import Notify, Return
from tests.unit.cli.mail.test_options import options

TO = ("ben@example.org",)


def parsed(draft: Draft) -> EmailMessage:
    assert isinstance(draft.content, bytes)
    message = email.message_from_bytes(draft.content, policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def text_of(draft: Draft) -> str:
    text = parsed(draft).get_content()
    assert isinstance(text, str)
    return text.replace("\r\n", "\n")


def test_a_message_is_what_was_said() -> None:
    draft = written(options(
        sender="Ann <ann@example.org>", to=("Ben <ben@example.org>", "cid@example.org"), cc=("dan@example.org",),
        bcc=("eve@example.org",), subject="Hällo", body="Hi.\n", header=("X-Test: yes", "Reply-To: fay@example.org"),
    ))  # fmt: skip
    message = parsed(draft)
    assert draft.envelope.sender == "ann@example.org" and message["from"] == "Ann <ann@example.org>"
    assert draft.envelope.addresses == ("ben@example.org", "cid@example.org", "dan@example.org", "eve@example.org")
    assert (message["subject"], message["x-test"], message["reply-to"]) == ("Hällo", "yes", "fay@example.org")
    assert message["cc"] == "dan@example.org" and message["bcc"] is None
    assert message["message-id"].endswith("@example.org>") and message["date"]
    assert text_of(draft) == "Hi.\n" and b"eve" not in draft.content  # type: ignore[operator]


def test_a_message_may_come_from_nobody_and_names_who_wrote_it_all_the_same() -> None:
    draft = written(options(sender="<>", to=TO, body="Hi.\n"))
    assert draft.envelope.sender == ""
    assert parsed(draft)["from"] == own_address()


@pytest.mark.parametrize("sender", ["", "<", "a@x.org, b@x.org"])
def test_who_sends_it_has_one_address(sender: str) -> None:
    with pytest.raises(UsageError, match="is no address"):
        written(options(sender=sender, to=TO, body="Hi.\n"))


def test_html_and_files_go_along(tmp_path: Path) -> None:
    for name, data in (
        ("a.html", b'<img src=cid:p.png><img src="p.png"><a href=p.png.html>p.png</a>'),
        ("p.png", b"\x89PNG"),
        ("x.tar.gz", b"\x1f"),
        ("t.txt", b"t"),
    ):
        (tmp_path / name).write_bytes(data)
    message = parsed(written(options(
        to=TO, body="Hi.", html=tmp_path / "a.html", inline=(tmp_path / "p.png",),
        attach=(tmp_path / "x.tar.gz", tmp_path / "t.txt"),
    )))  # fmt: skip
    kinds = [(part.get_content_type(), part.get_filename()) for part in message.walk() if not part.is_multipart()]
    assert kinds == [
        ("text/plain", None), ("text/html", None), ("image/png", "p.png"),
        ("application/octet-stream", "x.tar.gz"), ("text/plain", "t.txt"),
    ]  # fmt: skip
    (name,) = [part["content-id"].strip("<>") for part in message.walk() if part["content-id"]]
    html = message.get_body(("html",))
    assert html is not None and html.get_content().rstrip() == (
        f'<img src=cid:{name}><img src="cid:{name}"><a href=p.png.html>p.png</a>'
    )


def test_what_dsn_can_tell_is_in_the_envelope() -> None:
    envelope = written(options(to=(*TO, "ü@exämple.org"), body="x", notify=("failure", "delay"), envid="e1",
                               ret="headers", require_tls=True)).envelope  # fmt: skip
    assert envelope.ret is Return.HEADERS and envelope.envid == "e1" and envelope.require_tls and envelope.utf8
    assert {recipient.notify for recipient in envelope.recipients} == {frozenset({Notify.FAILURE, Notify.DELAY})}
    assert [each.original for each in envelope.recipients] == ["rfc822;ben@example.org", "utf-8;ü@exämple.org"]
    plain = written(options(to=TO, body="x", ret="full")).envelope
    assert plain.recipients[0].notify is None and plain.recipients[0].original == "" and plain.ret is Return.FULL


def test_who_sends_it_may_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts.getpass, "getuser", lambda: "an n\r\n")
    monkeypatch.setattr(drafts.socket, "gethostname", lambda: "laptop")
    assert own_address() == "ann@laptop"
    monkeypatch.setattr(drafts.socket, "gethostname", lambda: "not a host")
    assert own_address() == "ann@localhost"
    assert written(options(to=TO, body="x")).envelope.sender == "ann@localhost"


@pytest.mark.parametrize(
    "said",
    [
        {}, {"to": ("nobody",)}, {"to": ("",)}, {"to": TO, "sender": "a@x.org, b@x.org"}, {"to": TO, "sender": "ann"},
        {"to": TO, "header": ("no colon",)}, {"to": TO, "header": (": empty",)},
        {"to": TO, "header": ("Bcc: x@y.org",)},
        {"to": TO, "subject": "a\nBcc: x@y.org"}, {"to": TO, "header": ("X: a\nBcc: x@y.org",)},
        {"to": TO, "inline": (Path("p.png"),)},
        {"to": TO, "notify": ("never", "delay")}, {"to": TO, "charset": "klingon", "body": None},
        {"to": ("a@x.org\nRCPT TO:<b@x.org>",)},
    ],
)  # fmt: skip
def test_what_makes_no_message_is_told(said: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Piped(b"x"))
    with pytest.raises(UsageError):
        written(options(**{"body": "x", **said}))


@pytest.mark.parametrize("envid", ["a\r\nRSET", "\x1b[31m", "gr\u00fcn", "x" * 101])
def test_a_name_in_reports_that_no_server_could_be_told_is_refused(envid: str) -> None:
    with pytest.raises(UsageError, match="--envid"):
        written(options(to=TO, body="x", envid=envid))
    assert written(options(to=TO, body="x", envid="order 17+a")).envelope.envid == "order 17+a"


class _Piped(io.TextIOWrapper):
    def __init__(self, data: bytes, *, watched: bool = False) -> None:
        super().__init__(io.BytesIO(data))
        self._watched = watched

    def isatty(self) -> bool:
        return self._watched


@pytest.mark.parametrize(
    ("data", "charset", "text"),
    [(b"Hi.\n", "utf-8", "Hi.\n"), ("Hällo\n".encode("latin-1"), "latin-1", "Hällo\n"), (b"", "utf-8", ""),
     (b"\xef\xbb\xbfHi\n", "utf-8", "Hi\n")],
)  # fmt: skip
def test_the_text_comes_from_stdin(data: bytes, charset: str, text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Piped(data))
    assert text_of(written(options(to=TO, charset=charset))) == text


def test_a_text_in_another_encoding_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", _Piped(b"H\xe4llo"))
    with pytest.raises(UsageError, match="byte 2"):
        written(options(to=TO))


def test_a_text_without_end_is_not_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(drafts, "LARGEST_TEXT", 3)
    monkeypatch.setattr(sys, "stdin", _Piped(b"abcd"))
    with pytest.raises(UsageError, match="--attach"):
        written(options(to=TO))


def test_a_person_is_told_how_to_end_it(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "stdin", _Piped(b"typed\n", watched=True))
    assert text_of(written(options(to=TO))) == "typed\n"
    assert "Ctrl-D" in capsys.readouterr().err


def test_a_person_is_not_waited_for_where_there_is_something_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("a")
    for stdin in (_Piped(b"typed\n", watched=True), None):
        monkeypatch.setattr(sys, "stdin", stdin)
        assert b"typed" not in written(options(to=TO, attach=(tmp_path / "a.txt",))).content  # type: ignore[operator]


@pytest.mark.parametrize(
    ("text", "address"), [("a@x.org", "a@x.org"), ("Ann <a@x.org>", "a@x.org"), ('"a b"@x.org', '"a b"@x.org')]
)
def test_one_address_is_taken_from_what_people_write(text: str, address: str) -> None:
    assert address_in(text) == address
