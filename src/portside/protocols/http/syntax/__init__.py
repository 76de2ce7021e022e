"""Bytes to messages and back: the syntax of HTTP, without state (RFC 9110, RFC 9112)."""
