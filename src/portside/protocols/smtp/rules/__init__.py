"""When what may be said: the two sides of SMTP as state machines without I/O."""
