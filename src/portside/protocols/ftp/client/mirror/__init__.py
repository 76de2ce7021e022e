"""Making one tree like another, over FTP: what has changed goes over the wire, and nothing else."""
