"""``portside send``: messages written, read, and handed on."""
