"""The mailbox page in Chromium: mail is there as it comes, is walked by keys, and a hostile one does nothing."""

from __future__ import annotations

import contextlib
import re
import smtplib
import subprocess
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import FrameLocator, Locator, Page, Route, expect

from portside import Mailbox, catch_mail
from portside.apps.mailbox.terms import Terms
from portside.errors import ConnectError
from portside.mail.envelope import Envelope
from portside.mail.maildir.summary import Happening, Summary
from tests.page.conftest import PHONE, Visit, Visitor
from tests.support.canary import Canary, watching
from tests.support.mailbox_pages import Elsewhere
from tests.support.mailboxes import WELCOME, FakeMailbox, plain
from tests.support.peers import need
from tests.support.ports import free_tcp_port
from tests.support.served import Served
from tests.support.windows import rung

pytestmark = [pytest.mark.page, pytest.mark.peer]

Address = tuple[str, int]
Sender = Callable[..., None]


@pytest.fixture
def mail_server() -> Iterator[tuple[Address, Mailbox]]:
    with catch_mail() as server:
        yield server


@pytest.fixture
def send(mail_server: tuple[Address, Mailbox]) -> Sender:
    """``send(subject, text, html=..., to=..., file=...)`` sends a mail, and waits till the mailbox has it."""

    def sent(
        subject: str, text: str = "Hello.\n", *, html: str = "", to: str = "ann@example.com", file: str = ""
    ) -> None:
        address, mailbox = mail_server
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = "The Shop <shop@example.com>", to, subject
        message.set_content(text)
        if html:
            message.add_alternative(html, subtype="html")
        if file:
            message.add_attachment(b"%PDF-1.4", maintype="application", subtype="pdf", filename=file)
        with smtplib.SMTP(*address, timeout=30) as client:
            client.send_message(message)
        mailbox.wait(subject=subject, timeout=30)

    return sent


@pytest.fixture
def shown(mail_server: tuple[Address, Mailbox], visit: Visitor) -> Callable[..., Visit]:
    """``shown(fragment)`` opens the page; options as for a visit."""
    return lambda fragment="", **options: visit(mail_server[1].url + fragment, **options)


def rows(page: Page) -> Locator:
    return page.locator("#list .mail")


def expect_subjects(page: Page, *subjects: str) -> None:
    """Wait until the list shows these, from its top on; a row is there before what it says."""
    expect(page.locator("#list .mail .subject")).to_have_text(list(subjects))


def frame(page: Page) -> FrameLocator:
    return page.frame_locator("#letter iframe")


# ------------------------------------------------------------------------------------------------ it comes


def test_what_swaks_sends_is_on_the_page_and_leads_to_its_conversation(
    served: Callable[..., Served], visit: Visitor, tmp_path: Path
) -> None:
    server = served("smtp", tmp_path / "mail", "--window", "0")
    url = server.process.wait_for_line(r"the mailbox is at (\S+)", output="stderr")[1]
    visited = visit(url)
    page = visited.page
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#swaks")).to_have_text(f"swaks --to ann@example.com --server 127.0.0.1:{server.port}")
    command = page.locator("#swaks").inner_text().split()
    swaks = [need("swaks"), *command[1:], "--from", "shop@example.com", "--h-Subject", "Hello from swaks"]
    subprocess.run(swaks, check=True, capture_output=True, timeout=60)
    expect(rows(page)).to_have_count(1)
    expect(page.locator("#empty")).to_be_hidden()
    rows(page).click()
    expect(page.locator("#letter h2")).to_have_text("Hello from swaks")
    expect(page.locator("#letter .plain")).to_contain_text("This is a test mailing")
    with page.context.expect_page() as opened:
        page.get_by_role("link", name="Conversation").click()
    ladder = opened.value
    expect(rung(ladder, "250").first).to_be_visible()
    expect(ladder.locator("#host")).to_have_value(re.compile(r"127\.0\.0\.1:[0-9]+"))


