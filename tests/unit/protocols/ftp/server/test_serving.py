"""The FTP server over real sockets of loopback: files that come and go, what must not happen, and how it ends."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
import socket
import ssl
import zlib
from dataclasses import replace
from pathlib import Path

import pytest

from portside.accounts.users import READ_ONLY, READ_WRITE
from portside.errors import UsageError
from portside.interfaces import Address
from portside.protocols.ftp.rules.limits import ServerLimits
from portside.protocols.ftp.rules.policy import Policy, Tls
from portside.protocols.ftp.server import Settings, serve
from portside.protocols.ftp.server.settings import Anonymous
from portside.transport.trust import server_context
from tests.support import certificates
from tests.support.ftp_wire import HERE, PATIENCE, Wire, accounts, port_of, run

BYTES = bytes(range(256)) * 20_000


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "a.txt").write_bytes(b"one\ntwo\n")
    (folder / "big.bin").write_bytes(BYTES)
    (folder / "sub").mkdir()
    (folder / "sub/ä b.txt").write_bytes(b"x")
    (tmp_path / "secret").write_bytes(b"secret")
    return folder


def settings(root: Path, **more: object) -> Settings:
    return replace(Settings(root, HERE, accounts=accounts(READ_WRITE)), **more)  # type: ignore[arg-type]


def hidden_in(folder: Path) -> list[str]:
    return [entry.name for entry in folder.iterdir() if entry.name.startswith(".portside-")]


# -------------------------------------------------------------------------------------------------- transfers


def test_a_file_goes_out_and_comes_in_byte_for_byte(root: Path) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            assert wire.get("RETR big.bin") == BYTES
            assert wire.put("STOR new.bin", BYTES) == 226
            assert wire.get("RETR new.bin") == BYTES
            assert wire.put("STOR empty", b"") == 226
            assert wire.get("RETR empty") == b""

    run(settings(root), story)
    assert (root / "new.bin").read_bytes() == BYTES
    assert hidden_in(root) == []


def test_a_transfer_goes_on_where_rest_says(root: Path) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            assert wire.ask("REST 5000000") == 350
            assert wire.get("RETR big.bin") == BYTES[5_000_000:]
            assert wire.ask("REST 5120001") == 350
            wire.data_port()
            assert wire.ask("RETR big.bin") == 554
            assert wire.ask("REST 4") == 350
            assert wire.put("STOR a.txt", b"TWO\n") == 226
            assert wire.put("APPE a.txt", b"three\n") == 226
            assert wire.put("APPE brandnew", b"x") == 226

    run(settings(root), story)
    assert (root / "a.txt").read_bytes() == b"one\nTWO\nthree\n"
    assert (root / "brandnew").read_bytes() == b"x"


def test_text_has_the_ends_of_lines_that_each_side_knows(root: Path) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            assert wire.ask("TYPE A") == 200
            assert wire.get("RETR a.txt") == b"one\r\ntwo\r\n"
            assert wire.put("STOR b.txt", b"a\r\nb\r\n\r\nc") == 226
            assert wire.ask("SIZE a.txt") == 550

    run(settings(root), story)
    assert (root / "b.txt").read_bytes() == b"a\nb\n\nc"


def test_mode_z_is_zlib_both_ways(root: Path) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            assert wire.ask("MODE Z") == 200
            assert zlib.decompress(wire.get("RETR big.bin")) == BYTES
            assert b"a.txt" in zlib.decompress(wire.get("MLSD"))
            assert wire.put("STOR z.bin", zlib.compress(BYTES)) == 226
            assert wire.put("STOR broken", b"no zlib at all") == 451
            assert wire.put("STOR half", zlib.compress(BYTES)[:-9]) == 426

    run(settings(root), story)
    assert (root / "z.bin").read_bytes() == BYTES
    assert not (root / "broken").exists()
    assert not (root / "half").exists()


def test_stou_tells_the_name_that_it_gives(root: Path) -> None:
    names: list[str] = []

    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            assert wire.ask("CWD sub") == 250
            with wire.data("STOU") as sock:
                names.append(wire.reply.split()[-1])
                sock.sendall(b"unique")
            assert wire.hear() == 226

    run(settings(root), story)
    assert (root / "sub" / names[0]).read_bytes() == b"unique"


def test_active_connections_go_to_who_asks(root: Path) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire, socket.create_server(("127.0.0.1", 0)) as waiting:
            wire.log_in()
            waiting.settimeout(PATIENCE)
            high, low = divmod(waiting.getsockname()[1], 256)
            assert wire.ask(f"PORT 127,0,0,1,{high},{low}") == 200
            assert wire.ask("RETR a.txt") == 150
            sock, _ = waiting.accept()
            with sock:
                assert b"".join(iter(lambda: sock.recv(100), b"")) == b"one\ntwo\n"
            assert wire.hear() == 226

    run(settings(root), story)


def test_ipv6_works_alike(root: Path) -> None:
    def story(port: int) -> None:
        with Wire(port, "::1") as wire:
            wire.log_in()
            assert wire.get("RETR a.txt") == b"one\ntwo\n"

    run(settings(root, addresses=(Address("::1", 0),)), story)


# ------------------------------------------------------------------------------------------ whole or not at all


def test_what_was_cut_off_is_nowhere_to_be_seen_and_can_be_gone_on_with(root: Path) -> None:
    half = BYTES[:2_000_000]

    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            assert wire.ask("SIZE up.bin") == 550
            assert wire.put_some("STOR up.bin", half) == 426
            assert wire.ask("SIZE up.bin") == 213
            assert wire.reply == "213 2000000\r\n"
            wire.data_port()
            assert wire.ask("RETR up.bin") == 550
            assert b"portside" not in wire.get("LIST -a")
            assert wire.ask("REST 2000001") == 350
            wire.data_port()
            assert wire.ask("STOR up.bin") == 554
            assert not (root / "up.bin").exists()
            assert wire.ask("REST 2000000") == 350
            assert wire.put("STOR up.bin", BYTES[2_000_000:]) == 226
            assert wire.put_some("STOR other.bin", half) == 426
            assert wire.put("APPE other.bin", BYTES[2_000_000:]) == 226

    run(settings(root), story)
    assert (root / "up.bin").read_bytes() == (root / "other.bin").read_bytes() == BYTES
    assert hidden_in(root) == []


def test_a_file_that_is_replaced_stays_whole_until_the_other_is(root: Path) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            assert wire.put_some("STOR a.txt", b"changed") == 426
            assert wire.put_some("APPE a.txt", b"more") == 426
            assert wire.ask("SIZE a.txt") == 213
            assert wire.reply == "213 8\r\n"

    run(settings(root), story)
    assert (root / "a.txt").read_bytes() == b"one\ntwo\n"
    assert hidden_in(root) == []


def test_who_hangs_up_in_an_upload_has_not_finished_it(root: Path) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            with wire.data("STOR up.bin") as sock:
                sock.sendall(b"a" * 300_000)
                while "300000" not in wire.progress():
                    pass
                wire.lines.close()
                wire.sock.close()  # as the kernel does with one who is killed: the older connection first
        with Wire(port) as wire:
            wire.log_in()
            while wire.ask("SIZE up.bin") != 213 or wire.reply != "213 300000\r\n":
                pass  # before its last bytes are written, the part is there with those that are

    run(settings(root), story)
    assert not (root / "up.bin").exists()


def test_two_never_write_one_file(root: Path) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire, Wire(port) as other:
            wire.log_in()
            other.log_in()
            with wire.data("STOR up.bin") as sock:
                other.data_port()
                assert other.ask("STOR up.bin") == 450
                sock.sendall(b"whole")
            assert wire.hear() == 226
            assert other.put("STOR up.bin", b"other") == 226

    run(settings(root), story)
    assert (root / "up.bin").read_bytes() == b"other"


def test_a_file_that_is_too_large_is_refused_on_the_way(root: Path) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            with wire.data("STOR up.bin") as sock, contextlib.suppress(OSError):
                while True:
                    sock.sendall(BYTES)
            assert wire.hear() == 552

    run(settings(root, largest_upload=10_000_000), story)
    assert not (root / "up.bin").exists()


# ----------------------------------------------------------------------------------------------------- attacks


@pytest.mark.parametrize(
    "path", ["../secret", "/../secret", "sub/../../secret", "link", "out/secret", "/etc/passwd", "..", "//..//secret"]
)
def test_nobody_climbs_out(root: Path, path: str) -> None:
    (root / "link").symlink_to("../secret")
    (root / "out").symlink_to("..")

    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            wire.data_port()
            assert wire.ask(f"RETR {path}") == 550
            assert wire.ask(f"SIZE {path}") == 550
            if path != "..":
                assert wire.ask(f"MLST {path}") == 550
                assert wire.ask(f"CWD {path}") == 550
                assert wire.ask(f"DELE {path}") == 550
                assert wire.ask("RNFR a.txt") == 350
            if path.startswith("out"):
                assert wire.ask("RNTO out/stolen") == 550
                wire.data_port()
                assert wire.ask("STOR out/stolen") == 550
            listed = wire.get("MLSD").decode()
            assert "link" not in listed
            assert "out" not in listed

    run(settings(root), story)
    assert (root.parent / "secret").read_bytes() == b"secret"
    assert not (root.parent / "stolen").exists()


def test_names_with_line_breaks_are_neither_listed_nor_reachable(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    for name in ("evil\r\n226 done", "line\nbreak", "car\rriage"):
        (root / name).write_bytes(b"x")

    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            for command in ("MLSD", "LIST", "NLST", "NLST *"):
                listed = wire.get(command)
                assert b"a.txt" in listed
                assert not any(word in listed for word in (b"evil", b"break", b"riage"))

    with caplog.at_level(logging.WARNING, "portside.ftp"):
        run(settings(root), story)
    assert len([record for record in caplog.records if "line break" in record.message]) == 1


def test_a_stranger_gets_no_data_connection(root: Path) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            place = ("127.0.0.1", wire.data_port())
            with socket.create_connection(place, PATIENCE, source_address=("127.0.0.2", 0)) as thief:
                assert thief.recv(1) == b""
            with socket.create_connection(place, PATIENCE) as sock:
                assert wire.ask("RETR a.txt") == 150
                assert sock.recv(100) == b"one\ntwo\n"
            assert wire.hear() == 226

    run(settings(root), story)


def test_a_data_connection_that_nobody_opens_ends_with_425(root: Path) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            wire.data_port()
            assert wire.ask("RETR a.txt") == 425
            assert wire.put("STOR b.txt", b"x") == 226
            wire.data_port()
            assert wire.ask("STOR c.txt") == 425

    run(settings(root, limits=ServerLimits(meeting=0.05)), story)
    assert hidden_in(root) == []


def test_wrong_passwords_are_told_alike_and_soon_not_at_all(root: Path) -> None:
    codes: list[int] = []

    def story(port: int) -> None:
        replies = set()
        for user in ("u", "nobody", "u"):
            with Wire(port) as wire:
                assert wire.hear() == 220
                for _ in range(20):
                    if wire.ask(f"USER {user}") != 331:
                        break
                    codes.append(wire.ask("PASS wrong"))
                    replies.add(wire.reply)
                    if codes[-1] == 421:
                        break
        assert {reply[:3] for reply in replies} <= {"530", "421"}
        assert len({reply for reply in replies if reply.startswith("530")}) == 1

    run(settings(root, limits=ServerLimits(tries=2)), story)
    assert codes.count(530) >= 4


def test_anonymous_reads_and_nothing_else(root: Path) -> None:
    (root / ".hidden").write_bytes(b"x")

    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in("Anonymous", "me@example.test")
            assert wire.get("RETR a.txt") == b"one\ntwo\n"
            wire.data_port()
            assert wire.ask("STOR x") == 550
            assert wire.ask("DELE a.txt") == 550
            assert wire.ask("MKD x") == 550
            assert b".hidden" not in wire.get("MLSD")
            assert wire.ask("SIZE .hidden") == 550

    run(settings(root), story)


def test_anonymous_may_be_let_write_or_not_at_all(root: Path) -> None:
    def writes(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in("ftp", "")
            assert wire.put("STOR x", b"x") == 226

    def nobody(port: int) -> None:
        with Wire(port) as wire:
            assert wire.hear() == 220
            assert wire.ask("USER anonymous") == 331
            assert wire.ask("PASS x") == 530

    run(settings(root, anonymous=Anonymous.WRITE), writes)
    run(settings(root, anonymous=Anonymous.OFF), nobody)


def test_a_user_has_a_root_and_rights_of_their_own(root: Path) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            assert wire.ask("CWD ..") == 250
            assert "ä b.txt" in wire.get("NLST").decode()
            assert wire.ask("DELE ä b.txt") == 550

    run(settings(root, accounts=accounts(READ_ONLY, root / "sub")), story)


# --------------------------------------------------------------------------------------------------------- TLS


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> tuple[certificates.Pair, certificates.Pair]:
    folder = tmp_path_factory.mktemp("tls")
    ca = certificates.make_ca(folder)
    return ca, certificates.good(folder, ca)


def tls_settings(root: Path, pair: tuple[certificates.Pair, certificates.Pair], **more: object) -> Settings:
    policy = Policy(tls=more.pop("tls", Tls.REQUIRED), same_session=bool(more.pop("same_session", False)))  # type: ignore[arg-type]
    return settings(root, policy=policy, context=lambda: server_context(pair[1].cert, pair[1].key), **more)


def client_context(
    pair: tuple[certificates.Pair, certificates.Pair], version: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3
) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(pair[0].cert))
    context.maximum_version = version
    return context


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_both_connections_pass_over_tls_and_sessions_are_resumed(
    root: Path, pair: tuple[certificates.Pair, certificates.Pair], version: ssl.TLSVersion
) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            assert wire.hear() == 220
            wire.start_tls(client_context(pair, version))
            assert wire.ask("USER u") == 331
            assert wire.ask("PASS p") == 230
            assert wire.ask("TYPE I") == 200
            assert wire.get("RETR big.bin") == BYTES
            assert wire.put("STOR new.bin", BYTES) == 226

    run(tls_settings(root, pair, same_session=True), story)
    assert (root / "new.bin").read_bytes() == BYTES


def test_who_only_uploads_is_sent_nothing_that_could_lie_unread(
    root: Path, pair: tuple[certificates.Pair, certificates.Pair]
) -> None:
    """Closing a socket with something unread in it resets the connection, and the end of the file is lost."""

    def story(port: int) -> None:
        with Wire(port) as wire:
            assert wire.hear() == 220
            wire.start_tls(client_context(pair))
            assert isinstance(wire.sock, ssl.SSLSocket)
            assert wire.sock.session is not None
            assert wire.sock.session.has_ticket
            assert wire.ask("USER u") == 331
            assert wire.ask("PASS p") == 230
            with wire.data("STOR up.bin", resume=False) as sock:
                assert isinstance(sock, ssl.SSLSocket)
                sock.sendall(b"x")
                while " 1 bytes" not in wire.progress():
                    pass
                sock.setblocking(False)
                with pytest.raises(ssl.SSLWantReadError):
                    sock.recv(1)
                assert sock.session is not None
                assert not sock.session.has_ticket

    run(tls_settings(root, pair), story)


def test_a_data_connection_without_the_session_is_refused_where_it_is_asked_for(
    root: Path, pair: tuple[certificates.Pair, certificates.Pair]
) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            assert wire.hear() == 220
            wire.start_tls(client_context(pair))
            assert wire.ask("USER u") == 331
            assert wire.ask("PASS p") == 230
            with contextlib.suppress(OSError), wire.data("RETR a.txt", resume=False) as sock:
                assert sock.recv(100) == b""
            assert wire.hear() == 522

    run(tls_settings(root, pair, same_session=True), story)


def test_an_upload_over_tls_that_ends_without_its_end_is_not_whole(
    root: Path, pair: tuple[certificates.Pair, certificates.Pair]
) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            assert wire.hear() == 220
            wire.start_tls(client_context(pair))
            assert wire.ask("USER u") == 331
            assert wire.ask("PASS p") == 230
            assert wire.ask("TYPE I") == 200
            with wire.data("STOR up.bin") as sock:
                sock.sendall(b"half of it")
            assert wire.hear() == 426
            assert wire.ask("SIZE up.bin") == 213

    run(tls_settings(root, pair), story)
    assert not (root / "up.bin").exists()


def test_implicit_tls_comes_before_the_greeting(root: Path, pair: tuple[certificates.Pair, certificates.Pair]) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.wrap(client_context(pair))
            wire.log_in()
            assert wire.get("RETR a.txt") == b"one\ntwo\n"

    run(tls_settings(root, pair, tls=Tls.IMPLICIT), story)


def test_what_is_said_behind_auth_in_the_clear_is_not_carried_out(
    root: Path, pair: tuple[certificates.Pair, certificates.Pair]
) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            assert wire.hear() == 220
            assert wire.ask(b"AUTH TLS\r\nUSER u\r\nPASS p\r\nDELE a.txt") == 234
            wire.wrap(client_context(pair))
            assert wire.ask("PWD") == 530

    run(tls_settings(root, pair), story)
    assert (root / "a.txt").exists()


# -------------------------------------------------------------------------------------------------- the server


def test_a_root_that_is_none_is_told_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        run(settings(tmp_path / "nowhere"), lambda _: None)


def test_a_stop_lets_a_transfer_finish(root: Path) -> None:
    def story(port: int, proceed: asyncio.Event, loop: asyncio.AbstractEventLoop) -> None:
        with Wire(port) as wire:
            wire.log_in()
            with wire.data("STOR new.bin") as sock:
                loop.call_soon_threadsafe(proceed.set)
                sock.sendall(BYTES)
            assert wire.hear() == 226
            assert wire.hear() == 421
            assert wire.hear() == 0

    async def both() -> None:
        server = await serve(settings(root))
        proceed = asyncio.Event()
        client = asyncio.create_task(asyncio.to_thread(story, port_of(server), proceed, asyncio.get_running_loop()))
        await proceed.wait()
        await server.stop()
        await client

    asyncio.run(both())
    assert (root / "new.bin").read_bytes() == BYTES


def test_hashes_and_facts_are_those_of_the_file(root: Path) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            assert wire.ask("HASH big.bin") == 213
            assert hashlib.sha256(BYTES).hexdigest() in wire.reply
            assert wire.ask("OPTS HASH MD5") == 200
            assert wire.ask("HASH a.txt") == 213
            digest = hashlib.md5(b"one\ntwo\n", usedforsecurity=False).hexdigest()
            assert wire.reply == f"213 MD5 0-8 {digest} a.txt\r\n"
            assert wire.ask("MLST a.txt") == 250
            assert "size=8;" in wire.reply

    run(settings(root), story)


def test_the_log_tells_who_came_and_what_was_done(root: Path, caplog: pytest.LogCaptureFixture) -> None:
    def story(port: int) -> None:
        with Wire(port) as wire:
            wire.log_in()
            assert wire.ask("CWD sub") == 250
            assert wire.put("STOR new", b"abc") == 226
            assert wire.ask("DELE new") == 250

    with caplog.at_level(logging.INFO, "portside.ftp"):
        run(settings(root), story)
    assert [record.message for record in caplog.records if record.name == "portside.ftp"] == [
        "127.0.0.1: u came in",
        "127.0.0.1 u STOR /sub/new 226 3",
        "127.0.0.1 u DELE /sub/new 250",
    ]
