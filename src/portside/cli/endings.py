"""How the command ends: every error becomes one line on stderr and an exit code."""

from __future__ import annotations

import difflib
import os
import sys
import traceback

import click

from portside.cli.screen import tell, tell_freely
from portside.errors import PortsideError

WRONG_USAGE = 2
INTERRUPTED = 130
BROKEN_PIPE = 141
"""As a program that the kernel ends with SIGPIPE: nobody reads any more, and that is no news."""
BUG = 70
"""EX_SOFTWARE of sysexits.h: apart from every code that an answer or a network can cause."""
DEBUG = "PORTSIDE_DEBUG"
"""The environment variable that asks for tracebacks."""


def debugging() -> bool:
    """Whether tracebacks are wanted."""
    return os.environ.get(DEBUG, "") not in ("", "0")


def end(error: BaseException) -> int:
    """Tell the person what ended the command; returns the exit code. What is not an error of a command is raised."""
    match error:
        case click.exceptions.Exit():
            return error.exit_code
        case KeyboardInterrupt() | click.Abort():
            return INTERRUPTED
        case BrokenPipeError():
            return _end_unread()
        case click.UsageError():
            return _end_told(error, _wrong_usage(error), WRONG_USAGE)
        case click.ClickException():
            return _end_told(error, error.format_message(), error.exit_code)
        case PortsideError():
            return _end_told(error, str(error), error.exit_code)
        case OSError():
            return _end_told(error, _system_error(error), 1)
        case Exception():
            return _end_told(error, _bug(error), BUG)
    raise error


def _end_told(error: BaseException, line: str, code: int) -> int:
    if debugging():
        tell_freely("".join(traceback.format_exception(error)))
    tell(line)
    return code


def _end_unread() -> int:
    # What is still in the buffer would fail again, loudly, when the interpreter flushes it at its end.
    sys.stdout = None
    return BROKEN_PIPE


def _wrong_usage(error: click.UsageError) -> str:
    if isinstance(error, click.NoSuchOption):
        return _unknown_option(error)
    message = " ".join(error.format_message().split()).rstrip(".")
    line = message[:1].lower() + message[1:]
    return line if error.ctx is None else f"{line} (see {error.ctx.command_path} --help)"


def _unknown_option(error: click.NoSuchOption) -> str:
    command = error.ctx.command if error.ctx is not None else None
    known = [name for param in command.params for name in (*param.opts, *param.secondary_opts)] if command else []
    near = difflib.get_close_matches(error.option_name, known, n=1)
    path = error.ctx.command_path if error.ctx is not None else "portside"
    hint = f"did you mean '{near[0]}'?" if near else f"'{path} --help' lists them"
    return f"there is no option '{error.option_name}'; {hint}"


def _system_error(error: OSError) -> str:
    reason = (error.strerror or str(error) or type(error).__name__).lower()
    return f"{os.fsdecode(error.filename)}: {reason}" if isinstance(error.filename, str | bytes) else reason


def _bug(error: Exception) -> str:
    said = " ".join(str(error).split())
    what = f"{type(error).__name__}: {said}" if said else type(error).__name__
    hint = "" if debugging() else f"; {DEBUG}=1 shows where"
    return f"this is a bug of portside, please report it: {what}{hint}"
