"""The log of a command, on stderr: one line for each event, as text or JSON."""

from __future__ import annotations

import json
import logging
import sys
import time
import traceback

from portside.cli.endings import debugging
from portside.syntax.visible import visible

FORMATS = ("text", "json", "combined")
"""``combined`` is a format of web servers' access logs; everything else is then logged as text."""


class TextFormatter(logging.Formatter):
    """``2026-01-31 12:00:00 warning: what happened``. A traceback follows only where bugs are looked for."""

    def format(self, record: logging.LogRecord) -> str:
        when = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(record.created))
        level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
        return f"{when} {level}{visible(record.getMessage())}" + _trace(record)


class JsonFormatter(logging.Formatter):
    """One JSON object in one line: ``time`` (UTC, RFC 3339), ``level``, ``logger``, ``message``.

    What a record's ``facts`` are (``extra={"facts": {...}}``) stands behind them under its own names.
    """

    def format(self, record: logging.LogRecord) -> str:
        whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created))
        fields = {
            "time": f"{whole}.{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, "facts", {}),
        }
        trace = _trace(record)
        return json.dumps({**fields, "trace": trace.splitlines()[1:]} if trace else fields)


def _trace(record: logging.LogRecord) -> str:
    if not debugging() or not record.exc_info or record.exc_info[1] is None:
        return ""
    lines = "".join(traceback.format_exception(record.exc_info[1])).splitlines()
    return "\n" + "\n".join(visible(line) for line in lines)


def set_up(log_format: str = "text", level: int = logging.INFO) -> None:
    """Send what Portside, and the event loop, have to log to stderr. A second call replaces the first."""
    if sys.stderr is None:
        return
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter() if log_format == "json" else TextFormatter())
    for name, least in (("portside", level), ("asyncio", max(level, logging.ERROR))):
        logger = logging.getLogger(name)
        logger.handlers = [handler]
        logger.setLevel(least)
        logger.propagate = False
    logging.raiseExceptions = debugging()  # a log that nobody reads any more is no reason for a traceback
