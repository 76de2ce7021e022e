"""Who may come in: users and their passwords, and how wrong logins are slowed down; shared by every protocol."""
