"""Challenges and credentials, Basic and Digest (RFC 9110 §11, RFC 7617, RFC 7616)."""

from __future__ import annotations

from base64 import b64encode
from hashlib import md5

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from portside.errors import LocalError, RemoteError
from portside.protocols.http.syntax.credentials import (
    ALGORITHMS,
    MAX_CHALLENGES,
    Challenge,
    answer_digest,
    choose_challenge,
    parse_basic,
    parse_challenges,
    parse_credentials,
    serialise_basic,
    serialise_challenge,
    verify_basic,
    verify_digest,
)

steady = settings(derandomize=True, max_examples=300, deadline=None)
NONCE = b"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v"
CNONCE = b"f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
REALM = "http-auth@example.org"


def digest(**parameters: bytes) -> Challenge:
    return Challenge("digest", {"realm": REALM.encode(), "nonce": NONCE, "qop": b"auth", **parameters})


@pytest.mark.parametrize("values, challenges", [
    ([], []),
    ([b""], []),
    ([b"Basic"], [Challenge("basic")]),
    ([b'Basic realm="a, b"'], [Challenge("basic", {"realm": b"a, b"})]),
    ([b'BASIC Realm = "a" , charset="UTF-8"'], [Challenge("basic", {"realm": b"a", "charset": b"UTF-8"})]),
    ([b"Negotiate"], [Challenge("negotiate")]),
    ([b"Negotiate YWJj=="], [Challenge("negotiate", {}, b"YWJj==")]),
    ([b'Digest realm="a", nonce="b", qop="auth,auth-int", Basic realm="c", Negotiate'],
     [Challenge("digest", {"realm": b"a", "nonce": b"b", "qop": b"auth,auth-int"}), Challenge("basic", {"realm": b"c"}),
      Challenge("negotiate")]),
    ([b'Newauth realm="apps", type=1, title="Login to \\"apps\\"", Basic realm="simple"'],
     [Challenge("newauth", {"realm": b"apps", "type": b"1", "title": b'Login to "apps"'}),
      Challenge("basic", {"realm": b"simple"})]),
    ([b"Basic realm=a", b"Digest nonce=b"], [Challenge("basic", {"realm": b"a"}), Challenge("digest",
    {"nonce": b"b"})]),
    ([b'Basic realm="a", realm="b"'], [Challenge("basic", {"realm": b"a"})]),
    ([b'realm="a", Basic'], [Challenge("basic")]),
    ([b'Basic realm="open, Digest nonce="x"'], [Challenge("basic")]),
    ([b", ,Basic,,"], [Challenge("basic")]),
    ([b"\xff\x00"], []),
])  # fmt: skip
def test_challenges_are_told_apart(values: list[bytes], challenges: list[Challenge]) -> None:
    assert parse_challenges(values) == challenges


def test_no_more_challenges_are_read_than_anyone_needs() -> None:
    assert len(parse_challenges([b"Basic, " * 5000, b"Basic"])) == MAX_CHALLENGES


@pytest.mark.parametrize("value", [b"", b",", b"Basic YTpi, Basic YTpj", b"Digest a=1, Basic YTpi", b"\x00"])
def test_credentials_are_exactly_one(value: bytes) -> None:
    assert parse_credentials(value) is None


def test_the_strongest_challenge_is_chosen() -> None:
    basic = Challenge("basic", {"realm": b"x"})
    weak, strong = digest(), digest(algorithm=b"sha-256-sess")
    assert choose_challenge([basic, weak, strong]) is strong
    assert choose_challenge([basic, weak]) is weak
    assert choose_challenge([Challenge("negotiate"), basic]) is basic


@pytest.mark.parametrize("challenge", [
    Challenge("negotiate"), Challenge("bearer"), digest(algorithm=b"SHA-1"), digest(qop=b"auth-int"), digest(nonce=b""),
    digest(algorithm=b"MD5-sess-sess"), digest(algorithm=b""), Challenge("digest"),
])  # fmt: skip
def test_what_cannot_be_answered_is_not_chosen(challenge: Challenge) -> None:
    assert choose_challenge([challenge]) is None


def test_nothing_is_chosen_from_nothing() -> None:
    assert choose_challenge([]) is None


# --------------------------------------------------------------------------------------------------- Basic


