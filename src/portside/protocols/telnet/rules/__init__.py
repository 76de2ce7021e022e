"""When what is said over Telnet: one machine for both sides (``conversation.py``), and its options one by one."""
