"""FTP's bytes and texts: lines, commands, addresses, names, times and listings, without state."""
