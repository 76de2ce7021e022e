"""The web server's side of the port."""
