"""The command table: arguments that are understood, and the codes for those that are not."""

from __future__ import annotations

from typing import Any

import pytest

from portside.errors import RemoteError
from portside.interfaces import Address
from portside.protocols.ftp.messages import Command
from portside.protocols.ftp.syntax import commands as room
from portside.protocols.ftp.syntax.commands import Right, Setting, TimeOf, TypeCode, When

ARGUMENTS = [
    ("USER", "anonymous", "anonymous"),
    ("USER", "", 501),
    ("PASS", "", ""),
    ("PASS", " spaces stay ", " spaces stay "),
    ("CWD", "/a b", "/a b"),
    ("CWD", "", 501),
    ("XCWD", "/a", "/a"),
    ("CDUP", "", None),
    ("XCUP", "", None),
    ("CDUP", "x", 501),
    ("SMNT", "/", 502),
    ("QUIT", "", None),
    ("QUIT", "now", 501),
    ("PORT", "127,0,0,1,4,1", Address("127.0.0.1", 1025)),
    ("PORT", "x", 501),
    ("EPRT", "|2|::1|1025|", Address("::1", 1025)),
    ("EPRT", "|9|::1|1025|", 522),
    ("PASV", "", None),
    ("PASV", "1", 501),
    ("EPSV", "", ""),
    ("EPSV", "1", "1"),
    ("EPSV", "2", "2"),
    ("EPSV", "all", "ALL"),
    ("EPSV", "3", 522),
    ("EPSV", "x", 501),
    ("TYPE", "A", TypeCode("A")),
    ("TYPE", "a", TypeCode("A")),
    ("TYPE", "A N", TypeCode("A")),
    ("TYPE", "I", TypeCode("I")),
    ("TYPE", "L 8", TypeCode("I")),
    ("TYPE", "L8", TypeCode("I")),
    ("TYPE", "L 16", 504),
    ("TYPE", "L 36", 504),
    ("TYPE", "E", 504),
    ("TYPE", "E N", 504),
    ("TYPE", "A T", 504),
    ("TYPE", "A C", 504),
    ("TYPE", "X", 501),
    ("TYPE", "", 501),
    ("TYPE", "I I", 501),
    ("STRU", "F", "F"),
    ("STRU", "f", "F"),
    ("STRU", "R", 504),
    ("STRU", "P", 504),
    ("STRU", "X", 501),
    ("MODE", "S", "S"),
    ("MODE", "z", "Z"),
    ("MODE", "B", 504),
    ("MODE", "C", 504),
    ("MODE", "Q", 501),
    ("RETR", "-rf *", "-rf *"),
    ("RETR", "", 501),
    ("STOU", "", ""),
    ("ALLO", "100", 100),
    ("ALLO", "100 R 10", 100),
    ("ALLO", "100 r 10", 100),
    ("ALLO", "100 X 10", 501),
    ("ALLO", "many", 501),
    ("REST", "0", 0),
    ("REST", "1000000000000000", 10**15),
    ("REST", "1000000000000001", 501),
    ("REST", "99999999999999999999", 501),
    ("REST", "-1", 501),
    ("REST", "+1", 501),
    ("REST", "1_0", 501),
    ("REST", " 1", 501),
    ("REST", "0x10", 501),
    ("REST", "\u0661", 501),
    ("REST", "", 501),
    ("RNFR", "a", "a"),
    ("RNTO", "", 501),
    ("ABOR", "", None),
    ("LIST", "", ""),
    ("LIST", "-la", ""),
    ("LIST", "-a -l", ""),
    ("LIST", "-la docs", "docs"),
    ("LIST", "docs/*.txt", "docs/*.txt"),
    ("LIST", "-", ""),
    ("NLST", "-1 docs", "docs"),
    ("NLST", "./-dash", "./-dash"),
    ("MLSD", "", ""),
    ("MLSD", "-la", "-la"),
    ("MLST", "a", "a"),
    ("SIZE", "", 501),
    ("MDTM", "a b", "a b"),
    ("MFMT", "20000101000000 a b", TimeOf(946684800.0, "a b")),
    ("MFMT", "20000101000000", 501),
    ("MFMT", "yesterday a", 501),
    ("HASH", "a", "a"),
    ("SITE", "chmod 644 a b", Setting("CHMOD", "644 a b")),
    ("SITE", "", 501),
    ("SYST", "", None),
    ("SYST", "x", 501),
    ("STAT", "", ""),
    ("STAT", "docs", "docs"),
    ("HELP", "RETR", "RETR"),
    ("NOOP", "anything", "anything"),
    ("FEAT", "", None),
    ("FEAT", "x", 501),
    ("OPTS", "utf8 on", Setting("UTF8", "on")),
    ("OPTS", "", 501),
    ("AUTH", "TLS", "TLS"),
    ("AUTH", "", 501),
    ("PBSZ", "0", 0),
    ("PBSZ", "x", 501),
    ("PROT", "P", "P"),
    ("PROT", "c", "C"),
    ("PROT", "S", 504),
    ("PROT", "E", 504),
    ("PROT", "X", 501),
    ("CCC", "", None),
    ("HOST", "ftp.example.test", "ftp.example.test"),
    ("CLNT", "lftp/4.9", "lftp/4.9"),
    ("LANG", "", ""),
    ("LANG", "en", "en"),
    ("NIX", "", 500),
    ("MAIL", "x", 500),
    ("XNIX", "", 500),
]