def test_the_list_is_live_and_what_is_opened_is_seen(shown: Callable[..., Visit], send: Sender) -> None:
    send("first")
    page = shown().page
    expect(rows(page)).to_have_count(1)
    expect(page.locator(".mail.unread")).to_have_count(1)
    send("second", file="bill.pdf")
    expect(rows(page)).to_have_count(2)
    expect_subjects(page, "second", "first")
    expect(page.locator("#counts")).to_have_text("2 messages · 2 unread")
    expect(page).to_have_title("(2) Mailbox · Portside")
    rows(page).first.click()
    expect(page.locator(".mail.unread")).to_have_count(1)
    expect(page.locator("#counts")).to_have_text("2 messages · 1 unread")
    page.get_by_role("tab", name="Parts").click()
    expect(page.locator(".attached b")).to_have_text("bill.pdf")
    with page.expect_download() as download:
        page.locator(".attached a").click()
    assert download.value.suggested_filename == "bill.pdf" and download.value.path().read_bytes() == b"%PDF-1.4"


def test_a_click_counts_though_more_mail_comes_meanwhile(shown: Callable[..., Visit], send: Sender) -> None:
    send("first")
    page = shown().page
    rows(page).hover()
    page.mouse.down()
    send("second")
    expect(page.locator("#counts")).to_have_text("2 messages · 2 unread")
    page.mouse.up()
    expect(page.locator("#letter h2")).to_have_text("first")
    expect(page.locator("#row-0")).to_contain_text("second")


def test_what_others_do_to_the_mail_is_seen(
    shown: Callable[..., Visit], send: Sender, mail_server: tuple[Address, Mailbox]
) -> None:
    for subject in ("first", "second", "third"):
        send(subject)
    visited = shown()
    page = visited.page
    rows(page).first.click()
    expect(page.locator("#letter h2")).to_have_text("third")
    expect(page.locator("#letter .plain")).to_contain_text("Hello.")
    mailbox = mail_server[1]
    mailbox.delete(mailbox.search(subject="third")[0])
    expect(rows(page)).to_have_count(2)
    expect(page.locator("#letter h2")).to_have_text("second")
    expect(page.locator("#letter .plain")).to_contain_text("Hello.")
    expect(page.locator("#counts")).to_have_text("2 messages · 1 unread")
    mailbox.delete_all()
    expect(page.locator("#empty")).to_be_visible()
    expect(page.locator("#letter")).to_be_hidden()
    visited.forgive(404)


def test_an_answer_from_before_never_stays(
    shown: Callable[..., Visit], send: Sender, mail_server: tuple[Address, Mailbox]
) -> None:
    send("first")
    send("not for long")
    page = shown().page
    expect_subjects(page, "not for long", "first")
    page.clock.install()
    late: list[Route] = []

    def answer_late(route: Route) -> None:
        """What was so before a third message came arrives when the page has asked for that, if it asks at once."""
        before = route.fetch()
        send("third")
        mail_server[1].delete_all("subject:long")
        expect(page.get_by_text("not for long")).to_have_count(0)  # it has heard of both
        page.clock.run_for(1000)
        page.evaluate("async () => { for (let i = 0; i < 4; i += 1) await (await fetch('api/state')).text(); }")
        late.append(route)
        route.fulfill(response=before)

    page.route("**/api/messages?*", answer_late, times=1)
    with page.expect_event("requestfinished", lambda request: bool(late) and request == late[0].request):
        send("second")
    expect_subjects(page, "third", "second", "first")


# ------------------------------------------------------------------------------------------------- walking


def test_keys_walk_and_do(shown: Callable[..., Visit], send: Sender) -> None:
    for subject in ("one", "two", "three"):
        send(subject, html=f"<p>{subject} in HTML</p>")
    page = shown().page
    expect(rows(page)).to_have_count(3)
    heading = page.locator("#letter h2")
    for key, subject in (
        ("j", "three"),
        ("j", "two"),
        ("ArrowDown", "one"),
        ("j", "one"),
        ("k", "two"),
        ("Home", "three"),
    ):
        page.keyboard.press(key)
        expect(heading).to_have_text(subject)
    expect(frame(page).locator("p")).to_have_text("three in HTML")
    page.keyboard.press("2")
    expect(page.get_by_role("tab", name="Text")).to_have_attribute("aria-selected", "true")
    page.keyboard.press("3")
    expect(page.locator("#letter .plain")).to_contain_text("Content-Type: multipart/alternative")
    page.keyboard.press("4")
    expect(page.locator(".fields")).to_contain_text("who wrote it; anybody can claim it")
    expect(page.locator(".journey li")).to_have_count(1)
    page.keyboard.press("j")
    expect(heading).to_have_text("two")
    expect(page.locator(".journey li")).to_have_count(1)
    page.keyboard.press("k")
    expect(heading).to_have_text("three")
    page.keyboard.press("u")
    expect(page.locator(".mail.unread")).to_have_count(1)
    page.keyboard.press("d")
    expect(rows(page)).to_have_count(2)
    expect(heading).to_have_text("two")
    page.keyboard.press("Escape")
    expect(page.locator("#letter")).to_be_hidden()
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.theme") in ("dark", "light")


