"""What the codes of replies mean (RFC 959 §4.2, RFC 2228 §5, RFC 2389, RFC 2428, RFC 3659, RFC 4217)."""

from __future__ import annotations

from collections.abc import Mapping

FIRST_DIGIT: Mapping[int, str] = {
    1: "begun: a further reply follows",
    2: "done",
    3: "go on: a further command is needed",
    4: "not now: it may be tried again",
    5: "no: the same again would fail again",
    6: "protected",
}
SECOND_DIGIT: Mapping[int, str] = {
    0: "syntax",
    1: "information",
    2: "connections",
    3: "login",
    4: "nothing in particular",
    5: "files",
}
MEANINGS: Mapping[int, str] = {
    110: "restart marker",
    120: "ready in some minutes",
    125: "data connection already open; transfer starting",
    150: "file status okay; about to open the data connection",
    200: "command okay",
    202: "command superfluous at this site",
    211: "system status, or features",
    212: "directory status",
    213: "file status",
    214: "help",
    215: "system type",
    220: "service ready for a new user",
    221: "service closing the control connection",
    225: "data connection open; no transfer in progress",
    226: "closing the data connection; the transfer is complete",
    227: "entering passive mode: where it listens",
    228: "entering long passive mode: where it listens",
    229: "entering extended passive mode: at which port it listens",
    230: "logged in",
    232: "logged in by the security exchange",
    234: "security mechanism accepted: TLS begins",
    235: "security data accepted",
    250: "file action okay, completed",
    257: "path created, or where one is",
    331: "user name okay, need password",
    332: "need account for login",
    334: "security mechanism accepted; data needed",
    350: "file action waits for further information",
    421: "service not available; closing the control connection",
    425: "can't open the data connection",
    426: "connection closed; transfer aborted",
    430: "user name or password wrong",
    431: "security mechanism not available",
    434: "no such host here",
    450: "file action not taken: file unavailable (busy)",
    451: "action aborted: local error",
    452: "action not taken: not enough space",
    500: "syntax error, command not recognised",
    501: "syntax error in the argument",
    502: "command not implemented",
    503: "bad sequence of commands",
    504: "command not implemented for that argument",
    521: "data connection can't be opened with this protection",
    522: "network protocol not supported, or TLS failed on the data connection",
    530: "not logged in",
    532: "need account for storing files",
    533: "command protection denied for policy reasons",
    534: "request denied for policy reasons",
    535: "security check failed",
    536: "protection level not supported by the mechanism",
    537: "command protection level not supported",
    550: "action not taken: file unavailable, or not allowed",
    551: "action aborted: page type unknown",
    552: "action aborted: more than is allowed to be stored",
    553: "action not taken: file name not allowed",
    554: "action not taken: no restart there",
    555: "type or structure doesn't fit the action",
    556: "action not taken: doesn't fit what is there",
}


def meaning_of(code: int) -> str:
    """What ``code`` says, by itself or by its two first digits (RFC 959 §4.2.1)."""
    if code in MEANINGS:
        return MEANINGS[code]
    first, second = FIRST_DIGIT.get(code // 100, "no code of FTP"), SECOND_DIGIT.get(code // 10 % 10, "")
    return f"{first} ({second})" if second else first
