"""Explains a capture: who spoke with whom, what each message said, and how it was wrapped, layer by layer."""