def test_a_search_finds_and_its_address_finds_it_again(shown: Callable[..., Visit], send: Sender) -> None:
    send("harbour", to="bob@example.com")
    send("lighthouse", file="a.pdf")
    page = shown().page
    expect(rows(page)).to_have_count(2)
    page.keyboard.press("/")
    page.keyboard.type("to:bob")
    expect(rows(page)).to_have_count(1)
    expect(page.locator("#found")).to_have_text("1 message found")
    send("another for ann")
    page.keyboard.press("Enter")
    page.keyboard.press("j")
    expect(page.locator("#letter h2")).to_have_text("harbour")
    page.keyboard.press("2")
    page.reload()
    expect(page.locator("#letter h2")).to_have_text("harbour")
    expect(page.locator("#query")).to_have_value("to:bob")
    expect(rows(page)).to_have_count(1)
    page.locator("#query").fill("")
    expect(rows(page)).to_have_count(3)
    page.get_by_role("button", name="With attachments").click()
    expect(rows(page)).to_have_count(1)
    expect_subjects(page, "lighthouse")
    page.locator("#query").fill("nowhere at all")
    expect(page.locator("#nothing")).to_be_visible()


def test_those_that_match_are_deleted_once_that_is_said_twice(
    shown: Callable[..., Visit], send: Sender, mail_server: tuple[Address, Mailbox]
) -> None:
    send("keep")
    send("away", to="bob@example.com")
    page = shown("#query=to%3Abob").page
    expect(rows(page)).to_have_count(1)
    page.get_by_role("button", name="Delete these").click()
    expect(page.locator("#clear-what")).to_have_text("Delete the 1 message that match?")
    page.get_by_role("button", name="Keep them").click()
    assert len(mail_server[1].search()) == 2
    page.get_by_role("button", name="Delete these").click()
    page.locator("#clear-now").click()
    expect(rows(page)).to_have_count(0)
    assert [found.subject for found in mail_server[1].search()] == ["keep"]


def test_a_server_that_is_gone_is_told(visit: Visitor) -> None:
    with catch_mail() as (_, mailbox):
        visited = visit(mailbox.url)
        expect(visited.page.locator("#live")).to_have_text("live")
    expect(visited.page.locator("#live")).to_have_class("live lost")
    visited.page.close()
    visited.complaints.clear()  # the browser's own words about it


def test_a_server_that_comes_back_is_heard_again(served: Callable[..., Served], visit: Visitor, tmp_path: Path) -> None:
    port = str(free_tcp_port())
    command = ("smtp", tmp_path / "mail", "--mailbox", port)
    server = served(*command)
    server.process.wait_for_line("the mailbox is at", output="stderr")
    visited = visit(f"http://127.0.0.1:{port}/")
    live = visited.page.locator("#live")
    expect(live).to_have_text("live")
    server.process.stop()
    expect(live).to_have_class("live lost")
    again = served(*command)
    with smtplib.SMTP("127.0.0.1", again.port, timeout=30) as client:
        client.sendmail("shop@example.com", ["ann@example.com"], "Subject: back\r\n\r\nHello.\r\n")
    expect(rows(visited.page)).to_have_count(1)
    expect(live).to_have_class("live")
    visited.complaints.clear()  # the browser's own words about the time between


# ------------------------------------------------------------------------------- with a mailbox of the test's own


@pytest.fixture
def apart(tmp_path: Path) -> Iterator[Callable[..., Elsewhere]]:
    """``apart(box, terms)`` serves the page of a mailbox that the test has in its own hands."""
    with contextlib.ExitStack() as stack:

        def start(box: FakeMailbox, terms: Terms | None = None) -> Elsewhere:
            page = Elsewhere(box, terms)
            stack.callback(page.stop)
            return page

        yield start


