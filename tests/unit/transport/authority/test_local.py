"""The authority is made once, used from then on, and says what is wrong with its files."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from portside.errors import LocalError, UsageError
from portside.transport.authority import certificates, folder, local
from tests.support.certificates import make_ca, self_signed


@pytest.fixture
def place(tmp_path: Path) -> Path:
    return tmp_path / "ca"


def modes(place: Path) -> dict[str, str]:
    return {path.name: oct(stat.S_IMODE(path.stat().st_mode)) for path in sorted(place.iterdir())}


def test_the_first_leaf_makes_the_authority_with_private_files_alone(place: Path) -> None:
    before = os.umask(0)
    try:
        local.leaf(ca_folder=place)
    finally:
        os.umask(before)
    assert modes(place) == {"ca.key": "0o600", "ca.pem": "0o644", "leaf-localhost.pem": "0o600"}
    assert stat.S_IMODE(place.stat().st_mode) == 0o700


def test_the_folder_is_the_users_own_where_none_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORTSIDE_HOME", str(tmp_path))
    assert local.leaf().path == tmp_path / "ca" / "leaf-localhost.pem"
    assert [authority.path for authority in local.authorities()] == [tmp_path / "ca" / "ca.pem"]


def test_the_authority_says_whose_it_is(place: Path) -> None:
    authority = local.open_authority(ca_folder=place)
    assert authority.common_name.startswith("Portside local CA (")
    assert "@" in authority.common_name
    assert len(authority.fingerprint.split(":")) == 32


def test_a_secret_is_not_shown_by_accident(place: Path) -> None:
    assert "PRIVATE" not in repr(local.leaf(ca_folder=place))


def test_the_authority_and_the_leaf_are_used_again(place: Path) -> None:
    first = local.leaf(ca_folder=place)
    content = {path.name: path.read_bytes() for path in place.iterdir()}
    assert local.leaf(ca_folder=place) == first
    assert {path.name: path.read_bytes() for path in place.iterdir()} == content


@pytest.mark.parametrize(("days", "renewed"), [(82, False), (84, True), (200, True)])
def test_a_leaf_is_made_anew_when_less_than_a_week_is_left(place: Path, days: int, renewed: bool) -> None:
    when = certificates.now()
    first = local.leaf(ca_folder=place, when=when)
    content = first.path.read_bytes()
    second = local.leaf(ca_folder=place, when=when + timedelta(days=days))
    assert second.path == first.path
    assert (second.path.read_bytes() != content) is renewed
    assert (second.ends > first.ends) is renewed


def damage_text(path: Path, other: Path) -> None:
    path.write_bytes(b"garbage")


def damage_empty(path: Path, other: Path) -> None:
    path.write_bytes(b"")


def damage_cut(path: Path, other: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


def damage_mode(path: Path, other: Path) -> None:
    path.chmod(0o644)


def damage_key(path: Path, other: Path) -> None:
    stolen = self_signed(other)
    path.write_bytes(stolen.key.read_bytes() + path.read_bytes().partition(b"-----END PRIVATE KEY-----\n")[2])


def damage_issuer(path: Path, other: Path) -> None:
    stolen = self_signed(other)
    path.write_bytes(stolen.key.read_bytes() + stolen.cert.read_bytes())


@pytest.mark.parametrize(
    "damage", [damage_text, damage_empty, damage_cut, damage_mode, damage_key, damage_issuer], ids=lambda f: f.__name__
)
def test_a_leaf_that_does_not_serve_is_made_anew(
    place: Path, tmp_path: Path, damage: Callable[[Path, Path], None]
) -> None:
    first = local.leaf(ca_folder=place)
    damage(first.path, tmp_path)
    damaged = first.path.read_bytes()
    second = local.leaf(ca_folder=place)
    assert second.path.read_bytes() != damaged or damage is damage_mode
    assert modes(place)["leaf-localhost.pem"] == "0o600"
    certificate = x509.load_pem_x509_certificate(second.path.read_bytes())
    certificate.verify_directly_issued_by(second.authority.certificate)


def test_a_leaf_follows_its_authority(place: Path) -> None:
    first = local.leaf(ca_folder=place)
    (place / "ca.pem").unlink()
    (place / "ca.key").unlink()
    second = local.leaf(ca_folder=place)
    assert second.authority.fingerprint != first.authority.fingerprint
    x509.load_pem_x509_certificate(second.path.read_bytes()).verify_directly_issued_by(second.authority.certificate)


# --------------------------------------------------------------------------------------------- other names


def test_names_at_home_come_from_the_main_authority(place: Path) -> None:
    leaf = local.leaf(["shop.test", "127.0.0.2"], ca_folder=place)
    assert leaf.authority.path.name == "ca.pem"
    assert leaf.names[3:] == tuple(sorted(leaf.names[3:], key=str))


def test_other_names_come_from_an_authority_made_for_exactly_them(place: Path) -> None:
    one = local.leaf(["box.example"], ca_folder=place)
    two = local.leaf(["box.example", "shop.test", "fe80::1"], ca_folder=place)
    assert one.authority.path.name == "ca-box.example.pem"
    assert one.authority.names == ("box.example",)
    assert one.authority.common_name == "Portside local CA for box.example"
    assert two.authority.path.name.startswith("ca-box.example+")
    assert list(map(str, two.authority.names)) == ["box.example", "fe80::1"]
    assert not (place / "ca.pem").exists(), "the main authority was not asked for"
    assert {authority.path for authority in local.authorities(ca_folder=place)} == {
        one.authority.path,
        two.authority.path,
    }


def test_the_same_names_in_any_order_and_spelling_give_the_same_authority_and_leaf(place: Path) -> None:
    one = local.leaf(["a.example", "b.example"], ca_folder=place)
    assert local.leaf(["B.example.", "a.example", "a.example"], ca_folder=place) == one


def test_long_names_give_file_names_that_a_disk_takes(place: Path) -> None:
    long = ".".join(["a" * 63] * 3) + ".example"
    leaf = local.leaf([long], ca_folder=place)
    assert len(leaf.authority.path.name) < 100
    assert leaf.authority.names == (long,)


def test_names_that_no_certificate_may_carry_make_nothing(place: Path) -> None:
    with pytest.raises(UsageError):
        local.leaf(["*.example.com"], ca_folder=place)
    assert not place.exists()


def test_the_count_of_authorities_is_bounded(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "MAX_AUTHORITIES", 2)
    local.leaf(["a.example"], ca_folder=place)
    local.leaf(["b.example"], ca_folder=place)
    with pytest.raises(LocalError, match="holds 2 CAs already"):
        local.leaf(["c.example"], ca_folder=place)
    assert local.leaf(["a.example"], ca_folder=place).authority.names == ("a.example",)


# ---------------------------------------------------------------------------------------------- broken files


def garbage_certificate(place: Path, other: Path) -> None:
    (place / "ca.pem").write_bytes(b"garbage")


def empty_certificate(place: Path, other: Path) -> None:
    (place / "ca.pem").write_bytes(b"")


def foreign_certificate(place: Path, other: Path) -> None:
    (place / "ca.pem").write_bytes(make_ca(other).cert.read_bytes())


def wider_certificate(place: Path, other: Path) -> None:
    wide = certificates.make_ca(certificates.make_key(), ("com",), "wide", certificates.now())
    (place / "ca.pem").write_bytes(certificates.serialise_certificate(wide))


def certificate_of_another_key(place: Path, other: Path) -> None:
    twin = certificates.make_ca(certificates.make_key(), (), "twin", certificates.now())
    (place / "ca.pem").write_bytes(certificates.serialise_certificate(twin))


def garbage_key(place: Path, other: Path) -> None:
    (place / "ca.key").write_bytes(b"garbage")


def missing_key(place: Path, other: Path) -> None:
    (place / "ca.key").unlink()


def open_key(place: Path, other: Path) -> None:
    (place / "ca.key").chmod(0o644)


def unreadable_certificate(place: Path, other: Path) -> None:
    (place / "ca.pem").unlink()
    (place / "ca.pem").mkdir()


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (garbage_certificate, r"ca\.pem is no certificate of a local CA; remove it"),
        (empty_certificate, r"ca\.pem is no certificate of a local CA; remove it"),
        (foreign_certificate, r"ca\.pem is no certificate of a local CA; remove it"),
        (wider_certificate, r"ca\.pem is a CA for other names; remove it"),
        (certificate_of_another_key, r"ca\.pem and ca\.key do not belong together; remove both"),
        (garbage_key, r"ca\.key is no key of a local CA; remove it"),
        (missing_key, r"ca\.key is missing; put it back, or remove .*ca\.pem"),
        (open_key, r"others may read the secret key .*ca\.key; chmod 600"),
        (unreadable_certificate, r"cannot read .*ca\.pem: Is a directory"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_broken_files_are_one_line_saying_which_and_what_to_do(
    place: Path, tmp_path: Path, damage: Callable[[Path, Path], None], words: str
) -> None:
    local.open_authority(ca_folder=place)
    damage(place, tmp_path)
    with pytest.raises(LocalError, match=words) as caught:
        local.leaf(ca_folder=place)
    assert "\n" not in str(caught.value)


def test_an_expired_authority_says_so(place: Path) -> None:
    local.open_authority(ca_folder=place)
    with pytest.raises(LocalError, match=r"has expired on \d{4}-\d\d-\d\d; remove it and ca\.key"):
        local.leaf(ca_folder=place, when=certificates.now() + timedelta(days=3651))


def test_a_key_left_by_a_crash_is_gone_on_with(place: Path) -> None:
    local.open_authority(ca_folder=place)
    key = (place / "ca.key").read_bytes()
    (place / "ca.pem").unlink()
    authority = local.open_authority(ca_folder=place)
    assert (place / "ca.key").read_bytes() == key
    assert authority.path.exists()


# ------------------------------------------------------------------------------------------------- races

RACER = """
import sys
from pathlib import Path
from portside.transport.authority import local
sys.stdin.readline()
leaf = local.leaf(ca_folder=Path(sys.argv[1]))
print(leaf.authority.fingerprint)
"""


def test_processes_that_start_at_once_agree_on_one_authority(place: Path) -> None:
    racers = [
        subprocess.Popen(
            [sys.executable, "-c", RACER, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(6)
    ]
    for racer in racers:
        assert racer.stdin is not None
        racer.stdin.write("\n")
        racer.stdin.flush()
    answers = {racer.communicate()[0] for racer in racers}
    assert [racer.returncode for racer in racers] == [0] * 6
    assert answers == {local.open_authority(ca_folder=place).fingerprint + "\n"}
    assert sorted(modes(place)) == ["ca.key", "ca.pem", "leaf-localhost.pem"]


@pytest.mark.parametrize("loses", ["ca.key", "ca.pem"])
def test_who_loses_a_race_uses_what_the_winner_wrote(
    place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, loses: str
) -> None:
    winner = local.open_authority(ca_folder=tmp_path / "winner")
    publish = folder.publish

    def publish_after_another(path: Path, data: bytes, mode: int = 0o600) -> bool:
        if path.name == loses:
            for name in ("ca.key", "ca.pem"):
                publish(path.with_name(name), (tmp_path / "winner" / name).read_bytes())
        return publish(path, data, mode)

    monkeypatch.setattr(folder, "publish", publish_after_another)
    if loses == "ca.pem":  # the winner's key is there already: it is published before any certificate
        folder.make_private(place)
        publish(place / "ca.key", winner.key_path.read_bytes())
    assert local.open_authority(ca_folder=place).fingerprint == winner.fingerprint
