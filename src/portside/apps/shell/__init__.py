"""A login shell of this machine behind Telnet: a password check, then a terminal of its own for each visitor."""

from portside.apps.shell.environment import VARIABLES
from portside.apps.shell.shell import Shell

__all__ = ["VARIABLES", "Shell"]
