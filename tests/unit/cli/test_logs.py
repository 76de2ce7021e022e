from __future__ import annotations

import io
import json
import logging
import re
import sys

import pytest

from portside.cli import logs
from portside.cli.endings import DEBUG

LOG = logging.getLogger("portside.engine")


@pytest.fixture(autouse=True)
def no_debugging(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(DEBUG, raising=False)


def _fail() -> None:
    try:
        raise ValueError("inner")
    except ValueError as error:
        LOG.error("it broke", exc_info=error)


def test_an_event_is_one_line_of_text(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up()
    LOG.info("ready %s", "to go")
    LOG.warning("evil\x1b[2J\nname")
    LOG.debug("unheard")
    said = capsys.readouterr()
    assert said.out == ""
    first, second = said.err.splitlines()
    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d ready to go", first)
    assert second.endswith(r" warning: evil\x1b[2J\nname")


def test_an_event_is_one_line_of_json(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up("json")
    LOG.warning("evil\x1b\nname")
    event = json.loads(capsys.readouterr().err)
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", event.pop("time"))
    assert event == {"level": "warning", "logger": "portside.engine", "message": "evil\x1b\nname"}


@pytest.mark.parametrize("log_format", logs.FORMATS)
def test_a_failure_of_ours_shows_no_traceback(log_format: str, capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up(log_format)
    _fail()
    said = capsys.readouterr().err
    assert "it broke" in said
    assert "Traceback" not in said and "inner" not in said
    assert said.count("\n") == 1


def test_a_traceback_is_for_those_who_ask(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setenv(DEBUG, "1")
    logs.set_up()
    _fail()
    assert "ValueError: inner" in capsys.readouterr().err
    logs.set_up("json")
    _fail()
    assert "ValueError: inner" in json.loads(capsys.readouterr().err)["trace"]


def test_a_second_set_up_replaces_the_first(capsys: pytest.CaptureFixture[str]) -> None:
    logs.set_up()
    logs.set_up(level=logging.WARNING)
    LOG.warning("once")
    LOG.info("never")
    assert capsys.readouterr().err.count("\n") == 1


def test_a_log_that_nobody_reads_does_no_harm(monkeypatch: pytest.MonkeyPatch) -> None:
    closed = io.StringIO()
    monkeypatch.setattr(sys, "stderr", closed)
    logs.set_up()
    closed.close()
    LOG.warning("to nobody")
    monkeypatch.setattr(sys, "stderr", None)
    logs.set_up()


def test_facts_of_a_record_stand_in_its_json_by_their_names() -> None:
    record = logging.LogRecord("portside.smtp", logging.INFO, "x", 1, "kept", (), None)
    record.facts = {"id": "id1", "to": ["a@example.com"]}
    told = json.loads(logs.JsonFormatter().format(record))
    assert (told["message"], told["id"], told["to"]) == ("kept", "id1", ["a@example.com"])
