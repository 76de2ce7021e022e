"""Pure helpers that several protocols share."""
