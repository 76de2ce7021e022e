"""Messages that were written elsewhere, in each way in which people keep them."""

from __future__ import annotations

import mailbox
import os
import sys
import threading
from pathlib import Path

import pytest

from portside.cli.mail import files as room
from portside.cli.mail.drafts import Draft, Spoilt
from portside.cli.mail.files import messages_in
from portside.errors import UsageError
from tests.unit.cli.mail.test_options import options

LETTER = (
    b"From: Ann <ann@example.org>\nTo: Ben <ben@example.org>\nCc: cid@example.org\nBcc: dan@example.org\n"
    b"Subject: x\n\nHi.\n"
)


def found(*paths: Path, **said: object) -> list[Draft | Spoilt]:
    return list(messages_in(options(files=paths, **said)))


def contents(*paths: Path) -> list[bytes]:
    made: list[bytes] = []
    for each in found(*paths, to=("z@x.org",)):
        assert isinstance(each, Draft) and isinstance(each.content, bytes)
        made.append(each.content)
    return made


@pytest.fixture
def letter(tmp_path: Path) -> Path:
    path = tmp_path / "letter.eml"
    path.write_bytes(LETTER)
    return path


def test_a_message_names_who_sends_and_gets_it(letter: Path) -> None:
    (draft,) = found(letter)
    assert isinstance(draft, Draft) and draft.label == str(letter)
    assert draft.envelope.sender == "ann@example.org"
    assert draft.envelope.addresses == ("ben@example.org", "cid@example.org", "dan@example.org")
    hidden = b"\r\n".join(line for line in LETTER.splitlines() if b"dan@" not in line) + b"\r\n"
    assert draft.content == hidden


def test_a_message_may_come_from_nobody(letter: Path) -> None:
    (draft,) = found(letter, sender="<>")
    assert isinstance(draft, Draft) and draft.envelope.sender == ""


def test_what_is_said_comes_before_what_is_written(letter: Path) -> None:
    (draft,) = found(letter, sender="eve@example.org", to=("fay@example.org",))
    assert isinstance(draft, Draft)
    assert (draft.envelope.sender, draft.envelope.addresses) == ("eve@example.org", ("fay@example.org",))


@pytest.mark.parametrize(
    ("header", "sender", "recipients"),
    [
        (b"From: a@x.org, b@x.org\nSender: c@x.org\nTo: d@x.org\n", "c@x.org", ("d@x.org",)),
        (b"From: a@x.org, b@x.org\nTo: d@x.org\n", "a@x.org", ("d@x.org",)),
        (b"From: a@x.org\nTo: d@x.org\nResent-From: e@x.org\nResent-To: f@x.org\n", "e@x.org", ("f@x.org",)),
        (b"From: a@x.org\nTo: friends: d@x.org, e@x.org;\nTo: d@x.org\n", "a@x.org", ("d@x.org", "e@x.org")),
    ],
)
def test_the_fields_are_read_as_the_rfc_says(
    header: bytes, sender: str, recipients: tuple[str, ...], letter: Path
) -> None:
    letter.write_bytes(header + b"\nHi\n")
    (draft,) = found(letter)
    assert isinstance(draft, Draft) and (draft.envelope.sender, draft.envelope.addresses) == (sender, recipients)


@pytest.mark.parametrize(
    "header", [b"From: a@x.org\n", b"From: a@x.org\nTo: undisclosed:;\n", b"From: a@x.org\nTo: nobody\n"]
)
def test_a_message_for_nobody_is_told_and_the_others_go_on(header: bytes, letter: Path, tmp_path: Path) -> None:
    bad = tmp_path / "bad.eml"
    bad.write_bytes(header + b"\nHi\n")
    spoilt, draft = found(bad, letter)
    assert isinstance(spoilt, Spoilt) and spoilt.label == str(bad) and isinstance(spoilt.error, UsageError)
    assert isinstance(draft, Draft)


def test_an_mbox_is_many_messages(tmp_path: Path) -> None:
    path = tmp_path / "mbox"
    box = mailbox.mbox(path)
    for number in range(3):
        box.add(b"Subject: %d\n\nFrom here on\n" % number)
    box.close()
    made = contents(path)
    assert len(made) == 3 and all(b"Subject: %d\r\n" % number in data for number, data in enumerate(made))
    assert not any(data.startswith(b"From ") for data in made)


def test_a_maildir_is_many_messages(tmp_path: Path) -> None:
    box = mailbox.Maildir(tmp_path / "mail")
    for number in range(3):
        box.add(b"Subject: %d\n\nHi\n" % number)
    seen = mailbox.MaildirMessage(b"Subject: seen\n\nHi\n")
    seen.set_subdir("cur")
    box.add(seen)
    (tmp_path / "mail" / "new" / ".hidden").write_bytes(b"x")
    assert len(contents(tmp_path / "mail")) == 4


def test_a_folder_of_files_is_many_messages(tmp_path: Path) -> None:
    for name in ("b.eml", "a.eml", "notes.txt", ".c.eml"):
        (tmp_path / name).write_bytes(b"Subject: " + name.encode() + b"\n\nHi\n")
    (tmp_path / "folder.eml").mkdir()
    made = contents(tmp_path)
    assert [b"Subject: a.eml" in made[0], b"Subject: b.eml" in made[1], len(made)] == [True, True, 2]


def test_a_large_message_is_sent_as_it_is(letter: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(room, "LARGE", 10)
    (spoilt,) = found(letter)
    assert isinstance(spoilt, Spoilt) and "blind copy" in str(spoilt.error)
    letter.write_bytes(LETTER.replace(b"Bcc: dan@example.org\n", b""))
    (draft,) = found(letter)
    assert isinstance(draft, Draft) and draft.content == letter
    assert draft.envelope.addresses == ("ben@example.org", "cid@example.org")


def test_a_message_may_come_through_stdin_or_a_pipe(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, letter: Path
) -> None:
    with letter.open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        (draft,) = found(Path("-"))
    assert isinstance(draft, Draft) and draft.label == "stdin" and draft.envelope.sender == "ann@example.org"
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    thread = threading.Thread(target=pipe.write_bytes, args=(LETTER,))
    thread.start()
    (draft,) = found(pipe)
    thread.join()
    assert isinstance(draft, Draft) and isinstance(draft.content, bytes) and draft.content.endswith(b"Hi.\r\n")


def test_what_comes_through_a_pipe_is_bounded(monkeypatch: pytest.MonkeyPatch, letter: Path) -> None:
    monkeypatch.setattr(room, "LARGE", 10)
    with letter.open() as stdin:
        monkeypatch.setattr(sys, "stdin", stdin)
        with pytest.raises(UsageError, match="pipe"):
            found(Path("-"))
    monkeypatch.setattr(sys, "stdin", None)
    with pytest.raises(UsageError, match="closed"):
        found(Path("-"))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        found(tmp_path / "none.eml")
