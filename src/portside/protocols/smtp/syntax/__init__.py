"""Lines, addresses, parameters, content and extensions of SMTP: bytes to messages and back."""