def test_thousands_of_messages_are_walked(apart: Callable[..., Elsewhere], visit: Visitor, tmp_path: Path) -> None:
    box = FakeMailbox(tmp_path)
    for number in range(2500):
        box.add(plain(number))
    served = apart(box)
    page = visit(served.url).page
    expect(rows(page).first).to_contain_text("number 2499")
    assert rows(page).count() < 60, "only those in sight are made"
    page.keyboard.press("End")
    expect(page.locator("#letter h2")).to_have_text("number 0")
    expect(rows(page).last).to_contain_text("number 0")
    served.add(plain(2500))
    expect(page.locator("#counts")).to_contain_text("2,501 messages")
    expect(page.locator("#list [aria-selected=true]")).to_contain_text("number 0")
    page.keyboard.press("k")
    expect(page.locator("#letter h2")).to_have_text("number 1")
    page.keyboard.press("Home")
    expect(page.locator("#letter h2")).to_have_text("number 2500")


def test_what_comes_late_has_its_place_among_the_others(
    apart: Callable[..., Elsewhere], visit: Visitor, tmp_path: Path
) -> None:
    box = FakeMailbox(tmp_path)
    times = [box.kept[box.add(plain(number))].time for number in range(3)]
    served = apart(box)
    page = visit(served.url).page
    expect(rows(page)).to_have_count(3)
    served.add(plain(1, subject="late"), time=times[1] - 0.5)
    expect(rows(page)).to_have_count(4)
    expect_subjects(page, "number 2", "number 1", "late", "number 0")


def test_a_message_is_sent_on_to_whom_one_says(apart: Callable[..., Elsewhere], visit: Visitor, tmp_path: Path) -> None:
    sent: list[Envelope] = []

    async def release(envelope: Envelope, content: bytes) -> None:
        if envelope.addresses == ("nobody@real.example",):
            raise ConnectError("the relay is not there")
        sent.append(envelope)

    box = FakeMailbox(tmp_path)
    box.add(WELCOME)
    visited = visit(apart(box, Terms(release=release, release_to="smtp://relay.example")).url)
    page = visited.page
    rows(page).click()
    expect(page.locator("#letter h2")).to_have_text("Welcome, Jörg")
    page.keyboard.press("r")
    expect(page.locator("#relay")).to_have_text("smtp://relay.example")
    expect(page.locator("#release-to")).to_have_value("ann@example.com")
    page.locator("#release-to").fill("nobody@real.example")
    page.locator("#release-now").click()
    expect(page.locator("#released")).to_have_text("the relay is not there")
    visited.refused(502)
    page.locator("#release-to").fill("carol@real.example, dave@real.example")
    page.locator("#release-now").click()
    expect(page.locator("#notice")).to_have_text("Sent on to carol@real.example, dave@real.example.")
    expect(page.locator("#releasing")).to_be_hidden()
    assert [envelope.addresses for envelope in sent] == [("carol@real.example", "dave@real.example")]


def test_what_the_dns_says_of_the_sender_is_shown(
    apart: Callable[..., Elsewhere], visit: Visitor, tmp_path: Path
) -> None:
    async def judge(message: bytes, summary: Summary) -> list[dict[str, Any]]:
        return [
            {"method": "SPF", "result": "pass", "why": "192.0.2.7 may send for example.com"},
            {"method": "DKIM", "result": "fail", "why": "<b>the body</b> was changed"},
        ]

    box = FakeMailbox(tmp_path)
    box.add(b"Authentication-Results: mx.example; dmarc=pass\n" + WELCOME)
    visited = visit(apart(box, Terms(judge=judge)).url)
    page = visited.page
    rows(page).click()
    page.get_by_role("tab", name="Headers").click()
    expect(page.locator(".verdicts .good")).to_have_text("SPF pass")
    expect(page.locator(".verdicts .bad")).to_have_text("DKIM fail")
    expect(page.locator(".verdicts")).to_contain_text("<b>the body</b> was changed")
    expect(page.locator(".verdicts")).to_contain_text("mx.example; dmarc=pass")
    expect(page.locator(".journey li")).to_have_count(2)
    expect(page.locator(".journey .delay")).to_have_text("+ 5 s")
    visited.keep("mailbox-verdicts")


