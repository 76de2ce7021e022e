"""Where a redirect leads, and what goes along."""

from __future__ import annotations

import pytest

from portside.errors import RemoteError
from portside.protocols.http.client.redirects import lines_after, location_of, method_after
from portside.protocols.http.client.urls import parse_url
from portside.protocols.http.messages import Headers, Response


def leads(location: bytes | None, url: str = "http://a/b/c", status: int = 302) -> str | None:
    lines = [] if location is None else [(b"Location", location)]
    target = location_of(Response(status, Headers(lines)), parse_url(url))
    return None if target is None else str(target)


@pytest.mark.parametrize(
    ("location", "target"),
    [
        (b"d", "http://a/b/d"),
        (b"/d?x", "http://a/d?x"),
        (b"//g/", "http://g/"),
        (b"https://g:8443/x", "https://g:8443/x"),
        ("/é".encode(), "http://a/%C3%A9"),
        (b"/\xe9", "http://a/%E9"),
        (b"/a b", "http://a/a%20b"),
        (b"http://me:pw@g/", "http://g/"),
        (None, None),
    ],
)
def test_a_location_is_seen_from_the_url(location: bytes | None, target: str | None) -> None:
    assert leads(location) == target


@pytest.mark.parametrize("status", [200, 201, 300, 304, 305, 404])
def test_other_statuses_lead_nowhere(status: int) -> None:
    assert leads(b"/x", status=status) is None


def test_no_user_or_password_is_taken_from_a_server() -> None:
    target = location_of(Response(302, Headers([(b"Location", b"http://me:pw@g/")])), parse_url("http://a/"))
    assert target is not None and (target.user, target.password) == ("", None)


@pytest.mark.parametrize("location", [b"http://g/", b"HTTP://a/", b"http:x"])
def test_https_is_never_given_up(location: bytes) -> None:
    with pytest.raises(RemoteError):
        leads(location, "https://a/")


def test_https_may_lead_to_https() -> None:
    assert leads(b"https://g/", "https://a/") == "https://g/"


def test_methods_change_as_browsers_change_them() -> None:
    changes = {(status, method): method_after(status, method) for status in (301, 302, 303, 307, 308)
               for method in ("GET", "HEAD", "POST", "PUT", "DELETE")}  # fmt: skip
    changed = {key for key, method in changes.items() if method != key[1]}
    assert changed == {(301, "POST"), (302, "POST"), (303, "POST"), (303, "PUT"), (303, "DELETE")}
    assert all(changes[key] == "GET" for key in changed)


LINES = ((b"Authorization", b"s"), (b"X-Key", b"s"), (b"Cookie", b"s"), (b"Accept", b"a"), (b"Content-Type", b"t"))


def test_to_another_origin_goes_only_what_is_known_to_be_harmless() -> None:
    assert lines_after(LINES, same_origin=False, same_method=True) == LINES[3:]
    assert lines_after(LINES, same_origin=True, same_method=True) == LINES


def test_without_the_body_its_fields_stay_behind() -> None:
    assert lines_after(LINES, same_origin=True, same_method=False) == LINES[:4]
