"""What visitors can do: one table, from which the parser, the help and the check for chatter follow."""