def test_basic_is_written_as_the_rfc_shows() -> None:
    assert serialise_basic("Aladdin", "open sesame") == b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="
    assert serialise_basic("test", "123£") == b"Basic dGVzdDoxMjPCow=="


@pytest.mark.parametrize("user, password", [("a:b", "c"), ("a\n", "b"), ("a", "b\x00"), ("a\x7f", "b")])
def test_what_basic_cannot_say_is_not_written(user: str, password: str) -> None:
    with pytest.raises(LocalError):
        serialise_basic(user, password)


@pytest.mark.parametrize("value, said", [
    (b"Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==", ("Aladdin", "open sesame")),
    (b"basic  YTpi", ("a", "b")),
    (b"Basic YTpiOmM=", ("a", "b:c")),
    (b"Basic Og==", ("", "")),
    (b"Basic", None),
    (b"Basic YQ==", None),
    (b"Basic YTpi=", None),
    (b"Basic YTpiOmM", None),
    (b"Basic YT pi", None),
    (b"Basic YT!pi", None),
    (b"Basic " + b64encode(b"a:\xe4"), None),
    (b"Basic " + b64encode(b"a:b\n"), None),
    (b"Basic " + b64encode(b"a\x00:b"), None),
    (b"Bearer YTpi", None),
    (b'Basic user="a"', None),
])  # fmt: skip
def test_basic_is_read_strictly(value: bytes, said: tuple[str, str] | None) -> None:
    assert parse_basic(parse_credentials(value)) == said


def test_basic_is_verified() -> None:
    said = parse_credentials(serialise_basic("jäger", "päss:wörd"))
    assert verify_basic(said, "jäger", "päss:wörd")
    assert not verify_basic(said, "jäger", "päss:wörd ")
    assert not verify_basic(said, "jager", "päss:wörd")
    assert not verify_basic(None, "jäger", "päss:wörd")


# -------------------------------------------------------------------------------------------------- Digest


