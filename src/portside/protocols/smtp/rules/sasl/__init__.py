"""The server's side of logins (RFC 4422): what each mechanism asks, and what it makes of the answers."""
