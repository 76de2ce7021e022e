"""The doors: TCP, Unix sockets, UDP, TLS and memory, all behind the same two contracts."""