@pytest.mark.parametrize("algorithm, response", [
    (b"MD5", b"8ca523f5e9506fed4657c9700eebdbec"),
    (b"SHA-256", b"753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
])  # fmt: skip
def test_digest_answers_as_the_rfc_shows(algorithm: bytes, response: bytes) -> None:
    challenge = digest(
        algorithm=algorithm, qop=b"auth, auth-int", opaque=b"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"
    )
    answer = answer_digest(challenge, "Mufasa", "Circle of Life", "GET", "/dir/index.html", CNONCE, 1)
    assert answer == (
        b'Digest username="Mufasa", realm="http-auth@example.org", nonce="%b", uri="/dir/index.html", algorithm=%b, '
        b'cnonce="%b", qop=auth, nc=00000001, response="%b", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"'
    ) % (NONCE, algorithm, CNONCE, response)


def test_digest_without_a_qop_is_the_older_form() -> None:
    challenge = Challenge("digest", {"realm": b"r", "nonce": b"n"})
    secret, request = md5(b"u:r:p").hexdigest(), md5(b"GET:/").hexdigest()
    response = md5(f"{secret}:n:{request}".encode()).hexdigest().encode()
    assert answer_digest(challenge, "u", "p", "GET", "/", b"c", 1) == (
        b'Digest username="u", realm="r", nonce="n", uri="/", response="' + response + b'"'
    )


SUFFIXES = (b"", b"-sess")


@pytest.mark.parametrize("algorithm", [name.encode() + suffix for name in ALGORITHMS for suffix in SUFFIXES])
@pytest.mark.parametrize("user", ["Mufasa", 'qu"o\\te', "Jäsøn Doe"])
@pytest.mark.parametrize("userhash", [b"true", b"false"])
def test_both_sides_agree_and_nothing_else_is_accepted(algorithm: bytes, user: str, userhash: bytes) -> None:
    challenge = parse_challenges(
        [serialise_challenge(digest(algorithm=algorithm, userhash=userhash, charset=b"UTF-8"))]
    )[0]
    answer = answer_digest(challenge, user, "Sécret, or not?", "GET", "/doe.json?a=b", CNONCE, 255)
    said = parse_credentials(answer)
    assert said is not None
    assert said.parameters["nc"] == b"000000ff"
    assert (user.encode() in answer) is (userhash == b"false" and user == "Mufasa")
    good = ("GET", "/doe.json?a=b", REALM, user, "Sécret, or not?")
    assert verify_digest(said, *good)
    for place in range(len(good)):
        assert not verify_digest(said, *[text + "x" if at == place else text for at, text in enumerate(good)])
    for name in said.parameters.keys() - {"algorithm", "username", "username*", "userhash", "realm", "uri"}:
        changed = Challenge("digest", {**said.parameters, name: said.parameters[name] + b"0"})
        assert not verify_digest(changed, *good), name


@pytest.mark.parametrize("name, value", [
    ("realm", b"other"), ("uri", b"/other"), ("username", b"other"), ("algorithm", b"SHA-1"), ("qop", b"auth-int"),
    ("qop", b""),
    ("nc", b"1"), ("nc", b"0000000g"), ("cnonce", b""), ("nonce", b""), ("response", b""), ("response", b"\xff"),
])  # fmt: skip
def test_changed_credentials_are_refused(name: str, value: bytes) -> None:
    said = parse_credentials(answer_digest(digest(), "u", "p", "GET", "/", CNONCE, 1))
    assert said is not None
    assert verify_digest(said, "GET", "/", REALM, "u", "p")
    assert not verify_digest(Challenge("digest", {**said.parameters, name: value}), "GET", "/", REALM, "u", "p")
    without = {key: text for key, text in said.parameters.items() if key != name}
    if name != "algorithm":
        assert not verify_digest(Challenge("digest", without), "GET", "/", REALM, "u", "p")


@pytest.mark.parametrize("credentials", [None, Challenge("basic"), Challenge("digest")])
def test_no_digest_is_no_proof(credentials: Challenge | None) -> None:
    assert not verify_digest(credentials, "GET", "/", REALM, "u", "p")


@pytest.mark.parametrize(
    "challenge", [digest(qop=b"auth-int"), digest(algorithm=b"X"), digest(nonce=b""), Challenge("basic")]
)
def test_a_challenge_that_cannot_be_answered_says_so(challenge: Challenge) -> None:
    with pytest.raises(RemoteError) as caught:
        answer_digest(challenge, "u", "p", "GET", "/", CNONCE, 1)
    assert caught.value.status == 401


@pytest.mark.parametrize(
    "challenge",
    [Challenge("a b"), Challenge("a", {"b c": b""}), Challenge("a", {"b": b"\r\n"}), Challenge("ä"), Challenge("")],
)
def test_what_would_break_the_field_is_not_written(challenge: Challenge) -> None:
    with pytest.raises(LocalError):
        serialise_challenge(challenge)


# ---------------------------------------------------------------------------------------------- properties

words = st.text("abz09-._~", min_size=1, max_size=8)
texts = st.text(st.characters(min_codepoint=0x20, max_codepoint=0x2FF, exclude_categories=["Cc", "Cs"]), max_size=12)
challenges = st.builds(
    Challenge,
    words,
    st.dictionaries(words, texts.map(str.encode).map(lambda text: text.replace(b"\x7f", b"")), min_size=1, max_size=4),
)


@steady
@given(st.lists(challenges, max_size=4))
def test_challenges_come_back(sent: list[Challenge]) -> None:
    assert parse_challenges([b", ".join(map(serialise_challenge, sent))]) == sent
    assert parse_challenges(map(serialise_challenge, sent)) == sent


@steady
@given(texts.map(lambda text: text.replace(":", "")), texts)
def test_basic_comes_back(user: str, password: str) -> None:
    assert parse_basic(parse_credentials(serialise_basic(user, password))) == (user, password)


hooks = st.sampled_from([b"Digest ", b"Basic ", b"nonce=", b"a", b'"', b"\\", b", ", b"=", b"qop=auth", b"\xff", b"\0",
                         b"userhash=true", b"username*=UTF-8''%e4", b"nc=00000001", b"cnonce=x",
    b"algorithm=MD5"])  # fmt: skip


@steady
@given(st.lists(hooks, max_size=20).map(b"".join) | st.binary())
def test_nothing_that_comes_in_raises(value: bytes) -> None:
    found = parse_challenges([value])
    credentials = parse_credentials(value)
    assert not verify_digest(credentials, "GET", "/", REALM, "u", "p")
    assert not verify_basic(credentials, "u", "p" * 10)
    chosen = choose_challenge(found)
    if chosen and chosen.scheme == "digest":
        assert parse_credentials(answer_digest(chosen, "u", "p", "GET", "/", CNONCE, 1)) is not None