# --------------------------------------------------------------------------------------------- hostile mail

HOSTILE = """<!doctype html><html><head>
<base href="http://canary.test:PORT/base/" target="_top">
<meta http-equiv="refresh" content="0;url=http://canary.test:PORT/refresh">
<meta name="referrer" content="unsafe-url">
<link rel="stylesheet" href="http://canary.test:PORT/style.css">
<link rel="prefetch" href="http://canary.test:PORT/prefetch">
<link rel="preload" as="image" href="http://canary.test:PORT/preload">
<link rel="preconnect" href="http://canary.test:PORT"><link rel="dns-prefetch" href="http://canary.test:PORT">
<link rel="modulepreload" href="http://canary.test:PORT/m.js"><link rel="icon" href="http://canary.test:PORT/icon.gif">
<style>
@import "http://canary.test:PORT/import.css";
@font-face { font-family: x; src: url(http://canary.test:PORT/font); }
p { font-family: x; cursor: url(http://canary.test:PORT/c.gif), auto; }
body { background: url("http://canary.test:PORT/css.gif"); }
li { list-style-image: url(http://canary.test:PORT/li.gif); }
</style>
<script>
alert(1); document.title = "ran"; fetch("http://canary.test:PORT/fetch"); parent.document.title = "ran";
navigator.sendBeacon("http://canary.test:PORT/beacon"); top.location = "http://canary.test:PORT/top";
</script>
<script type="speculationrules">{"prefetch": [{"urls": ["http://canary.test:PORT/speculation"]}]}</script>
</head><body onload="alert(2)"><p id="text">Read me.</p><ul><li>x</li></ul>
<img src="http://canary.test:PORT/picture.gif">
<img src="http://canary.test:PORT/pixel.gif" width="1" height="1">
<img src=x onerror="alert(3)"><img srcset="http://canary.test:PORT/srcset.gif 2x">
<picture><source srcset="//canary.test:PORT/s.gif"></picture>
<video poster="http://canary.test:PORT/poster.gif" src="http://canary.test:PORT/video" autoplay></video>
<audio src="http://canary.test:PORT/audio" autoplay></audio>
<table background="http://canary.test:PORT/table.gif"><tr><td>x</td></tr></table>
<svg onload="alert(4)"><script>alert(5)</script>
<image href="http://canary.test:PORT/svg.gif"/><use href="http://canary.test:PORT/u#a"/>
<style>@import url(http://canary.test:PORT/svg.css)</style></svg>
<object data="http://canary.test:PORT/object"></object><embed src="http://canary.test:PORT/embed">
<iframe src="http://canary.test:PORT/iframe"></iframe>
<iframe srcdoc="&lt;link rel=preconnect href=http://canary.test:PORT>&lt;script>alert(6)&lt;/script>"></iframe>
<form action="http://canary.test:PORT/form" method="post">
<input name="a" value="secret" autofocus onfocus="alert(7)"><input type="image" src="http://canary.test:PORT/input.gif">
<button id="send">Send</button><button id="other" formaction="http://canary.test:PORT/formaction">Send</button></form>
<a id="script" href="javascript:alert(8)">script</a>
<a id="tab" href="javascript:alert(9)" target="_blank">script</a>
<a id="ping" ping="http://canary.test:PORT/ping" href="#text">ping</a>
<math><a xlink:href="javascript:alert(11)">m</a></math>
<details open ontoggle="alert(12)"><summary>d</summary></details><marquee onstart="alert(13)">m</marquee>
<p style="background:url(http://canary.test:PORT/inline.gif)" onclick="alert(14)" id="click">x</p>
</body></html>"""
EXPECTED_WORDS = (
    "Content Security Policy", "sandbox", "csp", "ERR_BLOCKED_BY_CSP", "Blocked script execution", "ERR_BLOCKED",
    "Unsafe attempt", "autofocus", ": origin", "Failed to load resource",
)  # fmt: skip


def refusals(visited: Visit) -> list[str]:
    """What the browser said of what it did not do; none of it is that something ran."""
    said = list(visited.complaints)
    visited.complaints.clear()
    assert [line for line in said if not any(word in line for word in EXPECTED_WORDS)] == []
    assert not any(line.startswith("dialog") for line in said)
    return said


