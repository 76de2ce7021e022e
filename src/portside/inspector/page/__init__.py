"""The window: a web page on a capture, served by our own web server to whoever knows its address."""
