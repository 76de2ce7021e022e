"""What the verbs of the web have in common: options, the conversation shown, a bar that grows."""
