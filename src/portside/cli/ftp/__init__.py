"""``portside get`` and ``portside put`` where the URL is one of FTP."""
