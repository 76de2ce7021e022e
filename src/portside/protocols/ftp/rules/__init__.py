"""When what is said in FTP: the client's side and the server's, each with its own files."""