@pytest.fixture
def canary() -> Iterator[Canary]:
    with watching() as found:
        yield found


def test_a_hostile_mail_does_nothing(shown: Callable[..., Visit], send: Sender, canary: Canary) -> None:
    send("hostile", html=HOSTILE.replace("PORT", str(canary.port)))
    visited = shown()
    page = visited.page
    rows(page).click()
    inside = frame(page)
    expect(inside.locator("#text")).to_have_text("Read me.")
    page.wait_for_load_state("networkidle")
    for name in ("send", "other", "script", "tab", "click", "ping"):
        inside.locator(f"#{name}").click()
    page.wait_for_load_state("networkidle")
    assert page.context.pages == [page]
    assert page.title() == "Mailbox · Portside" and page.url.startswith("http://127.0.0.1:")
    assert refusals(visited)
    assert (canary.connections, canary.requests) == (0, [])


def test_remote_pictures_come_when_they_are_wanted_and_nothing_else_does(
    shown: Callable[..., Visit], send: Sender, canary: Canary
) -> None:
    send("hostile", html=HOSTILE.replace("PORT", str(canary.port)))
    visited = shown()
    page = visited.page
    rows(page).click()
    with page.expect_response("**/picture.gif"):
        page.get_by_role("button", name="Show remote pictures").click()
    expect(frame(page).locator("#text")).to_have_text("Read me.")
    page.wait_for_load_state("networkidle")
    refusals(visited)
    assert canary.requests and all(path.endswith(".gif") and not referrer for path, referrer in canary.requests)


@pytest.mark.parametrize("target", ["", "_self", "_top", "_parent", "other"])
def test_a_link_opens_a_tab_that_knows_nothing_of_the_mail(
    shown: Callable[..., Visit], send: Sender, canary: Canary, target: str
) -> None:
    send("links", html=f'<a href="http://canary.test:{canary.port}/link" rel="opener" target="{target}">go</a>')
    page = shown().page
    rows(page).click()
    with page.context.expect_page() as opened:
        frame(page).locator("a").click()
    opened.value.wait_for_load_state()
    assert opened.value.evaluate("[window.opener, document.referrer]") == [None, ""]
    assert ("/link", "") in canary.requests


def test_another_sites_page_neither_reads_nor_deletes(
    send: Sender, mail_server: tuple[Address, Mailbox], visit: Visitor, canary: Canary
) -> None:
    send("private")
    url = mail_server[1].url
    visited = visit(f"http://canary.test:{canary.port}/evil.html")
    tried = visited.page.evaluate(
        """async url => {
            const results = [];
            const init = [{}, {method: "DELETE", body: '{"all": true}'}, {method: "POST", body: '{"all": true}'}];
            for (const mode of ["cors", "no-cors"]) for (const each of init)
                results.push(await fetch(url + "api/messages", {...each, mode}).then(a => a.type, () => "failed"));
            const shown = document.createElement("img");
            results.push(await new Promise(done => {
                shown.onload = () => done("loaded"); shown.onerror = () => done("failed");
                shown.src = url + "icon.svg";
            }));
            return results;
        }""",
        url,
    )
    assert "cors" not in tried and "basic" not in tried and "loaded" not in tried
    visited.complaints.clear()
    assert len(mail_server[1].search()) == 1


# --------------------------------------------------------------------------------------------- how it looks


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_wide_and_narrow(shown: Callable[..., Visit], send: Sender, scheme: Any) -> None:
    for number in range(12):
        send(f"Order {number} has left the harbour", to=f"customer{number}@example.com")
    send(
        "Welcome aboard, Ann: three things to do before the tide turns",
        html="<body style='font-family:sans-serif;padding:2em'><h1>Welcome aboard</h1><p>Confirm your berth.</p>",
        file="berth.pdf",
    )
    wide = shown(color_scheme=scheme)
    expect(rows(wide.page).first).to_be_visible()
    rows(wide.page).first.click()
    expect(frame(wide.page).locator("h1")).to_be_visible()
    picture = wide.keep(f"mailbox-{scheme}")
    wide.page.get_by_role("button", name="Phone width").click()
    assert wide.page.locator("#letter iframe").bounding_box()["width"] == 375  # type: ignore[index]
    assert wide.keep(f"mailbox-phone-width-{scheme}") != picture
    wide.page.keyboard.press("4")
    expect(wide.page.locator(".journey")).to_be_visible()
    wide.keep(f"mailbox-headers-{scheme}")
    narrow = shown(color_scheme=scheme, viewport=PHONE)
    expect(rows(narrow.page).first).to_be_visible()
    narrow.keep(f"mailbox-narrow-list-{scheme}")
    rows(narrow.page).first.click()
    expect(narrow.page.locator("#list")).to_be_hidden()
    expect(frame(narrow.page).locator("h1")).to_be_visible()
    assert narrow.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    narrow.keep(f"mailbox-narrow-{scheme}")
    narrow.page.get_by_role("button", name="Back to the list").click()
    expect(narrow.page.locator("#list")).to_be_visible()