@pytest.mark.parametrize(("verb", "argument", "meant"), ARGUMENTS)
def test_an_argument_is_understood_or_has_its_code(verb: str, argument: str, meant: Any) -> None:
    if (isinstance(meant, int) and verb not in ("ALLO", "REST", "PBSZ")) or meant in (500, 501, 502):
        with pytest.raises(RemoteError) as caught:
            room.parse_argument(Command(verb, argument))
        assert caught.value.status == meant
    else:
        row, value = room.parse_argument(Command(verb, argument))
        assert value == meant
        assert row.verb == room.ALIASES.get(verb, verb)


CHMODS = [
    ("644 a", room.ModeOf(0o644, "a")),
    ("0755 a b", room.ModeOf(0o755, "a b")),
    ("4755 a", None),
    ("2755 a", None),
    ("1777 a", None),
    ("888 a", None),
    ("64 a", None),
    ("644", None),
    ("u+s a", None),
]


@pytest.mark.parametrize(("value", "meant"), CHMODS)
def test_permissions_never_hold_setuid(value: str, meant: room.ModeOf | None) -> None:
    if meant is None:
        with pytest.raises(RemoteError) as caught:
            room.parse_chmod(value)
        assert caught.value.status == 501
    else:
        assert room.parse_chmod(value) == meant


def test_the_commands_that_rfc_1123_asks_for_are_there() -> None:
    wanted = "USER PASS QUIT PORT TYPE MODE STRU RETR STOR APPE RNFR RNTO DELE CWD CDUP RMD MKD PWD LIST NLST SYST STAT"
    assert set(wanted.split()) <= set(room.TABLE)
    assert {"XCUP", "XCWD", "XMKD", "XPWD", "XRMD"} == set(room.ALIASES)


def test_what_changes_something_needs_a_right_and_nothing_of_it_goes_before_a_login() -> None:
    changing = {"STOR", "STOU", "APPE", "RNFR", "RNTO", "DELE", "RMD", "MKD", "MFMT"}
    for row in room.ROWS:
        if row.verb in changing:
            assert row.right not in (None, Right.LIST, Right.READ)
        if row.right is not None:
            assert row.when is not When.ALWAYS


def test_every_row_is_told_by_help_and_has_its_source() -> None:
    text = "\n".join(room.help_lines())
    for row in room.ROWS:
        assert row.verb in text.split()
        assert row.source in room.help_of(row)
        assert row.help in room.help_of(row)


def test_features_are_sorted_and_tell_tls_only_where_there_is_some() -> None:
    plain = room.features(tls=False, packing=True, hashes="SHA-256*", facts="type*;")
    assert plain == sorted(plain)
    assert {"HASH SHA-256*", "MLST type*;", "REST STREAM", "UTF8", "TVFS", "EPSV", "MODE Z"} <= set(plain)
    assert "MODE Z" not in room.features(tls=False, packing=False, hashes="", facts="")
    assert set(room.features(tls=True, packing=False, hashes="", facts="")) >= {"AUTH TLS", "PBSZ", "PROT"}
    assert not {"AUTH TLS", "PBSZ", "PROT"} & set(plain)


def test_a_row_is_found_by_any_of_its_names() -> None:
    assert room.row_of("XPWD") is room.TABLE["PWD"]
    assert room.row_of("NIX") is None
    assert {"RETR", "STOR", "APPE", "STOU", "LIST", "NLST", "MLSD"} == room.DATA_VERBS
