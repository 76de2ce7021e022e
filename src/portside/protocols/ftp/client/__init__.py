"""The FTP client: connections, what is known of a site, and what people want from it on top."""
