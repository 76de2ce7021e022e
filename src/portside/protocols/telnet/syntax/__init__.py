"""Bytes and what they say: commands, and what stands between SB and SE."""
