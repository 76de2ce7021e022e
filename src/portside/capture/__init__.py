"""Keeps what passes: capture files, read and written, and the recorder that fills one."""
