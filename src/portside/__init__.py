"""Both sides of every port: servers and clients of the protocols that the Internet speaks."""

__version__ = "0.1.0"
