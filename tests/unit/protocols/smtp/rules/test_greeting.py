from __future__ import annotations

from portside.protocols.smtp.rules.greeting import banner, extensions, welcome
from portside.protocols.smtp.rules.limits import ServerLimits
from portside.protocols.smtp.rules.policy import Policy, Tls

LIMITS = ServerLimits(largest=5000)


def test_the_banner_says_who_we_are_and_what_is_spoken() -> None:
    assert banner(Policy(name="mx.example")).data == b"220 mx.example ESMTP\r\n"
    assert banner(Policy(name="mx.example", banner="hello")).data == b"220 mx.example ESMTP hello\r\n"
    assert banner(Policy(name="mx.example", lmtp=True)).data == b"220 mx.example LMTP\r\n"


def test_starttls_and_requiretls_exclude_each_other() -> None:
    for tls, clear in ((Tls.OFF, False), (Tls.OFFERED, True), (Tls.REQUIRED, True), (Tls.IMPLICIT, False)):
        policy = Policy(tls=tls)
        assert ("STARTTLS" in extensions(policy, LIMITS, (), secure=False)) is clear
        within = extensions(policy, LIMITS, (), secure=True)
        assert "STARTTLS" not in within
        assert "REQUIRETLS" in within


def test_mechanisms_are_told_where_there_are_any() -> None:
    assert "AUTH" not in extensions(Policy(), LIMITS, (), secure=True)
    told = extensions(Policy(), LIMITS, ("PLAIN", "LOGIN"), secure=True)
    assert told.mechanisms == ("PLAIN", "LOGIN")
    assert (told.size, told.limits) == (5000, {"RCPTMAX": 1000})


def test_the_welcome_is_one_reply_of_many_lines() -> None:
    lines = bytes(welcome(Policy(name="mx.example"), LIMITS, (), False).data).split(b"\r\n")
    assert lines[0] == b"250-mx.example"
    assert lines[-2] == b"250 HELP"
    assert all(line.startswith(b"250-") for line in lines[:-2])
