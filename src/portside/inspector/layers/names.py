"""What numbers in headers stand for (IANA's registries, as far as a capture of applications shows them)."""

from __future__ import annotations

ETHERTYPES = {
    0x0800: "IPv4", 0x0806: "ARP", 0x86DD: "IPv6", 0x8100: "VLAN tag", 0x88A8: "provider VLAN tag", 0x8847: "MPLS",
    0x88CC: "LLDP", 0x888E: "802.1X",
}  # fmt: skip
PROTOCOLS = {
    0: "hop-by-hop options", 1: "ICMP", 2: "IGMP", 4: "IPv4 within IP", 6: "TCP", 17: "UDP", 41: "IPv6 within IP",
    43: "routing header", 44: "fragment header", 47: "GRE", 50: "ESP", 51: "authentication header", 58: "ICMPv6",
    59: "no next header", 60: "destination options", 89: "OSPF", 132: "SCTP",
}  # fmt: skip
PORTS = {
    20: "ftp-data", 21: "ftp", 22: "ssh", 23: "telnet", 25: "smtp", 53: "domain", 67: "dhcp server", 68: "dhcp client",
    80: "http", 110: "pop3", 123: "ntp", 143: "imap", 443: "https", 465: "submissions", 587: "submission",
    853: "dns over TLS",
    990: "ftps", 993: "imaps", 995: "pop3s", 2121: "ftp here", 2525: "smtp here", 2323: "telnet here",
    4040: "window", 5004: "rtp", 5060: "sip", 5061: "sips", 6881: "bittorrent", 8080: "http here", 12000: "upper",
}  # fmt: skip
DSCP = {
    0: "default: best effort", 1: "LE: lower effort", 8: "CS1", 10: "AF11", 12: "AF12", 14: "AF13", 16: "CS2",
    18: "AF21", 20: "AF22", 22: "AF23", 24: "CS3", 26: "AF31", 28: "AF32", 30: "AF33", 32: "CS4", 34: "AF41",
    36: "AF42", 38: "AF43", 40: "CS5", 44: "VOICE-ADMIT", 46: "EF: expedited, for voice",
    48: "CS6: network control", 56: "CS7",
}  # fmt: skip
ECN = ("not ECN-capable", "ECT(1): ECN-capable", "ECT(0): ECN-capable", "CE: congestion was met on the way")
FLAGS = (
    (0x80, "CWR", "the sender has slowed down as it was asked to", "RFC 3168 §6.1.2"),
    (0x40, "ECE", "the receiver has seen congestion on the way", "RFC 3168 §6.1.3"),
    (0x20, "URG", "the urgent pointer counts", "RFC 9293 §3.8.5"),
    (0x10, "ACK", "the acknowledgement number counts", "RFC 9293 §3.1"),
    (0x08, "PSH", "hand over what has come so far, without waiting for more", "RFC 9293 §3.9.1.2"),
    (0x04, "RST", "the connection is cut off", "RFC 9293 §3.5.2"),
    (0x02, "SYN", "the connection begins: the sequence number is the first one", "RFC 9293 §3.5"),
    (0x01, "FIN", "the sender has nothing more to send", "RFC 9293 §3.6"),
)
"""TCP's flags: bit, name, meaning, where."""


def port(number: int) -> str:
    """What usually listens at a port, in a few words."""
    if number in PORTS:
        return f"{PORTS[number]} (by its number)"
    return "chosen for this conversation alone" if number >= 32768 else ""


def flags(value: int) -> str:
    """The names of the flags that are set, as people say them: SYN, SYN-ACK, FIN-ACK ..."""
    names = [name for bit, name, _, _ in reversed(FLAGS) if value & bit]
    return ", ".join(names) if names else "none"
