"""The server's side of FTP."""

from portside.protocols.ftp.server.serving import FileServer, serve
from portside.protocols.ftp.server.settings import Settings

__all__ = ["FileServer", "Settings", "serve"]