def test_an_empty_mailbox_tells_how_to_begin(shown: Callable[..., Visit], mail_server: tuple[Address, Mailbox]) -> None:
    visited = shown()
    place = f"smtp://127.0.0.1:{mail_server[0][1]}"
    expect(visited.page.locator("#where")).to_have_text(place)
    expect(visited.page.locator("#first")).to_contain_text("portside send --to ann@example.com")
    expect(visited.page.locator("#first")).to_contain_text(place)
    visited.keep("mailbox-empty")


def test_a_name_that_turns_the_text_around_leaves_its_address_alone(
    mail_server: tuple[Address, Mailbox], shown: Callable[..., Visit]
) -> None:
    address, mailbox = mail_server
    content = (
        'From: "Evil, \u202e moc.knab" <mallory@example.com>\r\nTo: ann@example.com\r\nSubject: Turned\r\n\r\nHi.\r\n'
    )
    with smtplib.SMTP(*address, timeout=30) as client:
        client.sendmail("mallory@example.com", ["ann@example.com"], content.encode(), ["BODY=8BITMIME"])
    mailbox.wait(subject="Turned", timeout=30)
    page = shown().page
    expect(rows(page).locator(".who")).to_have_text("Evil, \u202e moc.knab")
    rows(page).click()
    people = page.locator("#letter .who dd").first.locator("bdi")
    expect(people).to_have_text(["Evil, \u202e moc.knab", "<mallory@example.com>"])
    assert all(people.evaluate_all("all => all.map(one => getComputedStyle(one).unicodeBidi === 'isolate')"))


def test_the_way_back_leads_to_the_list(shown: Callable[..., Visit], send: Sender) -> None:
    send("One")
    send("Two")
    page = shown(viewport=PHONE).page
    expect(rows(page)).to_have_count(2)
    rows(page).first.click()
    expect(page.locator("#letter h2")).to_have_text("Two")
    expect(rows(page).first).to_be_hidden()
    page.go_back()
    expect(rows(page).first).to_be_visible()
    expect(page.locator("#letter h2")).to_be_hidden()


def test_who_is_deleted_hands_on_its_place_even_where_the_list_knew_first(
    apart: Callable[..., Elsewhere], visit: Visitor, tmp_path: Path
) -> None:
    box = FakeMailbox(tmp_path)
    names = [box.add(plain(number)) for number in range(4)]
    served = apart(box)
    visited = visit(served.url)
    page = visited.page
    rows(page).nth(1).click()
    expect(page.locator("#counts")).to_have_text("4 messages · 3 unread")
    served.lose(names[2])
    served.add(plain(4))
    served.add(plain(5))
    expect(page.locator("#counts")).to_contain_text("5 messages")
    expect(page.locator("#list")).not_to_contain_text("number 2")
    served.tell(Happening.DELETED, names[2])
    expect(page.locator("#letter h2")).to_have_text("number 4")
    visited.complaints.clear()  # the browser's own words about a question for the one that was gone


def test_who_comes_as_another_goes_is_shown(apart: Callable[..., Elsewhere], visit: Visitor, tmp_path: Path) -> None:
    box = FakeMailbox(tmp_path)
    names = [box.add(plain(number)) for number in range(2)]
    served = apart(box)
    page = visit(served.url).page
    expect(rows(page)).to_have_count(2)
    served.lose(names[0])
    served.add(plain(7))
    expect(rows(page).first).to_contain_text("number 7")
