"""The web client: connections, a pool of them, and what people want from the web on top."""
