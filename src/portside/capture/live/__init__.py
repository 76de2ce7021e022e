"""The real packets of our own conversations, taken from the kernel by packet sockets (packet(7))."""
