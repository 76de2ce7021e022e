"""Drives rules over a transport: the only caller of rules and of observers."""
