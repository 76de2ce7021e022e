from __future__ import annotations

import pytest

from portside.mail.envelope import Body
from portside.protocols.smtp.rules.addressing import Addressing, protocol_name
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.policy import Policy
from portside.protocols.smtp.rules.rates import Rate
from portside.protocols.smtp.rules.shared import Shared
from portside.protocols.smtp.syntax.codes import Refusal


def addressing(policy: Policy | None = None, shared: Shared | None = None) -> Addressing:
    return Addressing(policy or Policy(), ServerLimits(largest=1000, recipients=2), shared or Shared())


def mail(one: Addressing, argument: str, *, secure: bool = False) -> None:
    one.mail = one.read_mail(f"MAIL {argument}\r\n".encode(), argument, secure=secure)


def test_the_envelope_gathers_what_was_said() -> None:
    one = addressing()
    mail(one, "FROM:<a@b> BODY=BINARYMIME SIZE=5 ENVID=x AUTH=<>")
    one.recipients.append(one.read_rcpt(b"RCPT TO:<c@d>\r\n", "TO:<c@d>"))
    envelope = one.envelope
    assert (envelope.sender, envelope.addresses, envelope.body) == ("a@b", ("c@d",), Body.BINARY)
    assert (envelope.size, envelope.envid, envelope.auth, envelope.ret) == (5, "x", "", None)
    one.forget()
    assert (one.mail, one.recipients, one.utf8, one.binary) == (None, [], False, False)


def test_what_was_said_before_means_the_same_again() -> None:
    shared = Shared()
    found = []
    for _ in range(3):
        one = addressing(shared=shared)
        mail(one, "FROM:<a@b> SIZE=7")
        found.append((one.envelope, one.read_rcpt(b"RCPT TO:<c@d>\r\n", "TO:<c@d>")))
    assert found[0] == found[1] == found[2]
    assert len(shared.senders[False].known) == len(shared.readers.known) == 1


def test_a_line_that_was_good_within_tls_is_not_good_in_the_clear() -> None:
    shared = Shared()
    for _ in range(3):
        mail(addressing(shared=shared), "FROM:<a@b> REQUIRETLS", secure=True)
    with pytest.raises(Refusal):
        mail(addressing(shared=shared), "FROM:<a@b> REQUIRETLS")


def test_a_recipient_beyond_ascii_is_not_remembered_for_who_has_not_said_smtputf8() -> None:
    shared = Shared()
    argument, line = "TO:<jürgen@d>", "RCPT TO:<jürgen@d>\r\n".encode()
    for _ in range(3):
        one = addressing(shared=shared)
        mail(one, "FROM:<a@b> SMTPUTF8")
        assert one.read_rcpt(line, argument).address == "jürgen@d"
    plain = addressing(shared=shared)
    mail(plain, "FROM:<a@b>")
    with pytest.raises(Refusal) as refused:
        plain.read_rcpt(line, argument)
    assert refused.value.status == 553


@pytest.mark.parametrize(
    ("argument", "code"), [("FROM:<a@b> SIZE=1001", 552), ("FROM:<a@b> FOO", 555), ("TO:<a>", 501)]
)
def test_mail_is_refused_by_its_code(argument: str, code: int) -> None:
    with pytest.raises(Refusal) as refused:
        mail(addressing(), argument)
    assert refused.value.status == code


def test_recipients_are_counted_and_paced() -> None:
    one = addressing(shared=Shared(recipients=Rate(1)))
    mail(one, "FROM:<a@b>")
    recipient = one.read_rcpt(b"RCPT TO:<c@d>\r\n", "TO:<c@d>")
    one.check_recipient(recipient, "", "192.0.2.7", 0.0)
    with pytest.raises(Refusal) as paced:
        one.check_recipient(recipient, "", "192.0.2.7", 0.0)
    one.recipients = [recipient, recipient]
    with pytest.raises(Refusal) as counted:
        one.check_recipient(recipient, "", "192.0.2.8", 0.0)
    assert (paced.value.status, counted.value.status, counted.value.enhanced) == (450, 452, "4.5.3")


def test_messages_are_paced() -> None:
    one = addressing(shared=Shared(messages=Rate(1)))
    one.check_rate("192.0.2.7", 0.0)
    with pytest.raises(Refusal):
        one.check_rate("192.0.2.7", 1.0)


def test_a_content_without_lines_comes_in_chunks_alone() -> None:
    one = addressing()
    mail(one, "FROM:<a@b>")
    one.check_data()
    mail(one, "FROM:<a@b> BODY=BINARYMIME")
    with pytest.raises(Refusal):
        one.check_data()


@pytest.mark.parametrize(("lmtp", "extended", "utf8", "secure", "user", "name"), [
    (False, False, False, True, "", "SMTP"),
    (False, True, False, False, "", "ESMTP"),
    (False, True, False, True, "", "ESMTPS"),
    (False, True, False, False, "anna", "ESMTPA"),
    (False, True, False, True, "anna", "ESMTPSA"),
    (False, True, True, True, "anna", "UTF8SMTPSA"),
    (True, True, False, False, "", "LMTP"),
    (True, True, False, True, "anna", "LMTPSA"),
    (True, True, True, False, "", "UTF8LMTP"),
])  # fmt: skip
def test_the_protocol_is_called_as_the_registry_says(
    lmtp: bool, extended: bool, utf8: bool, secure: bool, user: str, name: str
) -> None:
    assert protocol_name(lmtp=lmtp, extended=extended, utf8=utf8, secure=secure, user=user) == name
