"""When it may be said: each side of an HTTP/1.1 connection as a state machine without I/O."""
