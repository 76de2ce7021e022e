"""The web server's side of the port."""

from portside.protocols.http.server.serving import WebServer, serve
from portside.protocols.http.server.settings import FolderSettings, Settings

__all__ = ["FolderSettings", "Settings", "WebServer", "serve"]
