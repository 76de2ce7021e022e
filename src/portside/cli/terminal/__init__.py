"""A terminal and a server at its other end: keys, lines, the escape prompt; and the same for scripts."""
